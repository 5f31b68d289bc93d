"""Where data is, for each kind of evidence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.facts.host import Container, DockerHost, Filesystem, Mount, Volume
from advisor.facts.snapshot import Snapshot
from advisor.facts.storage import (
    Claim,
    NodeSelectorRequirement,
    PersistentVolume,
    StorageClass,
)
from advisor.facts.workload import PodVolume
from advisor.views.data_view import data_views
from tests.placement.samples import (
    claim_volume,
    cluster,
    host,
    node,
    placement,
    snapshot,
    without,
    workload,
)

XFS = Filesystem(mount_point="/raid", type="xfs", device="/dev/md0")
NFS = Filesystem(mount_point="/raid", type="nfs4", device="filer:/export")
ODD = Filesystem(mount_point="/raid", type="fuse.novel")
TMPFS = Filesystem(mount_point="/dev/shm", type="tmpfs")
SETS = NodeSelectorRequirement(key="of", operator="In", values=("sets",))
GPU_NODES = (node("a", gpus=1), node("b", gpus=1))


def bound(name: str, filesystem: Filesystem | None, **fields: Any) -> Container:
    mount = Mount(kind="bind", source="/raid/data", target="/data", filesystem=filesystem, **fields)
    return Container(id=name, name=name, image="x:1", mounts=(mount,))


def with_volume(volume: Volume) -> DockerHost:
    mount = Mount(kind="volume", volume=volume.name, target="/data", anonymous=volume.anonymous)
    container = Container(id="c", name="c", image="x:1", mounts=(mount,))
    return host("h", container, volumes=(volume,))


def in_pod(volume: PodVolume, **fields: Any) -> Snapshot:
    return snapshot(cluster(*GPU_NODES, workloads=(workload(volumes=(volume,)),), **fields))


def places(of: Snapshot, key: str) -> dict[str, tuple[str, tuple[str, ...], bool]]:
    """(place, machines, presumed) by use."""
    views = {view.subject.id: view for view in data_views(placement(of), ())}
    return {
        use.label: (use.facts["location"], tuple(use.facts["machines"]), use.facts["presumed"])
        for use in views[f"data:{key}"].uses
    }


class Case(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    of: Snapshot
    key: str
    places: dict[str, tuple[str, tuple[str, ...], bool]]


PATH = "path:/raid/data"
C = "c on h"
JOB = "Job team/train"
HOST_PATH = PodVolume(name="raid", kind="hostPath", source="/raid/data")


def claim(storage_class: str | None, volume: str = "") -> Claim:
    return Claim(
        namespace="team",
        name="scratch",
        storage_class=storage_class,
        volume=volume,
        phase="Bound" if volume else "Pending",
    )


def volume(kind: str, **fields: Any) -> PersistentVolume:
    return PersistentVolume(
        name="pv",
        source_kind=kind,
        phase="Bound",
        claim_namespace="team",
        claim_name="scratch",
        **fields,
    )


def claimed(a_claim: Claim, *volumes: PersistentVolume, **fields: Any) -> Snapshot:
    return in_pod(claim_volume("scratch"), claims=(a_claim,), persistent_volumes=volumes, **fields)


ON_A = (NodeSelectorRequirement(key="kubernetes.io/hostname", operator="In", values=("a",)),)
LOCAL_PATH = StorageClass(name="local-path", provisioner="rancher.io/local-path")
SHARED_PATH = msgspec.structs.replace(LOCAL_PATH, parameters={"sharedFileSystemPath": "/shared"})
OWN = Claim(namespace="", name="", storage_class="local-path")
EPHEMERAL = PodVolume(name="v", kind="ephemeral", claim=OWN)
TEMPLATE = PodVolume(name="v", kind="volumeClaimTemplate", claim=OWN)
CASES = (
    Case(
        name="a bind on a local disk",
        of=snapshot(None, host("h", bound("c", XFS))),
        key=PATH,
        places={C: ("on-machine", ("h",), False)},
    ),
    Case(
        name="a bind that is network storage",
        of=snapshot(None, host("h", bound("c", NFS))),
        key=PATH,
        places={C: ("outside", (), False)},
    ),
    Case(
        name="a bind in memory",
        of=snapshot(None, host("h", bound("c", TMPFS))),
        key=PATH,
        places={C: ("on-machine", ("h",), False)},
    ),
    Case(
        name="an inline volume of a driver that mounts exports",
        of=in_pod(PodVolume(name="v", kind="csi", source="nfs.csi.k8s.io", type="nas:/sets")),
        key="inline-csi:nas:/sets",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="an inline volume that is made for the pod",
        of=in_pod(PodVolume(name="v", kind="csi", source="secrets-store.csi.k8s.io")),
        key="inline-csi:team/v of train",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="an inline volume of a driver that cuts it from the node's disk",
        of=in_pod(PodVolume(name="v", kind="csi", source="topolvm.io")),
        key="inline-csi:team/v of train",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="an inline volume of a driver whose kind nothing tells",
        of=in_pod(PodVolume(name="v", kind="csi", source="org.democratic-csi.other")),
        key="inline-csi:team/v of train",
        places={JOB: ("unknown", (), False)},
    ),
    Case(
        name="an inline volume of a driver nobody knows",
        of=in_pod(PodVolume(name="v", kind="csi", source="odd.example")),
        key="inline-csi:team/v of train",
        places={JOB: ("unknown", (), False)},
    ),
    Case(
        name="a flexVolume",
        of=in_pod(PodVolume(name="v", kind="flexVolume", source="ceph.rook.io/rook")),
        key="flex-volume:team/v of train",
        places={JOB: ("unknown", (), False)},
    ),
    Case(
        name="an ephemeral volume of a node-local class",
        of=in_pod(EPHEMERAL, storage_classes=(LOCAL_PATH,)),
        key="ephemeral:team/v of train",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="claims that are yet to be made for each pod",
        of=in_pod(TEMPLATE, storage_classes=(LOCAL_PATH,)),
        key="claim-template:team/v-train",
        places={JOB: ("on-machine", ("a", "b"), False)},
    ),
    Case(
        name="the claim that was made for a pod",
        of=in_pod(
            TEMPLATE,
            claims=(msgspec.structs.replace(claim("local-path", "pv"), name="v-train-0"),),
            persistent_volumes=(volume("local", node_affinity=(ON_A,)),),
            storage_classes=(LOCAL_PATH,),
        ),
        key="claim:team/v-train-0",
        places={JOB: ("on-machine", ("a",), False)},
    ),
    Case(
        name="a path of a class that may keep its paths on shared storage",
        of=claimed(
            claim("local-path", "pv"),
            volume("hostPath", source="/shared/x", storage_class="local-path"),
            storage_classes=(SHARED_PATH,),
        ),
        key="claim:team/scratch",
        places={JOB: ("unknown", (), False)},
    ),
    Case(
        name="replicas that any node attaches, shared or not",
        of=claimed(
            claim("longhorn"),
            storage_classes=(StorageClass(name="longhorn", provisioner="driver.longhorn.io"),),
        ),
        key="claim:team/scratch",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="a bind on a filesystem nobody knows",
        of=snapshot(None, host("h", bound("c", ODD))),
        key=PATH,
        places={C: ("unknown", ("h",), False)},
    ),
    Case(
        name="a bind whose mount table nobody read",
        of=snapshot(None, host("h", bound("c", None))),
        key=PATH,
        places={C: ("on-machine", ("h",), True)},
    ),
    Case(
        name="network on one host and local on another: each for itself",
        of=snapshot(None, host("h", bound("c", NFS)), host("k", bound("d", XFS))),
        key=PATH,
        places={C: ("outside", (), False), "d on k": ("on-machine", ("k",), False)},
    ),
    Case(
        name="a hostPath of which nothing is known",
        of=in_pod(HOST_PATH),
        key=PATH,
        places={JOB: ("on-machine", ("a", "b"), True)},
    ),
    Case(
        name="a hostPath that is network storage on every eligible node",
        of=msgspec.structs.replace(
            in_pod(HOST_PATH), hosts=(host("a", bound("c", NFS)), host("b", bound("d", NFS)))
        ),
        key=PATH,
        places={
            "c on a": ("outside", (), False),
            "d on b": ("outside", (), False),
            JOB: ("outside", (), False),
        },
    ),
    Case(
        name="a hostPath that is network storage on some of them",
        of=msgspec.structs.replace(in_pod(HOST_PATH), hosts=(host("a", bound("c", NFS)),)),
        key=PATH,
        places={"c on a": ("outside", (), False), JOB: ("unknown", ("a", "b"), False)},
    ),
    Case(
        name="a plain named volume",
        of=snapshot(None, with_volume(Volume(name="v"))),
        key="volume:h/v",
        places={C: ("on-machine", ("h",), False)},
    ),
    Case(
        name="a named volume that mounts NFS by its options",
        of=snapshot(
            None,
            with_volume(Volume(name="v", options={"type": "nfs", "device": ":/export"})),
        ),
        key="volume:h/v",
        places={C: ("outside", (), False)},
    ),
    Case(
        name="a named volume bound to a network filesystem",
        of=snapshot(
            None,
            with_volume(
                Volume(
                    name="v",
                    options={"type": "none", "o": "bind", "device": "/raid"},
                    filesystem=NFS,
                )
            ),
        ),
        key="volume:h/v",
        places={C: ("outside", (), False)},
    ),
    Case(
        name="a named volume bound to nobody knows what",
        of=snapshot(
            None,
            with_volume(Volume(name="v", options={"type": "none", "o": "bind", "device": "/raid"})),
        ),
        key="volume:h/v",
        places={C: ("unknown", (), False)},
    ),
    Case(
        name="a volume plugin",
        of=snapshot(None, with_volume(Volume(name="v", driver="vendor/plugin"))),
        key="volume:h/v",
        places={C: ("unknown", (), False)},
    ),
    Case(
        name="an anonymous volume",
        of=snapshot(None, with_volume(Volume(name="f" * 64, anonymous=True))),
        key=f"volume:h/{'f' * 64}",
        places={C: ("on-machine", ("h",), False)},
    ),
    Case(
        name="volumes could not be listed",
        of=snapshot(None, msgspec.structs.replace(with_volume(Volume(name="v")), volumes=None)),
        key="volume:h/v",
        places={C: ("unknown", (), False)},
    ),
    Case(
        name="NFS in the pod itself",
        of=in_pod(PodVolume(name="n", kind="nfs", source="filer:/export")),
        key="nfs:filer:/export",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="a block device on the network",
        of=in_pod(PodVolume(name="r", kind="rbd", source="pool/image")),
        key="network-volume:pool/image",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="a claim bound to an NFS volume",
        of=claimed(claim("", "pv"), volume("nfs", source="filer:/export")),
        key="claim:team/scratch",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="a claim bound to a disk that one node mounts at a time",
        of=claimed(
            claim("ebs", "pv"), volume("csi", driver="ebs.csi.aws.com", storage_class="ebs")
        ),
        key="claim:team/scratch",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="a claim bound to a local volume",
        of=claimed(claim("local", "pv"), volume("local", source="/disk", node_affinity=(ON_A,))),
        key="claim:team/scratch",
        places={JOB: ("on-machine", ("a",), False)},
    ),
    Case(
        name="a claim bound by a driver nobody knows",
        of=claimed(claim("odd", "pv"), volume("csi", driver="csi.vendor.example")),
        key="claim:team/scratch",
        places={JOB: ("unknown", (), False)},
    ),
    Case(
        name="an unbound claim is judged by its class",
        of=claimed(
            claim("nfs"), storage_classes=(StorageClass(name="nfs", provisioner="nfs.csi.k8s.io"),)
        ),
        key="claim:team/scratch",
        places={JOB: ("outside", (), False)},
    ),
    Case(
        name="an unbound claim without a class is judged by the default",
        of=claimed(
            claim(None),
            storage_classes=(
                StorageClass(name="l", provisioner="rancher.io/local-path", default=True),
            ),
        ),
        key="claim:team/scratch",
        places={JOB: ("on-machine", ("a", "b"), False)},
    ),
    Case(
        name="a claim that is not there",
        of=in_pod(claim_volume("scratch")),
        key="claim:team/scratch",
        places={JOB: ("unknown", (), False)},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_place(case: Case) -> None:
    assert places(case.of, case.key) == case.places


def test_system_paths_and_writable_layers_are_spoken_of_but_not_decided() -> None:
    socket = Mount(kind="bind", source="/var/run/docker.sock", target="/var/run/docker.sock")
    container = Container(
        id="c", name="c", image="x:1", mounts=(socket,), layer_changes=3, layer_paths=("/w",)
    )
    views = {
        view.subject.id: (view.facts["kind"], view.facts["system"], view.uses)
        for view in data_views(placement(snapshot(None, host("h", container))), ())
    }
    assert views == {
        "data:layer:h/c": ("container-layer", None, ()),
        "data:path:/var/run/docker.sock": ("bind", "runtime-socket", ()),
    }


def test_unused_anonymous_volumes_are_counted_and_left_out() -> None:
    of = snapshot(None, host("h", volumes=(Volume(name="e" * 64, anonymous=True),)))
    assert (placement(of).data.anonymous_unused, placement(of).data.entries) == (1, {})


def test_why_a_claim_is_unknown() -> None:
    views = {
        view.subject.id: view.uses[0].gaps[0]
        for of in (
            in_pod(claim_volume("scratch")),
            msgspec.structs.replace(
                in_pod(claim_volume("other")),
                cluster=without(in_pod(claim_volume("other")).cluster, "claims"),  # type: ignore[arg-type]
            ),
        )
        for view in data_views(placement(of), ())
    }
    assert {name: (gap.reason, gap.settle) for name, gap in views.items()} == {
        "data:claim:team/scratch": ("no such claim exists", "kubectl get pvc -n team scratch"),
        "data:claim:team/other": (
            "claims could not be listed",
            "kubectl get pvc -n team other",
        ),
    }


@pytest.mark.parametrize(
    ("asked", "serves"),
    [
        ({"access_modes": ("ReadWriteMany",)}, "many-nodes"),
        ({"requested": 50}, "node-local"),
        ({"selector": (SETS,)}, "many-nodes"),
        ({}, "depends"),
    ],
)
def test_a_claim_is_judged_by_the_volumes_that_fit_it(asked: Any, serves: str) -> None:
    manual = StorageClass(name="manual", provisioner="kubernetes.io/no-provisioner")
    free: dict[str, Any] = {"storage_class": "manual", "phase": "Available"}
    modes = ("ReadWriteOnce", "ReadWriteMany")
    files = PersistentVolume(
        name="nas",
        source_kind="nfs",
        capacity=10,
        access_modes=modes,
        labels={"of": "sets"},
        **free,
    )
    disk = PersistentVolume(
        name="disk", source_kind="local", capacity=90, access_modes=modes[:1], **free
    )
    taken = msgspec.structs.replace(disk, name="taken", phase="Released", access_modes=modes)
    waiting = {"access_modes": modes[:1], **asked}
    of = in_pod(
        claim_volume("waits"),
        claims=(Claim(namespace="team", name="waits", storage_class="manual", **waiting),),
        persistent_volumes=(files, disk, taken),
        storage_classes=(manual,),
    )
    placed = placement(of)
    found = placed.serve(placed.data.entries["claim:team/waits"])
    assert found is not None
    assert found.serves == serves


def test_what_decides_about_a_claim_is_told_where_its_class_does_not_state_it() -> None:
    reasons = []
    for provisioner in ("containerstorage.csi.azure.com", "csi.vendor.example"):
        of = claimed(claim("c"), storage_classes=(StorageClass(name="c", provisioner=provisioner),))
        views = {view.subject.id: view for view in data_views(placement(of), ())}
        reasons += [gap.reason for gap in views["data:claim:team/scratch"].uses[0].gaps]
    assert reasons == [
        "its storage pool (Azure disks, an elastic SAN, or the disks in the node)",
        "the catalogue does not know csi.vendor.example",
    ]
