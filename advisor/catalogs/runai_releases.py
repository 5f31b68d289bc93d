"""What each Run:ai release asks of its cluster (`rules/catalog/runai_releases.yaml`), and what
NVIDIA supports below each GPU Operator (`rules/catalog/gpu_operator.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Version = tuple[int, ...]
VersionText = Annotated[str, Meta(pattern=r"^\d{1,4}(\.\d{1,4}){0,3}$")]
Removal = Literal[
    "legacy-kinds", "training-tensorflow", "training-xgboost", "training-jax", "cli-v1"
]

_LATE_DIALECT = (2, 10)
_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6})*)(?:[-+._].*)?\Z", re.ASCII | re.S)


class _Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One requirement of one release. `source` is a key of the table's sources."""

    source: str
    note: str = ""


class VersionRange(
    _Cell,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"lowest": "from", "highest": "to"},
):
    """Supported versions, both ends included, each to its own precision: `to: "1.35"` takes
    1.35.9. Without ends any version will do."""

    lowest: VersionText = ""
    highest: VersionText = ""

    def words(self) -> str:
        """`1.33 to 1.35`, `3.5 or newer`, `any version`."""
        if self.lowest == self.highest:
            return self.lowest or "any version"
        if not self.highest:
            return f"{self.lowest} or newer"
        return f"{self.lowest} to {self.highest}" if self.lowest else f"{self.highest} or older"

    def takes(self, version: Version) -> bool:
        """Whether a version is in the range."""
        low, high = parse_version(self.lowest), parse_version(self.highest)
        return (not low or _cut(version, low) >= low) and (not high or _cut(version, high) <= high)


class Capacity(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cores, and memory as a Kubernetes quantity."""

    cpus: int
    memory: str


class Names(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names that are allowed, or patterns that are not."""

    names: tuple[str, ...]


class Ingress(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether an ingress controller has to be there before, and whether a Gateway will do."""

    required: bool
    gateway: bool


class PodSecurity(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The level that Run:ai's namespaces need."""

    level: Literal["privileged"]


class Fractions(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What GPU fractions need."""

    driver: VersionText
    gpu_operator: VersionText


class Change(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a release takes no longer, in words, and what to use instead."""

    name: Removal
    what: str
    instead: str


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One release; a requirement that is None was not found in its manual."""

    name: VersionText
    kubernetes: VersionRange | None = None
    openshift: VersionRange | None = None
    gpu_operator: VersionRange | None = None
    prometheus: VersionRange | None = None
    training_operator: VersionRange | None = None
    mpi_operator: VersionRange | None = None
    leader_worker_set: VersionRange | None = None
    knative: VersionRange | None = None
    network_operator: VersionRange | None = None
    dra_driver: VersionRange | None = None
    system_nodes: Capacity | None = None
    control_plane: Capacity | None = None
    architectures: Names | None = None
    runtimes: Names | None = None
    ingress: Ingress | None = None
    default_ingress_class: _Cell | None = None
    load_balancer: _Cell | None = None
    clocks: _Cell | None = None
    default_storage_class: _Cell | None = None
    pod_security: PodSecurity | None = None
    unsupported_gpus: Names | None = None
    fractions: Fractions | None = None
    removed: tuple[Removal, ...] = ()
    deprecated: tuple[Removal, ...] = ()

    @property
    def dialect(self) -> Literal["early", "late"]:
        """Which form the commands of version 1 have: they changed with 2.10."""
        return "early" if self.version < _LATE_DIALECT else "late"

    @property
    def version(self) -> Version:
        """For sorting and comparing."""
        return parse_version(self.name)


class ReleaseCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All releases, oldest first; `sources` give the address behind each source's name."""

    sources: dict[str, str]
    changes: tuple[Change, ...]
    releases: tuple[Release, ...]

    def changed(self, names: Collection[Removal]) -> tuple[Change, ...]:
        """The words for what is gone, or will be."""
        return tuple(change for change in self.changes if change.name in names)

    def named(self, name: str) -> Release | None:
        """The release of that name; `2.25.3` is of 2.25. None for one that is not in the table."""
        version = parse_version(name)
        return next((release for release in self.releases if release.version == version[:2]), None)


def parse_version(text: str) -> Version:
    """`v1.34.3-eks-abc` as (1, 34, 3); empty for what does not begin with a version."""
    match = _VERSION.match(text.strip())
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _cut(version: Version, precision: Version) -> Version:
    """A version to the precision of another, missing parts as zeros."""
    padded = version + (0,) * max(0, len(precision) - len(version))
    return padded[: len(precision)]


class DriverBranches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Branches of the driver that NVIDIA lists; `source` is a key of the table's sources."""

    branches: tuple[int, ...]
    source: str


class OperatorVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version (year and month) and what it is supported on; None was not found."""

    version: VersionText
    kubernetes: VersionRange | None = None
    openshift: VersionRange | None = None
    drivers: DriverBranches | None = None


class OperatorCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All versions, oldest first; `sources` give the address behind each source's name."""

    sources: dict[str, str]
    operators: tuple[OperatorVersion, ...]

    def named(self, version: str) -> OperatorVersion | None:
        """The block for a version as clusters state it, `v25.3.4`; None for one that has none."""
        wanted = parse_version(version)[:2]
        return next(
            (operator for operator in self.operators if parse_version(operator.version) == wanted),
            None,
        )
