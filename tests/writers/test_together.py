"""What belongs together stays so in Run:ai: services that call each other, pods of one launch."""

from __future__ import annotations

import re

import pytest
import yaml

from advisor.jobs.translation import Situation, Translation
from advisor.readers.compose.reader import read_compose
from advisor.writers import write
from tests.readers.manifest.whole_files import manifest_jobs

PROJECT = """\
services:
  web:
    image: r.example/web:1
    environment: {CACHE: "redis://store:6379", QUEUE: "amqp://my_queue"}
    depends_on: [api]
  api: {image: r.example/api:1, container_name: lab-api, ports: ["80:8000", "53:53/udp"]}
  store: {image: r.example/store:1, networks: {default: {aliases: [kv]}}, expose: [6379]}
  my_queue: {image: r.example/queue:1}
  sim: {image: r.example/sim:1, network_mode: host, depends_on: [web], ports: ["1:1"]}
"""


def called(target: str = "runai-v2", dialect: str = "late") -> dict[str, Translation]:
    situation = Situation(target=target, dialect=dialect)  # type: ignore[arg-type]
    jobs = read_compose({"compose.yaml": PROJECT})
    return {job.label.partition(" ")[2]: write(job, situation) for job in jobs}


def test_a_service_is_made_for_each_name_that_others_call() -> None:
    made = called()
    here = "# in the project's namespace, runai-PROJECT\n"
    assert {name: one.before for name, one in made.items()} == {
        "web": (f"{here}kubectl create service clusterip web --clusterip=None",),
        "api": (f"{here}kubectl create service clusterip api --tcp=8000:8000",),
        "store": (
            f"{here}kubectl create service clusterip store --tcp=6379:6379",
            f"{here}kubectl create service clusterip kv --tcp=6379:6379"
            " && kubectl set selector service kv app=store",
        ),
        "my_queue": (),
        "sim": (),
    }
    labels = {name: "--label app=" in one.text for name, one in made.items()}
    assert labels == {"web": True, "api": True, "store": True, "my_queue": False, "sim": False}


@pytest.mark.parametrize("dialect", ["early", "late"])
def test_a_name_that_nothing_makes_is_told(dialect: str) -> None:
    made = called("runai-v1", dialect)["my_queue"]
    told = [entry.reason for entry in made.ledger if entry.item.name == "added: called"]
    assert told == [
        "other services call it my_queue, which no Service can be called: put a name without _ in"
        " its place, there too"
    ]


JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: fit}
spec:
  completionMode: Indexed
  completions: 4
  parallelism: 4
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: r.example/fit:1
        command: COMMAND
        env: ENV
        resources: {limits: {nvidia.com/gpu: 8}}
"""
INDEX = "metadata.annotations['batch.kubernetes.io/job-completion-index']"


def of_job(command: list[str], env: list[dict[str, object]]) -> Translation:
    text = JOB.replace("COMMAND", yaml.safe_dump(command, default_flow_style=True, width=999))
    text = text.replace("ENV", yaml.safe_dump(env, default_flow_style=True, width=999))
    (job,) = manifest_jobs(text, "job.yaml")
    return write(job, Situation(target="runai-v2"))


@pytest.mark.parametrize(
    ("command", "env"),
    [
        (
            ["torchrun", "--nnodes=4", "--node_rank=$(R)", "--master_addr=fit-0.fit", "fit.py"],
            [{"name": "R", "valueFrom": {"fieldRef": {"fieldPath": INDEX}}}],
        ),
        (
            ["python", "fit.py"],
            [
                {"name": "MASTER_ADDR", "value": "fit-0.fit"},
                {"name": "WORLD_SIZE", "value": "32"},
                {"name": "RANK", "valueFrom": {"fieldRef": {"fieldPath": INDEX}}},
            ],
        ),
        (
            [
                "sh",
                "-c",
                "pip install deepspeed accelerate && torchrun --nnodes=4"
                " --node_rank=$JOB_COMPLETION_INDEX --master_addr=$MASTER_ADDR fit.py",
            ],
            [{"name": "MASTER_ADDR", "value": "fit-0.fit"}],
        ),
    ],
)
def test_an_indexed_job_of_one_launch_is_one_distributed_job(
    command: list[str], env: list[dict[str, object]]
) -> None:
    text = of_job(command, env).text
    assert text.startswith("runai training pytorch submit fit --image r.example/fit:1 ")
    assert "--gpu-devices-request 8 --workers 3 " in text
    assert {"fit-0", "--parallelism", "--runs", "WORLD_SIZE", "-e RANK"}.isdisjoint(text.split())
    assert {"fit-0", "JOB_COMPLETION_INDEX", "${"}.isdisjoint(re.split(r"[^\w${-]+", text))
    if "pip" in text:
        assert " --node_rank=$RANK --master_addr=$MASTER_ADDR fit.py" in text


def test_the_number_of_a_run_is_asked_for_where_no_pod_has_it() -> None:
    env: list[dict[str, object]] = [
        {"name": "SHARD", "valueFrom": {"fieldRef": {"fieldPath": INDEX}}},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
    assert of_job(["python", "shard.py"], env).text == (
        "runai training standard submit fit --image r.example/fit:1 --gpu-devices-request 8"
        ' -e SHARD="${SHARD:?what field metadata.annotations_'
        "'batch.kubernetes.io/job-completion-index'_ has}\""
        " --env-pod-field-ref POD=metadata.name"
        ' -e JOB_COMPLETION_INDEX="${JOB_COMPLETION_INDEX:?the number of this run, from 0}"'
        " --restart-policy Never --command -- python shard.py"
    )


SET = """\
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: fit}
spec:
  replicatedJobs:
  - name: workers
    replicas: 2
    template:
      spec: {completions: 3, parallelism: 3, backoffLimit: 1, template: {spec: POD}}
"""


@pytest.mark.parametrize(
    ("command", "start"),
    [
        ("[torchrun, --nnodes=6, fit.py]", "training pytorch submit fit --image r:1 --workers 5"),
        ("[fit]", "training standard submit fit-workers --image r:1 --runs 6 --parallelism 6"),
    ],
)
def test_the_copies_of_a_job_set_are_counted(command: str, start: str) -> None:
    pod = f"{{containers: [{{name: a, image: 'r:1', command: {command}}}]}}"
    (job,) = manifest_jobs(SET.replace("POD", pod), "set.yaml")
    made = write(job, Situation(target="runai-v2"))
    assert made.text.startswith(f"runai {start} --backoff-limit 1 --command -- ")
    assert made.missing == ()


TRAIN = """\
apiVersion: trainer.kubeflow.org/v1alpha1
kind: TrainJob
metadata: {name: fit}
spec:
  runtimeRef: {name: RUNTIME}
  trainer: {numNodes: 3, resourcesPerNode: {limits: {nvidia.com/gpu: 2}}}
"""
RUNTIME = """\
---
apiVersion: trainer.kubeflow.org/v1alpha1
kind: ClusterTrainingRuntime
metadata: {name: torch-lab}
spec:
  template:
    spec:
      replicatedJobs:
      - {name: fetch, template: {spec: {template: {spec: {containers: [{image: "r:0"}]}}}}}
      - {name: node, template: {spec: {template: {spec: {containers: [{image: "r:1"}]}}}}}
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TRAIN.replace("RUNTIME", "torch-lab") + RUNTIME, "pytorch submit fit --image r:1 WORKERS"),
        (
            TRAIN.replace("RUNTIME", "mpi-lab"),
            'mpi submit fit --image "${IMAGE:?the image of the training runtime mpi-lab}" WORKERS',
        ),
    ],
)
def test_a_train_job_takes_its_image_from_its_runtime(text: str, line: str) -> None:
    (job,) = manifest_jobs(text, "train.yaml")
    workers = 2 if "torch" in line or "pytorch" in line else 3
    assert write(job, Situation(target="runai-v2")).text == "runai training " + line.replace(
        "WORKERS", f"--gpu-devices-request 2 --workers {workers}"
    )
    (kept,) = write(job, Situation(target="kubernetes")).documents
    assert kept == next(iter(yaml.safe_load_all(text)))
