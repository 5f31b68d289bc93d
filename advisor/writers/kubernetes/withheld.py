"""Secrets in an object that stays what it is: words of a command come from a Secret, other fields
get a placeholder, and what a server wrote of an earlier version goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from advisor.facts.secrecy import MARK, redact_named, redact_words
from advisor.facts.secret_shapes import without_shapes
from advisor.jobs.withholding import holder_name, withheld_words
from advisor.jobs.word import Expansion, Word, word
from advisor.objects.roles import Path
from advisor.readers.manifest.shape import Body
from advisor.writers.kubernetes.words import PLACEHOLDER

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_COMMANDS = ("command", "args")


class Withheld(NamedTuple):
    """A secret that was taken out of the field at `path`. `holder` is the variable that has to
    give it, `placed` whether it does: else a placeholder stands in the field."""

    path: Path
    holder: str
    placed: bool


def drop_last_applied(document: Any) -> None:
    """The copy of the whole object that kubectl keeps in an annotation, which it makes anew."""
    metadata = document.get("metadata") if isinstance(document, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)


def withhold_command(container: Body, path: Path) -> Iterator[Withheld]:
    """The words of a container without their secrets, which variables `$(NAME)` stand for."""
    lists = {key: container.get(key) for key in _COMMANDS}
    words = {
        key: value
        for key, value in lists.items()
        if isinstance(value, list) and all(isinstance(one, str) for one in value)
    }
    flat = [one for value in words.values() for one in value]
    if redact_words(flat)[1] == 0:
        return
    shown = list(withheld_words([word(one) for one in flat]))
    for key, value in words.items():
        own, shown = shown[: len(value)], shown[len(value) :]
        container[key] = [_in_cluster(one, before) for one, before in zip(own, value, strict=True)]
        for one in own:
            yield from (Withheld((*path, key), part.name, True) for part in one.expansions)


def _in_cluster(value: Word, before: str) -> str:
    if not value.expansions:
        return before
    return "".join(
        f"$({part.name})" if isinstance(part, Expansion) else part for part in value.parts
    )


def withhold_fields(value: Any, path: Path = ()) -> Iterator[Withheld]:
    """Every other field of a part of an object, changed in place."""
    if isinstance(value, dict):
        stated = value.get("name", value.get("key")) if "value" in value else None
        for key in list(value):
            one = value[key]
            if isinstance(one, str):
                named = stated if key == "value" and isinstance(stated, str) else str(key)
                value[key], holders = _placeheld(named, one)
                yield from (Withheld((*path, key), holder, False) for holder in holders)
            elif isinstance(one, list) and all(isinstance(part, str) for part in one):
                value[key] = list(_placeheld_words(one, str(key)))
                if value[key] != one:
                    yield Withheld((*path, key), holder_name(str(key)), False)
            else:
                yield from withhold_fields(one, (*path, key))
            if isinstance(key, str) and without_shapes(key, MARK) != key:
                value[PLACEHOLDER + "KEY"] = value.pop(key)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from withhold_fields(one, (*path, number))


def _placeheld(name: str, text: str) -> tuple[str, tuple[str, ...]]:
    shown = redact_named(name, text)
    if shown == text:
        return text, ()
    holder = holder_name(name)
    return shown.replace(MARK, PLACEHOLDER + holder), (holder,)


def _placeheld_words(words: list[str], key: str) -> Iterator[str]:
    for one in redact_words(words)[0]:
        yield one.replace(MARK, PLACEHOLDER + holder_name(key))
