"""Snapshots as files: JSON, packed by suffix (.zst, .gz), read whatever their suffix says."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from advisor.errors import InputError
from advisor.facts.redaction import redact
from advisor.facts.snapshot import SCHEMA_VERSION, Snapshot
from advisor.files import input_name, join_at_most, read_bytes, write_atomically

MOST_BYTES = 2**27
"""The most bytes of a snapshot, packed or not; the largest intended cluster takes far less."""

_CHUNK = 2**20
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTANDARD_MAGIC = b"\x28\xb5\x2f\xfd"
_MOST_OBJECTS = 600_000
_MOST_HOSTS = 20_000
"""The most records: a small file can unpack into any number; the largest cluster has a third."""
_LARGEST_WINDOW = 2**26
"""Bytes; zstandard may ask for two gigabytes, and its strongest level takes a quarter of this."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAKE_ONE = "make one with: advisor snapshot -o FILE"
_Shape = TypeVar("_Shape")
_BYTE = re.compile(r" \(byte (\d+)\)$")


class _Header(msgspec.Struct, kw_only=True):
    """The keys that tell a snapshot from any other JSON, a report among them."""

    schema: int
    advisor: str
    taken: str
    registries: msgspec.Raw
    redactions: msgspec.Raw
    hosts: list[msgspec.Raw] = []


def load_snapshot(path: str, *, most: int = MOST_BYTES) -> Snapshot:
    """Read a snapshot, `-` being standard input; InputError when the file is not a whole one."""
    return decode_snapshot(read_bytes(path, most=most), name=input_name(path), most=most)


def save_snapshot(snapshot: Snapshot, path: str) -> None:
    """Write a snapshot in one step, `-` being standard output; OutputError when it cannot be."""
    write_atomically(path, encode_snapshot(snapshot, path))


def encode_snapshot(snapshot: Snapshot, path: str = "") -> bytes:
    """The bytes of a snapshot file, packed as the suffix of `path` asks; the same every time."""
    content = msgspec.json.encode(snapshot) + b"\n"
    suffix = path.rpartition(".")[2].lower()
    return _PACKERS.get(suffix, _plain)(content)


def decode_snapshot(content: bytes, *, name: str, most: int = MOST_BYTES) -> Snapshot:
    """The snapshot in `content`; `name` is what a message calls it, `most` the unpacked limit."""
    text = _unpack(content, name, most).removeprefix(_BYTE_ORDER_MARK)
    if not text.strip():
        what = "the packed file ends too early" if content.strip() else "the file is empty"
        raise InputError(what, where=name, remedy=_MAKE_ONE)
    _check_header(text, name)
    try:
        snapshot = _decode(text, Snapshot, name)
    except msgspec.ValidationError as error:
        raise InputError(f"a damaged snapshot: {error}", where=name, remedy=_MAKE_ONE) from None
    # One that an older advisor or somebody's hand made may hold what this one would take out.
    clean, taken_out = redact(snapshot, "snapshot")
    redactions = (*clean.redactions, *taken_out)
    return msgspec.structs.replace(clean, redactions=redactions) if taken_out else clean


def _check_header(text: bytes, name: str) -> None:
    if text.count(b"{") > _MOST_OBJECTS:
        raise InputError(f"holds more than {_MOST_OBJECTS:,} objects", where=name)
    try:
        header = _decode(text, _Header, name)
    except msgspec.ValidationError:
        raise InputError("not an advisor snapshot", where=name, remedy=_MAKE_ONE) from None
    if header.schema > SCHEMA_VERSION:
        raise InputError(
            f"a snapshot of schema {header.schema}, written by advisor {header.advisor};"
            f" this advisor reads up to schema {SCHEMA_VERSION}",
            where=name,
            remedy="upgrade advisor, or take the snapshot again with this version",
        )
    if len(header.hosts) > _MOST_HOSTS:
        raise InputError(f"holds more than {_MOST_HOSTS:,} hosts", where=name)
    if header.schema < 1:
        raise InputError(f"there is no schema {header.schema}", where=name, remedy=_MAKE_ONE)


def _decode(text: bytes, shape: type[_Shape], name: str) -> _Shape:
    """The JSON in `text`; lets ValidationError through, since only a caller knows what it means."""
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(text, str(error), name) from None
    except RecursionError:
        raise InputError("nested too deeply", where=name, remedy=_MAKE_ONE) from None


def _malformed(text: bytes, message: str, name: str) -> InputError:
    match = _BYTE.search(message)
    cut_short = match is None and "truncated" in message
    at = int(match[1]) if match else len(text)
    line = text.count(b"\n", 0, at) + 1
    column = at - text.rfind(b"\n", 0, at)
    fault = _BYTE.sub("", message).removeprefix("JSON is malformed: ")
    what = "the file ends too early" if cut_short else f"not JSON: {fault}"
    return InputError(what, where=f"{name}:{line}:{column}", remedy=_MAKE_ONE)


def _unpack(content: bytes, name: str, most: int) -> bytes:
    for magic, unpacked in _UNPACKERS.items():
        if content.startswith(magic):
            return join_at_most(_unpacked_whole(unpacked(content), name), name, most)
    return content


def _unpacked_whole(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The chunks, with every way in which packed bytes can be broken told as an InputError."""
    try:
        yield from chunks
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise InputError(f"damaged packed file: {error}", where=name, remedy=_MAKE_ONE) from None


def _gunzip(content: bytes) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        yield from iter(lambda: stream.read(_CHUNK), b"")


def _unpack_zstandard(content: bytes) -> Iterator[bytes]:
    import zstandard

    try:
        with zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).stream_reader(
            io.BytesIO(content), read_across_frames=True
        ) as stream:
            yield from iter(lambda: stream.read(_CHUNK), b"")
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


def _pack_gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _pack_zstandard(content: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(content)


def _plain(content: bytes) -> bytes:
    return content


_UNPACKERS: dict[bytes, Callable[[bytes], Iterator[bytes]]] = {
    _GZIP_MAGIC: _gunzip,
    _ZSTANDARD_MAGIC: _unpack_zstandard,
}
_PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": _pack_gzip, "zst": _pack_zstandard}
