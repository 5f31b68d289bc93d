"""Reads of one engine that go on where one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from advisor.errors import fault
from advisor.facts.source import Refusal
from advisor.probes.docker.documents import Document
from advisor.probes.docker.engine import READERS, EngineError, EngineReader, read
from advisor.probes.docker.threads import map_in_threads
from advisor.probes.result import Progress

R = TypeVar("R")

NOT_FOUND = 404
GONE = "it was removed meanwhile"


class Reading:
    """One engine being read: what was refused is kept, how far it is gets reported."""

    def __init__(self, reader: EngineReader, target: str, progress: Progress) -> None:
        self.reader = reader
        self.target = target
        self._progress = progress
        self._refused: list[Refusal] = []

    def ask(self, resource: str, *facts: str, **parameters: str) -> Any | None:
        """The JSON value of GET /`resource`; None, and a refusal kept, when it gives none. What was
        listed and is not found any more is gone."""
        try:
            return read(self.reader, f"/{resource}", **parameters)
        except EngineError as error:
            gone = error.status == NOT_FOUND and resource.count("/") > 1
            self.refuse(resource, GONE if gone else error.reason, *facts, supplement=gone)
            return None

    def ask_list(self, resource: str, *facts: str, **parameters: str) -> list[Document] | None:
        """The objects of an answer that must be a list; null is an empty one. What in it is no
        object with an `Id` is refused alone."""
        answer = self.ask(resource, *facts, **parameters)
        if answer is None:
            return None if self.is_refused(resource) else []
        if not isinstance(answer, list):
            self.refuse(resource, "the answer is not a list", *facts)
            return None
        found = [document for document in map(Document, answer) if document.text("Id")]
        if len(found) < len(answer):
            odd = len(answer) - len(found)
            self.refuse(resource, f"{odd} of {len(answer)} entries have no Id", *facts)
        return found

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
        """Keeps that a read gave nothing."""
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
        function: Callable[[Document], R | None],
        items: Sequence[Document],
    ) -> list[R]:
        """What `function` gives of every item, several at once, each reported as done. An item that
        makes it fail is refused alone."""
        lock = threading.Lock()
        done = 0

        def step(item: Document) -> R | None:
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

        found = map_in_threads(step, items, READERS)
        return [result for result in found if result is not None]
