"""The pod templates in an object that makes pods, with where each is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from advisor.objects.owners import Kind, Place
from advisor.objects.simple_specs import runai_template, trainjob_template

Path = tuple[str | int, ...]


class WrittenTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A pod template. `path` leads to it in its object; it is empty for one that was made up from
    a spec without a template. `spec` is its pod spec, `metadata` what its pods get; `claims` are
    made for each of its pods (`volumeClaimTemplates`)."""

    role: str
    spec: Any
    metadata: dict[str, Any] = {}
    replicas: int | None = None
    path: Path = ()
    claims: Any = None


_READERS: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
    "runai": runai_template,
    "trainjob": trainjob_template,
}


def written_templates(kind: Kind, document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """Every template of an object, in the order of the kind's places."""
    if kind.reader:
        spec = _READERS[kind.reader](document["spec"])
        if spec is not None:
            yield WrittenTemplate(role="", spec=spec)
    for place in kind.places:
        root = dig(document, place.at) if place.at else document
        for role, holder, path in _holders(place, root):
            template = dig(holder, place.template)
            if isinstance(template, dict):
                metadata = template.get("metadata")
                yield WrittenTemplate(
                    role=role,
                    spec=template.get("spec") or {},
                    metadata=metadata if isinstance(metadata, dict) else {},
                    replicas=_replicas(place, holder),
                    path=(*_steps(place.at), *path, *_steps(place.template)),
                    claims=dig(holder, "volumeClaimTemplates"),
                )


def _holders(place: Place, found: Any) -> Iterator[tuple[str, dict[str, Any], Path]]:
    if place.each == "map" and isinstance(found, dict):
        for role, one in found.items():
            if isinstance(one, dict):
                yield str(role), one, (str(role),)
    elif place.each == "list" and isinstance(found, list):
        for index, one in enumerate(found):
            if one:
                yield str(dig(one, place.role) or ""), one, (index,)
    elif place.each == "one" and isinstance(found, dict):
        yield place.role, found, ()


def _replicas(place: Place, holder: dict[str, Any]) -> int | None:
    count, times = dig(holder, place.replicas), dig(holder, place.times)
    if isinstance(count, bool) or not isinstance(count, int):
        return None
    return count * times if isinstance(times, int) and not isinstance(times, bool) else count


def _steps(path: str) -> Path:
    return tuple(path.split(".")) if path else ()


def dig(value: Any, path: str) -> Any:
    """What is at a dotted path, or None; an empty path leads nowhere."""
    if not path:
        return None
    for step in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
