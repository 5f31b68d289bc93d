"""Manifests that stay what they are: GPUs and images of all their containers."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.findings.finding import Outcome
from advisor.jobs.translation import ClaimMapping, Situation
from advisor.writers import write
from tests.readers.manifest.whole_files import manifest_jobs
from tests.writers.jobs import docker_job

BY_ANNOTATION = """
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {cdi.k8s.io/gpus: "nvidia.com/gpu=0,nvidia.com/gpu=1"}}
spec: {containers: [{name: c, image: img}]}
"""
BY_RUNTIME = """
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  runtimeClassName: nvidia
  containers: [{name: c, image: img, args: [--nproc-per-node=4], env: [VARIABLE]}]
"""


@pytest.mark.parametrize(
    ("text", "number", "changed"),
    [
        (BY_ANNOTATION, 2, {"cdi.k8s.io/gpus"}),
        (BY_RUNTIME.replace("env: [VARIABLE]", "env: []"), 4, {"runtimeClassName"}),
        (
            BY_RUNTIME.replace("VARIABLE", '{name: NVIDIA_VISIBLE_DEVICES, value: "0,3"}'),
            2,
            {"runtimeClassName", "env"},
        ),
    ],
)
def test_gpus_that_no_scheduler_sees_are_asked_for(
    text: str, number: int, changed: set[str]
) -> None:
    (job,) = manifest_jobs(text, "f.yaml")
    translation = write(job, Situation(target="kubernetes"))
    (document,) = translation.documents
    (container,) = document["spec"]["containers"]  # type: ignore[index]
    assert container["resources"] == {"limits": {"nvidia.com/gpu": number}}
    assert not container.get("env")
    assert "annotations" not in document["metadata"]
    fates = {entry.item.written for entry in translation.ledger if entry.fate == "changed"}
    assert fates == changed
    command = write(job, Situation(target="runai-v2")).text
    assert f"--gpu-devices-request {number}" in command
    assert "--annotation" not in command


@pytest.mark.parametrize("value", ["none", "void", ""])
def test_a_variable_that_gives_no_gpu_asks_for_none(value: str) -> None:
    variable = f'{{name: NVIDIA_VISIBLE_DEVICES, value: "{value}"}}'
    text = BY_RUNTIME.replace("VARIABLE", variable)
    (job,) = manifest_jobs(text, "f.yaml")
    assert job.run is not None
    assert job.run.gpus == ()


def test_what_watches_every_node_asks_for_no_gpu() -> None:
    text = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: exporter}
spec: {template: {spec: {runtimeClassName: nvidia, containers: [{name: c, image: img}]}}}
"""
    (job,) = manifest_jobs(text, "f.yaml")
    assert job.run is not None
    assert job.run.gpus == ()


def test_images_of_containers_beside_the_main_one_are_moved_by_their_own_outcome() -> None:
    text = """
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers: [{name: i, image: fetch, imagePullPolicy: Never}]
  containers: [{name: c, image: train}, {name: s, image: ship}]
"""
    (job,) = manifest_jobs(text, "f.yaml")
    outcomes: dict[str, Outcome] = {"image": "ok", "image:fetch": "move", "image:ship": "move"}
    situation = Situation(
        target="kubernetes", registry="reg.example", outcomes={**outcomes, "image:train": "ok"}
    )
    translation = write(job, situation)
    spec = translation.documents[0]["spec"]
    assert spec == {
        "initContainers": [{"name": "i", "image": "reg.example/fetch"}],
        "containers": [{"name": "c", "image": "train"}, {"name": "s", "image": "reg.example/ship"}],
    }
    assert len(translation.before) == 2


def test_a_name_that_stands_for_an_image_is_asked_for() -> None:
    text = """
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, image: "<REGISTRY>/train:1"}]}
"""
    (job,) = manifest_jobs(text, "f.yaml")
    command = write(job, Situation(target="runai-v2")).text
    assert '--image "${IMAGE:?the image that _REGISTRY_/train:1 stands for}"' in command
    translation = write(job, Situation(target="kubernetes"))
    assert [entry.item.written for entry in translation.ledger if entry.fate == "unresolved"] == [
        "image"
    ]
    given = write(job, Situation(target="kubernetes", values={"IMAGE": "reg.example/train:1"}))
    assert "image: reg.example/train:1" in given.text
    assert given.before == ()


TWO_FOLDERS = """
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  containers:
  - {name: a, image: img, volumeMounts: [{name: x, mountPath: /x}, {name: y, mountPath: /y}]}
  - {name: b, image: img, volumeMounts: [{name: y, mountPath: /y, subPath: z, readOnly: true}]}
  volumes:
  - {name: x, hostPath: {path: /data/x}}
  - {name: other, emptyDir: {}}
  - {name: y, hostPath: {path: /data/y}}
"""


def test_mounts_from_one_claim_share_a_volume() -> None:
    """With two volumes of one claim a kubelet may wait for ever."""
    situation = Situation(target="kubernetes", claims=(ClaimMapping(claim="sets", path="/data"),))
    (job,) = manifest_jobs(TWO_FOLDERS, "f.yaml")
    (document,) = write(job, situation).documents
    pod: Any = document["spec"]
    assert pod["volumes"] == [
        {"name": "x", "persistentVolumeClaim": {"claimName": "sets"}},
        {"name": "other", "emptyDir": {}},
    ]
    assert [one["volumeMounts"] for one in pod["containers"]] == [
        [
            {"name": "x", "mountPath": "/x", "subPath": "x"},
            {"name": "x", "mountPath": "/y", "subPath": "y"},
        ],
        [{"name": "x", "mountPath": "/y", "subPath": "y/z", "readOnly": True}],
    ]
    line = "docker run -v /data/a/../x/:/x -v /data/y:/y:ro -v /data/../elsewhere:/z img"
    written: Any = write(docker_job(line), situation).documents[0]
    pod = written["spec"]["template"]["spec"]
    assert [one["name"] for one in pod["volumes"]] == ["x", "z"]
    assert pod["containers"][0]["volumeMounts"] == [
        {"name": "x", "mountPath": "/x", "subPath": "x"},
        {"name": "x", "mountPath": "/y", "subPath": "y", "readOnly": True},
        {"name": "z", "mountPath": "/z"},
    ]
