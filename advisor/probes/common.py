"""What all probes share: what they hand back, how they say how far they are, several reads at once,
and whether this machine has anything to probe that the user did not have to name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost, Machine
from advisor.facts.snapshot import RegistryImage
from advisor.facts.source import Redaction, Source

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one probe of one target; a failed one has a source and nothing else."""

    source: Source
    cluster: Cluster | None = None
    host: DockerHost | None = None
    machines: tuple[Machine, ...] = ()
    registries: tuple[RegistryImage, ...] = ()
    redactions: tuple[Redaction, ...] = ()


class Progress(Protocol):
    """Where a probe reports to; called from any thread."""

    def advance(self, target: str, what: str, done: int, total: int | None) -> None:
        """`done` of `total` (None: not known yet) of `what` (pods, images...) at `target`."""


class NoProgress:
    """Progress that nobody watches."""

    def advance(self, target: str, what: str, done: int, total: int | None) -> None:
        """Do nothing."""


T = TypeVar("T")
R = TypeVar("R")


def map_in_threads(function: Callable[[T], R], items: Sequence[T], workers: int) -> list[R]:
    """`function` of each item, in the order of the items; the first item's exception is raised."""
    if not items:
        return []
    pool = _pool(items, workers)
    try:
        return list(pool.map(function, items))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def results_as_they_come(
    function: Callable[[T], R], items: Sequence[T], *, workers: int, stall: float
) -> Iterator[tuple[T, R | None]]:
    """Each item with its result, in the order in which they come; an exception is raised again.

    When nothing came for `stall` seconds the rest gets None: a server may never end its answer.
    """
    pool = _pool(items, workers)
    done: SimpleQueue[Future[R]] = SimpleQueue()
    waiting = {pool.submit(function, item): item for item in items}
    try:
        for future in waiting:
            future.add_done_callback(done.put)
        while waiting:
            future = done.get(timeout=stall)
            yield waiting.pop(future), future.result()
    except Empty:
        yield from ((item, None) for item in waiting.values())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pool(items: Sequence[object], workers: int) -> ThreadPoolExecutor:
    """Most commands read nothing in threads, and the import takes as long as reading their job."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max(1, min(workers, len(items))))


_SERVICE_ACCOUNT_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def cluster_configured(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether $KUBECONFIG, ~/.kube/config or a pod's service account names a cluster."""
    if environment.get("KUBECONFIG"):
        return True
    home = environment.get("HOME") or str(Path.home())
    return (Path(home) / ".kube" / "config").is_file() or _SERVICE_ACCOUNT_TOKEN.is_file()


def engine_present(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether DOCKER_HOST or a docker context names an engine, or a usual socket exists."""
    from advisor.probes.docker.endpoint import resolve_endpoint

    endpoint = resolve_endpoint(None, environment)
    return endpoint.transport != "unix" or Path(endpoint.socket).exists()
