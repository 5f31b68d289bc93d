"""Environment variables and words of a command without the secrets in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from advisor.facts.secrecy import MARK, redact_text
from advisor.jobs.ledger import Fate
from advisor.jobs.run import Variable
from advisor.jobs.withholding import shell_name, withheld_words
from advisor.jobs.word import Word
from advisor.writers.open_values import only_the_shell_knows
from advisor.writers.shell_text import variable_word

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
