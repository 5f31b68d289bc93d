"""Variables and labels: from files, then from flags, the last of a name wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from advisor.errors import InputError
from advisor.facts.secrecy import looks_secret
from advisor.files import is_foreign, read_bytes
from advisor.jobs.run import Variable
from advisor.jobs.word import Veil, Word, word
from advisor.readers.docker_run.flags import GivenFlags


class BadLineError(Exception):
    """A line of an env or label file that docker refuses; `file` is as the command names it."""

    def __init__(self, file: str, what: str) -> None:
        self.file = file
        super().__init__(what)


_MOST_BYTES = 2**20
"""The largest env file that is read."""

FileContents = Callable[[str], str | None]
"""The content of a file named on the command line; None when it cannot be had."""


def content_in(folder: str | None, name: str, top: str = "") -> str | None:
    """The content of a file that is named from `folder`, None when it is not there, no text, or not
    to be opened, as where no folder says that files may be."""
    if folder is None:
        return None
    path = Path(folder) / name
    try:
        if not path.is_file() or is_foreign(name, folder, top):
            return None
        return read_bytes(str(path), most=_MOST_BYTES).decode("utf-8-sig")
    except (InputError, OSError, ValueError):
        return None


def file_contents(files: Mapping[str, str] | FileContents | None) -> FileContents:
    """A function that gives the content of a file, for a mapping, a function or None."""
    if files is None:
        return lambda _: None
    return files.get if isinstance(files, Mapping) else files


def read_environment(
    given: GivenFlags, contents: FileContents, known: Mapping[str, str]
) -> tuple[tuple[Variable, ...], tuple[Word, ...]]:
    """The variables, and the env files whose content is not known.

    `known` are assignments in front of the command: `-e NAME` takes its value from them. Raises
    BadLineError.
    """
    variables: dict[str, Variable] = {}
    unread: list[Word] = []
    for name in given.all("env-file"):
        path = given.veil.word(name)
        text = contents(path.text) if path.literal is not None else None
        if text is None:
            unread.append(path)
            continue
        for line in parse_lines(text, path.text):
            variable = _variable(line, given.veil, known, path.text)
            variables.pop(variable.name, None)
            variables[variable.name] = variable
    for entry in given.all("env"):
        variable = _variable(entry, given.veil, known)
        variables.pop(variable.name, None)
        variables[variable.name] = variable
    return tuple(variables.values()), tuple(unread)


def read_labels(given: GivenFlags, contents: FileContents) -> dict[str, str]:
    """Labels of the files whose content is known, then those of flags. Raises BadLineError.

    A name alone is a label without a value as a flag, and nothing in a file.
    """
    labels: dict[str, str] = {}
    for name in given.texts("label-file"):
        labels.update(file_labels(contents, name) or {})
    labels.update(pairs(given.texts("label")))
    return labels


def file_labels(contents: FileContents, name: str) -> dict[str, str] | None:
    """The labels of a file; None where it cannot be had. Raises BadLineError."""
    text = contents(name)
    if text is None:
        return None
    return pairs(entry for entry in parse_lines(text, name) if "=" in entry)


def pairs(entries: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` entries by name; the last wins."""
    split = (entry.partition("=") for entry in entries)
    return {name: value for name, _, value in split}


def parse_lines(text: str, file: str) -> list[str]:
    """The entries of an env or label file: no quotes, no expansion, `#` lines are comments.

    Raises BadLineError with the line's number.
    """
    entries = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        entry = line.removesuffix("\r").lstrip()
        if not entry or entry.startswith("#"):
            continue
        name = entry.partition("=")[0]
        if not name:
            raise BadLineError(file, f"line {number}: no name before the value")
        if " " in name or "\t" in name:
            raise BadLineError(file, f"line {number}: blanks in the name of a variable")
        entries.append(entry)
    return entries


def _variable(entry: str, veil: Veil, known: Mapping[str, str], file: str = "") -> Variable:
    name, equals, text = entry.partition("=")
    if not equals and name in known:
        equals, text = "=", known[name]
    value = (word(text) if file else veil.word(text)) if equals else None
    literal = value.literal if value is not None else ""
    return Variable(
        name=veil.plain(name),
        value=value,
        secret=looks_secret(veil.plain(name), literal or ""),
        file=file,
    )
