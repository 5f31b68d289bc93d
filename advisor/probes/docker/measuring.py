"""How much the places of data of a host hold: which are counted, in which order, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

import msgspec

from advisor.facts.host import Container, Filesystem, Measurement
from advisor.facts.mount_table import MountTable
from advisor.probes.docker.containers import data_path
from advisor.probes.docker.endpoint import Endpoint
from advisor.probes.docker.machine import Place
from advisor.probes.docker.placing import SHELL, Placed
from advisor.probes.docker.remote import ssh_words
from advisor.probes.docker.remote_walk import Follower, measure_there
from advisor.probes.docker.walk import Tally, measure_here
from advisor.probes.result import Progress

POD_LABEL = "io.kubernetes.pod.name"
PLACES = "places of data counted"
PLACE_SECONDS = 300.0
THERE_INSTEAD = "run advisor with --measure-data on that machine and merge its snapshot"
_REFUSED = {
    "denied": "a folder above it may not be searched by this user",
    "stuck": "its filesystem gave no answer",
    "missing": "it is not there",
}

Heard = Callable[[int], None]
Count = Callable[[str, Collection[str], Mapping[str, Tally], Heard], Tally | str]


class MeasureOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted and for how long: `seconds` for each place.

    `is_system` tells paths that are nobody's data, `is_network` types of filesystems that every
    node can mount: what is on them is used where it is, and walking it is a load for all.
    """

    seconds: float = PLACE_SECONDS
    is_system: Callable[[str], bool]
    is_network: Callable[[str], bool | None]


class DataMeasurer:
    """Counts the places of a host one after the other, so that no disk has two readers."""

    def __init__(
        self, options: MeasureOptions, endpoint: Endpoint, follower: Follower, timeout: float
    ) -> None:
        self._options = options
        self._target = endpoint.url
        self._count = make_count(options.seconds, endpoint, follower, timeout)

    def measure(
        self, placed: Placed, table: MountTable, progress: Progress
    ) -> tuple[Measurement, ...]:
        """A record of every place, by path; one that is not counted has a reason."""
        wanted = self._wanted(placed)
        reasons = {path: self._refusal(placed.places.get(path), wanted[path]) for path in wanted}
        roots = {
            path: placed.places[path].path for path, reason in sorted(reasons.items()) if not reason
        }
        tallies = self._walk_all(set(roots.values()), table, progress)
        return tuple(
            _record(path, tallies[roots[path]])
            if path in roots
            else Measurement(path=path, reason=reasons[path])
            for path in sorted(wanted)
        )

    def refuse(self, placed: Placed, reason: str) -> tuple[Measurement, ...]:
        """The places of a host whose machine cannot be asked."""
        return tuple(refused(path, reason) for path in sorted(self._wanted(placed)))

    def _wanted(self, placed: Placed) -> dict[str, Filesystem | None]:
        """Every path that holds somebody's data, with the mount that holds it."""
        return {
            path: filesystem
            for path, filesystem in (*_binds(placed.containers or ()), *_volumes(placed))
            if path.startswith("/") and not self._options.is_system(path)
        }

    def _refusal(self, place: Place | None, filesystem: Filesystem | None) -> str:
        """Why a place is not walked; empty where it is."""
        if place is None:
            return "its machine did not say where it is"
        if place.state != "found":
            return _REFUSED[place.state]
        if filesystem is not None and self._options.is_network(filesystem.type):
            return f"it is on a network filesystem ({filesystem.type}): nothing has to be copied"
        return ""

    def _walk_all(
        self, roots: Collection[str], table: MountTable, progress: Progress
    ) -> dict[str, Tally | str]:
        """Deepest first: what is inside of another place is then known already."""
        results: dict[str, Tally | str] = {}
        known: dict[str, Tally] = {}
        ordered = sorted(roots, key=lambda root: (-root.count("/"), root))
        counted = 0
        for number, root in enumerate(ordered):
            progress.advance(self._target, PLACES, number, len(ordered))
            heard = partial(self._tell, progress, counted)
            tally = self._count(root, table.points_below(root), known, heard)
            results[root] = tally
            if not isinstance(tally, Tally):
                continue
            if _is_inside(root, ordered):
                known[root] = tally
            else:
                counted += tally.files
                tally.linked.clear()
        if ordered:
            progress.advance(self._target, PLACES, len(ordered), len(ordered))
        return results

    def _tell(self, progress: Progress, before: int, files: int) -> None:
        progress.advance(self._target, "files counted", before + files, None)


def _is_inside(root: str, others: Collection[str]) -> bool:
    return any(root.startswith(f"{other.rstrip('/')}/") for other in others if other != root)


def make_count(seconds: float, endpoint: Endpoint, follower: Follower, timeout: float) -> Count:
    """The way to count on the endpoint's machine: over ssh, or in this process."""
    if endpoint.transport != "ssh":
        return lambda root, mounts, known, heard: measure_here(
            root, seconds=seconds, mounts=mounts, known=known, heard=heard
        )
    words = [*ssh_words(endpoint, timeout), *SHELL]
    return lambda root, mounts, known, heard: measure_there(
        follower, words, root, seconds=seconds, mounts=mounts, known=known, heard=heard
    )


def refused(path: str, reason: str) -> Measurement:
    """A place that cannot be counted from here."""
    return Measurement(path=path, reason=f"{reason}; {THERE_INSTEAD}")


def _record(path: str, found: Tally | str) -> Measurement:
    return refused(path, found) if isinstance(found, str) else found.measurement(path)


def _binds(containers: Collection[Container]) -> Iterator[tuple[str, Filesystem | None]]:
    for container in containers:
        if POD_LABEL not in container.labels:
            for mount in container.mounts:
                if mount.kind == "bind":
                    yield mount.source, mount.filesystem


def _volumes(placed: Placed) -> Iterator[tuple[str, Filesystem | None]]:
    """Volumes with files of their own here; of the unnamed ones those that a container has."""
    for volume in placed.volumes or ():
        if not (volume.anonymous and volume.users == 0):
            yield data_path(volume), volume.filesystem
