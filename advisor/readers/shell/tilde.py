"""`~` where bash puts a home directory in."""

from __future__ import annotations

import re

from advisor.readers.shell.segment import Opaque, Segments, Text

_PREFIX = re.compile(r"~(?:[+-]|[A-Za-z_][\w.-]*)?")
_NAMES = {"~": "HOME", "~+": "PWD", "~-": "OLDPWD"}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


def with_homes(segments: Segments, *, value: bool = False, assignments: bool = True) -> Segments:
    """The word with its home directories marked.

    They stand at its start, and in a word like `NAME=value`, or the `value` of an assignment, after
    the `=` and each `:`, which bash does for arguments too unless braces made them (`assignments`
    is false).
    """
    made: Segments = []
    start = True
    in_value = value
    for number, part in enumerate(segments):
        if not isinstance(part, Text) or part.quoted:
            made.append(part)
            start = False
            continue
        following = segments[number + 1] if number + 1 < len(segments) else None
        looked_for = assignments and number == 0 and not value
        assignment = _ASSIGNMENT.match(part.text) if looked_for else None
        in_value = in_value or assignment is not None
        equals = assignment.end() if assignment else None
        made.extend(_marked(part.text, start, equals, in_value, following is None))
        start = (in_value and part.text.endswith(":")) or equals == len(part.text)
    return made


def _marked(text: str, start: bool, equals: int | None, in_value: bool, last: bool) -> Segments:
    made: Segments = []
    done = 0
    for match in _PREFIX.finditer(text):
        at = match.start()
        at_start = at == 0 and start
        after_sign = at == equals or (in_value and at > (equals or 0) and text[at - 1] == ":")
        rest = text[match.end() :]
        if not (at_start or after_sign) or not _ends(rest, in_value, last):
            continue
        if at > done:
            made.append(Text(text[done:at], False))
        made.append(Opaque(match[0], "home", _NAMES.get(match[0], ""), True))
        done = match.end()
    if done < len(text) or not text:
        made.append(Text(text[done:], False))
    return made


def _ends(rest: str, in_value: bool, last: bool) -> bool:
    """Whether the prefix ends before `rest`; outside of values a `:` needs plain text up to `/`."""
    if not rest:
        return last
    return rest[0] == "/" or (rest[0] == ":" and (in_value or last or "/" in rest))
