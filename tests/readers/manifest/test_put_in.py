"""Manifests that somebody fills in before they are applied, and what controllers tell pods."""

from __future__ import annotations

import pytest

from advisor.jobs.run import Run
from advisor.jobs.translation import Situation
from advisor.readers.manifest.reader import read_manifests
from advisor.writers import write
from tests.readers.manifest.whole_files import manifest_jobs

TEMPLATE = """
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: {name: fsdp}
spec:
  elasticPolicy: {minReplicas: 1, maxReplicas: 8}
  pytorchReplicaSpecs:
    Worker:
      replicas: $NODES
      template:
        spec:
          containers:
            - name: pytorch
              image: ${IMAGE}
              resources: {limits: {nvidia.com/gpu: $GPUS, memory: "${MEMORY}"}}
              securityContext: {runAsUser: $ME}
              env:
                - {name: HF_TOKEN, value: "${HF_TOKEN}"}
                - {name: OTHER, value: $NOT_OURS}
              command: [torchrun, --nproc_per_node=$GPUS, "--tag=$NOT_OURS"]
"""


def _run(text: str) -> Run:
    (job,) = manifest_jobs(text, "f.yaml")
    assert job.run is not None
    return job.run


def test_what_is_put_in_is_left_open() -> None:
    (job,) = manifest_jobs(TEMPLATE, "f.yaml")
    assert job.refused == ()
    text = write(job, Situation(target="runai-v2")).text
    assert text == (
        'runai training pytorch submit fsdp --image "${IMAGE:?the value of IMAGE}"'
        ' --gpu-devices-request "${GPUS:?the number of GPUs, as in 2}" --cpu-memory-limit'
        ' "${MEMORY_LIMIT:?the memory limit, as in 16Gi (from \\$MEMORY)}" --workers'
        ' "${NODES:?the number of workers, as in 2}" -e HF_TOKEN="${HF_TOKEN}"'
        " -e OTHER='$NOT_OURS' --run-as-uid \"${ME:?the value of ME}\" --min-replicas 1"
        " --max-replicas 8 --no-master --command -- torchrun"
        " --nproc_per_node=\"${GPUS:?the value of GPUS}\" --tag='$NOT_OURS'"
    )
    same = write(job, Situation(target="kubernetes")).text
    for line in ("replicas: $NODES", "image: ${IMAGE}", "nvidia.com/gpu: $GPUS", "runAsUser: $ME"):
        assert f" {line}\n" in same


def test_a_text_that_no_variable_stands_for_is_refused() -> None:
    (job,) = manifest_jobs(TEMPLATE.replace("$GPUS", "SET_ME_GPUS"), "f.yaml")
    assert [one.partition(": ")[2] for one in job.refused] == ["SET_ME_GPUS is no quantity"]


@pytest.mark.parametrize(
    ("group", "word", "asked"),
    [
        ("leaderworkerset.x-k8s.io/v1", "--size=$(LWS_GROUP_SIZE)", "LWS_GROUP_SIZE"),
        ("batch/v1", "--rank ${JOB_COMPLETION_INDEX}", "JOB_COMPLETION_INDEX"),
        ("batch.volcano.sh/v1alpha1", "cat /etc/volcano/worker.host", "WORKER_HOST"),
        ("batch.volcano.sh/v1alpha1", "--index=${VK_TASK_INDEX}", "VC_TASK_INDEX"),
        ("batch/v1", "--index=${VK_TASK_INDEX}", ""),
        ("batch/v1", "--rank $JOB_COMPLETION_INDEXES", ""),
    ],
)
def test_what_only_a_controller_tells_is_asked_for(group: str, word: str, asked: str) -> None:
    pod = f"{{containers: [{{name: a, image: i, args: ['{word}']}}]}}"
    run = _run(f"{{apiVersion: {group}, kind: Custom, metadata: {{name: a}}, spec: {pod}}}")
    assert [one.name for one in run.arguments[0].expansions] == ([asked] if asked else [])


def test_other_objects_of_the_file_are_named() -> None:
    text = f"{TEMPLATE}---\n{{apiVersion: v1, kind: Service, metadata: {{name: web}}}}\n"
    read = read_manifests(text, "f.yaml")
    assert (len(read.jobs), read.others) == (1, ("Service web",))


def test_values_that_are_given_are_put_in_before_it_is_read() -> None:
    values = {"NODES": "4", "GPUS": "8", "IMAGE": "reg.example/a/b:1", "NOT_OURS": "x"}
    (job,) = manifest_jobs(TEMPLATE, "f.yaml", values=values)
    assert job.run is not None
    assert (job.run.workers, [ask.count for ask in job.run.gpus]) == (4, [8])
    assert (job.run.image.text, job.replicas) == ("reg.example/a/b:1", 4)
    written = write(job, Situation(target="kubernetes"))
    assert " replicas: 4\n" in written.text
    left = {entry.item.written: entry.fate for entry in written.ledger if entry.item.expansions}
    assert left == {"memory": "unresolved", "runAsUser": "unresolved", "env": "unresolved"}


def test_what_is_to_be_filled_in_is_asked_for() -> None:
    text = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image:"
    text += " 'r.example/a:1', resources: {limits: {nvidia.com/gpu: <GPUs>, memory: <a lot>}}}]}}"
    (job,) = manifest_jobs(text, "f.yaml")
    made = write(job, Situation(target="runai-v2"))
    assert made.text == (
        "runai training standard submit a --image r.example/a:1 --gpu-devices-request"
        ' "${GPUS:?the number of GPUs, as in 2}" --cpu-memory-limit'
        ' "${MEMORY_LIMIT:?the memory limit, as in 16Gi (from \\$A_LOT)}"'
    )
