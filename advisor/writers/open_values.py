"""What stands for a value that only the user has, and stops whoever runs the output as it is; and
variables and words of a command without the secrets in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeGuard

from advisor.facts.secrecy import MARK, redact_text
from advisor.jobs.ledger import Fate
from advisor.jobs.run import Variable
from advisor.jobs.withholding import shell_name, withheld_words
from advisor.jobs.word import Expansion, Word, asked_for, joined, setting_name
from advisor.writers.shell_text import variable_word

_FIRST_VARIABLE = re.compile(
    r"\$(?:\{?([A-Za-z_]\w*|[1-9]\d{0,2})|\(([A-Z_][A-Z0-9_]*)\))", re.ASCII
)
"""Of a shell, or of make, whose variables are told from commands by their capitals."""
_OF_PIPELINE = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_ARRAY = re.compile(r"\$\{([A-Za-z_]\w*)\[@\]\}", re.ASCII)
_ASKED = re.compile(r"\$\{(\w+)(?:\[@\])?:?\?[^{}]*\}", re.ASCII)
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


NOT_KNOWN = "what the shell puts in here is not known; give it with --set NAME=VALUE"
"""Said of flags that only the shell knows."""


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


def open_options(text: str) -> OpenValue:
    """For flags of docker that only the shell knows, which are to be written anew."""
    name = "ARGUMENTS" if text in ("$@", "$*") else _FOREIGN.sub("_", text).strip("_").upper()
    name = f"ARGUMENT_{name}" if name.isdecimal() else name[:40].strip("_")
    what = f"what {text} says, in flags of runai, or nothing"
    return OpenValue(f"RUNAI_FLAGS_OF_{name}" if name else "RUNAI_FLAGS", what)


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
    if _ARRAY.fullmatch(part.source):
        return True
    plain = (f"${part.name}", f"${{{part.name}}}", f"$({part.name})")
    return (part.kind == "command" and part.own) or (
        part.kind in ("make", "variable")
        and part.source in plain
        and (part.name.isidentifier() or part.name.isdecimal())
    )


def _asked(part: Expansion, *, bare: bool) -> tuple[str | Expansion, ...]:
    if match := _OF_PIPELINE.fullmatch(part.source):
        return asked_for(setting_name(part), f"what the pipeline has for {match[1]}").parts
    if part.kind == "command":
        return asked_for(setting_name(part), f"what {part.source} gives in the script").parts
    if part.name.isdecimal():
        return asked_for(part.name, f"argument {part.name} of the script").parts
    if match := _ARRAY.fullmatch(part.source):
        return asked_for(match[1], f"the words of {match[1]}", array=True).parts
    several = bare and not part.quoted
    what = _MEANINGS.get(part.name, f"the value of {part.name}") + (
        " or nothing" if several else ""
    )
    return asked_for(part.name, what, empty=several).parts


_MEANINGS = {"SCRIPT_DIR": "the folder of the script"}
"""Of variables that the reader of a script names, and the script perhaps not."""


def asked_of(words: Iterable[Word]) -> str:
    """The note on words in which something is asked for; empty where nothing is."""
    asked = [expansion for given in words for expansion in given.expansions if expansion.asked]
    requests = (f"give --set {expansion.name}=VALUE, {expansion.asked}" for expansion in asked)
    return "; ".join(dict.fromkeys(requests))


def asked_names(text: str) -> tuple[str, ...]:
    """The names in a text of a command that the shell refuses while they are not set."""
    return tuple(dict.fromkeys(_ASKED.findall(text)))


def only_the_shell_knows(text: str) -> str:
    """The note on a value that decides what is written, and that only the shell fills in."""
    return naming(f"only the shell knows {text}: give it with --set NAME=VALUE", text)


def naming(reason: str, text: str) -> str:
    """The reason with the first variable of the text in place of NAME, so that it can be typed."""
    if text in ("$@", "$*"):
        return reason.replace("--set NAME=", "--set 1=")
    match = _FIRST_VARIABLE.search(text)
    return reason.replace("--set NAME=", f"--set {match[1] or match[2]}=") if match else reason


def how_to_settle(value: OpenValue, stands_for: Word) -> str:
    """The ledger's reason for it: by which name it can be given."""
    names = [
        expansion.name
        for expansion in stands_for.expansions
        if expansion.name and expansion.kind != "command"
    ]
    own = "".join(f"--set {name}=VALUE, or " for name in names if name != value.name)
    return (
        f"only the shell knows {stands_for.text}: give {own}--set {value.name}=VALUE, {value.what}"
    )


_DEVICE_VARIABLES = frozenset(
    {
        "NVIDIA_VISIBLE_DEVICES",
        "HABANA_VISIBLE_DEVICES",
        "ASCEND_VISIBLE_DEVICES",
        "AMD_VISIBLE_DEVICES",
        "AWS_NEURON_VISIBLE_DEVICES",
        "MTHREADS_VISIBLE_DEVICES",
        "CAMBRICON_VISIBLE_DEVICES",
        "METAX_VISIBLE_DEVICES",
        "ASCEND_RT_VISIBLE_DEVICES",
        "HABANA_VISIBLE_MODULES",
        "CUDA_VISIBLE_DEVICES",
        "ROCR_VISIBLE_DEVICES",
        "HIP_VISIBLE_DEVICES",
    }
)


_OF_DISPLAY = frozenset({"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"})
"""Where the shell that starts a container shows its windows. A display that is named is one that
the container starts itself."""

OLD_NAME = re.compile(r"[-._A-Za-z][-._A-Za-z0-9]*|.*[$`].*")
"""Names that every release of Kubernetes takes, and those that the shell has yet to fill in."""
NEWER_NAME = "a cluster before Kubernetes 1.32 refuses this name: there it needs another"

__all__ = ["NEWER_NAME", "OLD_NAME", "PlacedVariable", "conceal", "place_variable", "shell_name"]


class PlacedVariable(NamedTuple):
    """`value` None leaves the variable out; `secret` names the shell variable that holds it."""

    name: str
    value: Word | None
    fate: Fate
    reason: str
    secret: str = ""


def place_variable(variable: Variable) -> PlacedVariable:
    """The variable as a command carries it: secrets and bare names refer to the shell."""
    name = variable.name
    if name in _DEVICE_VARIABLES:
        reason = "left out: the cluster hands out the devices, by number and not by id"
        return PlacedVariable(name, None, "changed", reason)
    if name in _OF_DISPLAY and (variable.value is None or variable.value.expansions):
        return PlacedVariable(name, None, "no-equivalent", "left out: a node has no display")
    if variable.value is None and any(mark in name for mark in "$`%~"):
        reason = only_the_shell_knows(f"which variable {name} is")
        return PlacedVariable(name, None, "unresolved", reason)
    if variable.value is None:
        reason = "taken from the shell that submits; where it is not set there it is empty"
        holder = shell_name(name)
        if holder != name:
            reason = f"no shell can name {name}: put its value into {holder} first"
        return PlacedVariable(
            name, variable_word(holder), "mapped" if holder == name else "changed", reason
        )
    if _holds_secret(variable):
        holder = shell_name(name)
        reason = f"its value is not repeated: put it in the shell's variable {holder} first"
        return PlacedVariable(name, variable_word(holder), "changed", reason, holder)
    origin = f"from {variable.file}" if variable.file else "the same variable"
    if variable.value.literal is None:
        filler = {expansion.kind for expansion in variable.value.expansions}
        by_shell = filler != {"cluster"}
        origin = f"{'the shell that submits' if by_shell else 'Kubernetes'} puts the value in"
    if not OLD_NAME.fullmatch(name):
        return PlacedVariable(name, variable.value, "changed", f"{origin}; {NEWER_NAME}")
    return PlacedVariable(name, variable.value, "mapped", origin)


def _holds_secret(variable: Variable) -> bool:
    texts = [part for part in (variable.value or Word()).parts if isinstance(part, str)]
    if variable.secret:
        return bool(texts)
    return any(MARK in text or redact_text(text)[1] for text in texts)


def conceal(words: Sequence[Word]) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """Words in which secrets are references to shell variables, and the names of those."""
    made = withheld_words(words)
    held = [
        expansion.name
        for before, after in zip(words, made, strict=True)
        if before is not after
        for expansion in after.expansions
        if expansion.withheld
    ]
    return made, tuple(dict.fromkeys(held))
