"""The CUDA version that a node's driver serves (`rules/catalog/cuda_drivers.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from advisor.facts.quantity import whole_number

CudaVersion = tuple[int, ...]

_MAJOR = "nvidia.com/cuda.runtime.major"
_MINOR = "nvidia.com/cuda.runtime.minor"
_FULL = "nvidia.com/cuda.runtime-version.full"


class DriverBranch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One driver branch and the newest CUDA it serves; `source` is a key of the table's."""

    branch: int
    cuda: str
    source: str


class CudaCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All branches; `sources` give the address behind each source's name."""

    sources: dict[str, str]
    drivers: tuple[DriverBranch, ...]


def driver_cuda(labels: Mapping[str, str], driver: str, catalog: CudaCatalog) -> CudaVersion | None:
    """What feature discovery states, else what the driver's branch serves; None for a branch that
    is newer than the table too."""
    stated = labels.get(_FULL) or f"{labels.get(_MAJOR, '')}.{labels.get(_MINOR, '')}"
    if (version := parse_version(stated)) is not None:
        return version[:2]
    branch = parse_version(driver)
    if branch is None or branch[0] > max(entry.branch for entry in catalog.drivers):
        return None
    served = [entry for entry in catalog.drivers if entry.branch <= branch[0]]
    best = max(served, key=lambda entry: entry.branch, default=None)
    return parse_version(best.cuda) if best is not None else None


def parse_version(text: str) -> CudaVersion | None:
    """`12.4.1` as (12, 4, 1); None for anything else."""
    numbers = [whole_number(part) for part in text.split(".")]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else None
