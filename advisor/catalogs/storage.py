"""Tables of where data lies: of storage provisioners, and of paths (`filesystems.yaml`,
`system_paths.yaml` and `file_names.yaml` of rules/catalog)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

import msgspec

Reach = Literal["network", "local", "memory", "overlay", "unknown"]


class FilesystemEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A filesystem type and whether other machines can reach the same files."""

    type: str
    reach: Reach
    note: str = ""


class FilesystemCatalog(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True
):
    """All filesystem types; a type that is not here is unknown, never local."""

    filesystems: tuple[FilesystemEntry, ...]

    def network(self, filesystem_type: str) -> bool | None:
        """Whether it is a network filesystem; None when the table cannot tell."""
        reach = self._reach.get(filesystem_type, "unknown")
        return None if reach == "unknown" else reach == "network"

    @cached_property
    def _reach(self) -> dict[str, Reach]:
        return {entry.type: entry.reach for entry in self.filesystems}


class SystemPath(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A path that is not data: the system's, a runtime's, a device, somebody's credentials."""

    path: str
    kind: str
    match: Literal["exact", "prefix", "suffix", "start", "variable"]
    advice: str = ""


class SystemPathCatalog(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True
):
    """All such paths; the longest match wins, an exact one over others of its length."""

    paths: tuple[SystemPath, ...]

    def find(self, path: str) -> SystemPath | None:
        """The entry that covers the path, None for plain data."""
        bare = path.rstrip("/") or "/"
        below = f"{bare}/"
        matches = [*self._at_or_above(bare)]
        if self._hint.search(below):
            matches += [driver for driver in self._others if re.search(_pattern(driver), below)]
        best = max(
            matches, key=lambda match: (len(match.path), match.match == "exact"), default=None
        )
        return None if best is None or best.kind == "data" else best

    def _at_or_above(self, bare: str) -> Iterator[SystemPath]:
        """Those found by the path or a folder above it: a command may have 20,000 mounts."""
        if exact := self._placed.get(("exact", bare)):
            yield exact
        end = len(bare)
        while end > 0:
            if prefix := self._placed.get(("prefix", bare[:end])):
                yield prefix
            end = bare.rfind("/", 0, end)

    @cached_property
    def _placed(self) -> dict[tuple[str, str], SystemPath]:
        return {
            (path.match, path.path if path.match == "exact" else path.path.rstrip("/")): path
            for path in self.paths
        }

    @cached_property
    def _others(self) -> tuple[SystemPath, ...]:
        return tuple(path for path in self.paths if path.match not in ("exact", "prefix"))

    @cached_property
    def _hint(self) -> re.Pattern[str]:
        """Whether one of the others covers a path at all, which few do."""
        return re.compile("|".join(map(_pattern, self._others)) or r"(?!)")


def _pattern(entry: SystemPath) -> str:
    """What covers a path that is given with one slash behind it."""
    path = re.escape(entry.path.rstrip("/"))
    if entry.match == "start":
        return rf"\A{re.escape(entry.path)}"
    if entry.match == "variable":
        return rf"\A\$(?:{path}/|\{{{path}(?:\}}/|:|-))"
    return f"{path}/"


FileContent = Literal["settings", "script", "key", "data"]


class FileNameCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Suffixes and names by which a mounted path is one file."""

    suffixes: dict[FileContent, frozenset[str]]
    names: dict[FileContent, frozenset[str]]

    def content(self, source: str, target: str) -> FileContent | None:
        """What the file holds; None where the mount is a folder as far as its names tell."""
        if source.endswith("/") or target.endswith("/"):
            return None
        ends = [posixpath.basename(path) for path in (source, target)]
        for content, names in self.names.items():
            if names.intersection(ends):
                return content
        suffix, other = (posixpath.splitext(end)[1] for end in ends)
        if source.startswith("$") and "/" not in source:
            suffix = other  # what only the shell knows is taken for what it is there
        if not suffix or suffix != other:
            return None
        return next((owner for owner, known in self.suffixes.items() if suffix in known), None)


Serves = Literal["many-nodes", "one-node", "node-local", "depends", "unknown"]


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition under which a provisioner serves something else; keys as in the file."""

    serves: Serves
    parameters: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    access_mode: str = ""
    condition: str = ""


class Provisioner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Provisioners that behave alike."""

    match: tuple[str, ...]
    serves: Serves
    sources: tuple[str, ...]
    outside: bool = False
    condition: str = ""
    cases: tuple[Case, ...] = ()


class StorageCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table; `sources` give the address behind each source's name, and `pod_drivers` make
    what they mount for one pod."""

    pod_drivers: tuple[str, ...] = ()
    provisioners: tuple[Provisioner, ...]
    volume_kinds: dict[str, Serves]
    sources: dict[str, str]


class CatalogAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the table says, under which condition, and the addresses it rests on. `outside` of a
    `depends`: it is outside the machines either way."""

    serves: Serves = "unknown"
    outside: bool = False
    condition: str = ""
    links: tuple[str, ...] = ()


def named(pattern: str, name: str) -> bool:
    """Whether a shell pattern matches the whole name of a provisioner."""
    return fnmatchcase(name, pattern)


def look_up(
    catalog: StorageCatalog,
    provisioner: str,
    parameters: Mapping[str, str],
    access_modes: Iterable[str] = (),
) -> CatalogAnswer | None:
    """What the table says of a provisioner with these parameters; None when it is not in it.

    `access_modes` are those of the volumes it has made.
    """
    for entry in catalog.provisioners:
        if any(named(pattern, provisioner) for pattern in entry.match):
            return _answer(catalog, entry, parameters, frozenset(access_modes))
    return None


def _answer(
    catalog: StorageCatalog,
    entry: Provisioner,
    parameters: Mapping[str, str],
    access_modes: frozenset[str],
) -> CatalogAnswer:
    chosen = next((case for case in entry.cases if _holds(case, parameters, access_modes)), entry)
    return CatalogAnswer(
        serves=chosen.serves,
        outside=chosen is entry and entry.outside,
        condition=chosen.condition,
        links=tuple(catalog.sources[source] for source in entry.sources),
    )


def _holds(case: Case, parameters: Mapping[str, str], access_modes: frozenset[str]) -> bool:
    if case.access_mode:
        return case.access_mode in access_modes
    given = (parameters[name].lower() for name in case.parameters if parameters.get(name))
    value = next(given, None)
    return value is not None and any(fnmatchcase(value, wanted.lower()) for wanted in case.values)
