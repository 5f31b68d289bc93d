"""Reading one engine: GET requests and nothing else, and on where one of them fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from advisor.errors import fault
from advisor.facts.quantity import whole_number
from advisor.facts.source import Refusal
from advisor.probes.common import Progress, map_in_threads
from advisor.probes.docker.documents import Document

NEWEST_API = (1, 51)
READERS = 4

_R = TypeVar("_R")

NOT_FOUND = 404
_GONE = "removed meanwhile"


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
        # JSON with bytes that are not UTF-8, as file names can have, or escapes that are half a
        # character.
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


class Reading:
    """One engine being read: what was refused is kept, how far it is gets reported."""

    def __init__(self, reader: EngineReader, target: str, progress: Progress) -> None:
        self.reader = reader
        self.target = target
        self._progress = progress
        self._refused: list[Refusal] = []
        self._listed_again: dict[str, set[str] | None] = {}

    def ask(self, resource: str, *facts: str, **parameters: str) -> Any | None:
        """The JSON value of GET /`resource`; None, and a refusal kept, when it gives none."""
        try:
            return read(self.reader, f"/{resource}", **parameters)
        except EngineError as error:
            kind, _, rest = resource.partition("/")
            identity = rest.partition("/")[0] if "/" in rest else ""
            self.refuse_one(resource, kind, identity, error, *facts)
            return None

    def refuse_one(
        self, resource: str, kind: str, identity: str, error: EngineError, *facts: str
    ) -> None:
        """Note that a read of something listed failed. What is not found is gone only where it is
        not listed any more either."""
        gone = error.status == NOT_FOUND and bool(identity) and not self._lists(kind, identity)
        self.refuse(
            resource,
            f"the {kind.removesuffix('s')} was {_GONE}" if gone else error.reason,
            *(() if gone else facts),
            supplement=gone,
        )

    def _lists(self, kind: str, identity: str) -> bool:
        """Whether the engine lists a thing now; its list is asked for once more, for all that is
        not found. One that cannot be read shows nothing to be gone."""
        if kind not in self._listed_again:
            parameters = {"all": "1"} if kind == "containers" else {}
            try:
                listed = read(self.reader, f"/{kind}/json", **parameters)
                listed = {Document(one).text("Id") for one in listed or ()}
            except (EngineError, TypeError):
                listed = None
            self._listed_again[kind] = listed
        known = self._listed_again[kind]
        return known is None or identity in known

    def ask_list(self, resource: str, *facts: str, **parameters: str) -> list[Document] | None:
        """The objects of an answer that must be a list; null is an empty one. What in it is no
        object with an `Id` is refused alone."""
        answer = self.ask(resource, *facts, **parameters)
        if answer is None:
            return None if self.is_refused(resource) else []
        if not isinstance(answer, list):
            self.refuse(resource, "the answer is not a list", *facts)
            return None
        documents = [document for document in map(Document, answer) if document.text("Id")]
        if len(documents) < len(answer):
            odd = len(answer) - len(documents)
            self.refuse(resource, f"{odd} of {len(answer)} entries have no Id", *facts)
        return documents

    def ask_object(
        self, resource: str, *facts: str, having: Sequence[str], **parameters: str
    ) -> Document | None:
        """The same for an answer that must be an object with one of these keys: an engine, or a
        proxy before it, may answer 200 with a message."""
        answer = self.ask(resource, *facts, **parameters)
        if answer is None and self.is_refused(resource):
            return None
        document = Document(answer)
        if not set(having) & set(document.names()):
            self.refuse(resource, f"the answer has no {having[0]}", *facts)
            return None
        return document

    def refuse(
        self, resource: str, reason: str, *facts: str, verb: str = "get", supplement: bool = False
    ) -> None:
        """Note that a read gave nothing, and why."""
        self._refused.append(
            Refusal(resource=resource, verb=verb, reason=reason, facts=facts, supplement=supplement)
        )

    def is_refused(self, resource: str) -> bool:
        """Whether a read of the resource gave nothing."""
        return any(refusal.resource == resource for refusal in self._refused)

    def refused(self) -> tuple[Refusal, ...]:
        """All refusals, by resource: the threads' order says nothing."""
        return tuple(sorted(self._refused, key=lambda refusal: (refusal.resource, refusal.reason)))

    def each(
        self,
        what: str,
        fact: str,
        function: Callable[[Document], _R | None],
        items: Sequence[Document],
    ) -> list[_R]:
        """What `function` gives of every item, several at once, each reported as done. An item that
        makes it fail is refused alone."""
        lock = threading.Lock()
        done = 0

        def step(item: Document) -> _R | None:
            nonlocal done
            try:
                result = function(item)
            except Exception as error:  # whatever is wrong with one is wrong with no other
                result = None
                self.refuse(f"{what}/{item.text('Id')[:19]}", fault(error), fact)
            with lock:
                done += 1
                self._progress.advance(self.target, what, done, len(items))
            return result

        records = map_in_threads(step, items, READERS)
        return [result for result in records if result is not None]
