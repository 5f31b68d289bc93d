"""Everything a user can set, parsed once and passed down."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

from advisor.errors import InputError

_REGISTRY = re.compile(
    r"(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
    r"(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
)


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
