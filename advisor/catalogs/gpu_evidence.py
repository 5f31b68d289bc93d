"""What a command says of the accelerators it works with: `rules/catalog/gpu_evidence.yaml`."""

from __future__ import annotations

from collections.abc import Collection

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

    def device_runtime(self, name: str, variables: Collection[str]) -> DeviceRuntime | None:
        """The runtime of that name or path (`nvidia-container-runtime`), else one whose variable is
        there: NVIDIA's are in every CUDA image, and do nothing under another runtime."""
        plain = name.rsplit("/", 1)[-1]
        named = (runtime for runtime in self.runtimes if plain.startswith(runtime.runtime))
        told = (runtime for runtime in self.runtimes if runtime.variable in variables)
        return next(named, None) or next((one for one in told if one.vendor != "nvidia"), None)
