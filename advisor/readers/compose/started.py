"""The service that `docker compose run` starts, with what the command says laid over its own."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.files import is_foreign, leads_out
from advisor.findings.finding import Place
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word, setting_name
from advisor.readers.compose.input import BASES, compose_jobs, overrides
from advisor.readers.docker_run.command import skip_wrappers
from advisor.readers.result import Input, Outcome, ReadOptions, as_problem
from advisor.readers.shell.command import Script, ShellCommand
from advisor.readers.text import read_beside

_ENGINES = frozenset({"docker", "podman"})
_ALONE = frozenset({"docker-compose", "podman-compose"})
_GLOBAL_VALUES = frozenset(
    {"-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory"}
    | {"--ansi", "--progress", "--parallel", "--context", "-c", "-H", "--host"}
)
_KEYS = {
    "-e": "environment",
    "--env": "environment",
    "-v": "volumes",
    "--volume": "volumes",
    "-l": "labels",
    "--label": "labels",
    "-p": "ports",
    "--publish": "ports",
    "-u": "user",
    "--user": "user",
    "-w": "working_dir",
    "--workdir": "working_dir",
    "--name": "container_name",
    "--entrypoint": "entrypoint",
    "--cap-add": "cap_add",
    "--cap-drop": "cap_drop",
    "--env-from-file": "env_file",
    "--pull": "",
}
"""Flags of `compose run` that take a value, and the key of a service that it is."""
_LISTS = frozenset({"environment", "volumes", "labels", "ports", "cap_add", "cap_drop", "env_file"})
_SHORT = re.compile(r"-[elpuvw].")
_NOT_BESIDE = (
    "the service {} that `compose run` starts is not read: the compose file that has it is not"
    " beside this"
)
_NO_SERVICE = "the compose file has no service {}"


class _Run(NamedTuple):
    """The files that are named, the service, and what goes over it."""

    files: tuple[str, ...]
    service: str
    overlay: dict[str, Any]
    own_ports: bool


def started_services(
    script: Script, source: Input, options: ReadOptions, folder: str | None
) -> Outcome:
    """The jobs of the script's `compose run`; its compose file is looked for from `folder` (None:
    nowhere), and above it within the folder that the script was found in."""
    found = Outcome()
    for command in script.commands:
        run = _run_of(command)
        if run is None:
            continue
        place = command.place
        where = f"{place.file}:{place.line}:{place.column}"
        files = () if folder is None else _files(run, folder, source.top)
        if not files:
            note = f"{where}: {_NOT_BESIDE.format(run.service)}"
            found = found._replace(notes=(*found.notes, note))
            continue
        try:
            job = _started(run, files, place, source, options)
        except InputError as error:
            found = found._replace(problems=(*found.problems, as_problem(error)))
            continue
        if job is None:
            note = f"{where}: {_NO_SERVICE.format(run.service)}"
            found = found._replace(notes=(*found.notes, note))
            continue
        job = replace(
            job,
            id=f"compose:{place.file}:{place.line}:{run.service}",
            place=place,
            source=command.source,
            template=command.template,
        )
        found = found._replace(jobs=(*found.jobs, job))
    return found


def _started(
    run: _Run, files: tuple[str, ...], place: Place, source: Input, options: ReadOptions
) -> JobSpec | None:
    """The service with the command over it; None where the files have no such service."""
    texts = {path: read_beside(path, options.most_bytes) for path in files}
    own = source._replace(file=files[0], more=(), text=None)
    every = replace(options, profiles=("*",))
    label = f"service {run.service}"
    if all(job.label != label for job in compose_jobs(own, texts, every).jobs):
        return None
    texts[place.file] = "\n" * (place.line - 1) + _overlay(run)
    jobs = compose_jobs(own, texts, every).jobs
    return next(job for job in jobs if job.label == label)


def _run_of(command: ShellCommand) -> _Run | None:
    """None for a command that is no `compose run` with a service."""
    texts = [given.text for given in command.words]
    at, _ = skip_wrappers(texts)
    name = texts[at].rpartition("/")[2] if at < len(texts) else ""
    if name in _ENGINES and texts[at + 1 : at + 2] == ["compose"]:
        at += 2
    elif name in _ALONE:
        at += 1
    else:
        return None
    files: list[str] = []
    while at < len(texts) and texts[at].startswith("-"):
        flag, equals, value = texts[at].partition("=")
        takes = not equals and flag in _GLOBAL_VALUES
        if flag in ("-f", "--file"):
            files += [value if equals else "".join(texts[at + 1 : at + 2])]
        at += 2 if takes else 1
    if texts[at : at + 1] != ["run"]:
        return None
    return _with_flags(command.words[at + 1 :], tuple(files))


def _with_flags(words: Sequence[Word], files: tuple[str, ...]) -> _Run | None:
    overlay: dict[str, Any] = {}
    own_ports, at = False, 0
    while at < len(words) and words[at].text.startswith("-"):
        text = _text(words[at])
        flag, equals, value = text.partition("=")
        if _SHORT.match(text):
            flag, equals, value = text[:2], "=", text[2:].removeprefix("=")
        at += 1
        own_ports = own_ports or flag in ("-P", "--service-ports")
        key = _KEYS.get(flag)
        if key is None:
            continue
        if not equals and at < len(words):
            value, at = _text(words[at]), at + 1
        if key in _LISTS:
            overlay.setdefault(key, []).append(value)
        elif key:
            overlay[key] = value
    if at >= len(words):
        return None
    if "entrypoint" in overlay:
        overlay |= {"entrypoint": shlex.split(overlay["entrypoint"]), "command": []}
    if at + 1 < len(words):
        overlay["command"] = [_text(given) for given in words[at + 1 :]]
    return _Run(files, words[at].text, overlay, own_ports)


def _text(given: Word) -> str:
    """The word as a compose file has it: what is open is a variable of that name."""
    pieces = []
    for part in given.parts:
        if isinstance(part, str):
            pieces.append(part.replace("$", "$$"))
        else:
            name = setting_name(part)
            pieces.append(f"${{{'ARGUMENTS' if name in ('@', '*') else name}}}")
    return "".join(pieces)


def _overlay(run: _Run) -> str:
    """A compose file on one line. Nothing is published but what the command says, the container has
    no name of the service's own, and nothing starts it again."""
    keys = {key: json.dumps(value) for key, value in run.overlay.items()}
    keys = {"container_name": "!reset null", "restart": "!reset null", **keys}
    if not run.own_ports:
        keys["ports"] = f"!override {keys.get('ports', '[]')}"
    shown = ", ".join(f'"{key}": {value}' for key, value in keys.items())
    return f'{{"services": {{{json.dumps(run.service)}: {{{shown}}}}}}}'


def _files(run: _Run, folder: str, top: str) -> tuple[str, ...]:
    """The compose files that are there: those named, else the folder's own or that of one above."""
    if run.files:
        paths = tuple(os.path.normpath(os.path.join(folder, name)) for name in run.files)
        foreign = any(is_foreign(name, folder, top) for name in run.files)
        return paths if not foreign and all(map(os.path.isfile, paths)) else ()
    for path in _upwards(folder, top):
        base = next((each for name in BASES if _is_own(each := os.path.join(path, name))), "")
        if base:
            return (base, *overrides(base))
    return ()


def _is_own(path: str) -> bool:
    return os.path.isfile(path) and not leads_out(path)


def _upwards(folder: str, top: str) -> Iterator[str]:
    yield folder
    end = os.path.realpath(top) if top else ""
    while end and os.path.realpath(folder or ".") not in (end, os.sep):
        folder = os.path.normpath(os.path.join(folder, os.pardir))
        yield folder
