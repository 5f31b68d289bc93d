"""The compose files of one folder: what each is to the others."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from advisor.errors import InputError
from advisor.readers.compose.merging import Tagged, unmarked
from advisor.readers.compose.references import referenced_files
from advisor.readers.compose_files import BASES, belongs_to_another, overrides
from advisor.readers.yaml.documents import parse_documents

_GPU = re.compile(r"nvidia|\bgpus?\b|/dev/kfd|habana|ascend|\bamd\.com", re.IGNORECASE)


class Referred(NamedTuple):
    """Paths that other files take something from: whole, by `include`, or in part."""

    included: frozenset[str]
    extended: frozenset[str]

    def leaves_out(self, path: str) -> bool:
        """Whether the file is no project of its own; compose starts one of the usual names."""
        whole = os.path.normpath(path)
        usual = os.path.basename(path) in BASES
        return whole in self.included or (whole in self.extended and not usual)


class Part(NamedTuple):
    """A file to read, those that go over it, and what is said about it."""

    path: str
    more: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def referred_files(texts: Mapping[str, str]) -> Referred:
    """What the files refer to."""
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
    named = [path for path in paths if os.path.basename(path) in BASES]
    whole = [path for path in paths if not _is_partial(texts[path])]
    return named[0] if named else whole[0] if len(whole) == 1 else None


def _is_partial(text: str) -> bool:
    """Whether a service has nothing to start: neither an image, nor a build, nor another's."""
    try:
        documents = parse_documents(text, "", on_tag=Tagged)
    except InputError:
        return False
    bodies = [body for one in documents for body in _services(unmarked(one))]
    return any(not {"image", "build", "extends", "provider"} & body.keys() for body in bodies)


def _services(document: Any) -> list[dict[str, Any]]:
    services = document.get("services") if isinstance(document, dict) else None
    bodies = services.values() if isinstance(services, dict) else ()
    return [body if isinstance(body, dict) else {} for body in bodies]
