"""`docker run` behind what people put in front of it: sudo, env, variables, global flags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from advisor.jobs.word import Veil, is_veiled
from advisor.readers.docker_run.flags import Engine, Fail, Occurrence, Scanner, Verb, global_flags
from advisor.readers.flag_scan import names

_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL | re.ASCII)
_PROGRAMS: dict[str, Engine] = {
    "docker": "docker",
    "nvidia-docker": "docker",
    "podman": "podman",
    "podman-remote": "podman",
    "nerdctl": "nerdctl",
}
_VERBS: dict[str, Verb] = {"run": "run", "create": "create"}


class _Wrapper(NamedTuple):
    """A program that runs another: its options that take a value, and words before the command."""

    valued: frozenset[str] = frozenset()
    positional: int = 0
    resets: bool = False


_WRAPPERS: dict[str, _Wrapper] = {
    "sudo": _Wrapper(
        names("-u -g -p -C -D -h -R -r -t -T -U --user --group --prompt --chdir --host"),
        resets=True,
    ),
    "doas": _Wrapper(names("-u -C"), resets=True),
    "env": _Wrapper(names("-u -C --unset --chdir")),
    "time": _Wrapper(names("-f -o --format --output")),
    "nice": _Wrapper(names("-n --adjustment")),
    "ionice": _Wrapper(names("-c -n --class --classdata")),
    "timeout": _Wrapper(names("-k -s --kill-after --signal"), positional=1),
    "stdbuf": _Wrapper(names("-i -o -e --input --output --error")),
    "exec": _Wrapper(names("-a")),
    **{name: _Wrapper() for name in ("nohup", "command", "setsid", "winpty", "caffeinate")},
}


class Command(NamedTuple):
    """What stands before the flags. `words` are the program's own, `start` follows the verb.

    `variables` are assignments in front that the program sees, `cleared` says that a sudo between
    took the rest of the shell's variables away.
    """

    program: str
    engine: Engine
    verb: Verb
    words: tuple[int, ...]
    start: int
    globals: tuple[Occurrence, ...] = ()
    variables: dict[str, str] = {}


class _GlobalFlagError(Exception):
    """A word between the program and its verb that is not one of its flags."""


def find_command(veil: Veil, fail: Fail) -> Command | None:
    """None when the words run no container."""
    at, variables = skip_wrappers(veil.texts)
    if at >= len(veil.texts):
        return None
    program = _program(veil.plain(veil.texts[at]), is_veiled(veil.texts[at]))
    if program is None:
        return None
    engine = _PROGRAMS[program]
    scanned = Scanner(global_flags(engine), veil.texts, fail).scan(at + 1)
    verb, after = _verb(veil.texts, scanned.stop)
    if verb is None:
        return None
    flagged = {number for occurrence in scanned.occurrences for number in occurrence.words}
    return Command(
        program=program,
        engine=engine,
        verb=verb,
        words=tuple(number for number in range(after) if number not in flagged),
        start=after,
        globals=tuple(scanned.occurrences),
        variables=variables,
    )


def runs_container(veil: Veil) -> bool:
    """Whether find_command finds one, or fails over a global flag before a verb."""
    try:
        return find_command(veil, _refuse) is not None
    except _GlobalFlagError:
        return any(text in _VERBS for text in veil.texts)


def _refuse(*_: object) -> NoReturn:
    raise _GlobalFlagError


def _program(text: str, veiled: bool) -> str | None:
    """The engine a word calls: by path, by its Windows name, or `$DOCKER`, `$(DOCKER)`."""
    name = re.split(r"[/\\]", text.lower())[-1].removesuffix(".exe")
    if name in _PROGRAMS:
        return name
    if not veiled:
        return None
    called = re.fullmatch(r"\W*(?:\w*_)?(nvidia_docker|docker|podman|nerdctl)(?:_\w*)?\W*", name)
    return called[1].replace("_", "-") if called else None


def _verb(texts: Sequence[str], at: int) -> tuple[Verb | None, int]:
    if at < len(texts) and texts[at] == "container":
        at += 1
    return (_VERBS.get(texts[at]), at + 1) if at < len(texts) else (None, at)


def skip_wrappers(texts: Sequence[str]) -> tuple[int, dict[str, str]]:
    """The number of the first word that is no assignment and no wrapper, and the assignments."""
    at, variables = 0, {}
    while at < len(texts):
        assignment = _ASSIGNMENT.fullmatch(texts[at])
        wrapper = _WRAPPERS.get(texts[at].rsplit("/", 1)[-1])
        if assignment:
            variables[assignment["name"]] = assignment["value"]
            at += 1
        elif wrapper:
            end = _skipnames(texts, at + 1, wrapper)
            keeps = any(text in ("-E", "--preserve-env") for text in texts[at + 1 : end])
            if wrapper.resets and not keeps:
                variables.clear()
            at = end + wrapper.positional
        else:
            break
    return at, variables


def _skipnames(texts: Sequence[str], at: int, wrapper: _Wrapper) -> int:
    while at < len(texts) and texts[at].startswith("-"):
        if texts[at] == "--":
            return at + 1
        at += 2 if texts[at] in wrapper.valued else 1
    return at
