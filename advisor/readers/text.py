"""Bytes of a file as text, whatever wrote them."""

from __future__ import annotations

import codecs
import os
import re
from typing import NamedTuple

from advisor.errors import InputError
from advisor.files import input_name, leads_out, read_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CONTROL = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f]")
"""Bytes that text in an old encoding never has: what has them is a program or packed data."""


class FileText(NamedTuple):
    """A file's text with `\\n` line ends and no byte order mark; `note` when it was guessed at."""

    text: str
    note: str = ""


def read_text(path: str, *, most: int) -> FileText | None:
    """The text of a file, or of standard input for `-`; None when it is binary.

    Raises InputError when it cannot be read or holds more than `most` bytes.
    """
    return decoded(read_bytes(path, most=most), input_name(path))


def decoded(content: bytes, name: str) -> FileText | None:
    """The bytes decoded as text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _marked(content[len(mark) :], encoding, name)
    if b"\0" in content:
        return None
    try:
        return FileText(_lines(content.decode()))
    except UnicodeDecodeError as error:
        if _CONTROL.search(content):
            return None
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        note = f"{name}:{line}:{column}: not UTF-8, read as Latin-1"
        return FileText(_lines(content.decode("latin-1")), note)


def _marked(content: bytes, encoding: str, name: str) -> FileText:
    try:
        return FileText(_lines(content.decode(encoding)))
    except UnicodeDecodeError as error:
        raise InputError(
            f"its byte order mark says {encoding.upper()}, and it is not",
            where=f"{name}:1:1",
            remedy=f"save it as UTF-8; byte {error.start} is the first that fits nothing",
        ) from None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n") if "\r" in text else text


def read_beside(path: str, most: int) -> str:
    """The text of a file that nobody named: never a pipe, which would be waited for.

    Raises InputError for one that is no text, or a link out of its folder.
    """
    if leads_out(path):
        what = "the link leads out of its folder and is not followed"
        raise InputError(what, where=path, remedy="put the file itself there")
    is_other = os.path.exists(path) and not os.path.isfile(path)
    content = None if is_other else read_text(path, most=most)
    if content is None:
        raise InputError("not a text file", where=path, remedy="name another one")
    return content.text
