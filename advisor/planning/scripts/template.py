"""Templates of scripts in which every value is one quoted word unless a filter says otherwise."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from advisor.errors import one_line
from advisor.planning.seen import copy_key
from advisor.writers import shell_text
from advisor.writers.shell_text import quote_visibly

_FOLDER = "plan"


class Shell(str):
    """Text that is shell already; any other text that a template prints is quoted."""

    __slots__ = ()


def quoted(value: Any) -> Any:
    """Text as one word of the shell; numbers as they are."""
    if isinstance(value, str) and not isinstance(value, Shell):
        return Shell(quote_visibly(value))
    return value


def words(values: Iterable[str]) -> Shell:
    """Several words with a blank between them."""
    return Shell(" ".join(quote_visibly(value) for value in values))


def comment(text: str) -> Shell:
    """Text within a comment: it cannot leave its line."""
    return Shell(shell_text.comment(text).removeprefix("# "))


def line(text: str) -> Shell:
    """A word for people to read: without anything that could drive a terminal."""
    return Shell(shlex.quote(one_line(text)))


def render(template: str, **values: Any) -> str:
    """The script that the template makes of the values."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    made = Environment(  # noqa: S701 - the text is shell; `finalize` quotes
        loader=PackageLoader("advisor_reports", _FOLDER),
        undefined=StrictUndefined,
        finalize=quoted,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(words=words, comment=comment, line=line, key=copy_key)
    return made
