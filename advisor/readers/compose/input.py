"""A compose file as an input: its profiles, its env files, and the files of its folder, which are
read together; what each is to the others."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from advisor.errors import InputError
from advisor.files import is_foreign, leads_out
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word
from advisor.readers.compose.dotenv import read_env_file
from advisor.readers.compose.interpolation import as_word
from advisor.readers.compose.merging import Tagged, unmarked
from advisor.readers.compose.naming import told_apart
from advisor.readers.compose.project import included_paths, is_provided
from advisor.readers.compose.reader import read_compose
from advisor.readers.result import FOREIGN, Input, Outcome, ReadOptions
from advisor.readers.text import read_beside
from advisor.readers.yaml_documents import parse_documents

_GPU = re.compile(r"nvidia|\bgpus?\b|/dev/kfd|habana|ascend|\bamd\.com", re.IGNORECASE)

BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
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
        usual = os.path.basename(path) in BASES
        return whole in self.included or (whole in self.extended and not usual)


class Part(NamedTuple):
    """A file to read, those that go over it, and a note on it."""

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
    whole = [
        path
        for path in paths
        if path == base or not (_is_partial(texts[path]) or _says_what_it_goes_over(path, texts))
    ]
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
    bodies = [body for document in documents for body in _services(unmarked(document))]
    return any(not {"image", "build", "extends", "provider"} & body.keys() for body in bodies)


def _says_what_it_goes_over(path: str, texts: Mapping[str, str]) -> bool:
    """Whether a comment in the file or beside it names it behind another one: `-f BASE -f FILE`."""
    name = re.escape(os.path.basename(path))
    pattern = re.compile(
        rf"^[ \t]*#.*-f[ \t]+[\w./-]+\.ya?ml[ \t].*?-f[ \t]+(?:\S*/)?{name}\b", re.M
    )
    return any(map(pattern.search, texts.values()))


def _services(document: Any) -> list[dict[str, Any]]:
    services = document.get("services") if isinstance(document, dict) else None
    bodies = services.values() if isinstance(services, dict) else ()
    return [body if isinstance(body, dict) else {} for body in bodies]


def overrides(path: str) -> tuple[str, ...]:
    """The file that goes over a compose file without being named."""
    folder, name = os.path.split(path)
    if name not in BASES:
        return ()
    stem = PurePath(name).stem
    names = (f"{stem}.override.yaml", f"{stem}.override.yml")
    return tuple(path for path in _there(folder, names)[:1] if not leads_out(path))


def belongs_to_another(path: str) -> bool:
    """Whether it is read together with the compose file that it goes over, or never by compose."""
    folder, name = os.path.split(path)
    if _OVERRIDE.fullmatch(name):
        stem = name.lower().split(".", 1)[0]
        return bool(_there(folder, [base for base in BASES if base.startswith(f"{stem}.")]))
    return name in BASES and bool(_there(folder, BASES[: BASES.index(name)]))


def base_beside(path: str) -> str | None:
    """The compose file that one with another name may be meant to go over."""
    folder, name = os.path.split(path)
    beside = _there(folder, BASES)
    return beside[0] if beside and name not in BASES else None


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


def read_compose_file(source: Input, text: str, options: ReadOptions) -> Outcome:
    """The services of a compose file; one that is no project by itself goes over the one beside it.

    Raises InputError for a file that cannot be read as compose.
    """
    files = {
        source.file: text,
        **{path: read_beside(path, options.most_bytes) for path in source.more},
    }
    try:
        outcome = compose_jobs(source, files, options)
        return outcome._replace(notes=(*source.notes, *outcome.notes))
    except InputError as error:
        base = base_beside(source.file) if options.beside else None
        if base is None:
            raise
        try:
            outcome = compose_jobs(
                source, {base: read_beside(base, options.most_bytes), **files}, options
            )
        except InputError:
            raise error from None
        note = f"{source.file}: read as one that goes over {base}"
        return outcome._replace(notes=(note, *outcome.notes))


def compose_jobs(source: Input, files: Mapping[str, str], options: ReadOptions) -> Outcome:
    """The services that start, each under a name of its own, and notes on those that only a
    profile starts and on names that several have."""
    outcome = _started_services(source, files, options)
    jobs, shared = told_apart(outcome.jobs)
    provided = (_PROVIDED.format(name) for name in _provided(files, source.file))
    notes = tuple(f"{source.file}: {note}" for note in (*provided, *shared))
    return outcome._replace(jobs=jobs, notes=(*outcome.notes, *notes))


def _provided(files: Mapping[str, str], file: str) -> tuple[str, ...]:
    """The services that a plugin of compose provides."""
    texts = (text for text in files.values() if "provider" in text)
    documents = (each for text in texts for each in parse_documents(text, file, on_tag=Tagged))
    services = [_map(_map(unmarked(each)).get("services")) for each in documents]
    bodies = [entry for each in services for entry in each.items()]
    return tuple(name for name, body in bodies if is_provided(_map(body)))


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _started_services(source: Input, files: Mapping[str, str], options: ReadOptions) -> Outcome:
    folder = os.path.dirname(source.file)

    def env_file(name: str, known: Mapping[str, str | Word] | None) -> dict[str, str | Word] | None:
        if not options.beside or is_foreign(name, folder, source.top):
            return None
        return read_env_file(os.path.join(folder, name), known)

    whole = dict(files)
    if options.beside:
        whole |= files_needed(files, source.top, lambda path: read_beside(path, options.most_bytes))
    dotenv = env_file(".env", options.environment) or {}
    environment = {**dotenv, **options.environment}
    stated = as_word(environment.get("COMPOSE_PROFILES", "")).text
    profiles = options.profiles or tuple(profile.strip() for profile in stated.split(","))

    def read(profiles: Collection[str]) -> tuple[JobSpec, ...]:
        return read_compose(
            whole,
            env=environment,
            profiles=profiles,
            env_files=env_file,
            folder=os.path.abspath(folder) if source.text is None else "",
        )

    jobs = read(profiles)
    texts = "\n".join(whole.values())
    absent = [name for name in options.profiles if name != "*" and name not in texts]
    if absent:
        note = f"{source.file}: no service has the profile {', '.join(absent)}"
        return Outcome(jobs=jobs, notes=(note,))
    if "profiles" not in texts:
        return Outcome(jobs=jobs)
    started = {job.id for job in jobs}
    left = [job for job in read("*") if job.id not in started]
    if not left:
        return Outcome(jobs=jobs)
    names = ", ".join(job.label.removeprefix("service ") for job in left)
    if not jobs and not any(profiles):
        # whoever keeps such a file starts one or another: each is a job of theirs
        return Outcome(jobs=tuple(left), notes=(f"{source.file}: {_ALL_READ.format(names)}",))
    return Outcome(jobs=jobs, notes=(f"{source.file}: {_PROFILES.format(names)}",))


_PROVIDED = (
    "left out, since a plugin of compose provides it and no container: {}; what it provides must be"
    " there on the cluster, behind a Service of that name"
)
_PROFILES = "left out, since only a profile starts them: {}; --profile NAME switches one on"
_ALL_READ = "nothing starts without a profile, so all is read: {}; --profile NAME chooses"
