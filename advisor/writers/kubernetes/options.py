"""Flags of runai that no part of a run holds, where an object has a field for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from advisor.facts.quantity import whole_number
from advisor.jobs.ledger import Fate
from advisor.jobs.numbers import parse_duration
from advisor.jobs.word import Word
from advisor.writers.kubernetes.draft import Body, ManifestDraft
from advisor.writers.names import object_name
from advisor.writers.open_values import only_the_shell_knows

_NEW_CLAIMS = ("new-pvc", "pvc-new")
_DELETIONS = ("ttl-after-finish", "auto-deletion-time-after-completion")


class _Field(NamedTuple):
    """Where a flag's value stands in an object, as which type, and what it does there. `frameworks`
    are the distributed jobs that have the field."""

    path: tuple[str, ...]
    typed: Callable[[str], Any]
    reason: str
    frameworks: tuple[str, ...] = ()


def _switch(text: str) -> bool:
    return text.lower() != "false"


def _number(text: str) -> int | str:
    number = whole_number(text)
    return text if number is None else number


_OPERATORS = ("pytorch", "tensorflow", "xgboost", "mpi", "jax")
_OF_CONTAINER = {
    "allow-privilege-escalation": _Field(
        ("securityContext", "allowPrivilegeEscalation"), _switch, "the same right"
    ),
    "run-as-non-root": _Field(("securityContext", "runAsNonRoot"), _switch, "the same demand"),
}
_OF_DISTRIBUTED = {
    "clean-pod-policy": _Field(
        ("runPolicy", "cleanPodPolicy"), str, "which pods go when the job ends", _OPERATORS
    ),
    "slots-per-worker": _Field(("slotsPerWorker",), _number, "processes of each worker", ("mpi",)),
    "launcher-creation-policy": _Field(
        ("launcherCreationPolicy",), str, "when the pod that leads is made", ("mpi",)
    ),
    "ssh-auth-mount-path": _Field(("sshAuthMountPath",), str, "where its keys are", ("mpi",)),
    "min-replicas": _Field(
        ("elasticPolicy", "minReplicas"), _number, "how far the job stretches", ("pytorch",)
    ),
    "max-replicas": _Field(
        ("elasticPolicy", "maxReplicas"), _number, "how far the job stretches", ("pytorch",)
    ),
}


def put_container_options(draft: ManifestDraft) -> None:
    """The flags that are fields of the container."""
    _put_fields(draft, draft.container, _OF_CONTAINER, "containers[0]")


def put_distributed_options(draft: ManifestDraft, spec: Body) -> None:
    """The flags that are fields of a job of Kubeflow, below its `spec`."""
    fields = {
        name: field
        for name, field in _OF_DISTRIBUTED.items()
        if draft.run.distributed in field.frameworks
    }
    _put_fields(draft, spec, fields, "spec")


def _put_fields(draft: ManifestDraft, body: Body, fields: dict[str, _Field], top: str) -> None:
    for key, name, value in _options(draft):
        if (field := fields.get(name)) is None:
            continue
        text = draft.text(value, "options", key)
        place = body
        for step in field.path[:-1]:
            place = place.setdefault(step, {})
        path = ".".join((top, *field.path[:-1]))
        output = draft.put(place, field.path[-1], field.typed(text), path)
        draft.tell("options", "mapped", field.reason, output, key)


def _options(draft: ManifestDraft) -> Iterator[tuple[str, str, Word]]:
    for number, (name, value) in enumerate(draft.run.options):
        yield str(number), name, value


def without_leader(draft: ManifestDraft) -> bool:
    """Whether a flag says that all pods of a distributed job are workers."""
    for key, name, value in _options(draft):
        if name == "no-master" and _switch(value.text):
            draft.tell("options", "mapped", "no pod leads the others", "", key)
            return True
    return False


def put_limit(draft: ManifestDraft, spec: Body) -> None:
    """How long the job or each of its pods may run."""
    for key, name, value in _options(draft):
        if name == "active-deadline-seconds":
            output = draft.put(spec, "activeDeadlineSeconds", int(value.text), "spec")
            draft.tell("options", "mapped", "how long it may run", output, key)


def put_deletion(draft: ManifestDraft, spec: Body, path: str = "spec") -> bool:
    """Whether a flag says when the finished job goes."""
    for key, name, value in _options(draft):
        if name in _DELETIONS and value.literal is not None:
            seconds = parse_duration(value.literal) // 10**9
            output = draft.put(spec, "ttlSecondsAfterFinished", seconds, path)
            draft.tell("options", "mapped", "how long after its end it is deleted", output, key)
            return True
    return False


def put_new_claims(draft: ManifestDraft) -> None:
    """Claims that runai makes with the job: with `ephemeral` one for each pod, else an object of
    its own."""
    for key, name, value in _options(draft):
        if name not in _NEW_CLAIMS:
            continue
        pairs = [part.partition("=") for part in draft.text(value, "options", key).split(",")]
        words = {part.lower(): text if equals else "true" for part, equals, text in pairs}
        target = words.get("path", "")
        if not target or target in draft.mounts:
            continue
        claim = object_name(words.get("claimname") or f"{draft.name}-{target}")
        volume = object_name(claim, taken=draft.volumes)
        spec = _claim_spec(words)
        if "ephemeral" in words:
            source: Body = {"ephemeral": {"volumeClaimTemplate": {"spec": spec}}}
            reason = "a claim that is made and deleted with each pod"
        else:
            source = {"persistentVolumeClaim": {"claimName": claim}}
            metadata: Body = {"name": claim}
            metadata |= {"namespace": draft.namespace} if draft.namespace else {}
            draft.claims.append(
                {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "metadata": metadata,
                    "spec": spec,
                }
            )
            reason = "a claim of its own, which is not deleted with the job"
        draft.volumes[volume] = {"name": volume, **source}
        entry: Body = {"name": volume, "mountPath": target}
        draft.mounts[target] = entry | ({"readOnly": True} if "ro" in words else {})
        fate: Fate = "mapped" if "ephemeral" in words else "changed"
        draft.tell("options", fate, reason, f"volumes: {volume} at {target}", key)


_ACCESS = {
    "accessmode-rom": "ReadOnlyMany",
    "accessmode-rwm": "ReadWriteMany",
    "accessmode-rwo": "ReadWriteOnce",
}


def _claim_spec(words: dict[str, str]) -> Body:
    modes = [mode for word, mode in _ACCESS.items() if word in words] or ["ReadWriteOnce"]
    spec: Body = {"accessModes": modes}
    spec |= {"storageClassName": words["storageclass"]} if words.get("storageclass") else {}
    return spec | {"resources": {"requests": {"storage": words.get("size") or "SET_ME_SIZE"}}}


def tell_other_options(draft: ManifestDraft) -> None:
    """Flags that became no field of the object."""
    accounted = {account.part for account in draft.accounts}
    for key, name, value in _options(draft):
        if ("options", key) in accounted:
            continue
        reason = f"a manifest of this kind has no field for --{name}"
        fate: Fate = "no-equivalent"
        if name == "serving-port":
            fate, reason = "changed", "a port like another"
        elif name == "user-group-source" and value.literal == "fromTheImage":
            fate, reason = "mapped", "a pod runs as its image says"
        if name.startswith("gpu") and value.literal is None:
            fate, reason = "unresolved", only_the_shell_knows(value.text)
        draft.tell("options", fate, reason, "", key)
