"""A fleet's folder: `hosts/` and `clusters/`, in them a folder a target, in that a file a reading.

    hosts/gpu-01/20261130T105000Z.json.zst          read as a whole
    hosts/gpu-02/20261130T105001Z.partial.json.zst  some lists were not read
    hosts/gpu-03/20261130T105030Z.failed.json.zst   nothing was; its source says why
    lab-7.json                                      anybody's snapshot or survey, a target by itself

The name tells what a reading is worth, so that ten thousand are known from a listing.

Of many targets some are read at once; each is on disk before the next one begins in its place.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from advisor import __version__
from advisor.collection.collect import (
    CLUSTER_PROBE,
    DOCKER_PROBE,
    CollectOptions,
    check_hosts,
    probe_tasks,
    run_together,
    snapshot_of,
    utc_now,
)
from advisor.errors import AdvisorError, InputError, OutputError, fault
from advisor.facts.record import Record
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Source, unread
from advisor.facts.store import save_snapshot
from advisor.files import leads_out
from advisor.probes.common import NoProgress

Kind = Literal["host", "cluster"]
State = Literal["whole", "partial", "failed"]

_FOLDERS: dict[Kind, str] = {"host": "hosts", "cluster": "clusters"}
_TIME = "%Y%m%dT%H%M%SZ"
_READING = re.compile(
    r"(?P<time>\d{8}T\d{6}Z)(?:\.(?P<state>partial|failed))?\.json(?:\.zst|\.gz)?"
)
_STATES: dict[str | None, State] = {"partial": "partial", "failed": "failed"}
_FOREIGN = re.compile(r"[^.].*\.json(?:\.zst|\.gz)?")
_LONGEST_NAME = 80


class Reading(Record, frozen=True, kw_only=True):
    """A file below the folder: `target` is the path of its target, `path` its own; `day` is
    YYYY-MM-DD, empty where its name does not say."""

    target: str
    path: str
    day: str = ""
    state: State = "whole"


def target_folder(kind: Kind, name: str) -> str:
    """Where the readings of a target go. Names that a file system might not keep apart, or could
    not hold, end in a hash of the name."""
    plain = re.sub(r"[^a-z0-9._-]+", "_", name.lower()).strip("._")[:_LONGEST_NAME]
    if plain != name:
        plain += "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{_FOLDERS[kind]}/{plain}"


def store(folder: str, target: str, snapshot: Snapshot, *, now: datetime) -> State:
    """Write a reading in one step, and take away what is left of earlier failures.

    OutputError when it cannot be written.
    """
    state = state_of(snapshot)
    place = Path(folder, target)
    suffix = "" if state == "whole" else f".{state}"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"cannot be made: {reason}", where=str(place)) from None
    new = place / f"{now.astimezone(UTC).strftime(_TIME)}{suffix}.json.zst"
    save_snapshot(snapshot, str(new))
    for old in place.glob("*.failed.json.zst"):
        if old != new:
            with suppress(OSError):
                old.unlink()
    return state


def state_of(snapshot: Snapshot) -> State:
    """Whether the reading failed, is partial, or is whole."""
    if snapshot.cluster is None and not snapshot.hosts and not snapshot.machines:
        return "failed"
    return "partial" if unread(snapshot.sources) else "whole"


def is_fresh(folder: str, target: str, *, since: datetime) -> bool:
    """Whether the target was read as a whole after that time."""
    try:
        names = os.listdir(os.path.join(folder, target))
    except OSError:
        return False
    matches = (_READING.fullmatch(name) for name in names)
    whole = (match["time"] for match in matches if match and not match["state"])
    return max(whole, default="") > since.astimezone(UTC).strftime(_TIME)


def readings(folder: str) -> dict[str, list[Reading]]:
    """All readings by target, each target's from the oldest to the newest.

    InputError for a folder that cannot be read or holds none.
    """
    if not os.path.isdir(folder):
        raise InputError("there is no such folder", where=folder, remedy="check the path")
    by_target: dict[str, list[Reading]] = {}
    for path in _files(folder):
        above, name = os.path.split(path)
        dated = _READING.fullmatch(name)
        if dated:
            day = f"{dated['time'][:4]}-{dated['time'][4:6]}-{dated['time'][6:8]}"
            state: State = _STATES.get(dated["state"], "whole")
            reading = Reading(target=above or path, path=path, day=day, state=state)
        elif _FOREIGN.fullmatch(name):
            reading = Reading(target=f"{above}/{name.partition('.json')[0]}".lstrip("/"), path=path)
        else:
            continue
        by_target.setdefault(reading.target, []).append(reading)
    if not by_target:
        raise InputError(
            "no snapshot is in it", where=folder, remedy="make some with: advisor fleet collect"
        )
    return {target: by_target[target] for target in sorted(by_target)}


def days_read(by_target: dict[str, list[Reading]], most: int) -> list[str]:
    """The newest days on which anything was read, at most so many, in order."""
    return sorted(
        {reading.day for readings in by_target.values() for reading in readings if reading.day}
    )[-most:]


def of_days(readings_of: Sequence[Reading], days: Iterable[str]) -> list[Reading]:
    """One target's readings: the newest until the end of each day, the newest that gave anything,
    and the newest, which may have failed."""
    wanted = {readings_of[-1].path}
    wanted.update(
        reading.path
        for reading in [reading for reading in readings_of if reading.state != "failed"][-1:]
    )
    for day in days:
        wanted.update(
            reading.path
            for reading in [reading for reading in readings_of if reading.day <= day][-1:]
        )
    return [reading for reading in readings_of if reading.path in wanted]


def _files(folder: str) -> Iterator[str]:
    """Their paths below the folder in order. Links that lead out of it are not followed."""
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(above, name)
            if not name.startswith(".") and not leads_out(path):
                yield os.path.relpath(path, folder)


def parse_age(text: str) -> timedelta:
    """`90m`, `12h`, `1d` or `2w`; ValueError for anything else."""
    match = re.fullmatch(r"(\d{1,5})([smhdw])", text)
    if match is None:
        raise ValueError(f"'{text}' is no age: write 90m, 12h, 1d or 2w")
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    return timedelta(**{units[match[2]]: int(match[1])})


class Target(Record, frozen=True, kw_only=True):
    """What is read: a host by its URL, a cluster by its context (the current one without)."""

    kind: Kind
    name: str
    kubeconfig: str = ""

    @property
    def folder(self) -> str:
        """Where its readings go, below the fleet's folder."""
        if self.kind == "host":
            return target_folder("host", self.name.removeprefix("ssh://"))
        return target_folder("cluster", self.name or Path(self.kubeconfig).stem)


class Collected(Record, frozen=True, kw_only=True):
    """A target that was read, or not: its sources say what failed and why."""

    target: Target
    state: State
    snapshot: Snapshot
    seconds: float


def check_fleet_folder(path: str) -> None:
    """Make it where it is not there; OutputError, before anything is read, where that fails."""
    try:
        Path(path).mkdir(exist_ok=True)
        probe = Path(path) / ".advisor-fleet.part"
        probe.touch()
        probe.unlink()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise OutputError(f"cannot be written to: {reason}", where=path) from None


def due(targets: Sequence[Target], folder: str, older_than: timedelta | None) -> tuple[Target, ...]:
    """The targets without those that were read as a whole within that time, each once."""
    once = tuple(dict.fromkeys(targets))
    if older_than is None:
        return once
    since = datetime.now(UTC) - older_than
    return tuple(target for target in once if not is_fresh(folder, target.folder, since=since))


def collect_fleet(
    targets: Sequence[Target], folder: str, options: CollectOptions
) -> Iterator[Collected]:
    """Each target as it is done, `options.hosts_at_once` at a time; what it gave is on disk then.

    One that fails is written too, with the reason. InputError, before anything is read, for a URL
    that is none; OutputError when the folder takes no more.
    """
    check_hosts([target.name for target in targets if target.kind == "host"])
    # Threads that import the same thing at once can meet half of it.
    for kind in dict.fromkeys(target.kind for target in targets):
        probe_tasks(_options_of(next(t for t in targets if t.kind == kind), options), NoProgress())
    pool = ThreadPoolExecutor(max(1, min(options.hosts_at_once, len(targets))))
    try:
        started = [pool.submit(_collect, target, folder, options) for target in targets]
        for future in as_completed(started):
            started.remove(future)
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _collect(target: Target, folder: str, options: CollectOptions) -> Collected:
    began, now = time.monotonic(), datetime.now(UTC)
    try:
        tasks = probe_tasks(_options_of(target, options), NoProgress())
        snapshot = snapshot_of(run_together(tasks), utc_now())
    except OutputError:
        raise
    except Exception as error:  # what goes wrong with one target must not cost the others
        reason = error.line() if isinstance(error, AdvisorError) else fault(error)
        probe = DOCKER_PROBE if target.kind == "host" else CLUSTER_PROBE
        source = Source(probe=probe, target=target.name, status="failed", reason=reason)
        snapshot = Snapshot(advisor=__version__, taken=utc_now(), sources=(source,))
    state = store(folder, target.folder, snapshot, now=now)
    return Collected(
        target=target, state=state, snapshot=snapshot, seconds=time.monotonic() - began
    )


def _options_of(target: Target, options: CollectOptions) -> CollectOptions:
    host = target.kind == "host"
    return replace(
        options,
        cluster=not host,
        context=None if host else target.name or None,
        kubeconfig=None if host else target.kubeconfig or None,
        docker=host,
        docker_hosts=(target.name,) if host else (),
        hosts_at_once=1,
        connections=1,  # there are other hosts to be read meanwhile, and each takes a login
    )


def progress_line(number: int, total: int, collected: Collected) -> str:
    """`3/200 gpu-01: 12 images, 40 containers (0.8 s)`, or why it was not read."""
    counts = []
    for host in collected.snapshot.hosts:
        counts += [
            f"{len(items):,} {noun}" if items is not None else f"{noun} unknown"
            for noun, items in (("images", host.images), ("containers", host.containers))
        ]
    cluster = collected.snapshot.cluster
    if cluster is not None:
        nodes, jobs = cluster.nodes, cluster.workloads
        counts += [
            f"{len(items):,} {noun}" if items is not None else f"{noun} unknown"
            for noun, items in (("nodes", nodes), ("workloads", jobs))
        ]
    said = ", ".join(counts) or "not read"
    part = ", read in part" if collected.state == "partial" else ""
    name = collected.target.name.removeprefix("ssh://") or collected.target.kubeconfig
    return f"{number}/{total} {name}: {said}{part} ({collected.seconds:.1f} s)"
