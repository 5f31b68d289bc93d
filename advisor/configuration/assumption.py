"""`--assume gpu-nodes=4,gpus-per-node=8,...`: a cluster that does not exist yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from advisor.configuration.settings import Assumption
from advisor.errors import InputError
from advisor.facts.quantity import MOST, whole
from advisor.suggestion import suggestion

_MOST_NODES = 100_000
_RESOURCE = re.compile(
    r"^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$", re.A
)
_EXAMPLE = "as in: gpu-nodes=4,gpus-per-node=8,cpus=64,memory=512Gi"


def parse_assumption(text: str, *, where: str = "--assume") -> Assumption:
    """The assumption in `text`; InputError for an unknown key, a bad value, or no gpu-nodes."""
    fields: dict[str, Any] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        key, separator, value = (part.strip() for part in item.partition("="))
        if key not in _PARSERS:
            raise InputError(
                f"there is no '{key}'{suggestion(key, _PARSERS)}", where=where, remedy=_EXAMPLE
            )
        if not separator or not value:
            raise InputError(f"'{key}' has no value", where=where, remedy=_EXAMPLE)
        name = key.replace("-", "_")
        if name in fields:
            raise InputError(f"'{key}' is given twice", where=where, remedy="keep one")
        fields[name] = _parse(key, value, where)
    if "gpu_nodes" not in fields:
        raise InputError("gpu-nodes is missing", where=where, remedy=_EXAMPLE)
    return Assumption(**fields)


def _parse(key: str, value: str, where: str) -> int | str:
    try:
        return _PARSERS[key](value)
    except ValueError as error:
        raise InputError(f"{key}={value}: {error}", where=where, remedy=_EXAMPLE) from None


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) > _MOST_NODES:
        raise ValueError(f"a whole number from 0 to {_MOST_NODES} is needed")
    return int(text)


def _count_from_one(text: str) -> int:
    if _count(text) == 0:
        raise ValueError("a whole number from 1 is needed")
    return _count(text)


def _memory(text: str) -> int:
    try:
        size = whole(text)
    except (ValueError, ArithmeticError):
        size = 0
    if not 0 < size < MOST:
        raise ValueError("an amount such as 512Gi is needed")
    return size


def _resource(text: str) -> str:
    if not _RESOURCE.match(text):
        raise ValueError("a resource name such as nvidia.com/gpu is needed")
    return text


_PARSERS: dict[str, Callable[[str], int | str]] = {
    "gpu-nodes": _count,
    "gpus-per-node": _count_from_one,
    "gpu": _resource,
    "cpus": _count_from_one,
    "memory": _memory,
    "cpu-nodes": _count,
}
