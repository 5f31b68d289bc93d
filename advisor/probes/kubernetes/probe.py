"""The probe of one cluster."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import msgspec

from advisor.errors import ProbeError
from advisor.facts.cluster import Cluster
from advisor.facts.host import Machine
from advisor.facts.source import Refusal, Source
from advisor.facts.workload import Workload
from advisor.probes.common import NoProgress, ProbeResult, Progress, map_in_threads
from advisor.probes.kubernetes.components import components
from advisor.probes.kubernetes.connection import (
    Connection,
    connect,
    first_contact,
    no_contact,
    served_apis,
)
from advisor.probes.kubernetes.discovery import Served, streams_lists
from advisor.probes.kubernetes.node_surveys import read_node_surveys
from advisor.probes.kubernetes.pods import PodReader
from advisor.probes.kubernetes.reading import Reading
from advisor.probes.kubernetes.reads import NAMESPACES, PODS, READS
from advisor.probes.kubernetes.transport import Client, ReadError
from advisor.probes.kubernetes.workloads import workloads

PROBE = "kubernetes"
THREADS = 3
_CORE = frozenset({"claims", "namespaces", "nodes", "persistent_volumes", "storage_classes"})
"""Lists that every cluster has: who may read none of them and no workload learns nothing."""


def probe_cluster(
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    timeout: float = 30,
    progress: Progress | None = None,
    node_facts: str | None = None,
) -> ProbeResult:
    """Read a cluster. Server trouble is in the result's source, never raised.

    `context` None is the current one; `timeout` is seconds without a byte from the server;
    `node_facts` the namespace whose pods tell of their nodes, where they are to be asked.
    """
    started = time.monotonic()
    try:
        connection = connect(context=context, kubeconfig=kubeconfig, timeout=timeout)
    except ProbeError as error:
        return _failed(context or "current context", error.line(), started)
    return read_cluster(
        connection, progress or NoProgress(), started=started, node_facts=node_facts
    )


def read_cluster(
    connection: Connection,
    progress: Progress,
    *,
    started: float | None = None,
    pause: Callable[[float], None] = time.sleep,
    node_facts: str | None = None,
) -> ProbeResult:
    """Read the cluster at the other end of a connection. `pause` replaces waiting in tests."""
    started = time.monotonic() if started is None else started
    client = Client(connection.transport, pause=pause)
    try:
        version, refused = first_contact(client)
    except ReadError as failure:
        return _failed(connection.context, no_contact(connection, failure), started)
    served, unserved = served_apis(client)
    reading = Reading(client, served)
    for refusal in (*refused, *unserved):
        reading.refuse(refusal)
    pods = PodReader(
        client,
        lambda done, total: progress.advance(connection.context, "pods", done, total),
        streams=streams_lists(version),
    )
    _read_all(reading, pods, progress, connection.context)
    machines: tuple[Machine, ...] = ()
    if node_facts is not None:
        names = [node.name for node in reading.facts.get("nodes", ())]
        surveys = read_node_surveys(client, node_facts, names)
        machines = surveys.machines
        for refusal in surveys.refused:
            reading.refuse(refusal)
    result = _result(connection, version, served, reading, pods, started)
    return msgspec.structs.replace(result, machines=machines)


def _read_all(reading: Reading, pods: PodReader, progress: Progress, target: str) -> None:
    """Namespaces first, since pods are shared out by them; then all else at once."""
    reading.perform(NAMESPACES)
    pods.know(tuple(namespace.name for namespace in reading.facts.get("namespaces", ())))
    others = [read for read in READS if read not in (NAMESPACES, PODS)]
    done = iter(range(1, len(others) + 1))

    def perform(index: int) -> None:
        reading.perform(others[index])
        progress.advance(target, "lists", next(done), len(others))

    jobs: list[Callable[[], None]] = [pods.read_front]
    jobs += [partial(perform, index) for index in range(len(others))]
    jobs += [pods.read_shares] * (THREADS - 1)
    map_in_threads(lambda job: job(), jobs, THREADS)
    if pods.failure is not None:
        reading.fail(PODS, pods.failure)
    reading.drop(PODS, pods.dropped)


def _result(
    connection: Connection,
    version: str | None,
    served: Served | None,
    reading: Reading,
    pods: PodReader,
    started: float,
) -> ProbeResult:
    listed_workloads = _workloads(reading, pods)
    cluster = Cluster(
        context=connection.context,
        server=connection.server,
        version=version,
        workloads=listed_workloads,
        pods=pods.fold.pods if pods.failure is None else None,
        components=components(listed_workloads, None if served is None else served.groups)
        if reading.owners_read >= _WHERE_PARTS_ARE
        else None,
        **reading.facts,
    )
    refused = tuple(
        sorted(reading.refusals, key=lambda refusal: (refusal.resource, refusal.reason))
    )
    nothing = listed_workloads is None and not _CORE & reading.facts.keys()
    source = Source(
        probe=PROBE,
        target=connection.context,
        status="failed" if nothing else "partial" if refused else "ok",
        reason=_reason(refused, nothing=nothing, unverified=connection.unverified),
        refused=refused,
        seconds=_seconds_since(started),
    )
    redactions = tuple(sorted(reading.redactions, key=lambda redaction: redaction.path))
    return ProbeResult(source=source, cluster=cluster, redactions=redactions)


_WHERE_PARTS_ARE = frozenset({"apps/deployments", "apps/daemonsets", "apps/statefulsets"})
"""Without one of these lists a part that was not met may still be there."""


def _reason(refused: tuple[Refusal, ...], *, nothing: bool, unverified: bool) -> str:
    if nothing:
        said = [_why_nothing(refused)]
    else:
        said = [f"{len(refused)} of its reads gave nothing or not all"] if refused else []
    if unverified:
        said.append("who answers was not checked: the kubeconfig says insecure-skip-tls-verify")
    return "; ".join(said)


def _why_nothing(refused: tuple[Refusal, ...]) -> str:
    others = Counter(
        refusal.reason for refusal in refused if refusal.cause not in ("denied", "absent")
    )
    if others:
        return f"not one list could be read: {others.most_common(1)[0][0]}"
    return "not one list could be read (see the rights with: advisor preflight)"


def _workloads(reading: Reading, pods: PodReader) -> tuple[Workload, ...] | None:
    """What is known of workloads; None when neither pods nor any kind of owner could be read."""
    if pods.failure is not None and not reading.owners_read and not pods.fold.pods:
        return None
    read = "apps/deployments" in reading.owners_read
    return workloads(reading.owners, pods.fold, deployments_read=read)


def _failed(target: str, reason: str, started: float) -> ProbeResult:
    seconds = _seconds_since(started)
    return ProbeResult(
        source=Source(probe=PROBE, target=target, status="failed", reason=reason, seconds=seconds)
    )


def _seconds_since(started: float) -> float:
    return round(time.monotonic() - started, 3)
