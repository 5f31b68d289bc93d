"""The compose files of one folder: which are read together, and what each is to the others."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from advisor.errors import InputError
from advisor.files import is_foreign, leads_out
from advisor.readers.compose.merging import Tagged, unmarked
from advisor.readers.compose.project import included_paths
from advisor.readers.result import FOREIGN
from advisor.readers.yaml_documents import parse_documents

_GPU = re.compile(r"nvidia|\bgpus?\b|/dev/kfd|habana|ascend|\bamd\.com", re.IGNORECASE)

_BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""The names that compose looks for, the first that is there counts."""

_OVERRIDE = re.compile(r"(?:docker-)?compose\.override\.ya?ml", re.IGNORECASE)

_MENTIONED = re.compile(r"\b(?:include|extends)\b")


class Referred(NamedTuple):
    """Paths that other files take something from: whole, by `include`, or in part."""

    included: frozenset[str]
    extended: frozenset[str]

    def leaves_out(self, path: str) -> bool:
        """Whether the file is no project of its own; compose starts one of the usual names."""
        whole = os.path.normpath(path)
        usual = os.path.basename(path) in _BASES
        return whole in self.included or (whole in self.extended and not usual)


class Part(NamedTuple):
    """A file to read, those that go over it, and what is said about it."""

    path: str
    more: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def referred_files(texts: Mapping[str, str]) -> Referred:
    """The files that these compose files include or extend."""
    included, every = (
        frozenset(
            path
            for file, text in texts.items()
            for path in referenced_files(text, file, extended=extended)
        )
        for extended in (False, True)
    )
    return Referred(included, every - included)


def read_together(texts: Mapping[str, str], referred: Referred) -> list[Part]:
    """The compose files of one folder as the projects they are.

    A file that is no project by itself goes over the folder's own: with it where it is the only
    one that asks for GPUs, else it is left out, which is told.
    """
    paths = [
        path for path in texts if not belongs_to_another(path) and not referred.leaves_out(path)
    ]
    base = _base(paths, texts)
    whole = [path for path in paths if path == base or not _is_partial(texts[path])]
    over = [path for path in paths if path not in whole]
    if base is None:
        return [Part(path) for path in [*whole, *over]]
    with_gpus = [path for path in over if _GPU.search(texts[path])]
    chosen = tuple(with_gpus) if len(with_gpus) == 1 else ()
    notes = [f"{path}: read as one that goes over {base}" for path in chosen]
    notes += [
        f"{path}: left out, it goes over {base}; name it to read the two together"
        for path in over
        if path not in chosen
    ]
    return [
        Part(path, (*overrides(path), *chosen), tuple(notes))
        if path == base
        else Part(path, overrides(path))
        for path in whole
    ]


def _base(paths: Sequence[str], texts: Mapping[str, str]) -> str | None:
    """The file that compose takes by itself, else the only one that is whole."""
    named = [path for path in paths if os.path.basename(path) in _BASES]
    whole = [path for path in paths if not _is_partial(texts[path])]
    return named[0] if named else whole[0] if len(whole) == 1 else None


def _is_partial(text: str) -> bool:
    """Whether a service has nothing to start: neither an image, nor a build, nor another's."""
    try:
        documents = parse_documents(text, "", on_tag=Tagged)
    except InputError:
        return False
    bodies = [body for document in documents for body in _services(unmarked(document))]
    return any(not {"image", "build", "extends", "provider"} & body.keys() for body in bodies)


def _services(document: Any) -> list[dict[str, Any]]:
    services = document.get("services") if isinstance(document, dict) else None
    bodies = services.values() if isinstance(services, dict) else ()
    return [body if isinstance(body, dict) else {} for body in bodies]


def overrides(path: str) -> tuple[str, ...]:
    """The file that goes over a compose file without being named."""
    folder, name = os.path.split(path)
    if name not in _BASES:
        return ()
    stem = PurePath(name).stem
    names = (f"{stem}.override.yaml", f"{stem}.override.yml")
    return tuple(path for path in _there(folder, names)[:1] if not leads_out(path))


def belongs_to_another(path: str) -> bool:
    """Whether it is read together with the compose file that it goes over, or never by compose."""
    folder, name = os.path.split(path)
    if _OVERRIDE.fullmatch(name):
        stem = name.lower().split(".", 1)[0]
        return bool(_there(folder, [base for base in _BASES if base.startswith(f"{stem}.")]))
    return name in _BASES and bool(_there(folder, _BASES[: _BASES.index(name)]))


def base_beside(path: str) -> str | None:
    """The compose file that one with another name may be meant to go over."""
    folder, name = os.path.split(path)
    beside = _there(folder, _BASES)
    return beside[0] if beside and name not in _BASES else None


def _there(folder: str, names: list[str] | tuple[str, ...]) -> list[str]:
    paths = [os.path.join(folder, name) for name in names]
    return [path for path in paths if os.path.lexists(path)]


def referenced_files(text: str, file: str, *, extended: bool = True) -> tuple[str, ...]:
    """The paths that `include` and `extends` mean, or `include` alone; nothing for a text that
    cannot be read, and none with a variable in it."""
    if not _MENTIONED.search(text):
        return ()
    try:
        documents = parse_documents(text, file, on_tag=Tagged)
    except InputError:
        return ()
    names = [
        name
        for document in documents
        if isinstance(document, dict)
        for name in _names(document, extended)
    ]
    folder = posixpath.dirname(file)
    paths = [posixpath.normpath(posixpath.join(folder, name)) for name in names if "$" not in name]
    return tuple(dict.fromkeys(path for path in paths if path != posixpath.normpath(file)))


def _names(document: dict[str, Any], extended: bool) -> list[str]:
    names = included_paths(document)
    if not extended:
        return names
    services = document.get("services")
    for body in services.values() if isinstance(services, dict) else ():
        extends = body.get("extends") if isinstance(body, dict) else None
        if isinstance(extends, dict) and isinstance(extends.get("file"), str):
            names.append(extends["file"])
    return names


_MOST_FILES = 100


def files_needed(
    files: Mapping[str, str], top: str, text_of: Callable[[str], str]
) -> dict[str, str]:
    """The files that these include or extend, and those that they do, by `text_of`; InputError for
    one that is not to be opened."""
    needed: dict[str, str] = {}
    waiting = list(files.items())
    while waiting and len(needed) < _MOST_FILES:
        file, text = waiting.pop()
        folder, name = os.path.split(file)
        for named in referenced_files(text, name):
            path = os.path.normpath(os.path.join(folder, named))
            if os.path.isfile(path) and is_foreign(named, folder, top):
                raise InputError(f"{named} {FOREIGN}", where=file, remedy="put it into the folder")
            if path not in files and path not in needed and os.path.isfile(path):
                needed[path] = text_of(path)
                waiting.append((path, needed[path]))
    return needed
