"""The documents of a YAML or JSON text, or one error with its line and column."""

from __future__ import annotations

import itertools
import re
from typing import Any

from advisor.errors import InputError
from advisor.readers.yaml.plain import OnTag, plain, survey
from advisor.readers.yaml.repeats import check_repeats
from advisor.yaml_text import YamlError, line_and_column, parse

MOST_CHARACTERS = 32 * 2**20
"""A longer text is refused: no manifest written by a person or exported by a tool is near it."""

_DIVIDER = re.compile(r"---(?:\s|$)")
_TEMPLATE = re.compile(r"\{\{.*?\}\}")


def parse_documents(text: str, file: str, on_tag: OnTag | None = None) -> list[Any]:
    """Every document of the text; maps have text keys, merges are done, and tags are dropped
    unless `on_tag` makes something of them.

    Raises InputError, with file, line and column, for a text that is too long, binary or not
    YAML, and for repeated keys and aliases that expand beyond measure.
    """
    text = text.removeprefix("\ufeff")
    _check_text(text, file)
    try:
        documents = parse(text)
    except YamlError as error:
        raise error_at(error.what, file, error.line, error.column, _remedy(text)) from None
    keys, changes = survey(documents)
    check_repeats(text, file, keys)
    if not changes:
        return documents
    try:
        return [plain(one, on_tag) if on_tag else plain(one) for one in documents]
    except ValueError as error:
        raise _misshapen(text, file, str(error)) from None


def readable_documents(text: str, file: str) -> tuple[str, list[InputError]]:
    """The text with nothing in place of each document that is not YAML, and what is wrong there.

    Raises InputError, as `parse_documents` does, where no document can be read.
    """
    try:
        parse_documents(text, file)
    except InputError as error:
        lines = text.split("\n")
        starts = [0, *(n for n, line in enumerate(lines) if n and _DIVIDER.match(line))]
        problems: list[InputError] = []
        for start, end in itertools.pairwise([*starts, len(lines)]):
            try:
                parse_documents("\n" * start + "\n".join(lines[start:end]), file)
            except InputError as own:
                problems.append(own)
                lines[start:end] = ["---", *[""] * (end - start - 1)]
        if len(problems) in (0, len(starts)):
            raise error from None
        return "\n".join(lines), problems
    return text, []


def error_at(what: str, file: str, line: int, column: int, remedy: str = "") -> InputError:
    """An error at a position of a file."""
    return InputError(what, where=f"{file}:{line}:{column}", remedy=remedy)


def _check_text(text: str, file: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise error_at(
            f"holds more than {MOST_CHARACTERS:,} characters",
            file,
            1,
            1,
            "split it into files of one job each",
        )


def _misshapen(text: str, file: str, what: str) -> InputError:
    match = _TEMPLATE.search(text)
    where = line_and_column(text, match.start()) if match else (1, 1)
    return error_at(what, file, *where, _remedy(text))


def _remedy(text: str) -> str:
    return "render the template first" if _TEMPLATE.search(text) else ""
