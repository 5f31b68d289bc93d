"""Volumes of every kind, as runai's flags: none with an empty name, and none lost in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor.jobs.translation import Situation
from advisor.writers import write
from tests.readers.manifest.refused_samples import POD, changed
from tests.readers.manifest.whole_files import manifest_jobs

CLAIM = {
    "accessModes": ["ReadWriteMany"],
    "storageClassName": "fast",
    "resources": {"requests": {"storage": "1Gi"}},
}


def flags(document: dict[str, Any]) -> str:
    (job,) = manifest_jobs(json.dumps(document), "f.json")
    text = write(job, Situation(target="runai-v2")).text
    assert "name=," not in text
    assert text.count("volume name=image") == 0
    return (
        text.partition("--cpu-memory-limit 8Gi")[2].replace(" --restart-policy Never", "").strip()
    )


@pytest.mark.parametrize(
    ("volume", "made"),
    [
        ({"emptyDir": {}}, "-e EPOCHS=3 --empty-dir-volume name=data,path=/data"),
        (
            {"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
            "-e EPOCHS=3 --empty-dir-volume name=data,path=/data,medium=Memory,size-limit=1Gi",
        ),
        (
            {"nfs": {"server": "nas", "path": "/x"}},
            "-e EPOCHS=3 --nfs path=/x,server=nas,mountpath=/data,readwrite",
        ),
        ({"configMap": {"name": "c"}}, "-e EPOCHS=3 --configmap-map-volume name=c,path=/data"),
        ({"secret": {"secretName": "s"}}, "-e EPOCHS=3 --secret-volume path=/data,name=s"),
        (
            {"projected": {"sources": [{"secret": {"name": "s"}}]}},
            "-e EPOCHS=3 --secret-volume path=/data,name=s",
        ),
        (
            {"projected": {"sources": [{"secret": {"name": "s"}}, {"configMap": {"name": "c"}}]}},
            "-e EPOCHS=3",
        ),
        ({"downwardAPI": {"items": []}}, "-e EPOCHS=3"),
        ({"image": {"reference": "localhost/models:1", "pullPolicy": "Never"}}, "-e EPOCHS=3"),
        (
            {"csi": {"driver": "nfs.csi.k8s.io"}},
            '-e EPOCHS=3 --existing-pvc claimname="${DATA_CLAIM:?the claim that holds data}"'
            ",path=/data",
        ),
        (
            {"ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}},
            "-e EPOCHS=3 --new-pvc claimname=data,storageclass=fast,size=1Gi,path=/data"
            ",accessmode-rwm,ephemeral",
        ),
    ],
)
def test_kinds(volume: dict[str, Any], made: str) -> None:
    assert flags(changed(POD, "spec|volumes|0", {"name": "data", **volume})) == made


def test_an_image_that_is_mounted_is_pulled_like_others() -> None:
    image = {"reference": "localhost/models:1", "pullPolicy": "Never"}
    document = changed(POD, "spec|volumes|0", {"name": "data", "image": image})
    (job,) = manifest_jobs(json.dumps(document), "f.json")
    assert [(one.reference, one.pull_policy) for one in job.images] == [
        ("reg.example/team/fit:1", ""),
        ("localhost/models:1", "Never"),
    ]


def test_claims_that_a_stateful_set_makes() -> None:
    document = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "s"},
        "spec": {
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": CLAIM}],
            "template": {"spec": {"containers": POD["spec"]["containers"]}},
        },
    }
    assert flags(document).endswith(
        "--new-pvc claimname=data,storageclass=fast,size=1Gi,path=/data,accessmode-rwm"
    )


@pytest.mark.parametrize(
    ("below", "volume", "flags"),
    [
        (
            "subPath: x",
            "nfs: {server: s, path: /e}",
            "--nfs path=/e/x,server=s,mountpath=/d,readwrite",
        ),
        ("subPath: x", "hostPath: {path: /e/}", "--host-path path=/e/x,mount=/d,readwrite"),
        (
            "subPathExpr: $(POD)",
            "nfs: {server: s, path: /e}",
            '--existing-pvc claimname="${E_CLAIM:?the claim that holds s:/e}",path=/d',
        ),
        (
            "subPath: x",
            "configMap: {name: c}",
            "${FILE_D?flags that bring ConfigMap/c to /d, or nothing where the image has it}",
        ),
    ],
)
def test_a_folder_of_a_volume_is_part_of_its_path(below: str, volume: str, flags: str) -> None:
    text = f"""
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec:
  containers: [{{name: a, image: i, volumeMounts: [{{name: v, mountPath: /d, {below}}}]}}]
  volumes: [{{name: v, {volume}}}]
"""
    (job,) = manifest_jobs(text, "f.yaml")
    made = write(job, Situation(target="runai-v2")).text
    assert made == f"runai training standard submit a --image i {flags}"
