"""Requests to Run:ai's REST API that submit a workload, as scripts and pages send them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

import msgspec

from advisor.errors import InputError
from advisor.findings.finding import Place
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word
from advisor.readers.manifest.runai_workload import read_workload
from advisor.readers.manifest.shape import Body, mapping
from advisor.readers.result import ScriptContext
from advisor.readers.shell.command import ShellCommand
from advisor.readers.yaml_documents import Positions, parse_documents

_ENDPOINT = re.compile(
    r"/api/v1/workloads/(?P<kind>workspaces|trainings|distributed|inferences)/?(?:\?.*)?\Z"
)
_KINDS = {
    "workspaces": "InteractiveWorkload",
    "trainings": "TrainingWorkload",
    "distributed": "DistributedWorkload",
    "inferences": "InferenceWorkload",
}
_DATA = re.compile(r"(?:-d|--data(?:-raw|-binary|-ascii)?|--json)(?:=(?P<text>.*))?", re.DOTALL)


class _Shifted(Positions):
    """The positions of a text that begins at a place of a file."""

    def __init__(self, text: str, start: Place) -> None:
        super().__init__(text)
        self._start = start

    def of(self, path: Sequence[str | int], document: int = 0) -> tuple[int, int]:
        line, column = super().of(path, document)
        first = line == 1
        return (self._start.line or 1) + line - 1, column + (self._start.column or 1) * first


def is_command(words: Sequence[Word]) -> bool:
    """Whether the words send a workload to Run:ai's REST API."""
    program = posixpath.basename(words[0].text) if words else ""
    return program == "curl" and _kind(words) != "" and _body(words) is not None


def read_command(
    words: Sequence[Word], places: Sequence[Place], command: ShellCommand, _: ScriptContext
) -> JobSpec:
    """The job of the request's body. Raises InputError for a body that is no JSON, or is a file."""
    at = _body(words) or 0
    match = _DATA.fullmatch(words[at].text)
    held = words[at] if match and match["text"] is not None else words[at + 1]
    stated = match["text"] if match and match["text"] is not None else held.text
    place = places[min(at + 1, len(places) - 1)]
    if stated == "@-" and command.given is not None:
        held, stated = command.given, command.given.text
    if stated.startswith("@"):
        raise InputError(
            f"the file {stated[1:]} that is sent to Run:ai is not read with the command",
            where=f"{place.file}:{place.line}:{place.column}",
            remedy="put its text behind `-d`",
        )
    (body,) = parse_documents(stated, f"{place.file}:{place.line}")[:1] or [None]
    if not isinstance(body, dict):
        raise InputError(
            "what is sent to Run:ai is no JSON object",
            where=f"{place.file}:{place.line}:{place.column}",
        )
    left = {part.name for part in held.expansions if part.name}
    job = read_workload(
        _document(body, _kind(words)), (), _Shifted(stated, place), 0, place.file, left
    )
    return msgspec.structs.replace(job, place=command.place, source=command.source)


def _document(body: Body, kind: str) -> Body:
    """The body as an object of Run:ai."""
    name = {"namePrefix": body.get("name")} if body.get("useGivenNameAsPrefix") is True else {}
    metadata = {} if name else {"name": body.get("name") or ""}
    beside = {key: body[key] for key in ("projectId",) if key in body}
    spec = {**mapping(body, "spec"), **name, **beside}
    master = {"masterSpec": body["masterSpec"]} if isinstance(body.get("masterSpec"), dict) else {}
    return {
        "apiVersion": "run.ai/v2alpha1",
        "kind": _KINDS[kind],
        "metadata": metadata,
        "spec": spec,
        **master,
    }


def _kind(words: Sequence[Word]) -> str:
    matches = (_ENDPOINT.search(word.text) for word in words[1:])
    return next((match["kind"] for match in matches if match), "")


def _body(words: Sequence[Word]) -> int | None:
    """The number of the word that gives the data, or says that the next one does."""
    return next(_data(words), None)


def _data(words: Sequence[Word]) -> Iterator[int]:
    for number, word in enumerate(words):
        match = _DATA.fullmatch(word.text)
        if match and (match["text"] is not None or number + 1 < len(words)):
            yield number
