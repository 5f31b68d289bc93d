"""A job without the secrets in it: each is a reference to a variable of the shell, or a mark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from advisor.facts.redaction import without_secrets, without_values
from advisor.facts.secrecy import MARK, redact_text, redact_words
from advisor.jobs.run import Run, Variable
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Expansion, Word, joined

_SHELL_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NAME_BEFORE_MARK = re.compile(r"([A-Za-z_][\w.-]*)[\"'=: ]+(?:[Bb]earer |[Bb]asic )?[\"']?$")
_NAMED_OPTION = re.compile(r"--[A-Za-z][\w-]*")
_FOREIGN = re.compile(r"\W+", re.ASCII)
UNNAMED = "SECRET"

# Fields that are looked at elsewhere: the document of a manifest by its writer; ids and places name
# files. The values of variables are left to their writers too, which know their names.
_LEFT = frozenset({"document", "id", "place", "ignores", "node_affinity"})


def withhold(job: JobSpec, secrets: Sequence[str] = ()) -> JobSpec:
    """The job as everything behind the readers may see it; `secrets` are those of the text that it
    was read from."""
    return without_values(_withheld(job), secrets, ("document", "id", "place"))


def _withheld(job: JobSpec) -> JobSpec:
    changes: dict[str, Any] = {}
    for field in job.__struct_fields__:
        value = getattr(job, field)
        if not value or field in _LEFT:
            continue
        if field == "source":
            clean: Any = redact_text(value)[0]
        elif isinstance(value, Run):
            clean = _without(value)
        else:
            clean = without_secrets(value)
        if clean is not value and clean != value:
            changes[field] = clean
    return msgspec.structs.replace(job, **changes) if changes else job


def withheld_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """Words of a command in which secrets are references to variables of the shell."""
    shown, _ = redact_words([word.text for word in words])
    made: list[Word] = []
    unnamed = 0
    for number, (word, text) in enumerate(zip(words, shown, strict=True)):
        if MARK not in text:
            made.append(word)
            continue
        before = words[number - 1].text if number else ""
        name = before if _NAMED_OPTION.fullmatch(before) else ""
        if not name and text == MARK:
            unnamed += 1
        made.append(
            withheld_word(word, text, name or (UNNAMED if unnamed < 2 else f"{UNNAMED}_{unnamed}"))
        )
    return tuple(made)


def withheld_word(word: Word, text: str, name: str = UNNAMED) -> Word:
    """The redacted text of a word with a reference in place of each mark; `name` is for those in
    front of which no name stands. The login within a URL is no value of what has that name."""
    parts: list[str | Expansion] = []
    known = {expansion.source: expansion for expansion in word.expansions}
    pieces = text.split(MARK)
    unnamed = 0
    for number, piece in enumerate(pieces):
        parts += _with_known(piece, known)
        if number < len(pieces) - 1:
            own = f"{name}_LOGIN" if piece.endswith("://") and name != UNNAMED else name
            holder = _holder("".join(pieces[: number + 1]))
            unnamed += not holder
            own = f"{own}_{unnamed}" if unnamed > 1 and own == UNNAMED else own
            parts.append(reference(holder or holder_name(own)))
    return joined(parts)


def reference(name: str) -> Expansion:
    """The shell's variable that holds a secret."""
    return Expansion(source=f"${name}", kind="variable", name=name, quoted=True, withheld=True)


def holder_name(name: str) -> str:
    """A name for the variable that holds what went under `name`."""
    return shell_name(name.lstrip("-")).upper()


def shell_name(name: str) -> str:
    """`name` as a variable of the shell may be called."""
    if _SHELL_NAME.fullmatch(name):
        return name
    fit = _FOREIGN.sub("_", name).strip("_")
    return fit if _SHELL_NAME.fullmatch(fit) else f"V_{fit}"


def _with_known(piece: str, known: dict[str, Expansion]) -> list[str | Expansion]:
    if not known:
        return [piece]
    pattern = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return [known.get(part, part) for part in re.split(f"({pattern})", piece)]


def _holder(before: str) -> str:
    """A name for the shell variable: that of the option or variable in front."""
    match = _NAME_BEFORE_MARK.search(before)
    return holder_name(match[1]) if match else ""


def _without(value: Any) -> Any:
    """A part of a run, its words with references and its texts with marks."""
    if isinstance(value, Word):
        return withheld_words((value,))[0]
    if isinstance(value, Variable):
        return msgspec.structs.replace(value, name=redact_text(value.name)[0])
    if isinstance(value, msgspec.Struct):
        changes = {}
        for field in value.__struct_fields__:
            before = getattr(value, field)
            if not before or field in _LEFT or isinstance(before, int | float):
                continue
            after = _without(before)
            if after is not before and after != before:
                changes[field] = after
        return msgspec.structs.replace(value, **changes) if changes else value
    if isinstance(value, tuple) and value and all(isinstance(entry, Word) for entry in value):
        return withheld_words(value)
    if isinstance(value, tuple) and any(not isinstance(entry, str) for entry in value):
        return tuple(map(_without, value))
    return without_secrets(value)
