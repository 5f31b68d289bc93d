from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import pytest

from advisor.facts.redaction import redact
from advisor.facts.source import Redaction
from advisor.facts.storage import (
    Claim,
    CsiDriver,
    CsiNode,
    NodeSelectorRequirement,
    PersistentVolume,
    StorageClass,
    StorageProfile,
)
from advisor.probes.kubernetes import storage
from advisor.probes.kubernetes import storage as wires
from advisor.probes.kubernetes.reading import REDACTOR

T = TypeVar("T")


def wire(document: Any, kind: type[T]) -> T:
    return msgspec.convert(document, kind)


def volume(spec: Any) -> PersistentVolume:
    document = {"metadata": {"name": "v"}, "spec": spec}
    return redact(storage.persistent_volume(wire(document, wires.VolumeWire)))[0]


def test_a_storage_class_without_its_secrets() -> None:
    document = {
        "metadata": {
            "name": "files",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "smb.csi.k8s.io",
        "parameters": {
            "source": "//filer/share",
            "password": "hunter2hunter2",
            "csi.storage.k8s.io/provisioner-secret-name": "smb-creds",
            "csi.storage.k8s.io/fstype": None,
        },
        "mountOptions": ["vers=4.1", "password=hunter2hunter2", None],
        "allowVolumeExpansion": True,
    }
    made = storage.storage_class(wire(document, wires.StorageClassWire))
    clean, taken_out = redact((made,), REDACTOR, "cluster.storage_classes")
    assert clean == (
        StorageClass(
            name="files",
            provisioner="smb.csi.k8s.io",
            parameters={
                "source": "//filer/share",
                "password": "[redacted]",
                "csi.storage.k8s.io/provisioner-secret-name": "smb-creds",
                "csi.storage.k8s.io/fstype": "",
            },
            mount_options=("vers=4.1", "password=[redacted]"),
            allow_expansion=True,
            default=True,
        ),
    )
    assert taken_out == (
        Redaction(
            path="cluster.storage_classes[files].mount_options", redactor="kubernetes-options"
        ),
        Redaction(path="cluster.storage_classes[files].parameters", redactor="kubernetes-options"),
    )


@pytest.mark.parametrize("value", ["True", "yes", "", None, "false"])
def test_only_the_exact_word_makes_a_class_the_default(value: str | None) -> None:
    annotations = {"storageclass.kubernetes.io/is-default-class": value}
    document = {"metadata": {"name": "c", "annotations": annotations}}
    read = storage.storage_class(wire(document, wires.StorageClassWire))
    assert read == StorageClass(name="c", provisioner="")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"nfs": {"server": "filer", "path": "/x"}}, {"source_kind": "nfs", "source": "filer:/x"}),
        ({"local": {"path": "/raid"}}, {"source_kind": "local", "source": "/raid"}),
        ({"hostPath": {"path": "/raid"}}, {"source_kind": "hostPath", "source": "/raid"}),
        (
            {
                "csi": {
                    "driver": "d",
                    "volumeHandle": "h",
                    "fsType": "ext4",
                    "volumeAttributes": {"share": "s", "token": "hunter2hunter2", "n": None},
                }
            },
            {
                "source_kind": "csi",
                "driver": "d",
                "source": "h",
                "filesystem_type": "ext4",
                "attributes": {"share": "s", "token": "[redacted]"},
            },
        ),
        ({"cephfs": {"monitors": ["a", "b"]}}, {"source_kind": "cephfs", "source": "a,b:/"}),
        ({"rbd": {"image": "i"}}, {"source_kind": "rbd", "source": "rbd/i"}),
        (
            {"awsElasticBlockStore": {"volumeID": "vol-1", "fsType": "xfs"}},
            {"source_kind": "awsElasticBlockStore", "source": "vol-1", "filesystem_type": "xfs"},
        ),
        ({"fc": {"lun": 3}}, {"source_kind": "fc"}),
        ({"nfs": None}, {"source_kind": "unknown"}),
        ({}, {"source_kind": "unknown"}),
        (None, {"source_kind": "unknown"}),
    ],
)
def test_where_a_volume_is(source: Any, expected: dict[str, Any]) -> None:
    assert volume(source) == PersistentVolume(name="v", **expected)


def test_a_volume_with_everything_else() -> None:
    spec = {
        "local": {"path": "/raid"},
        "capacity": {"storage": "1Ti"},
        "accessModes": ["ReadWriteOnce", None],
        "storageClassName": "raid",
        "persistentVolumeReclaimPolicy": "Retain",
        "claimRef": {"namespace": "team", "name": "data"},
        "mountOptions": ["noatime"],
        "nodeAffinity": {
            "required": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "kubernetes.io/hostname", "operator": "In", "values": ["gpu-1"]}
                        ]
                    },
                    {"matchExpressions": None},
                ]
            }
        },
    }
    assert volume(spec) == PersistentVolume(
        name="v",
        source_kind="local",
        source="/raid",
        capacity=2**40,
        access_modes=("ReadWriteOnce",),
        storage_class="raid",
        reclaim_policy="Retain",
        claim_namespace="team",
        claim_name="data",
        mount_options=("noatime",),
        node_affinity=(
            (
                NodeSelectorRequirement(
                    key="kubernetes.io/hostname", operator="In", values=("gpu-1",)
                ),
            ),
        ),
    )


def test_claims_name_a_class_in_three_ways() -> None:
    def claim(spec: Any, annotations: Any = None) -> Claim:
        document = {
            "metadata": {"namespace": "team", "name": "data", "annotations": annotations},
            "spec": spec,
        }
        return storage.claim(wire(document, wires.ClaimWire))

    old = {"volume.beta.kubernetes.io/storage-class": "old"}
    picked = {"volume.kubernetes.io/selected-node": "gpu-1"}
    assert claim(None) == Claim(namespace="team", name="data", storage_class=None)
    assert claim({"storageClassName": ""}).storage_class == ""
    assert claim({"storageClassName": None}, old).storage_class == "old"
    assert claim(
        {
            "storageClassName": "x",
            "volumeName": "v",
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "10Gi"}},
            "volumeMode": "Block",
        },
        picked,
    ) == Claim(
        namespace="team",
        name="data",
        storage_class="x",
        volume="v",
        access_modes=("ReadWriteMany",),
        requested=10 * 2**30,
        volume_mode="Block",
        selected_node="gpu-1",
    )


def test_drivers_profiles_and_null_lists() -> None:
    meta = {"metadata": {"name": "d"}}
    driver = {**meta, "spec": {"attachRequired": False}}
    assert storage.csi_driver(wire(driver, wires.CsiDriverWire)) == CsiDriver(
        name="d", attach_required=False
    )
    assert storage.csi_driver(wire(meta, wires.CsiDriverWire)) == CsiDriver(name="d")
    null = {**meta, "spec": {"drivers": None}}
    assert storage.csi_node(wire(null, wires.CsiNodeWire)) == CsiNode(name="d")
    limits = ({"allocatable": {"count": 25}}, {"allocatable": {"count": None}}, {})
    drivers = [{"name": name, **limit} for name, limit in zip("abc", limits, strict=True)]
    three = {**meta, "spec": {"drivers": [*drivers, None]}}
    assert storage.csi_node(wire(three, wires.CsiNodeWire)) == CsiNode(
        name="d", drivers=("a", "b", "c"), limits={"a": 25}
    )
    sets = [
        {"accessModes": ["ReadWriteMany", "ReadWriteOnce"], "volumeMode": "Block"},
        {"accessModes": ["ReadWriteOnce"]},
        None,
    ]
    profile = {**meta, "status": {"claimPropertySets": sets}}
    assert storage.storage_profile(wire(profile, wires.StorageProfileWire)) == StorageProfile(
        storage_class="d",
        claim_properties=(
            ("ReadWriteMany", "Block"),
            ("ReadWriteOnce", "Block"),
            ("ReadWriteOnce", "Filesystem"),
        ),
    )
