"""Lists read page by page, so that memory is bounded by the page and not by the cluster."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from advisor.errors import fault
from advisor.objects.base import BarelyNamed, BareName, ListMeta, ObjectMeta, Page, RawPage, present
from advisor.objects.pod import PodMeta
from advisor.probes.answers import SLOWEST
from advisor.probes.kubernetes.reads import is_list_of
from advisor.probes.kubernetes.transport import Client, ReadError

T = TypeVar("T")
R = TypeVar("R")

MOST_OBJECTS = 200_000
"""The most objects of a list: forty times the nodes that Kubernetes is made for."""
MOST_PAGES_FOR_NOTHING = 3
"""Pages in a row without an object that was not listed before."""
PATIENCE_SECONDS = 60.0
"""A list that takes longer has to keep up with the slowest pace of an answer."""


class Sink(Protocol[T]):
    """Takes the objects of a list as they come."""

    def add(self, items: list[T], meta: ListMeta) -> bool:
        """Take one page. False asks for no more of them."""


S = TypeVar("S", bound=Sink[Any])


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """An object that was malformed: `name` as far as it has one, and what was wrong."""

    name: str
    reason: str


class RecordSink(Generic[R]):
    """Collects the record of each object of a list; an object that no record can be made of is
    dropped alone."""

    def __init__(self, record: Callable[[Any], R]) -> None:
        self._record = record
        self._records: list[R] = []
        self.dropped: list[Dropped] = []

    def add(self, items: list[Any], meta: ListMeta) -> bool:  # noqa: ARG002
        """Take one page."""
        for wire in items:
            try:
                self._records.append(self._record(wire))
            except Exception as error:  # whatever is wrong with one is wrong with no other
                self.dropped.append(Dropped(name=full_name(wire.metadata), reason=said(error)))
        return True

    def records(self) -> tuple[R, ...]:
        """The records that were made, in the server's order: by namespace and name."""
        return tuple(self._records)


class Listing(msgspec.Struct, Generic[S], frozen=True, kw_only=True):
    """A list that was read to its end; `served` false: there is no such list, so it is empty."""

    sink: S
    served: bool = True
    dropped: tuple[Dropped, ...] = ()


class Lister(Generic[T]):
    """Reads lists of one wire type; one malformed object costs itself and no other."""

    def __init__(
        self,
        item: type[T],
        *,
        limit: int,
        most: int = MOST_OBJECTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._page = msgspec.json.Decoder(Page[item], strict=True)  # type: ignore[valid-type]
        self._raw = msgspec.json.Decoder(RawPage)
        self._item = msgspec.json.Decoder(item | None)
        self._limit, self._most, self._clock = str(limit), most, clock

    def read(self, client: Client, path: str, make_sink: Callable[[], S]) -> Listing[S]:
        """Every page of `path` into a fresh sink. Raises ReadError.

        A continue token that has expired is replaced by the one the server offers (the rest of
        the list is then newer); without an offer the list is read once more from its start. An
        object that is listed twice counts once, and a list without an end is given up.
        """
        try:
            return self._walk(client, path, make_sink())
        except ReadError as failure:
            if failure.kind != "expired":
                raise
            return self._walk(client, path, make_sink())

    def _walk(self, client: Client, path: str, sink: S) -> Listing[S]:
        walk = Walk(self._most, self._clock)
        token = ""
        while True:
            token = self._take_page(client, path, token, sink, walk)
            if not token:
                return Listing(sink=sink, dropped=tuple(walk.dropped))

    def _take_page(self, client: Client, path: str, token: str, sink: Sink[T], walk: Walk) -> str:
        """Hand one page over and let go of it before the next is asked for; the next token."""
        page, size, lost = self._next_page(client, path, token)
        walk.dropped.extend(lost)
        meta = page.metadata or ListMeta()
        fresh = walk.fresh(present(page.items or None))
        more = sink.add(fresh, meta) and bool(meta.token)
        if more:
            walk.check(len(fresh), size)
        elif not meta.token and meta.remaining_item_count:
            raise ReadError("invalid", "the server has more of the list and no page for it")
        return (meta.token or "") if more else ""

    def _next_page(
        self, client: Client, path: str, token: str
    ) -> tuple[Page[T], int, list[Dropped]]:
        try:
            return self._decoded(client, path, token)
        except ReadError as failure:
            if failure.kind == "expired" and failure.token:
                return self._decoded(client, path, failure.token)
            if failure.kind == "invalid":
                return self._decoded(client, path, token)
            raise

    def _decoded(self, client: Client, path: str, token: str) -> tuple[Page[T], int, list[Dropped]]:
        query = {"limit": self._limit}
        if token:
            query["continue"] = token
        body = client.get(path, query)
        page, dropped = self.decode(body)
        if page.items is msgspec.UNSET or not is_list_of(page.kind, path.rpartition("/")[2]):
            raise ReadError("invalid", f"the answer is {page.kind or 'something'}, not the list")
        return page, len(body), dropped

    def decode(self, body: bytes) -> tuple[Page[T], list[Dropped]]:
        """The objects of a page that are whole, and what was malformed in it. Raises ReadError when
        it is no list at all."""
        try:
            page: Page[T] = self._page.decode(body)
            dropped: list[Dropped] = []
        except (msgspec.ValidationError, UnicodeDecodeError):
            page, dropped = self._one_by_one(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _not_a_list(error) from error
        lost = [_lost(item, lack) for item in page.items or () if (lack := _lack(item))]
        if not lost:
            return page, dropped
        dropped += lost
        whole = [item for item in page.items or () if not _lack(item)]
        return msgspec.structs.replace(page, items=whole), dropped

    def _one_by_one(self, body: bytes) -> tuple[Page[T], list[Dropped]]:
        try:
            page = self._raw.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _not_a_list(error) from error
        items: list[T | None] = []
        dropped = []
        for raw in page.items or ():
            try:
                items.append(self._item.decode(raw))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                dropped.append(Dropped(name=name_of(raw), reason=str(error)))
        known = page.items is not msgspec.UNSET
        return Page(
            kind=page.kind, metadata=page.metadata, items=items if known else msgspec.UNSET
        ), dropped


class Walk:
    """One list on the way: what it gave so far, so that it comes to an end. Objects are told apart
    by a hash of 64 bits, which keeps a list of 150,000 pods small."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.dropped: list[Dropped] = []
        self._seen: set[int] = set()
        self.most, self._clock = most, clock
        self._started = clock()
        self._bytes = self._for_nothing = 0

    @property
    def count(self) -> int:
        """Different objects so far."""
        return len(self._seen)

    def fresh(self, items: list[Any]) -> list[Any]:
        """The items that were not listed before; an item without a name always counts as new."""
        before = self._seen
        new = []
        for item in items:
            meta = item.metadata
            if meta is not None and meta.name:
                key = hash((meta.namespace, meta.name))
                if key in before:
                    continue
                before.add(key)
            new.append(item)
        return new

    def check(self, fresh: int, size: int) -> None:
        """Raises ReadError when another page would be one of a list that has no end."""
        self._bytes += size
        self._for_nothing = 0 if fresh else self._for_nothing + 1
        if self._for_nothing >= MOST_PAGES_FOR_NOTHING:
            raise ReadError("invalid", "the server offers the same page again and again")
        if self.count > self.most:
            raise ReadError("invalid", f"the list has more than {self.most:,} objects")
        seconds = self._clock() - self._started
        if seconds > PATIENCE_SECONDS and self._bytes < SLOWEST * seconds:
            raise ReadError("unreachable", "the pages of its list come too slowly")


def said(error: Exception) -> str:
    """What is wrong with an object, as part of a sentence."""
    foreseen = isinstance(error, (msgspec.DecodeError, UnicodeDecodeError))
    return str(error) if foreseen else fault(error)


def _not_a_list(error: Exception) -> ReadError:
    return ReadError("invalid", f"the answer is not a list of the API ({error})")


def _lack(item: Any) -> str:
    """What an object is without that the server gives with each of its kind; empty: it is whole."""
    if item is None:
        return "it is null"
    if item.metadata is None or not item.metadata.name:
        return "it has no name"
    value = getattr(item, item.ALWAYS) if item.ALWAYS else item
    is_null = isinstance(value, msgspec.Raw) and len(memoryview(value)) <= len("null")
    return f"it has no {item.ALWAYS}" if value is None or is_null else ""


def _lost(item: Any, reason: str) -> Dropped:
    return Dropped(name=full_name(item.metadata if item is not None else None), reason=reason)


def name_of(raw: msgspec.Raw) -> str:
    """The name of an object that may be malformed elsewhere."""
    try:
        return full_name(msgspec.json.decode(raw, type=BarelyNamed).metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return full_name(None)


def full_name(meta: ObjectMeta | BareName | PodMeta | None) -> str:
    """`namespace/name` as far as they are known, else `(no name)`."""
    parts = (meta.namespace, meta.name) if meta is not None else ()
    return "/".join(part for part in parts if part) or "(no name)"


_SLICE_BYTES = 1 << 18
_ITEMS = b'"items":['
_BETWEEN_OBJECTS = b'},{"metadata":{'
_LONGEST_HEAD = 1 << 16
_LARGEST_OBJECT = 1 << 24
"""The most bytes without the end of an object; a cluster stores at most a tenth of that."""


class Streams(Generic[S]):
    """The paths of the lists, for `at_once` threads; more get none. What each thread read is kept
    until all are through."""

    def __init__(self, paths: Iterable[str], *, at_once: int) -> None:
        self._at_once = at_once
        self._changed = threading.Condition()
        self._waiting = list(paths)
        self._busy = 0
        self._failed = False
        self._sinks: list[S] = []

    @contextmanager
    def taking(self, sink: S) -> Iterator[Iterator[str]]:
        """The paths that one thread gets, one after another. A list that cannot be read this way
        ends it for all of them."""
        with self._changed:
            self._busy += 1
            allowed = self._busy <= self._at_once
        try:
            yield self._paths() if allowed else iter(())
            with self._changed:
                self._sinks.append(sink)
        except Exception:  # the pages tell what is wrong with what could not be read this way
            self._failed = True
        except BaseException:
            self._failed = True
            raise
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def result(self) -> tuple[S, ...] | None:
        """What was read when every thread is through; None when anything went wrong."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy == 0)
            return None if self._failed else tuple(self._sinks)

    def _paths(self) -> Iterator[str]:
        while not self._failed:
            with self._changed:
                if not self._waiting:
                    return
                path = self._waiting.pop()
            yield path


class NotSliceableError(Exception):
    """The body is no list in the compact form that the API server writes, or it ends too early."""


def slices(chunks: Iterable[bytes], kind: str, *, size: int = _SLICE_BYTES) -> Iterator[bytes]:
    """Pages of a list of that kind, each `{"items":[...]}`; whether one is JSON is for its decoder.

    Objects of a list begin with their metadata. A cut at the wrong place leaves no valid JSON on
    either side, so a decoder cannot take it for anything else. Raises NotSliceableError.
    """
    parts = iter(chunks)
    pending = bytearray(_after_head(parts, f'"kind":"{kind}"'.encode()))
    for part in parts:
        pending += part
        if len(pending) >= size:
            cut = pending.rfind(_BETWEEN_OBJECTS)
            if cut >= 0:
                yield _page(pending[: cut + 1])
                del pending[: cut + 2]
        if len(pending) > _LARGEST_OBJECT:
            raise NotSliceableError("one of its objects has no end")
    whole = pending.rstrip()
    if not whole.endswith(b"]}"):
        raise NotSliceableError("the list ended too early")
    yield _page(whole[:-2])


def _page(objects: bytearray) -> bytes:
    return b'{"items":[' + objects + b"]}"


def _after_head(parts: Iterator[bytes], kind: bytes) -> bytes:
    head = b""
    for part in parts:
        head += part
        before, marker, rest = head.partition(_ITEMS)
        if marker and kind not in before:
            break
        if marker:
            return rest
        if len(head) > _LONGEST_HEAD:
            break
    raise NotSliceableError("there is no list of objects in it")
