"""Workloads as jobs."""

from __future__ import annotations

import pytest

from advisor.facts.workload import (
    PodContainer,
    PodTemplate,
    PodVolume,
    Toleration,
    VolumeMount,
    Workload,
)
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec
from advisor.jobs.workload import parse_ignores, workload_job, workload_owner

VOLUMES = (
    PodVolume(name="raid", kind="hostPath", source="/raid", type="Directory"),
    PodVolume(name="claim", kind="persistentVolumeClaim", source="data", read_only=True),
    PodVolume(name="nfs", kind="nfs", source="filer:/x"),
    PodVolume(name="shm", kind="emptyDir", type="Memory"),
    PodVolume(name="config", kind="configMap", source="c"),
)


def test_everything_a_placement_needs() -> None:
    mounts = tuple(VolumeMount(volume=one.name, path=f"/{one.name}") for one in VOLUMES)
    template = PodTemplate(
        containers=(
            PodContainer(
                name="setup", image="busybox", init=True, requests={"cpu": 4000, "memory": 10}
            ),
            PodContainer(
                name="main",
                image="x:1",
                pull_policy="Always",
                requests={"cpu": 1000},
                limits={"memory": 50, "nvidia.com/gpu": 2, "cpu": 9000},
                mounts=(*mounts, VolumeMount(volume="gone", path="/gone")),
            ),
            PodContainer(name="side", image="y:1", requests={"cpu": 500}, mounts=mounts[:1]),
        ),
        volumes=VOLUMES,
        node_selector={"a": "b"},
        tolerations=(Toleration(operator="Exists"),),
        pull_secrets=("pull",),
        resource_claims=("gpu",),
    )
    workload = Workload(
        namespace="team",
        kind="PyTorchJob",
        name="train",
        role="Worker",
        template=template,
        phases={"Running": 3},
        nodes={"n": 3},
        labels={"owner": "bob"},
        annotations={"advisor/ignore": "IMG001: known; DAT006"},
    )
    assert workload_job(workload, service_account_secrets=("account",)) == JobSpec(
        id="workload:PyTorchJob/team/train/Worker",
        label="PyTorchJob team/train (Worker)",
        kind="PyTorchJob",
        namespace="team",
        owner="bob",
        images=(
            JobImage(reference="busybox"),
            JobImage(reference="x:1", pull_policy="Always"),
            JobImage(reference="y:1"),
        ),
        mounts=(
            JobMount(kind="hostPath", source="/raid", target="/raid", kind_detail="Directory"),
            JobMount(
                kind="claim",
                source="team/data",
                target="/claim",
                read_only=True,
                kind_detail="persistentVolumeClaim",
            ),
            JobMount(kind="nfs", source="filer:/x", target="/nfs", kind_detail="nfs"),
        ),
        resources={"cpu": 4000, "memory": 50, "nvidia.com/gpu": 2},
        accelerators=(
            AcceleratorNeed(count=2, resource="nvidia.com/gpu", how="resource request"),
            AcceleratorNeed(count=None, how="resource claim gpu", claim="ResourceClaim team/gpu"),
        ),
        node_selector={"a": "b"},
        tolerations=(Toleration(operator="Exists"),),
        pull_secrets=("pull", "account"),
        replicas=3,
        nodes={"n": 3},
        claims=("team/data",),
        ignores=(("IMG001", "known"), ("DAT006", "")),
    )


@pytest.mark.parametrize(
    ("replicas", "phases", "count"),
    [(0, {}, 0), (5, {"Running": 2}, 5), (None, {"Running": 2, "Pending": 1}, 3), (None, {}, 1)],
)
def test_replicas(replicas: int | None, phases: dict[str, int], count: int) -> None:
    of = Workload(
        namespace="t",
        kind="Job",
        name="j",
        template=PodTemplate(),
        replicas=replicas,
        phases=phases,
    )
    assert workload_job(of).replicas == count


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("IMG001", (("IMG001", ""),)),
        ("IMG001: a: b", (("IMG001", "a: b"),)),
        (" IMG001 : x ;; DAT002:y ", (("IMG001", "x"), ("DAT002", "y"))),
    ],
)
def test_ignores(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert parse_ignores(text) == pairs


def test_nobody_is_named() -> None:
    of = Workload(namespace="t", kind="Job", name="j", template=PodTemplate())
    assert workload_owner(of) == ""
