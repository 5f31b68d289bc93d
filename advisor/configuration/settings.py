"""Everything a user can set, parsed once and passed down."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from advisor.errors import InputError, suggestion
from advisor.facts.quantity import MOST, whole

_REGISTRY = re.compile(
    r"(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
    r"(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
)

_MOST_NODES = 100_000
_RESOURCE = re.compile(
    r"^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$", re.A
)
_EXAMPLE = "as in: gpu-nodes=4,gpus-per-node=8,cpus=64,memory=512Gi"


class RuleSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the config file may change of one rule; None leaves it as the rule file has it."""

    severity: Literal["error", "warning", "info"] | None = None
    enabled: bool | None = None
    params: dict[str, Any] = {}


class Ignore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suppression: a rule id, an optional subject pattern (fnmatch on id or label), a reason."""

    rule: str
    subject: str = "*"
    reason: str


class StorageOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the user knows of a storage class or provisioner, stronger than the catalogue."""

    serves: Literal["many-nodes", "one-node", "node-local"]
    reason: str = ""


class AcceleratorOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the user knows of a node's resource, stronger than the catalogue: what one unit of it
    is, `none` for no accelerator."""

    kind: Literal["whole", "partition", "shared", "none"]
    vendor: str = ""


class Assumption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nodes of a cluster that does not exist yet (`--assume`).

    `cpus` in cores, `memory` in bytes. None takes the value of the cluster's own GPU node, or
    leaves it unknown when there is none.
    """

    gpu_nodes: int
    gpus_per_node: int | None = None
    gpu: str = "nvidia.com/gpu"
    cpus: int | None = None
    memory: int | None = None
    cpu_nodes: int = 0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What judging depends on besides the snapshot. `runai` is the release that the cluster is
    judged against, `installed` for the one that is there; empty takes the newest whose
    requirements it meets. `bandwidth`, in megabits a second, is what the
    plan's times are reckoned with."""

    assume: Assumption | None = None
    exclude_nodes: str = ""
    registry: str = ""
    runai: str = ""
    bandwidth: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 1000
    system_namespaces: tuple[str, ...] = (
        "kube-*",
        "gpu-operator*",
        "nvidia-*",
        "runai",
        "runai-backend",
        "runai-reservation",
        "monitoring",
        "cattle-*",
        "openshift*",
        "calico-*",
        "tigera-*",
        "cert-manager",
        "ingress-*",
        "local-path-storage",
        "longhorn-system",
        "rook-ceph*",
    )
    storage_classes: dict[str, StorageOverride] = {}
    provisioners: dict[str, StorageOverride] = {}
    accelerators: dict[str, AcceleratorOverride] = {}
    rules: dict[str, RuleSetting] = {}
    ignore: tuple[Ignore, ...] = ()


def parse_registry(text: str, *, where: str = "--registry") -> str:
    """The registry without a closing slash; InputError, since it ends up in commands to paste."""
    registry = text.removesuffix("/")
    if registry and not _REGISTRY.fullmatch(registry):
        raise InputError(
            f"'{text}' is no registry",
            where=where,
            remedy="host, port and lower-case path without https://,"
            " as in: registry.example.com:5000/research",
        )
    return registry


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
