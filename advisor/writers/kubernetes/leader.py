"""The pod that leads a distributed job, by the `--master-` flags that its command had."""

from __future__ import annotations

import copy
import shlex
from collections.abc import Callable

from advisor.facts.quantity import whole_number
from advisor.facts.secrecy import looks_secret
from advisor.writers.kubernetes.draft import Body, ManifestDraft

FLAG = "master-"
_VARIABLE = "environment-variable"
_NOT_WRITTEN = (
    "a secret is not written down: put it into a Secret and refer to it in the leading pod"
)


def leading_pod(draft: ManifestDraft) -> Body:
    """The pod of all roles with what the flags say of this one."""
    own = [
        (str(number), name, value)
        for number, (name, value) in enumerate(draft.run.options)
        if name.startswith(FLAG)
    ]
    if not own:
        return draft.pod
    pod = copy.deepcopy(draft.pod)
    _drop_amounts(pod, {name.removeprefix(FLAG) for _, name, _ in own})
    for key, name, value in own:
        put = _SETTERS.get(name.removeprefix(FLAG))
        if put is None:
            continue
        variable, _, text = value.text.partition("=")
        if name.endswith(_VARIABLE) and looks_secret(variable, text):
            draft.tell("options", "unresolved", _NOT_WRITTEN, "", key)
            continue
        put(draft, pod, draft.text(value, "options", key))
        draft.tell("options", "mapped", "of the pod that leads", "its own template", key)
    return pod


def _drop_amounts(pod: Body, flags: set[str]) -> None:
    """What the flags state anew, so that no request of all roles is above a limit of this one."""
    resources = _container(pod).get("resources", {})
    for kind, amounts in list(resources.items()):
        for resource, flag in (("cpu", "cpu-core-"), ("memory", "cpu-memory-")):
            if any(name.startswith(flag) for name in flags):
                amounts.pop(resource, None)
        if "gpu-devices-request" in flags:
            for resource in [name for name in amounts if name.endswith("gpu")]:
                del amounts[resource]
        if not amounts:
            del resources[kind]


def _container(pod: Body) -> Body:
    container: Body = pod["containers"][0]
    return container


def _command(_: ManifestDraft, pod: Body, text: str) -> None:
    """A command of its own takes no words of the others'."""
    _container(pod)["command"] = _split(text)
    _container(pod).pop("args", None)


def _arguments(_: ManifestDraft, pod: Body, text: str) -> None:
    _container(pod)["args"] = _split(text)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return [text]


def _amount(kind: str, resource: str) -> Callable[[ManifestDraft, Body, str], None]:
    def put(_: ManifestDraft, pod: Body, text: str) -> None:
        _container(pod).setdefault("resources", {}).setdefault(kind, {})[resource] = text

    return put


def _gpus(draft: ManifestDraft, pod: Body, text: str) -> None:
    number = whole_number(text)
    _limits(pod)[draft.situation.gpu_resource] = text if number is None else number


def _extended(_: ManifestDraft, pod: Body, text: str) -> None:
    name, _equals, amount = text.partition("=")
    number = whole_number(amount)
    _limits(pod)[name] = amount if number is None else number


def _limits(pod: Body) -> Body:
    limits: Body = _container(pod).setdefault("resources", {}).setdefault("limits", {})
    return limits


def _variable(_: ManifestDraft, pod: Body, text: str) -> None:
    name, _equals, value = text.partition("=")
    container = _container(pod)
    others = [variable for variable in container.get("env", []) if variable["name"] != name]
    container["env"] = [*others, {"name": name, "value": value}]


def _restart(_: ManifestDraft, pod: Body, text: str) -> None:
    pod["restartPolicy"] = text


def _without_claims(_: ManifestDraft, pod: Body, text: str) -> None:
    if text == "false":
        return
    claims = {
        volume["name"] for volume in pod.get("volumes", ()) if "persistentVolumeClaim" in volume
    }
    container = _container(pod)
    for place, key, name in ((pod, "volumes", "name"), (container, "volumeMounts", "name")):
        left = [entry for entry in place.pop(key, ()) if entry[name] not in claims]
        place |= {key: left} if left else {}


_SETTERS: dict[str, Callable[[ManifestDraft, Body, str], None]] = {
    "args": _arguments,
    "command": _command,
    "cpu-core-limit": _amount("limits", "cpu"),
    "cpu-core-request": _amount("requests", "cpu"),
    "cpu-memory-limit": _amount("limits", "memory"),
    "cpu-memory-request": _amount("requests", "memory"),
    _VARIABLE: _variable,
    "extended-resource": _extended,
    "gpu-devices-request": _gpus,
    "no-pvcs": _without_claims,
    "restart-policy": _restart,
}
