"""One long list cut, as it arrives, into arrays of whole objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SLICE_BYTES = 1 << 18
_ITEMS = b'"items":['
_BETWEEN_OBJECTS = b'},{"metadata":{'
_LONGEST_HEAD = 1 << 16
LARGEST_OBJECT = 1 << 24
"""Of bytes without the end of an object; what a cluster stores has a tenth of it at most."""


class NotSliceableError(Exception):
    """The body is no list in the compact form that the API server writes, or it ends too early."""


def slices(chunks: Iterable[bytes], kind: str, *, size: int = SLICE_BYTES) -> Iterator[bytes]:
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
        if len(pending) > LARGEST_OBJECT:
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
        before, found, rest = head.partition(_ITEMS)
        if found and kind not in before:
            break
        if found:
            return rest
        if len(head) > _LONGEST_HEAD:
            break
    raise NotSliceableError("there is no list of objects in it")
