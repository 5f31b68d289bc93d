"""What each Run:ai release asks of its cluster (`rules/catalog/runai_releases.yaml`), and what
NVIDIA supports below each GPU Operator (`rules/catalog/gpu_operator.yaml`)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Version = tuple[int, ...]
VersionText = Annotated[str, Meta(pattern=r"^\d{1,4}(\.\d{1,4}){0,3}$")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]

_LATE_DIALECT = (2, 10)
_VERSION = re.compile(
    r"v?(\d{1,6}(?:\.\d{1,6})+(?=[-+._]|\Z)|\d{1,6}\Z)(?:[-+._][!-~]*)?\Z", re.ASCII
)


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
    1.35.9. Without ends any version will do. `also`: single versions outside of the ends."""

    lowest: VersionText = ""
    highest: VersionText = ""
    also: tuple[VersionText, ...] = ()

    def words(self) -> str:
        """`1.33 to 1.35`, `3.5 or newer`, `any version`."""
        return " or ".join((self._range(), *self.also))

    def _range(self) -> str:
        if self.lowest == self.highest:
            return self.lowest or "any version"
        if not self.highest:
            return f"{self.lowest} or newer"
        return f"{self.lowest} to {self.highest}" if self.lowest else f"{self.highest} or older"

    def takes(self, version: Version) -> bool:
        """Whether a version is in the range."""
        low, high = parse_version(self.lowest), parse_version(self.highest)
        single = {parse_version(one) for one in self.also}
        return any(_cut(version, one) == one for one in single) or (
            (not low or _cut(version, low) >= low) and (not high or _cut(version, high) <= high)
        )


class Capacity(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a machine has: cores, memory and disk as Kubernetes quantities."""

    cpus: int
    memory: str
    disk: str


class Number(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many nodes of the size for Run:ai's services."""

    nodes: int


class Names(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names that are allowed, or patterns that are not."""

    names: tuple[str, ...]


class Products(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GPUs that are not supported: patterns of product and machine names, and labels of nodes that
    say `true`."""

    names: tuple[str, ...]
    labels: tuple[str, ...] = ()


class Systems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Patterns of what nodes report as their system. `only` these are supported, and those of
    `with_operator` with that GPU Operator or a newer one; `refused` never are; `tested` are the
    ones that the manual names, and another one is not known to do."""

    only: tuple[str, ...] = ()
    with_operator: dict[str, VersionText] = {}
    refused: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()


class OperatingSystems(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Systems of nodes by distribution. For one that is not named any Linux will do."""

    distributions: dict[str, Systems]


class NodeRoles(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labels for nodes of Run:ai's own services, and for those of jobs with and without GPUs."""

    system: str
    workers: tuple[str, ...]


class Support(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when there are all fixes (`full_until`) and critical ones (`ends`). `ends_by` is the
    last possible day where its own is not known."""

    full_until: Day | Literal[""] = ""
    ends: Day | Literal[""] = ""
    ends_by: Day | Literal[""] = ""


class Secrets(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Certificates, and the Secret with the login at the registry of Run:ai's images; either part
    of it is empty where it was not found."""

    tls: tuple[str, ...]
    pull: str = ""
    registry: str = ""


class Ingress(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether an ingress controller has to be there before, and whether a Gateway will do."""

    required: bool
    gateway: bool


class PodSecurity(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The level that Run:ai's namespaces need."""

    level: Literal["privileged"]


class Fractions(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What GPU fractions need; `cuda` is what that driver brings."""

    driver: VersionText
    cuda: VersionText
    gpu_operator: VersionText


class Change(_Cell, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that not every release has, in words, and what to use instead. `added` is the first
    release with it, `deprecated` the first that advises against it, and `removed` the first without
    it; `jobs`: it is a form that jobs are written in."""

    name: str
    what: str
    instead: str
    added: VersionText | Literal[""] = ""
    deprecated: VersionText | Literal[""] = ""
    removed: VersionText | Literal[""] = ""
    jobs: bool = False

    def gone(self, release: Release) -> bool:
        """Whether the release does not have it, any more or yet."""
        removed = bool(self.removed) and release.version >= parse_version(self.removed)
        return removed or release.version < parse_version(self.added)

    def going(self, release: Release) -> bool:
        """Whether the release has it, and a later one will not."""
        told = bool(self.deprecated) and release.version >= parse_version(self.deprecated)
        return told and not self.gone(release)


class Requirements(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a release asks for; a requirement that is None was not found in its manual."""

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
    high_availability: Number | None = None
    node_roles: NodeRoles | None = None
    operating_systems: OperatingSystems | None = None
    architectures: Names | None = None
    runtimes: Names | None = None
    ingress: Ingress | None = None
    default_ingress_class: _Cell | None = None
    load_balancer: _Cell | None = None
    clocks: _Cell | None = None
    default_storage_class: _Cell | None = None
    pod_security: PodSecurity | None = None
    unsupported_gpus: Products | None = None
    fractions: Fractions | None = None
    secrets: Secrets | None = None
    support: Support | None = None


class Release(Requirements, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One release."""

    name: VersionText

    @property
    def dialect(self) -> Literal["early", "late"]:
        """Which form the commands of version 1 have: they changed with 2.10."""
        return "early" if self.version < _LATE_DIALECT else "late"

    @property
    def version(self) -> Version:
        """For sorting and comparing."""
        return parse_version(self.name)


class Lasting(Requirements, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Requirements that stay the same from the first release to the last."""

    first: VersionText
    last: VersionText

    def covers(self, release: Release) -> bool:
        """Whether they are known for a release."""
        return parse_version(self.first) <= release.version <= parse_version(self.last)


class Distribution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mark of a distribution: a part of its version, or how a label of its nodes begins. `named`:
    it is one of those that the manual supports."""

    name: str
    label: str = ""
    version: str = ""
    named: bool = True


class ReleaseCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All releases, oldest first; `sources` give the address behind each source's name. Loading
    writes the lasting requirements into the releases that have none of their own."""

    sources: dict[str, str]
    changes: tuple[Change, ...]
    distributions: tuple[Distribution, ...]
    lasting: tuple[Lasting, ...]
    releases: tuple[Release, ...]

    def __post_init__(self) -> None:
        whole = tuple(self._with_lasting(release) for release in self.releases)
        msgspec.structs.force_setattr(self, "releases", whole)

    def _with_lasting(self, release: Release) -> Release:
        cells = {
            name: cell
            for lasting in self.lasting
            if lasting.covers(release)
            for name in Requirements.__struct_fields__
            if (cell := getattr(lasting, name)) is not None and getattr(release, name) is None
        }
        return msgspec.structs.replace(release, **cells)

    def gone(self, release: Release) -> tuple[Change, ...]:
        """What the release does not have, any more or yet."""
        return tuple(change for change in self.changes if change.gone(release))

    def going(self, release: Release) -> tuple[Change, ...]:
        """What the release still has, and a later one will not."""
        return tuple(change for change in self.changes if change.going(release))

    def named(self, name: str) -> Release | None:
        """The release of that name; `2.25.3` is of 2.25. None for one that is not in the table."""
        version = parse_version(name)
        return next((release for release in self.releases if release.version == version[:2]), None)


def parse_version(text: str) -> Version:
    """`v1.34.3-eks-abc` as (1, 34, 3); empty for what does not begin with a version. One number
    before something else (`v1-855e096`) is a line of images, and no version."""
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
    """All versions, oldest first; `sources` give the address behind each source's name, `systems`
    the families of operating systems that NVIDIA lists for GPU nodes, `products` patterns of its
    data centre GPUs."""

    sources: dict[str, str]
    systems: Names
    products: Names
    operators: tuple[OperatorVersion, ...]

    def named(self, version: str) -> OperatorVersion | None:
        """The block for a version as clusters state it, `v25.3.4`; None for one that has none."""
        wanted = parse_version(version)[:2]
        return next(
            (operator for operator in self.operators if parse_version(operator.version) == wanted),
            None,
        )
