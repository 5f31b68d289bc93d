"""One audit's reads of one server: what each gave, and what each was refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from advisor.errors import one_line
from advisor.facts.redaction import redact
from advisor.facts.source import Redaction, Refusal
from advisor.objects.owners import OWNERS
from advisor.objects.pod import OwnerWire
from advisor.probes.kubernetes.client import Client, ReadError
from advisor.probes.kubernetes.discovery import Served
from advisor.probes.kubernetes.nodes import NodeSink
from advisor.probes.kubernetes.owner_objects import OwnerObject, OwnerSink
from advisor.probes.kubernetes.paging import Dropped, Lister, Listing, RecordSink, Sink, said
from advisor.probes.kubernetes.reads import Read
from advisor.probes.kubernetes.subjects import SUBJECTS
from advisor.probes.kubernetes.wire.node import NodeWire

NODE_PAGE = 250
OBJECT_PAGE = 500
_NAMED_AT_MOST = 3

S = TypeVar("S", bound=Sink[Any])

REDACTOR = "kubernetes-options"


class Reading:
    """Collects facts and refusals from several threads. `served` None: discovery failed."""

    def __init__(self, client: Client, served: Served | None) -> None:
        self._client, self._served = client, served
        self._lock = threading.Lock()
        self.facts: dict[str, Any] = {}
        self.owners: list[OwnerObject] = []
        self.owners_read: set[str] = set()
        self.redactions: list[Redaction] = []
        self.refusals: list[Refusal] = []

    def perform(self, read: Read) -> None:
        """Read one list by the reader of its kind; a failure is recorded and nothing is raised."""
        try:
            if read.name in SUBJECTS:
                self._records(read)
            elif (read.group, read.resource) in OWNERS:
                self._owners(read)
            else:
                self._nodes(read)
        except Exception as error:  # what goes wrong with one list must not cost the others
            self.refuse(_refusal(read, said(error), "fault"))

    def refuse(self, refusal: Refusal) -> None:
        """Record a read that gave nothing."""
        with self._lock:
            self.refusals.append(refusal)

    def fail(self, read: Read, failure: ReadError) -> None:
        """Record a read of the table that failed."""
        self.refuse(_refusal(read, failure.reason, failure.kind))

    def drop(self, read: Read, dropped: Iterable[Dropped]) -> None:
        """Record objects that were malformed; the rest of their list was read."""
        lost = list(dropped)
        if lost:
            named = "; ".join(
                f"{refusal.name}: {refusal.reason}" for refusal in lost[:_NAMED_AT_MOST]
            )
            more = f"; and {len(lost) - _NAMED_AT_MOST} more" if len(lost) > _NAMED_AT_MOST else ""
            noun = "object was" if len(lost) == 1 else "objects were"
            reason = f"{len(lost)} {noun} malformed ({named}{more})"
            self.refuse(_refusal(read, reason, "invalid"))

    def _nodes(self, read: Read) -> None:
        listing = self._list(read, Lister(NodeWire, limit=NODE_PAGE), lambda _: NodeSink())
        if listing is not None:
            self.facts["nodes"] = listing.sink.nodes()
            self.facts["node_images"] = listing.sink.images()
            self.drop(read, listing.sink.dropped)

    def _records(self, read: Read) -> None:
        subject = SUBJECTS[read.name]
        lister: Lister[Any] = Lister(subject.wire, limit=OBJECT_PAGE)
        listing = self._list(read, lister, lambda _: RecordSink[Any](subject.record))
        if listing is None:
            return
        place = read.facts[0]
        records, taken_out = redact(listing.sink.records(), REDACTOR, place)
        self.facts[place.removeprefix("cluster.")] = records
        self.drop(read, listing.sink.dropped)
        with self._lock:
            self.redactions.extend(taken_out)

    def _owners(self, read: Read) -> None:
        kind = OWNERS[(read.group, read.resource)]
        lister = Lister(OwnerWire, limit=OBJECT_PAGE)
        listing = self._list(read, lister, lambda version: OwnerSink(kind, read.group, version))
        if listing is None:
            return
        with self._lock:
            self.owners.extend(listing.sink.records())
            if listing.served:
                self.owners_read.add(read.name)
        self.drop(read, listing.sink.dropped)

    def _list(
        self, read: Read, lister: Lister[Any], make_sink: Callable[[str], S]
    ) -> Listing[S] | None:
        """The list at the first version that is served; None after a recorded refusal.

        An optional one that is not served counts as an empty list.
        """
        versions = read.versions if self._served is None else self._served.versions(read)
        for version in versions:
            try:
                listing = lister.read(self._client, read.path(version), partial(make_sink, version))
            except ReadError as failure:
                if failure.kind == "absent":
                    continue
                self.fail(read, failure)
                return None
            self.drop(read, listing.dropped)
            return listing
        if read.optional:
            return Listing(sink=make_sink(read.versions[0]), served=False)
        self.refuse(_refusal(read, "the server does not serve it", "absent"))
        return None


def _refusal(read: Read, reason: str, cause: str) -> Refusal:
    return Refusal(
        resource=read.name,
        verb=read.verb,
        reason=one_line(reason),
        facts=read.facts,
        cause=cause,
    )
