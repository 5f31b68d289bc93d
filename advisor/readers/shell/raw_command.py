"""A simple command of bash text taken into words, assignments and redirections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from advisor.readers.shell.command import Segments, Text
from advisor.readers.shell.quoted_end import after_here_document, parenthesis_end
from advisor.readers.shell.scanner import (
    CONTINUATION,
    MENDED_CONTINUATION,
    ScanError,
    read_quoted,
    read_word,
)
from advisor.readers.shell.structure import Event

DECLARATIONS = frozenset({"declare", "export", "local", "readonly", "typeset"})

CONTINUED = "blanks after the backslash at the end of a line were left out"
FLATTENED = "backslashes left over from lines joined into one were left out"

_BLANK = re.compile(r"[ \t\r\f\v]+")
_LEFT_OVER = re.compile(r"\\[ \t]+(?=\S)")
_LEFT_OVER_FLAG = re.compile(r"[ \t]\\[ \t]+-")
_LINE = re.compile(r"(?:\\\n|[^\n])*")
_REDIRECTION = re.compile(
    r"(?:\d+|\{[A-Za-z_]\w*\})?(?:<<<|<<-?|<>|<&|<(?!\()|>>|>&|>\||>(?!\())|&>>?"
)
_TERMINATOR = re.compile(r";;&|;[;&]?|&&?|\|[|&]?|[()\n]")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\[[^\]]*\])?(\+?)=")


class RawWord(NamedTuple):
    """A word and where it stands."""

    segments: Segments
    start: int
    end: int


class RawAssignment(NamedTuple):
    """`NAME=value`, `NAME+=value` or `NAME=(...)`; `elements` None for a scalar."""

    name: str
    indexed: bool
    append: bool
    value: Segments
    elements: tuple[RawWord, ...] | None
    start: int
    end: int


class RawCommand:
    """What was read of the command that starts at `start`; complete once `read` returns."""

    def __init__(self, text: str, start: int) -> None:
        self.start = start
        self.end = start
        self.after = start
        self.assignments: list[RawAssignment] = []
        self.words: list[RawWord] = []
        self.declared: list[RawAssignment] = []
        self.redirections: list[str] = []
        self.repairs: list[str] = []
        self.terminator = ""
        self.given: Segments | None = None
        """The text of a here-document or here-string."""
        self._text = text
        self._flattened: bool | None = None
        self._here: list[tuple[str, bool, bool]] = []

    @property
    def name(self) -> str:
        """The command's name when it is plain text."""
        return plain(self.words[0].segments) if self.words else ""

    def read(self) -> None:
        """Read up to the operator, comment or line end after the command; may raise ScanError."""
        at = self.start
        while (at := self._after_blanks(at)) < len(self._text):
            redirection = _REDIRECTION.match(self._text, at)
            if redirection:
                at = self.end = self._read_redirection(redirection)
                continue
            terminator = _TERMINATOR.match(self._text, at)
            if terminator or self._text[at] == "#":
                self.terminator = terminator[0].strip("\n") if terminator else ""
                break
            at = self.end = self._read_word(at)
        self.after = max(self._after_here_documents(), at)

    def _after_blanks(self, at: int) -> int:
        while at < len(self._text):
            mended = MENDED_CONTINUATION.match(self._text, at)
            blank = CONTINUATION.match(self._text, at) or mended or _BLANK.match(self._text, at)
            if blank is None and self._is_left_over(at):
                blank = _LEFT_OVER.match(self._text, at)
                self._repaired(FLATTENED)
            if blank is None:
                return at
            if mended:
                self._repaired(CONTINUED)
            at = blank.end()
        return at

    def _is_left_over(self, at: int) -> bool:
        if at == self.start or _LEFT_OVER.match(self._text, at) is None:
            return False
        if self._flattened is None:
            line = _LINE.match(self._text, self.start)
            self._flattened = line is not None and _LEFT_OVER_FLAG.search(line[0]) is not None
        return self._flattened

    def _repaired(self, how: str) -> None:
        if how not in self.repairs:
            self.repairs.append(how)

    def _read_redirection(self, redirection: re.Match[str]) -> int:
        target = self._after_blanks(redirection.end())
        segments, end = read_word(self._text, target)
        self.redirections.append(self._text[redirection.start() : end])
        operator = redirection[0].lstrip("0123456789")
        if operator in ("<<", "<<-"):
            quoted = any(isinstance(segment, Text) and segment.quoted for segment in segments)
            self._here.append((plain(segments), operator == "<<-", quoted))
        elif operator == "<<<":
            self.given = segments
        return max(end, redirection.end())

    def _read_word(self, at: int) -> int:
        segments, end = read_word(self._text, at)
        declares = self.name in DECLARATIONS
        assignment = None
        if not self.words or declares:
            assignment = self._assignment(segments, at, end)
        if assignment is None:
            self.words.append(RawWord(segments, at, end))
            return max(end, at + 1)
        (self.declared if declares else self.assignments).append(assignment)
        return assignment.end

    def _assignment(self, segments: Segments, start: int, end: int) -> RawAssignment | None:
        first = segments[0] if segments else None
        if not isinstance(first, Text) or first.quoted:
            return None
        form = _ASSIGNMENT.match(first.text)
        if form is None:
            return None
        elements = None
        if end - start == form.end() and self._text[end : end + 1] == "(":
            closing = parenthesis_end(self._text, end + 1)
            elements = tuple(_elements(self._text, end + 1, closing))
            end = closing + 1
        value: Segments = [Text(first.text[form.end() :], False), *segments[1:]]
        return RawAssignment(form[1], bool(form[2]), bool(form[3]), value, elements, start, end)

    def _after_here_documents(self) -> int:
        if not self._here:
            return 0
        newline = self._text.find("\n", self.end)
        at = len(self._text) if newline < 0 else newline + 1
        for delimiter, indented, quoted in self._here:
            start = at
            at = after_here_document(self._text, at, delimiter, indented=indented)
            self.given = _given(self._text[start:at], indented=indented, quoted=quoted)
        return at


def raw_commands(
    text: str, events: Iterable[Event]
) -> tuple[dict[int, RawCommand], list[tuple[ScanError, int]]]:
    """The commands by their start, those that start inside of one read before left out; and what
    could not be read, with the start of the command. Within a substitution, the command around it
    says so."""
    commands: dict[int, RawCommand] = {}
    errors: list[tuple[ScanError, int]] = []
    done = 0
    outer: list[int] = []
    limits: list[int | None] = [None]
    tried = -1
    for event in events:
        if event.kind == "command" and event.offset >= done and event.offset != tried:
            tried = event.offset
            command = RawCommand(text[: limits[-1]], event.offset)
            try:
                command.read()
            except ScanError as error:
                errors += [] if outer else [(error, event.offset)]
                continue
            done = command.after
            commands[event.offset] = command
        elif event.block in _SUBSTITUTIONS and event.kind == "enter":
            outer.append(done)
            done = event.offset
            within_backticks = text[event.offset] == "`"
            limits.append(event.end - 1 if within_backticks else limits[-1])
        elif event.block in _SUBSTITUTIONS:
            limits.pop()
            done = max(outer.pop(), done)
    return commands, errors


_SUBSTITUTIONS = ("command_substitution", "process_substitution")
_LOOP_HEAD = re.compile(r"for[ \t]+([A-Za-z_]\w*)[ \t]+in(?=[ \t\\;\n])", re.ASCII)


def loop_words(text: str, start: int) -> tuple[str, list[RawWord]] | None:
    """The variable of a `for` loop and the words it goes over; None where it names none."""
    head = _LOOP_HEAD.match(text, start)
    if head is None:
        return None
    listed = RawCommand(text, head.end())
    try:
        listed.read()
    except ScanError:
        return None
    return (head[1], listed.words) if not (listed.assignments or listed.redirections) else None


def _given(written: str, *, indented: bool, quoted: bool) -> Segments | None:
    """What a here-document with its last line gives; None for text that a shell cannot fill in."""
    body = written.removesuffix("\n").rpartition("\n")[0]
    body = re.sub(r"^\t+", "", body, flags=re.MULTILINE) if indented else body
    if quoted:
        return [Text(body, True)]
    try:
        return read_quoted(body, keeps_quotes=True)
    except ScanError:
        return None


def plain(segments: Segments) -> str:
    """The text of a word of text alone, else empty."""
    if all(isinstance(part, Text) for part in segments):
        return "".join(part.text for part in segments if isinstance(part, Text))
    return ""


def _elements(text: str, start: int, closing: int) -> list[RawWord]:
    """The words between the parentheses of an array."""
    elements: list[RawWord] = []
    at = start
    while at < closing:
        if text[at].isspace() or text.startswith("\\\n", at):
            at += 2 if text[at] == "\\" else 1
        elif text[at] == "#":
            newline = text.find("\n", at, closing)
            at = closing if newline < 0 else newline
        else:
            segments, end = read_word(text[:closing], at)
            elements.append(RawWord(segments, at, max(end, at + 1)))
            at = max(end, at + 1)
    return elements
