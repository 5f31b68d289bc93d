"""A manifest with several roles is written once, with what each of them needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import api
from advisor.configuration.settings import Settings, parse_assumption
from advisor.jobs.translation import NfsExport, Situation, Target
from advisor.output.translation import remarks, render_text

HEAD = """\
apiVersion: kubeflow.org/v2beta1
kind: MPIJob
metadata:
  name: horovod
spec:
  mpiReplicaSpecs:
    Launcher:
      replicas: 1
      template:
        spec:
          containers:
          - name: l
            image: r.example/a:1
    Worker:
      replicas: 2
      template:
        spec:
          containers:
          - name: w
            image: r.example/b:1
            resources:
              limits:
                nvidia.com/gpu: 4
            volumeMounts:
            - name: d
              mountPath: /d
          volumes:
          - name: d
"""
ON_NODE = "            hostPath:\n              path: /raid/d\n"
WAITING = "            persistentVolumeClaim:\n              claimName: set-me-raid-d\n"


def test_roles_are_written_together(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(HEAD + ON_NODE)
    settings = Settings(assume=parse_assumption("gpu-nodes=3"))
    report = api.translate([str(file)], "kubernetes", settings=settings)
    assert [job.translation.text for job in report.jobs] == [HEAD + WAITING, HEAD + WAITING]
    assert render_text(report) == HEAD + WAITING
    where = "give --nfs SERVER:/EXPORT=/raid/d or --data-claim CLAIM=/raid/d"
    assert list(remarks(report)) == [
        f"{file}:16: unresolved: volumes name: d, hostPath: {{path: /raid/d}}: the job can run"
        f" where this data is not, so it must be on network storage; {where}"
    ]


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (
            "runai-v2",
            "runai training mpi submit horovod --image r.example/b:1 --gpu-devices-request 4"
            " --workers 2 --nfs path=/vol/d,server=filer,mountpath=/d,readwrite"
            " --master-command 'mpirun -np 2 t' --slots-per-worker 4\n",
        ),
        (
            "runai-v1",
            "runai submit-dist mpi --name horovod --image r.example/b:1 --gpu 4 --workers 2"
            " --volume /vol/d:/d:rw:filer --slots-per-worker 4 --command -- mpirun -np 2 t\n",
        ),
    ],
)
def test_roles_are_one_command(tmp_path: Path, target: Target, text: str) -> None:
    file = tmp_path / "job.yaml"
    command = "image: r.example/a:1\n            command: [mpirun, -np, '2', t]"
    content = HEAD.replace("image: r.example/a:1", command)
    file.write_text(content.replace("spec:\n", "spec:\n  slotsPerWorker: 4\n", 1) + ON_NODE)
    given = Situation(
        target=target, exports=(NfsExport(server="filer", export="/vol/d", path="/raid/d"),)
    )
    settings = Settings(assume=parse_assumption("gpu-nodes=3"))
    report = api.translate([str(file)], target, settings=settings, given=given)
    assert render_text(report) == text
    launcher, worker = report.jobs
    fates = {one.item.name.rpartition(".template.")[2]: one for one in launcher.translation.ledger}
    assert fates["spec.containers[0].image"].fate == "no-equivalent"
    assert fates["spec.containers[0].command"].fate == "mapped"
    lost = {one.item.written for one in worker.translation.ledger if one.fate != "mapped"}
    assert lost == set()


PARAMETER_SERVERS = """\
apiVersion: kubeflow.org/v1
kind: TFJob
metadata: {name: train}
spec:
  tfReplicaSpecs:
    Ps:
      replicas: 1
      template: {spec: {containers: [{name: tensorflow, image: r.example/a:1, args: [serve]}]}}
    Worker:
      replicas: 2
      template: {spec: {containers: [{name: tensorflow, image: r.example/a:1, args: [fit]}]}}
"""


def test_a_role_that_no_command_starts_is_told(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(PARAMETER_SERVERS)
    report = api.translate([str(file)], "runai-v2")
    assert render_text(report) == (
        "runai training tensorflow submit train --image r.example/a:1 --workers 2 --no-master"
        " -- fit\n"
    )
    servers, workers = (
        {entry.item.name: entry.fate for entry in job.translation.ledger} for job in report.jobs
    )
    assert (servers["kind"], workers["kind"]) == ("no-equivalent", "mapped")


PYTORCH = """\
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: {name: train}
spec:
  pytorchReplicaSpecs:
    Master:
      replicas: 1
      template:
        spec:
          containers:
          - name: pytorch
            image: r.example/a:1
            command: [python, t.py, --say, a b]
            args: [$(RANK)]
            env: [{name: RANK, value: "0"}, {name: API_TOKEN, value: s3cret-of-mine}]
            resources: {limits: {nvidia.com/gpu: 1, cpu: 2, memory: 4Gi}}
    Worker:
      replicas: 3
      restartPolicy: OnFailure
      template:
        spec:
          containers:
          - name: pytorch
            image: r.example/a:1
            command: [python, t.py]
            resources: {limits: {nvidia.com/gpu: 2, cpu: 4, memory: 4Gi}}
"""


def test_a_leading_pod_keeps_what_is_its_own(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(PYTORCH)
    report = api.translate([str(file)], "runai-v2", None, Settings())
    command = r"'python t.py --say '\''a b'\'''"
    assert render_text(report) == (
        "runai training pytorch submit train --image r.example/a:1 --gpu-devices-request 2"
        " --cpu-core-limit 4 --cpu-memory-limit 4Gi --workers 3 --restart-policy OnFailure"
        " --master-gpu-devices-request 1"
        " --master-cpu-core-limit 2 --master-cpu-memory-limit 4Gi"
        " --master-environment-variable RANK=0"
        ' --master-environment-variable API_TOKEN="${API_TOKEN:?the value of API_TOKEN}"'
        f" --master-command {command} --master-args ''\\''$(RANK)'\\'''"
        " --command -- python t.py\n"
    )
    said = [line.partition(": ")[2] for line in remarks(report)]
    assert [line for line in said if not line.startswith("changed")] == [
        "first: # API_TOKEN is a secret: type it in",
        "first: read -rs API_TOKEN; export API_TOKEN",
    ]


def test_the_first_version_starts_all_roles_as_the_workers_are(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(PYTORCH)
    report = api.translate([str(file)], "runai-v1", None, Settings())
    assert render_text(report) == (
        "runai submit-dist pytorch --name train --image r.example/a:1 --gpu 2 --cpu-limit 4"
        " --memory-limit 4Gi --workers 3 --command -- python t.py\n"
    )


def test_what_concerns_all_roles_is_said_once(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(PYTORCH)
    early = Situation(target="runai-v1", dialect="early")
    report = api.translate([str(file)], "runai-v1", None, Settings(), given=early)
    said = [line for line in remarks(report) if "replicas" in line or "distributed" in line]
    assert said == [
        f"{file}:8: no-equivalent: replicas 3: runai submit has no flag for this",
        f"{file}:8: no-equivalent: added: distributed: this dialect has no pytorch jobs: one pod"
        " is submitted",
    ]


def test_pods_that_are_alike_need_no_flags_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    master = PYTORCH[PYTORCH.index("    Master:") : PYTORCH.index("    Worker:")]
    worker = PYTORCH[PYTORCH.index("    Worker:") :]
    alike = worker.replace("Worker", "Master").replace("replicas: 3", "replicas: 1")
    file.write_text(PYTORCH.replace(master, alike))
    report = api.translate([str(file)], "runai-v2", None, Settings())
    assert render_text(report) == (
        "runai training pytorch submit train --image r.example/a:1 --gpu-devices-request 2"
        " --cpu-core-limit 4 --cpu-memory-limit 4Gi --workers 3 --restart-policy OnFailure"
        " --command -- python t.py\n"
    )


RAY = """\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: sweep}
spec:
  headGroupSpec:
    template: {spec: {containers: [{name: h, image: "r.example/ray:1"}]}}
  workerGroupSpecs:
  - groupName: big
    replicas: 1
    template: {spec: {containers: [{name: w, image: "r.example/ray:1"}]}}
"""


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (
            "runai-v2",
            "runai training standard submit sweep-head --image r.example/ray:1"
            " --command -- ray start --head --block\n"
            "runai training standard submit sweep-big --image r.example/ray:1 --command --"
            ' ray start --address="${RAY_HEAD:?the address of the head, HOST:PORT}" --block\n',
        ),
        (
            "runai-v1",
            "runai submit --name sweep-head --image r.example/ray:1"
            " --command -- ray start --head --block\n"
            "runai submit --name sweep-big --image r.example/ray:1 --command --"
            ' ray start --address="${RAY_HEAD:?the address of the head, HOST:PORT}" --block\n',
        ),
    ],
)
def test_workloads_of_one_object_have_names_of_their_own(
    tmp_path: Path, target: Target, text: str
) -> None:
    file = tmp_path / "ray.yaml"
    file.write_text(RAY)
    report = api.translate([str(file)], target, None, Settings())
    assert render_text(report) == text
    named = [one for job in report.jobs for one in job.translation.ledger]
    assert [(one.item.name, one.fate) for one in named if one.output.startswith("sweep")] == [
        ("metadata.name", "changed"),
        ("metadata.name", "changed"),
    ]
