"""The fields of an object that say something, each with its path and name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from advisor.objects.roles import Path

_SERVER_SET = frozenset(
    {
        "creationTimestamp",
        "managedFields",
        "uid",
        "resourceVersion",
        "generation",
        "selfLink",
        "ownerReferences",
    }
)
# Entries that say one thing together.
_WHOLE = frozenset(
    {
        "env",
        "envFrom",
        "ports",
        "volumeMounts",
        "volumes",
        "tolerations",
        "imagePullSecrets",
        "hostAliases",
        "httpHeaders",
        "topologySpreadConstraints",
    }
)
_LISTS_OF_WORDS = frozenset({"command", "args"})


def leaves(
    document: dict[str, Any], skipped: Collection[Path] = ()
) -> Iterator[tuple[Path, str, Any]]:
    """Path, name and value of each field; `skipped` are the paths of parts to leave out.

    What the server sets (status, uid...) is left out too. An entry of `env`, `volumes` and the
    like is one field, as is a whole command.
    """
    for key, value in document.items():
        if key != "status":
            yield from _below(value, (key,), key, skipped)


def _below(
    value: Any, path: Path, name: str, skipped: Collection[Path]
) -> Iterator[tuple[Path, str, Any]]:
    if path in skipped:
        return
    if type(value) is dict and value:
        if len(value) == 1 and "value" in value:
            yield path, name, value["value"]
            return
        for key, entry in value.items():
            if key not in _SERVER_SET:
                yield from _below(entry, (*path, key), f"{name}{_step(key)}", skipped)
    elif type(value) is list and value and path[-1] not in _LISTS_OF_WORDS:
        whole = path[-1] in _WHOLE
        for index, entry in enumerate(value):
            if whole:
                yield (*path, index), f"{name}[{index}]", entry
            else:
                yield from _below(entry, (*path, index), f"{name}[{index}]", skipped)
    elif value is not None:
        yield path, name, value


def spelled(path: Path) -> str:
    """The name a path has among the leaves."""
    first, *rest = path
    steps = (f"[{step}]" if isinstance(step, int) else _step(step) for step in rest)
    return f"{first}{''.join(steps)}"


def _step(key: str) -> str:
    return f'["{key}"]' if "." in key or "/" in key else f".{key}"
