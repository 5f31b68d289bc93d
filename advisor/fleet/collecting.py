"""Many targets read, some at once; each is on disk before the next one begins in its place."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
from advisor.errors import AdvisorError, OutputError, fault
from advisor.facts.record import Record
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Source
from advisor.fleet.folder import Kind, State, is_fresh, store, target_folder
from advisor.probes.result import NoProgress


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
