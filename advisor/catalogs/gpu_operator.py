"""What NVIDIA supports below each GPU Operator (`rules/catalog/gpu_operator.yaml`)."""

from __future__ import annotations

import msgspec

from advisor.catalogs.runai_releases import VersionRange, VersionText, parse_version


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
