"""Whether a job is for somebody who sits in front of it, runs to its end by itself, or is a launch
over several machines that became one distributed job."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from msgspec.structs import replace

from advisor.jobs.launch import launched
from advisor.jobs.ledger import Fate
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word, asked_for

_SHELLS = frozenset({"bash", "sh", "zsh", "fish", "dash", "ash", "ksh", "tmux", "screen"})
_NOTEBOOK = re.compile("jupyter|code-server|openvscode-server|rserver|rstudio|marimo")
_RESTARTED = frozenset({"always", "unless-stopped"})
_SHELL_OPTIONS = frozenset({"-l", "-i", "-il", "-li", "--login", "--norc", "--noprofile"})


_OF_RUNAI = {
    "workspace": "it is a workspace",
    "inference": "it serves requests",
    "inference-distributed": "it serves requests",
    "nim": "it serves requests",
}


def standing_of(spec: JobSpec, run: Run) -> str:
    """Why the job is interactive or a service, by its source's kind or by its run; else empty."""
    if spec.reader == _SAYS_ITS_KIND and spec.kind != _OLD:
        return _OF_RUNAI.get(spec.kind, "")
    return standing_reason(run)


_SAYS_ITS_KIND, _OLD = "runai-v2", "deprecated"


def standing_reason(run: Run) -> str:
    """Why the job is an interactive one or a service; empty for one that ends by itself."""
    if run.completions is not None or run.parallelism is not None:
        return ""
    reasons = (
        (run.interactive and run.terminal, "somebody sits at its terminal"),
        (run.service, "it is meant to keep running"),
        (run.restart.lower() in _RESTARTED, "it is started again whenever it ends"),
        (_is_notebook(run), "it is a notebook"),
        (_is_shell(run), "it is a shell"),
        (_only_waits(run), "it only waits for somebody to work in it"),
        (_serves(run), "it serves a port"),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _program(run: Run) -> Sequence[Word]:
    return (*(run.entrypoint or ()), *run.arguments)


def _is_shell(run: Run) -> bool:
    words = [word.text for word in _program(run)]
    if not words or words[0].rsplit("/", 1)[-1] not in _SHELLS:
        return False
    return all(word in _SHELL_OPTIONS for word in words[1:])


def _only_waits(run: Run) -> bool:
    return _WAITS.fullmatch(" ".join(word.text for word in _program(run))) is not None


_WAITS = re.compile(
    r"(?:(?:/\S*/)?(?:ba|da)?sh -l?c (?:trap [^;]*; *(?:TERM[^;]*; *)?)?)?"
    r"(?:sleep inf(?:inity)?|tail -[fF] /dev/null)(?: *& *wait)?;?"
)


def _serves(run: Run) -> bool:
    """Whether a port is published, and not only to watch a training: what is started again
    whenever it ends would train for ever."""
    if all(port.host is None for port in run.ports):
        return False
    words = " ".join(word.text for word in _program(run)).split()
    scripts = [word for word in words if word.endswith((".py", ".sh"))]
    modules = [word for option, word in pairwise(words) if option == "-m"]
    names = (name.rsplit("/", 1)[-1] for name in (*words[:1], *scripts, *modules))
    return not any(map(_TRAINS.search, names))


_TRAINS = re.compile(
    r"(?i)(?<![a-z])(?:(?:pre-?)?train(?:er|ing)?|fine[-_]?tun(?:e|ing)|eval(?:uate)?)(?![a-z])"
    r"(?!.*(?:serv|app|api|ui(?![a-z])))"
)
"""The name of a program that trains or evaluates, and then ends."""


def _is_notebook(run: Run) -> bool:
    texts = [run.image.text.rsplit("/", 1)[-1], *(word.text for word in _program(run)[:4])]
    return any(map(_NOTEBOOK.search, texts))


def user_of_group(spec: JobSpec) -> str:
    """The user where only a group is given: docker's `-u :GID` is root in that group, whoever the
    image's user is; `--run-as-gid` of runai and a pod's `runAsGroup` leave the image's user."""
    return "" if spec.reader.startswith(("runai", "manifest")) else "0"


WORKERS = asked_for("WORKERS", "the number of machines, without the one that leads")
"""Fails loudly where the number is not given."""
UNKNOWN_WORKERS = (
    "how many machines take part is not said: give --set WORKERS=NUMBER, without the first"
)
OF_OPERATOR = "left out: the operator of the distributed job sets it, for each pod its own"


def as_one_job(spec: JobSpec, run: Run) -> tuple[JobSpec, Run]:
    """A Job whose pods start one launch over several machines, as that distributed job: what Run:ai
    makes of an Indexed Job has neither the names nor the numbers by which the pods find another."""
    pods = run.parallelism
    several = spec.reader == "manifest" and not run.distributed and isinstance(pods, int)
    found = launched(run, pods) if several and isinstance(pods, int) and pods > 1 else None
    if found is None:
        alone = replace(run, completions=None, parallelism=None) if is_indexed(spec) else run
        return spec, alone
    changed, launch = found
    return replace(spec, launch=launch), replace(changed, completions=None, parallelism=None)


def is_indexed(spec: JobSpec) -> bool:
    """Whether each pod of the job gets a number from its controller."""
    return any(item.sets == _MODE and item.value == "Indexed" for item in spec.items)


_MODE = (("completion_mode",),)


def changed_by_launch(spec: JobSpec, fate: Fate, reason: str) -> tuple[Fate, str]:
    """The account of a command, with what became of its addresses and ranks."""
    if spec.launch is None:
        return fate, reason
    return "changed", f"{reason}; {spec.launch.told}"
