"""Pods read by several threads at once and folded as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

from advisor.objects.pod import PodMeta, PodWire
from advisor.probes.kubernetes.client import Client, ReadError
from advisor.probes.kubernetes.fold import PodFold
from advisor.probes.kubernetes.namespace_shares import NamespaceShares
from advisor.probes.kubernetes.paging import Dropped, Lister
from advisor.probes.kubernetes.reads import PODS

PAGE = 1000
WORTH_SHARING = 2000
"""Fewer pods than this after the first page are read by the front reader alone."""


class PodSink:
    """Folds the pods of one list that are the reader's own."""

    def __init__(self, reader: PodReader, *, front: bool) -> None:
        self._reader, self._front = reader, front
        self.fold = PodFold()
        self.dropped: list[Dropped] = []

    def add(self, items: list[PodWire], remaining: int | None) -> bool:
        """Fold one page, leaving out namespaces that another reader has taken."""
        more = True
        if self._front:
            own, more = self._reader.shares.reach(dict.fromkeys(_namespace(pod) for pod in items))
            items = [pod for pod in items if _namespace(pod) in own]
            self._reader.measured(remaining)
        before = self.fold.pods
        for pod in items:
            self._fold(pod)
        self._reader.advanced(self.fold.pods - before)
        return more

    def _fold(self, pod: PodWire) -> None:
        try:
            self.fold.add(pod)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            meta = pod.metadata or PodMeta()
            name = f"{meta.namespace or ''}/{meta.name or ''}"
            self.dropped.append(Dropped(name=name, reason=str(error)))


class PodReader:
    """Shares the pods of a cluster between `read_front` and any number of `read_shares`."""

    def __init__(self, client: Client, advance: Callable[[int, int | None], None]) -> None:
        self._client, self._advance = client, advance
        self._lister = Lister(PodWire, limit=PAGE)
        self._lock = threading.Lock()
        self._first_page = threading.Event()
        self._worth_sharing = False
        self._done, self._total = 0, 0
        self.shares = NamespaceShares(())
        self.fold = PodFold()
        self.dropped: list[Dropped] = []
        self.failure: ReadError | None = None

    def know(self, namespaces: tuple[str, ...]) -> None:
        """Namespaces to share; to be told before anything is read."""
        self.shares = NamespaceShares(namespaces)

    def read_front(self) -> None:
        """List the pods of all namespaces until the rest is taken by others."""
        try:
            self._read(PODS.path("v1"), front=True)
        finally:
            self._first_page.set()

    def read_shares(self) -> None:
        """Take namespaces from the end while there are enough pods to be worth it."""
        self._first_page.wait()
        while self._worth_sharing and self.failure is None:
            namespace = self.shares.take_last()
            if namespace is None:
                return
            self._read(f"/api/v1/namespaces/{namespace}/pods", front=False)

    def measured(self, remaining: int | None) -> None:
        """The front reader has a page; `remaining` pods follow it."""
        if not self._first_page.is_set():
            with self._lock:
                self._total = self._done + (remaining or 0)
            self._worth_sharing = (remaining or 0) > WORTH_SHARING
            self._first_page.set()

    def advanced(self, count: int) -> None:
        """That many more pods are folded."""
        with self._lock:
            self._done += count
            done, total = self._done, self._total
        self._advance(done, max(done, total) if total else None)

    def _read(self, path: str, *, front: bool) -> None:
        try:
            listing = self._lister.read(self._client, path, lambda: PodSink(self, front=front))
        except ReadError as failure:
            self.failure = self.failure or failure
            return
        with self._lock:
            self.fold.merge(listing.sink.fold)
            self.dropped.extend((*listing.dropped, *listing.sink.dropped))


def _namespace(pod: PodWire) -> str:
    return (pod.metadata.namespace if pod.metadata else None) or ""
