"""Room for all pods of a gang at once, and what an assumption does not state."""

from __future__ import annotations

import json

import pytest

from advisor import api
from advisor.configuration.settings import Settings, parse_assumption
from advisor.judging.check_report import CheckReport
from tests.readers.manifest.refused_samples import POD, changed

FOUR = "gpu-nodes=4,gpus-per-node=8"


def check(*specs: str, assume: str = FOUR) -> CheckReport:
    return api.check(list(specs), settings=Settings(assume=parse_assumption(assume)))


def checked_pod(path: str, value: object, folder: object, assume: str) -> tuple[str, str]:
    file = f"{folder}/pod.json"
    with open(file, "w", encoding="utf-8") as made:
        json.dump(changed(POD, path, value), made)
    (job,) = check(file, assume=assume).jobs
    return job.verdict, job.why


def job_of(workers: int, gpus: int, kind: str = "PyTorchJob", roles: str = "pytorch") -> str:
    container = {
        "name": "pytorch",
        "image": "reg.example/team/dist:1",
        "resources": {"limits": {"nvidia.com/gpu": gpus}},
    }
    template = {"spec": {"containers": [container]}}
    specs = {"Master": {"replicas": 1, "template": template}}
    specs["Worker"] = {"replicas": workers, "template": template}
    return json.dumps(
        {
            "apiVersion": "kubeflow.org/v1",
            "kind": kind,
            "metadata": {"name": "big"},
            "spec": {f"{roles}ReplicaSpecs": specs},
        }
    )


GANG = "Its pods start together or not at all: "


@pytest.mark.parametrize(
    ("workers", "gpus", "assume", "expected"),
    [
        (3, 8, FOUR, {"runs as it is": "It can land on 4 nodes."}),
        (
            4,
            8,
            FOUR,
            {
                "cannot run": f"{GANG}5 pods with 8 x nvidia.com/gpu each, and there is"
                " room for 4 at once."
            },
        ),
        (
            31,
            4,
            FOUR,
            {
                "cannot run": f"{GANG}32 pods with 4 x nvidia.com/gpu each, and there is"
                " room for 8 at once."
            },
        ),
        (
            3,
            5,
            FOUR,
            {"runs as it is": "It can land on 4 nodes."},
        ),
        (
            5,
            5,
            FOUR,
            {
                "cannot run": f"{GANG}6 pods with 5 x nvidia.com/gpu each, and there is"
                " room for 4 at once."
            },
        ),
        (31, 4, "gpu-nodes=4", {"runs as it is": "It can land on 4 nodes."}),
    ],
)
def test_gangs(
    workers: int, gpus: int, assume: str, expected: dict[str, str], tmp_path: object
) -> None:
    file = f"{tmp_path}/job.json"
    with open(file, "w", encoding="utf-8") as made:
        made.write(job_of(workers, gpus))
    report = check(file, assume=assume)
    assert {job.verdict: job.why for job in report.jobs} == expected


def test_a_submitted_gang() -> None:
    (job,) = check("runai training pytorch submit a -i reg.example/a:1 --workers 4 -g 8").jobs
    assert (job.verdict, job.why) == (
        "cannot run",
        f"{GANG}5 pods with 8 x nvidia GPU each, and there is room for 4 at once.",
    )


HERE = ("runs as it is", "It can land on 4 nodes.")
ONE = ("runs as it is", "It can land on 1 node.")
LIMITS = "spec|containers|0|resources|limits"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("spec|nodeSelector", {"kubernetes.io/os": "linux"}, HERE),
        ("spec|nodeSelector", {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB"}, HERE),
        ("spec|nodeSelector", {"node.kubernetes.io/instance-type": "p4d.24xlarge"}, HERE),
        ("spec|nodeSelector", {"kubernetes.io/hostname": "gpu-a"}, ONE),
        ("spec|nodeName", "gpu-a", ONE),
        (f"{LIMITS}|rdma~1hca".replace("~1", "/"), 1, HERE),
        (f"{LIMITS}|vpc.amazonaws.com/efa", 4, HERE),
        (f"{LIMITS}|hugepages-2Mi", "2Gi", HERE),
        (f"{LIMITS}|nvidia.com/gpumem", 3000, HERE),
        (f"{LIMITS}|nvidia.com/gpu", 9, ("cannot run", "No node meets 9 x nvidia.com/gpu.")),
        (f"{LIMITS}|amd.com/gpu", 1, ("cannot run", "No node meets 1 x amd.com/gpu.")),
        (
            "spec|nodeSelector",
            {"nvidia.com/gpu.count": "4"},
            ("cannot run", "No node meets node label nvidia.com/gpu.count=4."),
        ),
    ],
)
def test_what_an_assumption_does_not_state_is_there(
    path: str, value: object, expected: tuple[str, str], tmp_path: object
) -> None:
    assert checked_pod(path, value, tmp_path, FOUR) == expected


@pytest.mark.parametrize(
    ("assume", "verdict", "judged"),
    [
        (FOUR, "runs after these changes", []),
        (f"{FOUR},memory=512Gi", "unknown", ["unknown"]),
    ],
)
def test_memory_that_only_the_shell_knows(assume: str, verdict: str, judged: list[str]) -> None:
    (job,) = check("docker run --gpus 1 -m $MEM reg.example/team/fit:1 fit", assume=assume).jobs
    found = [one.status for one in job.findings if one.rule == "JOB003"]
    assert (job.verdict, found) == (verdict, judged)
