"""Fields of a pod that no flag of runai says: none is lost in silence or called the same."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from advisor.jobs.translation import Situation
from advisor.writers import write
from tests.readers.manifest.whole_files import manifest_jobs

_OFF = ("mapped", "off, as it is without the flag")
_USUAL = ("mapped", "the usual value, as it is without the flag")
_POD: list[tuple[dict[str, Any], str, str]] = [
    ({"automountServiceAccountToken": False}, "no-equivalent", "the project's service account"),
    ({"automountServiceAccountToken": True}, *_USUAL),
    ({"enableServiceLinks": False}, "changed", "variables about the Services"),
    ({"enableServiceLinks": True}, *_USUAL),
    ({"hostUsers": False}, "no-equivalent", "user namespace"),
    ({"hostNetwork": False}, *_OFF),
    ({"dnsPolicy": "ClusterFirst"}, *_USUAL),
    ({"dnsPolicy": "Default"}, "no-equivalent", "left out"),
    ({"os": {"name": "linux"}}, *_USUAL),
    ({"os": {"name": "windows"}}, "no-equivalent", "left out"),
    ({"serviceAccount": "a"}, "no-equivalent", "the project's service account"),
    ({"securityContext": {"runAsGroup": 5}}, "mapped", "the numeric user and group"),
    ({"resourceClaims": [{"name": "gpu"}]}, "changed", "GPUs are asked for by their number"),
]
_CONTAINER: list[tuple[dict[str, Any], str, str]] = [
    ({"terminationMessagePath": "/dev/termination-log"}, *_USUAL),
    ({"terminationMessagePath": "/x"}, "no-equivalent", "left out"),
    ({"resources": {"claims": [{"name": "gpu"}]}}, "unresolved", "--gpu-devices-request NUMBER"),
    (
        {"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"path": "p", "key": "k"}}}]},
        "unresolved",
        "what file p/k has cannot be named here",
    ),
]
_CLAIM = {"persistentVolumeClaim": {"claimName": "c"}}
_MOUNTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"configMap": {"name": "c", "items": [{"key": "a", "path": "b"}]}}, {}, "key a as file b"),
    ({"secret": {"secretName": "s", "defaultMode": 0o400}}, {}, "defaultMode 0400"),
    ({"secret": {"secretName": "s", "optional": True}}, {}, "optional"),
    ({"emptyDir": {"medium": "HugePages"}}, {}, "medium HugePages"),
    (_CLAIM, {"mountPropagation": "HostToContainer"}, "mountPropagation HostToContainer"),
    (_CLAIM, {"recursiveReadOnly": "Enabled"}, "recursiveReadOnly Enabled"),
]


def _fates(pod: dict[str, Any], container: dict[str, Any], names: set[str]) -> set[tuple[str, str]]:
    """What became of the fields of these names, with the reasons."""
    main = {"name": "main", "image": "reg.example/a/b:1", **container}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    text = yaml.safe_dump({**body, "spec": {"containers": [main], **pod}})
    (job,) = manifest_jobs(text, "a.yaml")
    ledger = write(job, Situation(target="runai-v2")).ledger
    return {
        (entry.fate, entry.reason)
        for entry in ledger
        if any(entry.item.name.removeprefix("spec.").startswith(name) for name in names)
    }


@pytest.mark.parametrize(("field", "fate", "reason"), _POD)
def test_of_a_pod(field: dict[str, Any], fate: str, reason: str) -> None:
    ((was, why),) = _fates(field, {}, set(field))
    assert (was, reason in why) == (fate, True)


@pytest.mark.parametrize(("field", "fate", "reason"), _CONTAINER)
def test_of_a_container(field: dict[str, Any], fate: str, reason: str) -> None:
    ((was, why),) = _fates({}, field, {f"containers[0].{name}" for name in field})
    assert (was, reason in why) == (fate, True)


@pytest.mark.parametrize(("volume", "mount", "lost"), _MOUNTS)
def test_of_a_mount(volume: dict[str, Any], mount: dict[str, Any], lost: str) -> None:
    pod = {"volumes": [{"name": "v", **volume}]}
    mounts = {"volumeMounts": [{"name": "v", "mountPath": "/d", **mount}]}
    ((was, why),) = _fates(pod, mounts, {"volumes[0]", "containers[0].volumeMounts[0]"})
    assert (was, why.partition("; left out: ")[2]) == ("changed", lost)


def test_only_a_group_leaves_the_image_its_user() -> None:
    text = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image:"
    text += " 'r.example/a:1'}], securityContext: {runAsGroup: 5}}}"
    (job,) = manifest_jobs(text, "a.yaml")
    assert " --run-as-gid 5" in (made := write(job, Situation(target="runai-v2")).text)
    assert "--run-as-uid" not in made


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"name": "main"}, "spec.pytorchReplicaSpecs.Worker.template.spec.containers: its"),
        ({"resources": {"requests": {"nvidia.com/gpu": 2}}}, "a limit of the same number"),
    ],
)
def test_what_is_wrong_with_an_object_alone_is_not_open_in_a_command(
    change: dict[str, Any], refused: str
) -> None:
    pod = {"spec": {"containers": [{"name": "pytorch", "image": "r.example/a:1", **change}]}}
    body = {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "a"}}
    roles = {"pytorchReplicaSpecs": {"Worker": {"replicas": 2, "template": pod}}}
    (job,) = manifest_jobs(yaml.safe_dump({**body, "spec": roles}), "a.yaml")
    assert [refused in what for what in job.refused] == [True]
    assert write(job, Situation(target="runai-v2")).missing == ()
    assert write(job, Situation(target="kubernetes")).missing == job.refused
