"""What a command says of the accelerators it works with: `rules/catalog/gpu_evidence.yaml`."""

from __future__ import annotations

import msgspec


class DeviceRuntime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A docker runtime that hands devices out by a variable."""

    runtime: str
    variable: str
    vendor: str
    resource: str


class GpuEvidenceCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Runtimes, variables and words by which a number of accelerators is told."""

    runtimes: tuple[DeviceRuntime, ...]
    lists: frozenset[str]
    numbers: frozenset[str]
    flags: frozenset[str]
    factors: frozenset[str]
    settings: frozenset[str]

    def runtime(self, name: str) -> DeviceRuntime | None:
        """The entry of a runtime, by its path or its name with a suffix (`nvidia-experimental`)."""
        plain = name.rsplit("/", 1)[-1].split("-")[0].removesuffix("-container-runtime")
        return next((one for one in self.runtimes if one.runtime == plain), None)
