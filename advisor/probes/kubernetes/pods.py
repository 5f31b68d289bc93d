"""All pods of a cluster, folded as they come.

A server that writes lists piece by piece (1.33 and later) gives long ones in one go from its cache,
at a third of what pages cost it: one for each namespace to several threads, since it works at each
answer with one processor. They are decoded in slices, so that memory stays bounded. Other servers,
and whatever goes wrong on that way, are read in pages by several threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from advisor.objects.base import ListMeta, present
from advisor.objects.pod import PodWire
from advisor.probes.kubernetes.fold import PodFold
from advisor.probes.kubernetes.paging import (
    Dropped,
    Lister,
    NotSliceableError,
    Streams,
    Walk,
    full_name,
    said,
    slices,
)
from advisor.probes.kubernetes.reads import PODS
from advisor.probes.kubernetes.transport import Client, ReadError

PAGE = 1000
MOST_PODS = 1_000_000
WORTH_SHARING = 2000
"""Fewer pods than this after the first page are read by the front reader alone."""
WORTH_STREAMING = 5000
STREAMS = 2
"""Answers at a time: a third one costs memory and saves nothing."""
WORTH_AN_ANSWER = 500
"""Pods that a namespace has to have on average to be asked for alone."""
WHOLE = 0.9
"""The share of the announced pods below which one large answer is not taken for the list."""
FROM_CACHE = {"resourceVersion": "0"}
FROM_CACHE_COSTS = 0.5
"""The time that a list from the server's cache takes, as a share of the time for pages."""
STREAMING_SECONDS = 60.0
"""Servers cut an answer off after a minute; a cluster that would take longer is read in pages."""


class PodSink:
    """Folds the pods of one list that are the reader's own."""

    def __init__(self, reader: PodReader, *, front: bool, path: str = "") -> None:
        self._reader, self._front, self._path = reader, front, path
        self.fold = PodFold()
        self.dropped: list[Dropped] = []

    @property
    def listed(self) -> int:
        """How many pods came, malformed ones too."""
        return self.fold.pods + len(self.dropped)

    def add(self, items: list[PodWire], meta: ListMeta) -> bool:
        """Fold one page, leaving out namespaces that another reader has taken."""
        more = True
        if self._front:
            if self._reader.would_stream(len(items), meta):
                return False
            own, more = self._reader.shares.reach(dict.fromkeys(_namespace(pod) for pod in items))
            items = [pod for pod in items if _namespace(pod) in own]
            self._reader.share(meta.remaining_item_count or 0)
        self.fold_all([pod for pod in items if _is_of(pod, self._path)])
        return more

    def fold_all(self, items: list[PodWire]) -> None:
        """Fold pods; a malformed one is dropped alone."""
        before = self.fold.pods
        for pod in items:
            try:
                self.fold.add(pod)
            except Exception as error:  # whatever is wrong with one pod is wrong with no other
                self.dropped.append(Dropped(name=full_name(pod.metadata), reason=said(error)))
        self._reader.advanced(self.fold.pods - before)


class PodReader:
    """Reads the pods of a cluster by `read_front`, with any number of `read_shares` to help.

    `streams`: the server writes long lists piece by piece.
    """

    def __init__(
        self, client: Client, advance: Callable[[int, int | None], None], *, streams: bool
    ) -> None:
        self._client, self._advance, self._streams = client, advance, streams
        self._lister = Lister(PodWire, limit=PAGE, most=MOST_PODS)
        self._lock = threading.Lock()
        self._shared = threading.Event()
        self._worth_sharing = False
        self._wants_stream = False
        self._namespaces: tuple[str, ...] = ()
        self._done, self._total = 0, 0
        self._started = 0.0
        self._streams_left: Streams[PodSink] | None = None
        self.shares = NamespaceShares(())
        self.fold = PodFold()
        self.dropped: list[Dropped] = []
        self.failure: ReadError | None = None

    def know(self, namespaces: tuple[str, ...]) -> None:
        """Namespaces to share; to be told before anything is read."""
        self._namespaces = namespaces
        self.shares = NamespaceShares(namespaces)

    def read_front(self) -> None:
        """Read the first page, and the rest in the way that suits its length."""
        self._started = time.monotonic()
        try:
            self._read(PODS.path("v1"), front=True)
            if self._wants_stream and not self._read_streams():
                self._streams = self._wants_stream = False
                self._done = 0
                self._read(PODS.path("v1"), front=True)
        finally:
            self._shared.set()

    def read_shares(self) -> None:
        """Help with what is streamed, else take namespaces from the end while there are enough pods
        to be worth it."""
        self._shared.wait()
        if self._streams_left is not None:
            self._take_streams(self._streams_left)
            return
        while self._worth_sharing and self.failure is None:
            namespace = self.shares.take_last()
            if namespace is None:
                return
            self._read(f"/api/v1/namespaces/{namespace}/pods", front=False)

    def would_stream(self, read: int, meta: ListMeta) -> bool:
        """Whether the rest, after a first page of `read` pods, is better had in one go."""
        if self._streams and not self._shared.is_set():
            remaining = meta.remaining_item_count or 0
            likely = (
                (time.monotonic() - self._started) * remaining / max(read, 1) * FROM_CACHE_COSTS
            )
            self._wants_stream = remaining > WORTH_STREAMING and likely < STREAMING_SECONDS
            self._streams = self._wants_stream
            self._total = read + remaining
        return self._wants_stream

    def share(self, remaining: int) -> None:
        """The front reader has a page of its own; from the first on, others may help."""
        if not self._shared.is_set():
            self._total = max(self._total, self._done + remaining)
            self._worth_sharing = remaining > WORTH_SHARING
            self._shared.set()

    def advanced(self, count: int) -> None:
        """That many more pods are folded."""
        with self._lock:
            self._done += count
            done, total = self._done, self._total
        self._advance(done, max(done, total) if total else None)

    def _read(self, path: str, *, front: bool) -> None:
        try:
            listing = self._lister.read(
                self._client, path, lambda: PodSink(self, front=front, path=path)
            )
        except ReadError as failure:
            self.failure = self.failure or failure
            return
        except Exception as error:  # what goes wrong with pods must not cost the other lists
            self.failure = self.failure or ReadError("fault", said(error))
            return
        if not (front and self._wants_stream):
            self._keep(listing.sink, listing.dropped)

    def _read_streams(self) -> bool:
        """Every pod in answers without a limit; false, with nothing kept, if that did not work."""
        streams: Streams[PodSink] = Streams(self._paths(), at_once=STREAMS)
        self._streams_left = streams
        self._shared.set()
        self._take_streams(streams)
        sinks = streams.result()
        if sinks is None or sum(sink.listed for sink in sinks) < self._total * WHOLE:
            return False
        for sink in sinks:
            self._keep(sink, ())
        return True

    def _paths(self) -> tuple[str, ...]:
        """A list for each namespace where that is worth it. One that was made since namespaces were
        listed is left out, as a pod that was made since would be."""
        names = self._namespaces
        if len(names) < 2 or self._total < WORTH_AN_ANSWER * len(names):
            return (PODS.path("v1"),)
        return tuple(f"/api/v1/namespaces/{name}/pods" for name in names)

    def _take_streams(self, streams: Streams[PodSink]) -> None:
        sink = PodSink(self, front=False)
        with streams.taking(sink) as paths:
            for path in paths:
                self._take_stream(path, sink)

    def _take_stream(self, path: str, sink: PodSink) -> None:
        """Fold one long list. Raises NotSliceableError for one that does not end when it should."""
        walk = Walk(2 * self._total + PAGE)
        for body in slices(self._client.stream(path, FROM_CACHE), "PodList"):
            page, dropped = self._lister.decode(body)
            sink.dropped.extend(dropped)
            pods = walk.fresh(present(page.items or None))
            sink.fold_all([pod for pod in pods if _is_of(pod, path)])
            if walk.count > walk.most:
                raise NotSliceableError("it has more pods than the cluster")

    def _keep(self, sink: PodSink, dropped: tuple[Dropped, ...]) -> None:
        with self._lock:
            self.fold.merge(sink.fold)
            self.dropped.extend((*dropped, *sink.dropped))


def _is_of(pod: PodWire, path: str) -> bool:
    """Whether a pod belongs into a list: that of a namespace holds no other's."""
    return "/namespaces/" not in path or f"/namespaces/{_namespace(pod)}/" in path


def _namespace(pod: PodWire) -> str:
    return (pod.metadata.namespace if pod.metadata else None) or ""


class NamespaceShares:
    """The front reader lists all pods in the server's order; others take whole namespaces from
    the end of that order, until the two meet. Each namespace belongs to exactly one reader.
    """

    def __init__(self, namespaces: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._free = sorted(set(namespaces), key=_order)
        self._taken: set[str] = set()

    def take_last(self) -> str | None:
        """The last namespace nobody has; None when there is none left."""
        with self._lock:
            if not self._free:
                return None
            namespace = self._free.pop()
            self._taken.add(namespace)
            return namespace

    def reach(self, namespaces: Iterable[str]) -> tuple[frozenset[str], bool]:
        """The front reader met these, in order: which are its own, and whether it should go on."""
        with self._lock:
            met = list(namespaces)
            own = frozenset(name for name in met if name not in self._taken)
            if met:
                self._free = [name for name in self._free if _order(name) > _order(met[-1])]
            return own, bool(self._free) or not met or met[-1] in own


def _order(namespace: str) -> str:
    """Objects are stored by `namespace/name`, so `a-b` comes before `a`."""
    return f"{namespace}/"
