"""How much data there is: what was counted on the machines that have it, or what an engine said."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from advisor.facts.host import Measurement
from advisor.placement.data_inventory import DataEntry, DataInventory, volume_path


class DataCount(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes, and of how many files. `size` and `at_least` are never both known.

    `size` is exact; `at_least` is what was counted where something could not be, and `reason` says
    why that is. `needed` is the room that a copy takes: the larger of the files' length and their
    blocks, since small files fill blocks, and a filesystem that compresses shows too few of them.
    """

    size: int | None = None
    at_least: int | None = None
    files: int | None = None
    needed: int | None = None
    reason: str = ""


def count_data(inventory: DataInventory, entry: DataEntry) -> DataCount:
    """What is known of an entry on all machines that have it, together."""
    if entry.container is not None and entry.container.layer_size is not None:
        return DataCount(size=entry.container.layer_size, needed=entry.container.layer_size)
    path = volume_path(entry.volume) if entry.volume is not None else entry.source
    machines = {sighting.machine for sighting in entry.sightings}
    measurements = [inventory.measured(machine, path) for machine in sorted(machines)]
    known = total([one for one in measurements if one is not None], places=len(measurements))
    stated = entry.volume.size if entry.volume is not None else None
    if known.size is None and stated is not None:
        return DataCount(size=stated, needed=stated)
    return known


def total(measured: Iterable[Measurement], *, places: int = 1) -> DataCount:
    """Several places as one; a place without a count, or with less than all, makes it a bound."""
    every = tuple(measured)
    sizes = [one.size for one in every if one.size is not None]
    reason = "; ".join(dict.fromkeys(one.reason for one in every if one.reason))
    if not sizes:
        return DataCount(reason=reason)
    size, files = sum(sizes), sum(one.files or 0 for one in every)
    if len(sizes) < places or not all(one.complete for one in every):
        return DataCount(at_least=size, files=files, reason=reason or "not counted everywhere")
    needed = sum(max(one.size or 0, one.allocated or 0) for one in every)
    return DataCount(size=size, files=files, needed=needed)
