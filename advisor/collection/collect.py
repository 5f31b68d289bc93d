"""All probes of one audit at once, and their results as one snapshot, with what was saved of its
targets: snapshots, and what the survey script printed on hosts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from advisor import __version__
from advisor.errors import AdvisorError, InputError, ProbeError, fault
from advisor.facts.host import Machine
from advisor.facts.redaction import redact
from advisor.facts.secret_shapes import secret_table
from advisor.facts.snapshot import Snapshot, merge
from advisor.facts.source import Source
from advisor.facts.store import decode_snapshot
from advisor.files import STANDARD_STREAM, input_name, read_bytes
from advisor.probes.common import NoProgress, ProbeResult, Progress, map_in_threads
from advisor.probes.registry.options import RegistryOptions, check_options

if TYPE_CHECKING:
    from advisor.probes.docker.measuring import MeasureOptions


SURVEY_PROBE = "survey"
_MARK = b'{"advisor_survey":'
"""How the line of the script begins; a tool that ran it elsewhere may have put a name before it."""
_MOST_LINES = 20_000


def load_recording(path: str) -> Snapshot:
    """The snapshot or survey in a file, `-` being standard input; InputError for anything else."""
    return decode_recording(read_bytes(path), name=input_name(path))


def decode_recording(content: bytes, *, name: str) -> Snapshot:
    """The snapshot or the survey in `content`; `name` is what a message calls it."""
    if _MARK in content[: 1 << 16] and b'"schema":' not in content[:64]:
        return _surveys(content, name)
    return decode_snapshot(content, name=name)


def _surveys(content: bytes, name: str) -> Snapshot:
    """Each line's machine. A line that cannot be read is a failed source where another can be."""
    from advisor.probes.survey.line import (
        SurveyError,
        check_clock,
        read_host_line,
        recorded_host,
    )

    machines: list[Machine] = []
    hosts: list[ProbeResult] = []
    sources: list[Source] = []
    for number, line in _lines(content, name):
        try:
            machine, engine = read_host_line(line)
            check_clock(machine, datetime.now(UTC))
        except SurveyError as error:
            where = f"{name}:{number}"
            sources.append(
                Source(probe=SURVEY_PROBE, target=where, status="failed", reason=str(error))
            )
            continue
        machines.append(machine)
        sources.append(Source(probe=SURVEY_PROBE, target=machine.name, status="ok"))
        if engine.answered:
            hosts.append(recorded_host(engine, machine.addresses))
    if not machines:
        raise InputError(
            sources[0].reason,
            where=sources[0].target,
            remedy="run the script again: advisor host-script > survey.sh",
        )
    seen = Snapshot(
        advisor=__version__,
        taken=max(snapshot.taken for snapshot in machines),
        sources=(*sources, *(host.source for host in hosts)),
        hosts=tuple(host.host for host in hosts if host.host is not None),
        machines=tuple(machines),
    )
    clean, taken_out = redact(seen, "snapshot")
    return replace(
        clean,
        redactions=(*(redaction for host in hosts for redaction in host.redactions), *taken_out),
    )


def _lines(content: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    """The lines of the script with their numbers, without what stands before them."""
    lines = content.splitlines()
    if len(lines) > _MOST_LINES:
        raise InputError(f"holds more than {_MOST_LINES:,} lines", where=name)
    for number, line in enumerate(lines, 1):
        start = line.find(_MARK)
        if start >= 0:
            yield number, line[start:]


CLUSTER_PROBE = "kubernetes"
DOCKER_PROBE = "docker"
TIMEOUT_SECONDS = 30.0

Task = Callable[[], Sequence[ProbeResult]]


class CollectOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to read.

    Without `context` or `kubeconfig` the current context is read, without `docker_hosts` the local
    daemon; neither when there are `snapshots`, files to merge in. `node_facts` is the namespace
    whose pods print what the nodes say of themselves (`advisor nodes manifest`); without it they
    are not asked. `host_root` is where the root of this machine is seen, where this runs in a
    container. Each host is asked over at most so many `connections`. With `registries` the
    registries of all images that were seen are asked, and of `references`, names that are used
    elsewhere. `timeout` is seconds for one request. With `measure_seconds` the places of data of
    the hosts are counted, each for at most that long.
    """

    cluster: bool = True
    context: str | None = None
    kubeconfig: str | None = None
    node_facts: str | None = None
    docker: bool = True
    docker_hosts: tuple[str, ...] = ()
    host_root: str = ""
    hosts_at_once: int = 16
    connections: int = 4
    snapshots: tuple[str, ...] = ()
    registries: RegistryOptions | None = None
    references: tuple[str, ...] = ()
    timeout: float = TIMEOUT_SECONDS
    measure_seconds: float | None = None

    @property
    def cluster_asked(self) -> bool:
        """Whether the user named a cluster, so that its absence is a failure."""
        return bool(self.context or self.kubeconfig)


def utc_now() -> str:
    """The time in UTC, RFC 3339, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def collect(
    options: CollectOptions,
    *,
    progress: Progress | None = None,
    clock: Callable[[], str] = utc_now,
) -> Snapshot:
    """Probe cluster and hosts side by side, and merge the saved snapshots in.

    A target that fails is a failed Source of the snapshot. Raises InputError for an option or file
    that cannot be used, and ProbeError when nothing at all could be read.
    """
    check_hosts(options.docker_hosts)
    if options.host_root:
        from advisor.probes.docker.host_root import check_host_root

        check_host_root(options.host_root)
    if options.registries is not None:
        check_options(options.registries)
    saved = _load_all(options.snapshots)
    results = run_together(probe_tasks(options, progress or NoProgress()))
    if results:
        seen = _readable(merge([snapshot_of(results, clock()), *saved]))
    else:
        seen = merge(saved) if saved else _nothing_asked()
    if options.registries is None:
        return seen
    return ask_registries(
        seen, options.registries, also=options.references, progress=progress, clock=clock
    )


def ask_registries(
    snapshot: Snapshot,
    options: RegistryOptions,
    *,
    references: Sequence[str] | None = None,
    also: Sequence[str] = (),
    progress: Progress | None = None,
    clock: Callable[[], str] = utc_now,
) -> Snapshot:
    """The snapshot with what registries answer for its images and for the names `also`, or for
    `references` alone.

    Answers that it already has are replaced. A registry that cannot be asked is a failed Source.
    """
    from advisor.probes.registry.probe import probe_registries
    from advisor.probes.registry.questions import ask_for, questions_of

    check_options(options)
    questions = questions_of(snapshot, also) if references is None else ask_for(references)
    results = probe_registries(questions, options, progress=progress)
    return merge([snapshot, snapshot_of(results, clock())]) if results else snapshot


def load_snapshots(paths: Sequence[str]) -> Snapshot:
    """The snapshots in the files, merged; InputError for one that cannot be read or merged."""
    return merge(_load_all(paths))


def check_hosts(urls: Sequence[str]) -> None:
    """A URL that cannot be one is a mistake to mend, not a host that failed."""
    from advisor.probes.docker.endpoint import resolve_endpoint

    for url in urls:
        resolve_endpoint(url, os.environ)


def _load_all(paths: Sequence[str]) -> list[Snapshot]:
    if paths.count(STANDARD_STREAM) > 1:
        raise InputError("'-' is given twice", remedy="standard input can be read once")
    return [load_recording(path) for path in paths]


def probe_tasks(options: CollectOptions, progress: Progress) -> list[Task]:
    """Reading the cluster, and reading the hosts, as far as they are asked for.

    What they need is loaded here: two threads that import at once can meet half a module.
    """
    secret_table()
    tasks: list[Task] = []
    if options.cluster and (options.cluster_asked or not options.snapshots):
        tasks.append(_cluster_task(options, progress))
    if options.docker and (options.docker_hosts or not options.snapshots):
        tasks.append(_hosts_task(options, progress))
    return tasks


def _cluster_task(options: CollectOptions, progress: Progress) -> Task:
    from advisor.probes.common import cluster_configured

    if not options.cluster_asked and not cluster_configured():
        return lambda: [_absent(CLUSTER_PROBE, "current context", "there is no kubeconfig")]
    from advisor.probes.kubernetes.probe import probe_cluster

    def probe() -> Sequence[ProbeResult]:
        target = options.context or options.kubeconfig or "current context"
        try:
            result = probe_cluster(
                context=options.context,
                kubeconfig=options.kubeconfig,
                timeout=options.timeout,
                progress=progress,
                node_facts=options.node_facts,
            )
        except ProbeError as error:
            result = _failed(CLUSTER_PROBE, error.where or target, error)
        except Exception as error:  # what goes wrong with the cluster must not cost the hosts
            result = _failed(CLUSTER_PROBE, target, ProbeError(fault(error)))
        return [result]

    return probe


def _hosts_task(options: CollectOptions, progress: Progress) -> Task:
    from advisor.probes.common import engine_present

    if not options.docker_hosts and not engine_present():
        reason = "there is no Docker socket on this machine"
        return lambda: [_absent(DOCKER_PROBE, "local daemon", reason)]
    import advisor.probes.docker.client  # noqa: F401 - the probe imports it late
    from advisor.probes.docker.probe import HostOptions, probe_hosts

    seconds = options.measure_seconds
    asked = HostOptions(
        timeout=options.timeout,
        measure=None if seconds is None else _measuring(seconds),
        host_root=options.host_root,
        connections=options.connections,
    )
    urls = options.docker_hosts or (None,)
    return lambda: probe_hosts(urls, asked, progress=progress, at_once=options.hosts_at_once)


def _measuring(seconds: float) -> MeasureOptions:
    """What is counted: what placement takes for somebody's data that is not on the network."""
    from advisor.judging.common import load_catalogs
    from advisor.probes.docker.measuring import MeasureOptions

    catalogs = load_catalogs()
    return MeasureOptions(
        seconds=seconds,
        is_system=lambda path: catalogs.system_paths.find(path) is not None,
        is_network=catalogs.filesystems.network,
    )


def _absent(probe: str, target: str, reason: str) -> ProbeResult:
    return ProbeResult(
        source=Source(probe=probe, target=target, status="failed", reason=reason, asked=False)
    )


def _failed(probe: str, target: str, error: AdvisorError) -> ProbeResult:
    reason = error.what + (f" ({error.remedy})" if error.remedy else "")
    return ProbeResult(source=Source(probe=probe, target=target, status="failed", reason=reason))


def run_together(tasks: Sequence[Task]) -> list[ProbeResult]:
    """Each task in a thread of its own; the error of the first that fails is raised."""
    outcomes = map_in_threads(lambda task: task(), tasks, len(tasks))
    return [result for outcome in outcomes for result in outcome]


def snapshot_of(results: Sequence[ProbeResult], taken: str) -> Snapshot:
    """What the probes gave, as one snapshot of that time."""
    seen = Snapshot(
        advisor=__version__,
        taken=taken,
        sources=tuple(_named(result) for result in results),
        cluster=next((r.cluster for r in results if r.cluster is not None), None),
        hosts=tuple(r.host for r in results if r.host is not None),
        registries=tuple(answer for r in results for answer in r.registries),
        machines=tuple(machine for r in results for machine in r.machines),
        redactions=tuple(redaction for r in results for redaction in r.redactions),
    )
    clean, taken_out = redact(seen, "snapshot")
    return replace(clean, redactions=(*clean.redactions, *taken_out)) if taken_out else clean


def _named(result: ProbeResult) -> Source:
    if result.source.name or result.host is None:
        return result.source
    return replace(result.source, name=result.host.name)


def _readable(snapshot: Snapshot) -> Snapshot:
    if snapshot.cluster is not None or snapshot.hosts or snapshot.machines:
        return snapshot
    asked = [source for source in snapshot.sources if source.asked]
    if asked:
        raise ProbeError("; ".join(_said(source) for source in asked))
    raise ProbeError(
        f"nothing could be read: {'; '.join(_said(source) for source in snapshot.sources)}",
        remedy="name a cluster with --context or a host with --docker-host,"
        " or see how it looks with: advisor audit --demo",
    )


def _said(source: Source) -> str:
    return f"{source.target}: {source.reason or 'it could not be read'}"


def _nothing_asked() -> Snapshot:
    raise InputError(
        "there is nothing to read",
        remedy="leave out --no-cluster or --no-docker, or name a --snapshot",
    )
