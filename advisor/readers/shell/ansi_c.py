"""`$'...'` of bash."""

from __future__ import annotations

import re
from collections.abc import Callable

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


def decoded(body: str) -> str:
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
