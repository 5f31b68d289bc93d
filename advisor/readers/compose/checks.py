"""What compose would refuse in a file, whatever other files say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn, Protocol

from advisor.readers.compose.keys import AMOUNTS, DEPLOY, HEALTH, SERVICE, TOP, VOLUME
from advisor.readers.compose.merging import Tagged
from advisor.readers.yaml.positions import Path
from advisor.suggestion import suggestion

Body = dict[str, Any]


class Fail(Protocol):
    """Raises InputError at a path of the file."""

    def __call__(self, what: str, path: Path, remedy: str = "") -> NoReturn: ...


def check_document(document: Body, fail: Fail) -> None:
    """Keys that compose would refuse, with the nearest one that it knows."""
    if _is_of_version_1(document):
        what = "the format of version 1, which compose does not read any more"
        remedy = "put `services:` above the services and indent them"
        fail(what, (next(iter(document)),), remedy)
    _check_keys(document, TOP, (), fail)
    services = document.get("services")
    if services is None and not document.keys() & {"include", "volumes", "networks"}:
        fail("not a compose file: there are no services", ())
    for name, body in _maps(services, ("services",), fail):
        path = ("services", name)
        _check_keys(body, SERVICE, path, fail)
        for key, known in (("deploy", DEPLOY), ("healthcheck", HEALTH)):
            _check_keys(body.get(key), known, (*path, key), fail)
        resources = _map(_map(body.get("deploy")).get("resources"))
        for key in ("limits", "reservations"):
            there = (*path, "deploy", "resources", key)
            _check_keys(resources.get(key), AMOUNTS, there, fail)
    for name, body in _maps(document.get("volumes"), ("volumes",), fail):
        _check_keys(body, VOLUME, ("volumes", name), fail)


def _is_of_version_1(document: Body) -> bool:
    """Services at the top, where now their map stands."""
    others = [
        value for key, value in document.items() if key not in TOP and not key.startswith("x-")
    ]
    return (
        bool(others)
        and not document.keys() & {"services", "include"}
        and all(isinstance(other, dict) and other.keys() & {"image", "build"} for other in others)
    )


def _maps(stated: Any, path: Path, fail: Fail) -> Iterator[tuple[str, Body]]:
    if stated is None:
        return
    if not isinstance(stated, dict):
        fail("a map is expected", path)
    for name, body in stated.items():
        value = body.value if isinstance(body, Tagged) else body
        if isinstance(value, dict):
            yield name, value
        elif value is not None or path == ("services",):
            fail("a map is expected", (*path, name))


def _check_keys(body: Any, known: frozenset[str], path: Path, fail: Fail) -> None:
    if not isinstance(body, dict):
        return
    for key in body:
        if key not in known and not key.startswith("x-"):
            near = suggestion(key, known, listing=False)
            fail(f"compose knows no such key{near}", (*path, key))


def _map(value: Any) -> Body:
    value = value.value if isinstance(value, Tagged) else value
    return value if isinstance(value, dict) else {}
