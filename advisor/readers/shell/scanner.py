"""The words of bash text, by its quoting rules and without running or putting in anything."""

from __future__ import annotations

import re
from collections.abc import Callable

from advisor.readers.shell.command import Opaque, Parameter, Segment, Segments, Text
from advisor.readers.shell.quoted_end import (
    ScanError,
    ansi_c_end,
    backtick_end,
    brace_end,
    double_quote_end,
    parenthesis_end,
    single_quote_end,
)

_PLAIN = re.compile(r"[^\s\\'\"`$;&|<>()]+")
_QUOTED_PLAIN = re.compile(r"[^\\\"`$]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
_WORD_END = frozenset(" \t\n;&|<>()")
CONTINUATION = re.compile(r"\\\n")
MENDED_CONTINUATION = re.compile(r"\\[ \t\r\f\v]+\n")

_ESCAPE = re.compile(
    r"\\(?:(?P<simple>[abeEfnrtv\\'\"?])|(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})"
    r"|u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8})|c(?P<control>[\x00-\x7f]))",
    re.DOTALL,
)
_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}

_FORM = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?:\[(?P<subscript>[^\]]*)\])?"
    r"(?P<operator>:?[-+=?]|:(?=[ ]?-?\d))?(?P<operand>.*)",
    re.DOTALL,
)


def read_word(text: str, start: int) -> tuple[Segments, int]:
    """The word at `start` and the offset after it; ScanError for an open quote."""
    segments: Segments = []
    at = start
    while at < len(text):
        character = text[at]
        if character in _WORD_END and not _is_process_substitution(text, at):
            break
        if character == "\\" and MENDED_CONTINUATION.match(text, at):
            break
        plain = _PLAIN.match(text, at)
        if plain:
            _add_plain(segments, plain[0])
            at = plain.end()
        else:
            at = _READERS.get(character, _read_character)(text, at, segments)
    return segments, at


def read_quoted(text: str, *, keeps_quotes: bool = False) -> Segments:
    """The segments of a text that stands in double quotes, or in a `${X:-...}` within them; in a
    here-document, which `keeps_quotes`, a double quote is a character like another."""
    segments: Segments = []
    at = 0
    while at < len(text):
        plain = _QUOTED_PLAIN.match(text, at)
        if plain:
            segments.append(Text(plain[0], True))
            at = plain.end()
        elif keeps_quotes and (text[at] == '"' or text.startswith('\\"', at)):
            end = text.index('"', at) + 1
            segments.append(Text(text[at:end], True))
            at = end
        elif text[at] == "\\":
            at = _read_quoted_escape(text, at, segments)
        elif text[at] == "$":
            at = _read_dollar(text, at, segments, quoted=True)
        elif text[at] == "`":
            at = _read_backtick(text, at, segments, quoted=True)
        else:
            at += 1
    return segments


def _is_process_substitution(text: str, at: int) -> bool:
    return text[at : at + 2] in ("<(", ">(")


def _read_character(text: str, at: int, segments: Segments) -> int:
    _add_plain(segments, text[at])
    return at + 1


def _add_plain(segments: Segments, text: str) -> None:
    """Add unquoted text; a continuation line within a word does not part it."""
    last = segments[-1] if segments else None
    if isinstance(last, Text) and not last.quoted:
        segments[-1] = Text(last.text + text, False)
    else:
        segments.append(Text(text, False))


def _read_escape(text: str, at: int, segments: Segments) -> int:
    if at + 1 == len(text):
        segments.append(Text("\\", True))
    elif text[at + 1] != "\n":
        segments.append(Text(text[at + 1], True))
    return min(at + 2, len(text))


def _read_quoted_escape(text: str, at: int, segments: Segments) -> int:
    following = text[at + 1 : at + 2]
    if following and following in '$`"\\':
        segments.append(Text(following, True))
    elif following != "\n":
        segments.append(Text("\\" + following, True))
    return at + 1 + len(following)


def _read_single_quote(text: str, at: int, segments: Segments) -> int:
    end = single_quote_end(text, at + 1)
    segments.append(Text(text[at + 1 : end], True))
    return end + 1


def _read_double_quote(text: str, at: int, segments: Segments) -> int:
    end = double_quote_end(text, at + 1)
    segments.extend(read_quoted(text[at + 1 : end]) or [Text("", True)])
    return end + 1


def _read_backtick_unquoted(text: str, at: int, segments: Segments) -> int:
    return _read_backtick(text, at, segments, quoted=False)


def _read_backtick(text: str, at: int, segments: Segments, *, quoted: bool) -> int:
    end = backtick_end(text, at + 1) + 1
    segments.append(Opaque(text[at:end], "command", "", quoted))
    return end


def _read_process_substitution(text: str, at: int, segments: Segments) -> int:
    end = parenthesis_end(text, at + 2) + 1
    segments.append(Opaque(text[at:end], "command", "", True))
    return end


def _read_dollar_unquoted(text: str, at: int, segments: Segments) -> int:
    following = text[at + 1 : at + 2]
    if following == "'":
        end = ansi_c_end(text, at + 2)
        segments.append(Text(_decoded(text[at + 2 : end]), True))
        return end + 1
    if following == '"':
        return _read_double_quote(text, at + 1, segments)
    return _read_dollar(text, at, segments, quoted=False)


def _read_dollar(text: str, at: int, segments: Segments, *, quoted: bool) -> int:
    following = text[at + 1 : at + 2]
    if following == "(":
        return _read_command(text, at, segments, quoted=quoted)
    if following == "{":
        end = brace_end(text, at + 2, within_quotes=quoted) + 1
        segments.append(_parameter(text[at:end], quoted=quoted))
        return end
    name = _NAME.match(text, at + 1)
    if name is None:
        segments.append(Text("$", quoted))
        return at + 1
    segments.append(Parameter(text[at : name.end()], name[0], "", "", "", quoted))
    return name.end()


def _read_command(text: str, at: int, segments: Segments, *, quoted: bool) -> int:
    end = parenthesis_end(text, at + 2) + 1
    source = text[at:end]
    arithmetic = source.startswith("$((") and source.endswith("))")
    segments.append(Opaque(source, "arithmetic" if arithmetic else "command", "", quoted))
    return end


_READERS: dict[str, Callable[[str, int, list[Segment]], int]] = {
    "\\": _read_escape,
    "'": _read_single_quote,
    '"': _read_double_quote,
    "`": _read_backtick_unquoted,
    "$": _read_dollar_unquoted,
    "<": _read_process_substitution,
    ">": _read_process_substitution,
}

__all__ = ["CONTINUATION", "MENDED_CONTINUATION", "ScanError", "read_quoted", "read_word"]


def _decoded(body: str) -> str:
    """What stands between the quotes of `$'...'`, escapes resolved; a NUL ends it as in bash.

    Escaped bytes are read as UTF-8; those that are not become the replacement character.
    """
    made = bytearray()
    end = 0
    for match in _ESCAPE.finditer(body):
        made += _bytes(body[end : match.start()])
        piece = _piece(match)
        if piece == b"\0":
            return made.decode(errors="replace")
        made += piece
        end = match.end()
    return (made + _bytes(body[end:])).decode(errors="replace")


def _piece(match: re.Match[str]) -> bytes:
    kind = match.lastgroup or ""
    return _PIECES[kind](match[kind])


def _character(digits: str) -> bytes:
    code = int(digits, 16)
    return _bytes(chr(code)) if code <= 0x10FFFF else b"\xef\xbf\xbd"


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")


_PIECES: dict[str, Callable[[str], bytes]] = {
    "simple": lambda letter: _bytes(_SIMPLE.get(letter, letter)),
    "octal": lambda digits: bytes([int(digits, 8) & 0xFF]),
    "hex": lambda digits: bytes([int(digits, 16)]),
    "short": _character,
    "long": _character,
    "control": lambda letter: bytes([ord(letter.upper()) ^ 0x40 if letter != "?" else 0x7F]),
}


def _parameter(source: str, *, quoted: bool) -> Parameter | Opaque:
    """The parameter that `${...}` names; one that a value alone does not settle has no name."""
    form = _FORM.fullmatch(source[2:-1])
    if form is None or (form["operand"] and not form["operator"]):
        return Opaque(source, "variable", "", quoted)
    return Parameter(
        source,
        form["name"],
        form["subscript"] or "",
        form["operator"] or "",
        form["operand"],
        quoted,
    )
