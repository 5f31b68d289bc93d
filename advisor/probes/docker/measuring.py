"""How much the places of data of a host hold: which are counted, in which order, and by whom; on
another machine with the `find` and `awk` that it has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

import msgspec

from advisor.errors import one_line
from advisor.facts.host import Container, Filesystem, Measurement
from advisor.facts.mount_table import MountTable
from advisor.facts.quantity import whole_number
from advisor.probes.common import Progress
from advisor.probes.docker.containers import data_path
from advisor.probes.docker.endpoint import Endpoint
from advisor.probes.docker.machine import Place
from advisor.probes.docker.placing import SHELL, Placed
from advisor.probes.docker.remote import ssh_words
from advisor.probes.docker.walk import MOST_LINKED, Tally, measure_here, unheard

CONNECT_SECONDS = 20.0
MOST_WORDS = 200
"""Letters of a complaint from the far end that are repeated."""

_PATTERN = re.compile(r"([\\*?\[\]])")
_NUMBERS = {"at": 1, "known": 1, "total": 9, "faults": 2}
_FIELDS = "%D %i %n %s %b\\n"

# One line for each entry: its kind, then _FIELDS. `u` is a folder that may not be read, `m` a
# mount, `k` with a number a folder that was counted before. Sums are made at the far end; what
# find complains of is counted apart. The number that is said now and then also ends everything
# there as soon as nobody listens any more.
_SCRIPT = r"""
LC_ALL=C; export LC_ALL
exec 4>&1
command -v timeout >/dev/null 2>&1 || { echo "unable there is no timeout command"; exit; }
command -v awk >/dev/null 2>&1 || { echo "unable there is no awk"; exit; }
find / -maxdepth 0 -readable -printf '' >/dev/null 2>&1 ||
  { echo "unable its find has no -printf"; exit; }
{ { timeout -k 2 @SECONDS@ find @WORDS@ </dev/null; echo "end $?"; } 2>&3 | awk '
  $1 == "end" { code = $2; next }
  NR == 1 { device = $2; seen = 1 }
  NR % 20000 == 0 { printf "at %.0f\n", files; fflush() }
  $1 == "m" || $2 != device { mounts++; next }
  $1 ~ /^k/ { print "known " substr($1, 2); next }
  $1 == "u" { unreadable++ }
  $1 != "d" && $1 != "u" {
    if ($4 > 1) {
      if ($3 in linked) next
      if (links >= @LINKED@) { crowded = 1; next }
      linked[$3]; links++
    }
    files++; size += $5
  }
  { blocks += $6 }
  END { printf "total %.0f %.0f %.0f %.0f %.0f %.0f %d %d %d\n", size, blocks * 512, files,
    unreadable, mounts, links, crowded, seen, code }
' >&4; } 3>&1 | awk '
  /: Permission denied$/ { denied++; next }
  !/: No such file or directory$/ { faults++ }
  END { printf "faults %d %d\n", faults, denied }
' >&4
"""


class Follower(Protocol):
    """Runs a command and hears its lines as they come."""

    def follow(
        self, words: Sequence[str], *, stdin: str, timeout: float, heard: Callable[[str], None]
    ) -> None:
        """Never raises for what the command does; it is ended after `timeout` seconds."""


def measure_there(
    follower: Follower,
    words: Sequence[str],
    root: str,
    *,
    seconds: float,
    mounts: Collection[str] = (),
    known: Mapping[str, Tally] | None = None,
    heard: Callable[[int], None] = unheard,
) -> Tally | str:
    """What is below `root`, a path without links; `words` start a shell on its machine.

    A clause that says why where nothing could be counted. `mounts`, `known` and `heard` as for a
    walk here. A known place with files of several names is walked again: they may be here too.
    """
    places = {} if known is None else known
    apart = [path for path, tally in places.items() if not (tally.links or tally.crowded)]
    hearing = _Hearing(heard)
    script = measuring_script(root, seconds=seconds, mounts=mounts, apart=apart)
    follower.follow(words, stdin=script, timeout=seconds + CONNECT_SECONDS, heard=hearing.hear)
    if not hearing.answers.keys() >= {"total", "faults"}:
        return hearing.complaint or "the connection ended before everything was counted"
    tally = _tally(seconds, hearing.answers["total"], hearing.answers["faults"])
    for number in hearing.met:
        if number < len(apart):
            tally.absorb(places[apart[number]])
    return tally


class _Hearing:
    """The lines of one script: its numbers, the known folders it met, and the last other line."""

    def __init__(self, heard: Callable[[int], None]) -> None:
        self.answers: dict[str, list[int]] = {}
        self.met: set[int] = set()
        self.complaint = ""
        self._heard = heard

    def hear(self, line: str) -> None:
        """Take one line; what is not in the script's form is a complaint."""
        key, *words = line.split() or [""]
        numbers = [number for word in words if (number := whole_number(word)) is not None]
        if len(words) != len(numbers) or len(numbers) != _NUMBERS.get(key):
            said = one_line(line.strip().removeprefix("unable "))[:MOST_WORDS]
            self.complaint = said or self.complaint
        elif key == "at":
            self._heard(numbers[0])
        elif key == "known":
            self.met.add(numbers[0])
        else:
            self.answers[key] = numbers


def measuring_script(
    root: str, *, seconds: float, mounts: Collection[str] = (), apart: Sequence[str] = ()
) -> str:
    """The script for `sh -s`; it reads, and writes nothing but its answer. `apart` are folders
    below that are passed over, each told by its number."""
    words = [root, "-xdev"]
    kinds = [("m", point) for point in sorted(mounts)]
    kinds += [(f"k{number}", path) for number, path in enumerate(apart)]
    for kind, path in kinds:
        if path.startswith(f"{root.rstrip('/')}/"):
            pattern = _PATTERN.sub(r"\\\1", path)
            words += ["-path", pattern, "-prune", "-printf", f"{kind} {_FIELDS}", "-o"]
    words += ["-type", "d", "(", "!", "-readable", "-o", "!", "-executable", ")"]
    words += ["-printf", f"u {_FIELDS}", "-o", "-printf", f"%y {_FIELDS}"]
    return (
        _SCRIPT.replace("@SECONDS@", f"{seconds:g}")
        .replace("@LINKED@", str(MOST_LINKED))
        .replace("@WORDS@", shlex.join(words))
    )


def _tally(seconds: float, total: Sequence[int], faults: Sequence[int]) -> Tally:
    size, allocated, files, unreadable, mounts, links, crowded, seen, code = total
    tally = Tally(seconds)
    tally.size, tally.allocated, tally.files = size, allocated, files
    tally.unreadable, tally.mounts, tally.links = unreadable, mounts, links
    tally.crowded, tally.late = bool(crowded), code >= 124
    tally.faults, denied = faults
    if seen:
        tally.device = 0
    if denied and not unreadable:
        # A server may refuse what the mode would allow.
        tally.unreadable = denied
    return tally


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
