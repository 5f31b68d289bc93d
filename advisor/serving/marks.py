"""Which part of a text a flag or field is, so that a page can explain it where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from advisor.jobs.ledger import Entry

MOST_LINES = 400
"""Lines of a text that are marked: of a longer one the list says it all."""

_REST = re.compile(r"[\s\\]+$")
_LINE_END = re.compile(r"\n|\Z")
_COMMAND_END = re.compile(r"(?<!\\)\n|\Z")


class Piece(NamedTuple):
    """A stretch of text with the numbers of the ledger's entries that it is about, if any."""

    text: str
    entries: tuple[int, ...] = ()


class _Span(NamedTuple):
    start: int
    end: int
    entries: tuple[int, ...]


def source_pieces(text: str, ledger: Sequence[Entry], *, yaml: bool) -> tuple[Piece, ...]:
    """The lines of the text that a job is made of, with its flags or fields marked; nothing where
    the places of none are known."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    entries: dict[int, list[int]] = {}
    for number, entry in enumerate(ledger):
        place = entry.item.place
        if place is not None and place.line <= len(starts):
            offset = starts[place.line - 1] + place.column - 1
            entries.setdefault(min(offset, len(text)), []).append(number)
    if not entries:
        return ()
    offsets = sorted(entries)
    spans: list[_Span] = []
    for start, following in zip(offsets, [*offsets[1:], len(text)], strict=True):
        line_end = (_LINE_END if yaml else _COMMAND_END).search(text, start)
        end = min(following, line_end.start() if line_end else following)
        end = start + len(_REST.sub("", text[start:end]))
        spans.append(_Span(start, end, tuple(entries[start])))
    first = text.rfind("\n", 0, offsets[0]) + 1
    last = text.find("\n", spans[-1].end)
    last = len(text) if last < 0 else last
    if text.count("\n", first, last) > MOST_LINES:
        return ()
    return _cut(text, spans, first, last)


def output_pieces(text: str, ledger: Sequence[Entry], *, yaml: bool) -> tuple[Piece, ...]:
    """The whole text with what became of each flag or field marked, where it can be told."""
    spans: dict[tuple[int, int], list[int]] = {}
    for number, entry in enumerate(ledger):
        place = _in_manifest(text, entry.output) if yaml else _in_command(text, entry.output)
        if place is not None:
            spans.setdefault(place, []).append(number)
    kept: list[_Span] = []
    for (start, end), numbers in sorted(spans.items()):
        if not kept or start >= kept[-1].end:
            kept.append(_Span(start, end, tuple(numbers)))
    return _cut(text, kept, 0, len(text))


def _cut(text: str, spans: Iterable[_Span], first: int, last: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    position = first
    for start, end, entries in spans:
        pieces += [Piece(text[position:start]), Piece(text[start:end], entries)]
        position = end
    pieces.append(Piece(text[position:last]))
    return tuple(piece for piece in pieces if piece.text)


def _in_command(text: str, output: str) -> tuple[int, int] | None:
    """Words of the command; the `--` in front of the job's own words stands for all of them."""
    if not output:
        return None
    match = re.search(rf"(?<!\S){re.escape(output)}(?!\S)", text)
    if match is None:
        return None
    end = len(text.rstrip()) if output == "--" else match.end()
    return match.start(), end


def _in_manifest(text: str, output: str) -> tuple[int, int] | None:
    """The first line that says what the path of a field says."""
    wanted = tuple(_lines_for(output))
    if not wanted:
        return None
    for match in re.finditer(r"^[ \t]*(?:- )*(\S.*)$", text, re.MULTILINE):
        if match[1] in wanted:
            return match.span(1)
    return None


def _lines_for(output: str) -> Iterator[str]:
    """Lines of YAML that an output such as `containers[0].image: a/b:1` may stand for."""
    path, _, value = output.partition(": ")
    if mount := re.search(r" at (/\S*)$", value):
        yield f"mountPath: {mount[1]}"
        return
    if path.endswith("env"):
        yield f"- name: {value.partition(' ')[0]}"
        yield f"name: {value.partition(' ')[0]}"
        return
    keys = path.split(".")
    for length in range(len(keys), 0, -1):
        key = ".".join(keys[-length:])
        yield f"{key}: {value}" if value else f"{key}:"
