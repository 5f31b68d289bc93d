"""DRA claims that stand in files beside the jobs that name them, and parts of a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from advisor import api
from advisor.checking import single_jobs
from advisor.checking.checker import Checker
from advisor.configuration.settings import Settings
from advisor.facts.cluster import Device, DeviceClass, ResourceSlice
from advisor.facts.snapshot import Snapshot
from advisor.judging.check_report import CheckReport
from tests.placement.samples import cluster, node, snapshot

pytestmark = pytest.mark.slow

DRIVER = "gpu.nvidia.com"
CLAIM = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: two}
spec:
  spec:
    devices: {requests: [{name: gpu, exactly: {deviceClassName: gpu, count: 2}}]}
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: registry.lab/t:1, resources: {claims: [{name: gpu}]}}]
      resourceClaims: [{name: gpu, resourceClaimTemplateName: two}]
"""
CPU_JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: other}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: registry.lab/t:1, resources: {requests: {cpu: "1"}}}]
"""


def site() -> Snapshot:
    """Nodes with one and with four devices, one with two by a plugin, and one with none."""

    def on(name: str, count: int) -> ResourceSlice:
        devices = tuple(Device(name=f"gpu-{at}", type="gpu") for at in range(count))
        stated = {"node": name, "pool": name, "generation": 1, "slice_count": 1}
        return ResourceSlice(name=name, driver=DRIVER, devices=devices, **stated)

    return snapshot(
        cluster(
            *(node("d1"), node("d4"), node("p2", gpus=2), node("c")),
            resource_slices=(on("d1", 1), on("d4", 4)),
            device_classes=(DeviceClass(name="gpu", selectors=(f"device.driver == '{DRIVER}'",)),),
            device_claims=(),
            device_claim_templates=(),
        )
    )


def eligible(report: CheckReport) -> dict[str, tuple[str, ...]]:
    """The nodes of each job, by its name."""
    return {job.label: job.decisions[0].nodes for job in report.jobs}


def check(folder: Path) -> CheckReport:
    return api.check([str(folder)], site(), Settings())


@pytest.mark.parametrize(
    "files",
    [
        {"all.yaml": f"{CLAIM}---\n{JOB}"},
        {"job.yaml": JOB, "claims.yml": CLAIM},
        {"job.yaml": JOB, "deep/er/claims.yaml": f"{CPU_JOB}---\n{CLAIM}"},
        {
            "job.yaml": JOB,
            "claims.yaml": CLAIM.replace("name: two", "name: two, namespace: default"),
        },
    ],
    ids=["one file", "beside", "in another folder", "with its namespace"],
)
def test_a_claim_that_is_given_with_the_job(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert eligible(check(tmp_path))["Job train"] == ("d4",)


@pytest.mark.parametrize(
    ("claim", "nodes"),
    [
        (CLAIM.replace("count: 2", "count: 1"), ("d1", "d4")),
        (CLAIM.replace("count: 2", "count: 5"), ()),
        (CLAIM.replace("deviceClassName: gpu", "deviceClassName: nic"), ()),
    ],
)
def test_what_the_claim_asks_for_decides(
    claim: str, nodes: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "all.yaml").write_text(f"{JOB}---\n{claim}")
    assert eligible(check(tmp_path))["Job train"] == nodes


@pytest.mark.parametrize(
    "beside",
    [
        "",
        CLAIM.replace("name: two", "name: three"),
        CLAIM.replace("name: two", "name: two, namespace: other"),
        CLAIM.replace("count: 2", "count: two"),
        CLAIM.replace("ResourceClaimTemplate", "ResourceClaim"),
    ],
    ids=["none", "another", "of another namespace", "malformed", "no template"],
)
def test_a_claim_that_nobody_gave_is_open(beside: str, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(JOB)
    (tmp_path / "claims.yaml").write_text(beside or CPU_JOB)
    job = next(one for one in check(tmp_path).jobs if one.label == "Job train")
    assert (job.verdict, job.why) == (
        "unknown",
        "Not known: how many nodes can run it (ResourceClaimTemplate default/two is neither in the"
        " cluster nor in a file that was read).",
    )


def test_claims_are_found_from_every_process(tmp_path: Path) -> None:
    """The claim is the last of many files, and the jobs are shared out to processes."""
    checker: Checker = single_jobs._checker(site(), Settings(), None, (), None, None)
    (tmp_path / "z.yaml").write_text(CLAIM)
    for number in range(250):
        text = JOB if number in (0, 120, 249) else CPU_JOB
        (tmp_path / f"{number:03}.yaml").write_text(text.replace("name: train", f"name: j{number}"))
    one, whole, short = (
        replace(checker, processes=processes, places=places).check_specs([str(tmp_path)])
        for processes, places in ((1, None), (2, None), (2, 5))
    )
    assert whole == one
    assert [job.verdict for job in short.jobs] == [job.verdict for job in one.jobs]
    jobs = eligible(one)
    assert [jobs[f"Job j{number}"] for number in (0, 120, 249)] == [("d4",)] * 3


@pytest.mark.parametrize(
    "stated",
    ["gpu-fraction: '0.5'", "gpu-memory: '4096'"],
)
@pytest.mark.parametrize("limits", ["", "resources: {limits: {rdma/ib: 1}}"], ids=["", "and a NIC"])
def test_a_part_of_a_gpu_needs_a_gpu_whatever_else_is_asked_for(
    stated: str, limits: str, tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(
        f"""\
apiVersion: v1
kind: Pod
metadata: {{name: half, annotations: {{{stated}}}}}
spec:
  schedulerName: kai-scheduler
  containers: [{{name: c, image: registry.lab/t:1, {limits or "args: [x]"}}}]
"""
    )
    amounts = {"rdma/ib": 8}
    nodes = (node("g", gpus=1, devices=amounts), node("c", devices=amounts))
    report = api.check([str(tmp_path)], snapshot(cluster(*nodes)), Settings())
    assert eligible(report) == {"Pod half": ("g",)}


def test_parts_of_gpus_do_not_add_up_to_cards(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(
        """\
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: {name: many}
spec:
  pytorchReplicaSpecs:
    Worker:
      replicas: 4
      template:
        metadata: {annotations: {gpu-fraction: "0.25"}}
        spec: {containers: [{name: pytorch, image: registry.lab/t:1}]}
"""
    )
    report = api.check([str(tmp_path)], snapshot(cluster(node("g", gpus=1))), Settings())
    assert [(job.label, job.verdict) for job in report.jobs] == [
        ("PyTorchJob many (Worker)", "runs as it is")
    ]
