"""Environment variables and words of a command without the secrets in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from advisor.facts.secrecy import MARK, redact_text, redact_words
from advisor.jobs.ledger import Fate
from advisor.jobs.run import Variable
from advisor.jobs.word import Expansion, Word, joined
from advisor.writers.shell_text import variable_word

_DEVICE_VARIABLES = frozenset(
    {
        "NVIDIA_VISIBLE_DEVICES",
        "HABANA_VISIBLE_DEVICES",
        "CUDA_VISIBLE_DEVICES",
        "ROCR_VISIBLE_DEVICES",
        "HIP_VISIBLE_DEVICES",
    }
)
_SHELL_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NAME_BEFORE_MARK = re.compile(r"([A-Za-z_][\w-]*)[=: ]+$")
_FOREIGN = re.compile(r"\W+", re.ASCII)


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
        reason = f"only the shell knows which variable {name} is: give it with --set NAME=VALUE"
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
    return PlacedVariable(name, variable.value, "mapped", origin)


def _holds_secret(variable: Variable) -> bool:
    texts = [part for part in (variable.value or Word()).parts if isinstance(part, str)]
    if variable.secret:
        return bool(texts)
    return any(redact_text(text)[1] for text in texts)


def conceal(words: Sequence[Word]) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """Words in which secrets are references to shell variables, and the names of those."""
    shown, _ = redact_words([word.text for word in words])
    holders: list[str] = []
    made = [
        word if word.text == text else _concealed(word, text, holders)
        for word, text in zip(words, shown, strict=True)
    ]
    return tuple(made), tuple(dict.fromkeys(holders))


def _concealed(word: Word, text: str, holders: list[str]) -> Word:
    """The redacted text with a reference in place of each mark."""
    parts: list[str | Expansion] = []
    known = {expansion.source: expansion for expansion in word.expansions}
    pieces = text.split(MARK)
    for number, piece in enumerate(pieces):
        parts += _with_known(piece, known)
        if number < len(pieces) - 1:
            holder = _holder("".join(pieces[: number + 1]))
            holders.append(holder)
            parts += variable_word(holder).parts
    return joined(parts)


def _with_known(piece: str, known: dict[str, Expansion]) -> list[str | Expansion]:
    if not known:
        return [piece]
    pattern = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return [known.get(part, part) for part in re.split(f"({pattern})", piece)]


def _holder(before: str) -> str:
    """A name for the shell variable: that of the option or variable in front."""
    match = _NAME_BEFORE_MARK.search(before)
    return shell_name(match[1]).upper() if match else "SECRET"


def shell_name(name: str) -> str:
    """`name` as a variable of the shell may be called."""
    if _SHELL_NAME.fullmatch(name):
        return name
    fit = _FOREIGN.sub("_", name).strip("_")
    return fit if _SHELL_NAME.fullmatch(fit) else f"V_{fit}"
