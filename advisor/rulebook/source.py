"""Where rule files come from: the package's own, and directories of the user."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path

import msgspec

from advisor.errors import InputError, RuleError
from advisor.rulebook.document import Document

MOST_FILES = 2_000
MOST_BYTES = 2**18
"""Of one rule file."""

AREAS = {
    "gpu": "GPU",
    "image": "IMG",
    "data": "DAT",
    "storage": "STO",
    "job": "JOB",
    "preflight": "PRE",
}
"""The folder of every area and the letters its rule ids begin with."""

ID = re.compile(r"^[A-Z]{2,6}\d{3}$")
_BESIDE_AREAS = {"__init__.py", "__pycache__", "catalog"}


class RuleSource(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file that has not been read as one yet. `prefix` is what its id must begin with."""

    document: Document
    stem: str
    prefix: str
    built_in: bool


def built_in_root() -> Traversable:
    """The folder of the rules that ship with advisor."""
    return files("advisor_rules")


def built_in_sources(root: Traversable | None = None) -> Iterator[RuleSource]:
    """The package's rule files, by area; anything else in there is an error."""
    for entry in _sorted(root or built_in_root()):
        if entry.name in AREAS and entry.is_dir():
            prefix = AREAS[entry.name]
            for file in _sorted(entry):
                label = f"rules/{entry.name}/{file.name}"
                yield _source(file, label, prefix=prefix, built_in=True)
        elif entry.name not in _BESIDE_AREAS:
            raise _unexpected(f"rules/{entry.name}")


def directory_sources(directory: Path) -> Iterator[RuleSource]:
    """The rule files of a user's directory and the folders in it, README.md and dot files aside.

    Raises InputError when it cannot be read or holds none.
    """
    paths = sorted(islice(_rule_files(directory), MOST_FILES + 1))
    if len(paths) > MOST_FILES:
        raise _unusable(directory, f"there are more than {MOST_FILES:,} files in this directory")
    if not paths:
        raise _unusable(directory, "there are no rules in this directory")
    for path in paths:
        if not path.is_file():
            raise RuleError("this is no file", where=f"{path}:1:1", remedy="take it away")
        yield _source(path, str(path), prefix="", built_in=False)


def _rule_files(directory: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise _unusable(Path(error.filename), f"not a readable directory: {error.strerror}")

    for folder, folders, names in os.walk(directory, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and name != "README.md":
                yield Path(folder, name)


def _unusable(directory: Path, what: str) -> InputError:
    return InputError(
        what, where=str(directory), remedy="give a directory with one YAML file a rule"
    )


def _source(file: Traversable, label: str, *, prefix: str, built_in: bool) -> RuleSource:
    stem, dot, suffix = file.name.rpartition(".")
    if not dot or suffix != "yaml":
        raise _unexpected(label)
    return RuleSource(
        document=Document(file=label, text=_read(file, label)),
        stem=stem,
        prefix=prefix,
        built_in=built_in,
    )


def _read(file: Traversable, label: str) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise RuleError(f"holds more than {MOST_BYTES:,} bytes", where=f"{label}:1:1")
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"cannot be read: {error}", where=f"{label}:1:1") from None


def _unexpected(label: str) -> RuleError:
    return RuleError(
        "not a rule file", where=f"{label}:1:1", remedy="a rules folder holds ID.yaml files only"
    )


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda entry: entry.name)
