"""Reading one engine: GET requests and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec

from advisor.facts.quantity import whole_number
from advisor.probes.docker.endpoint import Endpoint

NEWEST_API = (1, 51)
READERS = 4


class EngineError(Exception):
    """A read that gave nothing. `reason` is one clause; `status` the engine's, if it answered."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason)


class EngineReader(Protocol):
    """What an engine serves. Several threads may ask at once."""

    api_version: str

    def get(self, path: str, **parameters: str) -> bytes:
        """The body of GET `path`, below the API version. Raises EngineError."""


def read(reader: EngineReader, path: str, **parameters: str) -> Any:
    """The JSON value of GET `path`. Raises EngineError."""
    return as_json(reader.get(path, **parameters))


def as_json(body: bytes) -> Any:
    """The value of an engine's answer. Raises EngineError where it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_leniently(body)


def _read_leniently(body: bytes) -> Any:
    """JSON with bytes that are not UTF-8, as file names can have, or escapes that are half a
    character."""
    try:
        lenient = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
        return json.loads(lenient.encode(errors="replace"))
    except (ValueError, RecursionError):
        raise EngineError("the answer is not JSON: no Docker API is served there") from None


def choose_version(newest: str, oldest: str) -> str:
    """The API version to speak: the engine's newest, or ours where that is older."""
    served = _numbers(newest)
    if not served:
        raise EngineError("no API version in the answer: no Docker API is served there")
    if served <= NEWEST_API:
        return newest
    ours = ".".join(str(part) for part in NEWEST_API)
    return oldest if _numbers(oldest) > NEWEST_API else ours


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [whole_number(part) for part in version.split(".")]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else ()


@contextmanager
def open_engine(
    endpoint: Endpoint, timeout: float, environment: Mapping[str, str]
) -> Iterator[EngineReader]:
    """A reader of the engine, its API version agreed. Raises EngineError."""
    from advisor.probes.docker.client import ClientReader

    reader = ClientReader(endpoint, timeout, environment)
    try:
        reader.negotiate()
        yield reader
    finally:
        reader.close()
