"""Compose files put together: filled in, extended and laid over one another."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property, partial
from typing import Any, NoReturn, Protocol

from advisor.errors import InputError, suggestion
from advisor.findings.finding import Place
from advisor.jobs.word import Veil, Word
from advisor.readers.compose.interpolation import Values, as_word, interpolate
from advisor.readers.compose.keys import AMOUNTS, DEPLOY, HEALTH, SERVICE, TOP, VOLUME
from advisor.readers.compose.merging import Tagged, inclusions, merged, relocated, unmarked
from advisor.readers.yaml_documents import Path, Positions, parse_documents

Body = dict[str, Any]
EnvFiles = Callable[[str, Values | None], Mapping[str, str | Word] | None]
"""The variables of the env file of that name, filled in from the values unless those are None; None
where it cannot be read."""
ALL_PROFILES = "*"
_MOST_EXTENDS = 50
_NOT_IN_NAME = re.compile(r"[^a-z0-9_-]")


class Project:
    """Services and volumes of all files. Texts are veiled: `veil` gives their words back."""

    def __init__(
        self, files: Mapping[str, str], env: Values, env_files: EnvFiles, folder: str = ""
    ) -> None:
        self.folder = folder
        self._env = env
        self._env_files = env_files
        self._base = posixpath.dirname(next(iter(files)))
        self._texts = dict(files)
        self._positions: dict[str, Positions] = {}
        raw = {file: self._parsed(file) for file in files}
        self._included = inclusions(raw)
        words = {
            file: self._words(file, document, self._values_in(file, env, env_files))
            for file, document in raw.items()
        }
        self.veil = Veil([word for texts in words.values() for word in texts])
        texts = iter(self.veil.texts)
        self._documents: dict[str, Body] = {
            file: replaced(document, texts) for file, document in raw.items()
        }
        for file, document in self._documents.items():
            check_document(document, partial(self._fail, file))
        others = set(self._others())
        self.files = [file for file in files if file not in others] or list(files)[:1]
        self.whole: Body = {}
        for file in self.files:
            extended = self._extended(file)
            self.whole = merged(self.whole, extended)
        self.whole = unmarked(self.whole)

    @cached_property
    def needed(self) -> frozenset[str]:
        """The services that another one is linked to, or waits for while they run."""
        services: dict[str, Any] = self.whole.get("services") or {}
        stated = [body[key] for body in services.values() for key in _NEEDS if key in body]
        lists = (block for block in stated if isinstance(block, list | dict))
        names = (str(name) for block in lists for name in block if not _is_to_end(block, name))
        return frozenset(name.split(":")[0] for name in names)

    @cached_property
    def linked(self) -> dict[str, list[tuple[str, str]]]:
        """By each service, who links to it and what it is called there: `links: [NAME:ALIAS]`."""
        linked: dict[str, list[tuple[str, str]]] = {}
        for caller, body in _map(self.whole.get("services")).items():
            links = _map(body).get("links")
            for link in links if isinstance(links, list) else ():
                target, _, alias = str(link).partition(":")
                linked.setdefault(target, []).append((caller, alias))
        return linked

    @cached_property
    def said_by(self) -> dict[str, set[str]]:
        """By each word that may be a host's name, in lower case, the services that say it in what
        they run."""
        said: dict[str, set[str]] = {}
        for caller, text in self._sayings():
            for host in _HOST.findall(text.lower()):
                said.setdefault(host, set()).add(caller)
        return said

    @cached_property
    def ports_said(self) -> dict[tuple[str, int], set[str]]:
        """By each `NAME:PORT` in what services run, the services that say it."""
        said: dict[tuple[str, int], set[str]] = {}
        for caller, text in self._sayings():
            for host, port in _HOST_AND_PORT.findall(text.lower()):
                said.setdefault((host, int(port)), set()).add(caller)
        return said

    def _sayings(self) -> Iterator[tuple[str, str]]:
        """Every text that a service starts with, by the service; its env files too."""
        for caller, body in _map(self.whole.get("services")).items():
            for _, text in strings([_map(body).get(key) for key in _SAYS], ()):
                yield caller, text
            stated = _map(body).get("env_file")
            for entry in stated if isinstance(stated, list) else [stated]:
                path = _map(entry).get("path") if isinstance(entry, dict) else entry
                values = self._env_files(path, self._env) if isinstance(path, str) else None
                for value in (values or {}).values():
                    yield caller, as_word(value).text

    def services(self, profiles: Collection[str]) -> dict[str, Body]:
        """The services that the profiles switch on, and those without a profile, by name. What a
        plugin of compose provides is no container, and left out."""
        services: dict[str, Body] = self.whole.get("services") or {}
        return {
            name: body
            for name, body in services.items()
            if not is_provided(body)
            if not body.get("profiles")
            or ALL_PROFILES in profiles
            or set(_texts(body["profiles"])) & set(profiles)
        }

    def name(self) -> str:
        """What images that are built here and have no name are called after."""
        stated = as_word(self._env.get("COMPOSE_PROJECT_NAME", "")).text or self.whole.get("name")
        if isinstance(stated, str):
            return self.veil.plain(stated)
        folder = posixpath.basename(self.folder or posixpath.dirname(self.files[0]))
        return _NOT_IN_NAME.sub("", folder.lower()).lstrip("_-") or "project"

    def place(self, path: Path) -> Place:
        """The place of a path in the last file that states it, else in the first file."""
        for file in (*reversed(self.files), *self._documents):
            if leads(self._documents[file], path):
                line, column = self._position(file, path)
                return Place(file=file, line=line, column=column)
        line, column = self._position(self.files[0], path)
        return Place(file=self.files[0], line=line, column=column)

    def refuse(self, what: str, path: Path, remedy: str = "") -> NoReturn:
        """InputError at the key."""
        place = self.place(path)
        where = f"{place.file}:{place.line}:{place.column}"
        raise InputError(f"`{'.'.join(map(str, path))}`: {what}", where=where, remedy=remedy)

    def _position(self, file: str, path: Path) -> tuple[int, int]:
        if file not in self._positions:
            self._positions[file] = Positions(self._texts[file])
        return self._positions[file].of(path)

    def _fail(self, file: str, what: str, path: Path, remedy: str = "") -> NoReturn:
        line, column = self._position(file, path)
        name = ".".join(map(str, path))
        front = f"`{name}`: " if name else ""
        raise InputError(f"{front}{what}", where=f"{file}:{line}:{column}", remedy=remedy)

    def _parsed(self, file: str) -> Body:
        documents = parse_documents(self._texts[file], file, on_tag=Tagged)
        stated = [document for document in documents if document is not None]
        if len(stated) != 1 or not isinstance(stated[0], dict):
            self._fail(file, "not a compose file: one map with services is expected", ())
        whole: Body = stated[0]
        return whole

    def _values_in(self, file: str, env: Values, env_files: EnvFiles) -> Values:
        """An included file has the env file beside it too, which the project's own outweighs."""
        inclusion = self._included.get(posixpath.normpath(file))
        if inclusion is None or self._folder_of(file) in ("", "."):
            return env
        own: dict[str, str | Word] = {}
        for path in inclusion.env_files:
            own |= env_files(posixpath.relpath(path, self._base or "."), {**own, **env}) or {}
        return {**own, **env}

    def _folder_of(self, file: str) -> str:
        """The folder that a file's relative paths are meant from, seen from the first file's."""
        inclusion = self._included.get(posixpath.normpath(file))
        folder = inclusion.folder if inclusion is not None else posixpath.dirname(file)
        return posixpath.relpath(folder or ".", self._base or ".")

    def _words(self, file: str, document: Body, env: Values) -> list[Word]:
        """Every text of the document with its variables filled in."""
        words: list[Word] = []
        for path, text in strings(document, ()):
            try:
                words.append(interpolate(text, env))
            except ValueError as error:
                self._fail(file, str(error), path)
        return words

    def _others(self) -> Iterator[str]:
        """Files that another one only takes services from, or includes."""
        for file, document in self._documents.items():
            for body in _map(document.get("services")).values():
                extends = _map(body).get("extends")
                if isinstance(extends, dict) and isinstance(extends.get("file"), str):
                    yield from self._beside(file, extends["file"])
            for included in included_paths(document):
                yield from self._beside(file, included)

    def _beside(self, file: str, name: str) -> Iterator[str]:
        """The given file that `name` means in `file`, if it was given."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), self.veil.plain(name)))
        for known in self._documents:
            if posixpath.normpath(known) == path and known != file:
                yield known

    def _extended(self, file: str, above: tuple[str, ...] = ()) -> Body:
        document = self._documents[file]
        whole: Any = {}
        for included in included_paths(document):
            beside = list(self._beside(file, included))
            if not beside or beside[0] in above:
                fault = "includes itself" if beside else "was not given"
                self._fail(file, f"{self.veil.plain(included)} {fault}", ("include",))
            whole = merged(whole, self._extended(beside[0], (*above, file)))
        services = {name: self._service(file, name, ()) for name in _map(document.get("services"))}
        return _map(merged(whole, {**document, "services": services}))

    def _service(self, file: str, name: str, above: tuple[tuple[str, str], ...]) -> Body:
        """A service with what it extends below it."""
        path = ("services", name)
        if (file, name) in above or len(above) > _MOST_EXTENDS:
            self._fail(file, "it extends itself", (*path, "extends"))
        body = _map(self._documents[file].get("services")).get(name)
        if not isinstance(body, dict):
            return {}
        if file not in self.files:
            body = relocated(body, self._folder_of(file))
        if "extends" not in body:
            return body
        extends = body["extends"]
        base = extends if isinstance(extends, str) else _map(extends).get("service")
        other = file
        if isinstance(extends, dict) and isinstance(extends.get("file"), str):
            beside = list(self._beside(file, extends["file"]))
            if not beside and posixpath.basename(extends["file"]) != posixpath.basename(file):
                shown = self.veil.plain(extends["file"])
                remedy = "name it beside this one"
                self._fail(file, f"{shown} was not given", (*path, "extends"), remedy)
            other = beside[0] if beside else file
        services = _map(self._documents[other].get("services"))
        if not isinstance(base, str) or base not in services:
            near = suggestion(str(base), services, listing=False)
            self._fail(file, f"there is no service {base}{near}", (*path, "extends"))
        below = self._service(other, base, (*above, (file, name)))
        own = {key: value for key, value in body.items() if key != "extends"}
        return _map(merged(below, own))


_NEEDS = ("depends_on", "links")
_SAYS = ("command", "entrypoint", "environment")
_HOST_AND_PORT = re.compile(r"(?:^|//|[@=,;\s\"'\[(])([^@=,;\s\"'\[(:/?\])]+):([1-9]\d{0,4})(?!\d)")
_HOST = re.compile(r"(?:^|//|[@=,;\s\"'\[(])([^@=,;\s\"'\[(:/?\])]+)(?=$|[:/,;?\s\"'\])])")


def _is_to_end(stated: Any, name: Any) -> bool:
    """Whether `depends_on` waits for the end of that service."""
    how = stated[name] if isinstance(stated, dict) else None
    return isinstance(how, dict) and how.get("condition") == "service_completed_successfully"


def included_paths(document: Body) -> list[str]:
    """The files that `include` names, in the short form and the long one."""
    stated = document.get("include")
    entries = stated if isinstance(stated, list) else [stated]
    paths = [_map(entry).get("path") if isinstance(entry, dict) else entry for entry in entries]
    return [path for entry in paths for path in _texts(entry)]


def is_provided(body: Body) -> bool:
    """Whether a plugin of compose provides the service, and no container."""
    return bool(body.get("provider")) and not (body.get("image") or body.get("build"))


def _map(value: Any) -> Body:
    value = value.value if isinstance(value, Tagged) else value
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    stated = value if isinstance(value, list) else [value]
    return [text for text in stated if isinstance(text, str)]


def leads(value: Any, path: Path) -> bool:
    """Whether the document has something at the path."""
    for step in path:
        value = value.value if isinstance(value, Tagged) else value
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return False
            value = value[step]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return False
    return True


def strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in the value, with its path."""
    if isinstance(value, Tagged):
        yield from strings(value.value, path)
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from strings(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from strings(entry, (*path, index))


def replaced(value: Any, texts: Iterator[str]) -> Any:
    """The value with each of its strings replaced, in the same order."""
    if isinstance(value, Tagged):
        return Tagged(value.tag, replaced(value.value, texts))
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: replaced(entry, texts) for key, entry in value.items()}
    return [replaced(entry, texts) for entry in value] if isinstance(value, list) else value


class Fail(Protocol):
    """Raises InputError at a path of the file."""

    def __call__(self, what: str, path: Path, remedy: str = "") -> NoReturn: ...


def check_document(document: Body, fail: Fail) -> None:
    """Keys that compose would refuse, with the nearest one that it knows."""
    if _is_of_version_1(document):
        what = "the format of version 1, which compose does not read any more"
        remedy = "put `services:` above the services and indent them"
        fail(what, (next(iter(document)),), remedy)
    _check_keys(document, TOP, (), fail)
    services = document.get("services")
    if services is None and not document.keys() & {"include", "volumes", "networks"}:
        fail("not a compose file: there are no services", ())
    for name, body in _maps(services, ("services",), fail):
        path = ("services", name)
        _check_keys(body, SERVICE, path, fail)
        for key, known in (("deploy", DEPLOY), ("healthcheck", HEALTH)):
            _check_keys(body.get(key), known, (*path, key), fail)
        resources = _map(_map(body.get("deploy")).get("resources"))
        for key in ("limits", "reservations"):
            there = (*path, "deploy", "resources", key)
            _check_keys(resources.get(key), AMOUNTS, there, fail)
    for name, body in _maps(document.get("volumes"), ("volumes",), fail):
        _check_keys(body, VOLUME, ("volumes", name), fail)


def _is_of_version_1(document: Body) -> bool:
    """Services at the top, where now their map stands."""
    others = [
        value for key, value in document.items() if key not in TOP and not key.startswith("x-")
    ]
    return (
        bool(others)
        and not document.keys() & {"services", "include"}
        and all(isinstance(other, dict) and other.keys() & {"image", "build"} for other in others)
    )


def _maps(stated: Any, path: Path, fail: Fail) -> Iterator[tuple[str, Body]]:
    if stated is None:
        return
    if not isinstance(stated, dict):
        fail("a map is expected", path)
    for name, body in stated.items():
        value = body.value if isinstance(body, Tagged) else body
        if isinstance(value, dict):
            yield name, value
        elif value is not None or path == ("services",):
            fail("a map is expected", (*path, name))


def _check_keys(body: Any, known: frozenset[str], path: Path, fail: Fail) -> None:
    if not isinstance(body, dict):
        return
    for key in body:
        if key not in known and not key.startswith("x-"):
            near = suggestion(key, known, listing=False)
            fail(f"compose knows no such key{near}", (*path, key))
