"""What stands for a value that only the user has, and stops whoever runs the output as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeGuard

from advisor.jobs.word import Expansion, Word, asked_for, joined, setting_name

_FIRST_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*|[1-9]\d{0,2})", re.ASCII)
_OF_PIPELINE = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_ASKED = re.compile(r"\$\{(\w+):?\?[^{}]*\}", re.ASCII)
_FOREIGN = re.compile(r"\W+", re.ASCII)
ALWAYS_SET = frozenset(
    {
        *("CURDIR", "EUID", "HOME", "HOSTNAME", "LOGNAME", "OLDPWD", "PATH", "PWD", "RANDOM"),
        *("SHELL", "UID", "USER"),
    }
)
"""Variables that any shell has, and make's own name for the folder."""
_SAME_IN_BOTH = frozenset(
    {"gpus", "ports", "workers", "completions", "parallelism", "backoff_limit", "extended"}
)
"""Numbers that docker and the cluster read alike, so that a variable may keep its name."""
_WHAT = {
    "backoff_limit": "how often a failed job is tried again, as in 3",
    "completions": "how many runs must succeed, as in 1",
    "cpu_limit": "the CPU limit in cores, as in 4",
    "cpu_request": "the CPU request in cores, as in 4",
    "extended": "how many of the resource, as in 1",
    "gpus": "the number of GPUs, as in 2",
    "grace_seconds": "the time to stop in seconds, as in 30",
    "health": "a whole number, as in 10",
    "layer_size": "the size of the container's own layer, as in 20Gi",
    "memory_limit": "the memory limit, as in 16Gi",
    "memory_request": "the memory request, as in 16Gi",
    "mounts": "the size, as in 1Gi",
    "parallelism": "how many run at once, as in 2",
    "ports": "a port, as in 8080",
    "restart": "how often a failed job is tried again, as in 3",
    "shared_memory": "the size of shared memory, as in 16Gi",
    "workers": "the number of workers, as in 2",
}


class OpenValue(NamedTuple):
    """The name to give it by (`--set NAME=VALUE`, or in the shell), and what it is."""

    name: str
    what: str


def open_amount(field: str, value: Word) -> OpenValue:
    """For an amount that the shell decides. The variable's own name where what it holds can be
    typed as it is; sizes and times are spelled differently on a cluster and get another."""
    only = value.parts[0] if len(value.parts) == 1 else ""
    plain = isinstance(only, Expansion) and only.source in (f"${only.name}", f"${{{only.name}}}")
    if isinstance(only, Expansion) and plain and field in _SAME_IN_BOTH:
        return OpenValue(only.name, _WHAT[field])
    name = {"gpus": "GPU_COUNT"}.get(field, field.upper())
    return OpenValue(name, f"{_WHAT[field]} (from {value.text})")


def open_claim(source: str, target: str, *, whole: bool = False) -> OpenValue:
    """For the claim that is to hold some data; the name is of the last folder or `whole` path."""
    path = _ASKED.sub(r"$\1", source or target).rstrip("/")
    last = _FOREIGN.sub("_", path if whole else path.rpartition("/")[2]).strip("_").upper()
    name = f"{last or 'DATA'}_CLAIM"
    return OpenValue(f"_{name}" if name[0].isdigit() else name, f"the claim that holds {source}")


def open_flags(value: OpenValue) -> Word:
    """`${NAME?what}`: the same for any number of words, none of them too."""
    return asked_for(value.name, value.what, empty=True)


def placeholder(value: OpenValue) -> Word:
    """`"${NAME:?what}"`: a shell refuses the command that has it until NAME is set."""
    return asked_for(value.name, value.what)


def loud(value: Word, *, several: bool = False, among: Callable[[Expansion], bool] = bool) -> Word:
    """The word with `"${NAME:?...}"` for each variable that the shell of whoever pastes the command
    may not have. With `several`, one that is the whole word and unquoted may be no word at all."""
    if not value.expansions:
        return value
    bare = several and len(value.parts) == 1
    return joined(
        inner
        for part in value.parts
        for inner in (_asked(part, bare=bare) if _may_be_unset(part) and among(part) else (part,))
    )


def _may_be_unset(part: str | Expansion) -> TypeGuard[Expansion]:
    if isinstance(part, str) or part.asked or part.withheld or part.name in ALWAYS_SET:
        return False
    if _OF_PIPELINE.fullmatch(part.source):
        return True
    plain = (f"${part.name}", f"${{{part.name}}}", f"$({part.name})")
    return (
        part.kind in ("make", "variable")
        and part.source in plain
        and (part.name.isidentifier() or part.name.isdecimal())
    )


def _asked(part: Expansion, *, bare: bool) -> tuple[str | Expansion, ...]:
    if match := _OF_PIPELINE.fullmatch(part.source):
        return asked_for(setting_name(part), f"what the pipeline has for {match[1]}").parts
    if part.name.isdecimal():
        return asked_for(part.name, f"argument {part.name} of the script").parts
    several = bare and not part.quoted
    what = f"the value of {part.name}" + (" or nothing" if several else "")
    return asked_for(part.name, what, empty=several).parts


def asked_of(words: Iterable[Word]) -> str:
    """What is told of words in which something is asked for; empty where nothing is."""
    asked = [expansion for given in words for expansion in given.expansions if expansion.asked]
    requests = (f"give --set {expansion.name}=VALUE, {expansion.asked}" for expansion in asked)
    return "; ".join(dict.fromkeys(requests))


def only_the_shell_knows(text: str) -> str:
    """What is told of a value that decides what is written, and that only the shell fills in."""
    return naming(f"only the shell knows {text}: give it with --set NAME=VALUE", text)


def naming(reason: str, text: str) -> str:
    """The reason with the first variable of the text in place of NAME, so that it can be typed."""
    if text in ("$@", "$*"):
        return reason.replace("--set NAME=", "--set 1=")
    match = _FIRST_VARIABLE.search(text)
    return reason.replace("--set NAME=", f"--set {match[1]}=") if match else reason


def how_to_settle(value: OpenValue, stands_for: Word) -> str:
    """What is told of it in the ledger: by which name it can be given."""
    names = [
        expansion.name
        for expansion in stands_for.expansions
        if expansion.name and expansion.kind != "command"
    ]
    own = "".join(f"--set {name}=VALUE, or " for name in names if name != value.name)
    return (
        f"only the shell knows {stands_for.text}: give {own}--set {value.name}=VALUE, {value.what}"
    )
