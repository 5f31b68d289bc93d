"""Lists read page by page, so that memory is bounded by the page and not by the cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from advisor.objects.base import BarelyNamed, ListMeta, Page, RawPage, present
from advisor.probes.kubernetes.client import Client, ReadError

T = TypeVar("T")


class Sink(Protocol[T]):
    """Takes the objects of a list as they come."""

    def add(self, items: list[T], meta: ListMeta) -> bool:
        """Take one page. False asks for no more of them."""


S = TypeVar("S", bound=Sink[Any])


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """An object that was malformed: `name` as far as it has one, and what was wrong."""

    name: str
    reason: str


class Listing(msgspec.Struct, Generic[S], frozen=True, kw_only=True):
    """A list that was read to its end; `served` false: there is no such list, so it is empty."""

    sink: S
    served: bool = True
    dropped: tuple[Dropped, ...] = ()


class Lister(Generic[T]):
    """Reads lists of one wire type; one malformed object costs itself and no other."""

    def __init__(self, item: type[T], *, limit: int) -> None:
        self._page = msgspec.json.Decoder(Page[item], strict=True)  # type: ignore[valid-type]
        self._raw = msgspec.json.Decoder(RawPage)
        self._item = msgspec.json.Decoder(item | None)
        self._limit = str(limit)

    def read(self, client: Client, path: str, make_sink: Callable[[], S]) -> Listing[S]:
        """Every page of `path` into a fresh sink. Raises ReadError.

        A continue token that has expired is replaced by the one the server offers (the rest of
        the list is then newer); without an offer the list is read once more from its start.
        """
        try:
            return self._walk(client, path, make_sink())
        except ReadError as failure:
            if failure.kind != "expired":
                raise
            return self._walk(client, path, make_sink())

    def _walk(self, client: Client, path: str, sink: S) -> Listing[S]:
        token = ""
        dropped: list[Dropped] = []
        seen: set[str] = set()
        while token not in seen:
            seen.add(token)
            token = self._take_page(client, path, token, sink, dropped)
            if not token:
                return Listing(sink=sink, dropped=tuple(dropped))
        raise ReadError("invalid", "the server offers the same page again and again")

    def _take_page(
        self, client: Client, path: str, token: str, sink: Sink[T], dropped: list[Dropped]
    ) -> str:
        """Hand one page over and let go of it before the next is asked for; the next token."""
        page, lost = self._next_page(client, path, token)
        dropped.extend(lost)
        meta = page.metadata or ListMeta()
        more = sink.add(present(page.items), meta)
        return (meta.token or "") if more else ""

    def _next_page(self, client: Client, path: str, token: str) -> tuple[Page[T], list[Dropped]]:
        try:
            return self._decoded(client, path, token)
        except ReadError as failure:
            if failure.kind == "expired" and failure.token:
                return self._decoded(client, path, failure.token)
            if failure.kind == "invalid":
                return self._decoded(client, path, token)
            raise

    def _decoded(self, client: Client, path: str, token: str) -> tuple[Page[T], list[Dropped]]:
        query = {"limit": self._limit}
        if token:
            query["continue"] = token
        return self.decode(client.get(path, query))

    def decode(self, body: bytes) -> tuple[Page[T], list[Dropped]]:
        """A page and what was malformed in it. Raises ReadError when it is no list at all."""
        try:
            return self._page.decode(body), []
        except msgspec.ValidationError:
            return self._one_by_one(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _not_a_list(error) from error

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
        return Page(metadata=page.metadata, items=items), dropped


def _not_a_list(error: Exception) -> ReadError:
    return ReadError("invalid", f"the answer is not a list of the API ({error})")


def name_of(raw: msgspec.Raw) -> str:
    """`namespace/name` of an object that may be malformed elsewhere, else `(no name)`."""
    try:
        named = msgspec.json.decode(raw, type=BarelyNamed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "(no name)"
    meta = named.metadata
    parts = (meta.namespace, meta.name) if meta is not None else ()
    return "/".join(part for part in parts if part) or "(no name)"
