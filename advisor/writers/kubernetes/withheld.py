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
from advisor.writers.kubernetes.draft import PLACEHOLDER

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
        if isinstance(value, list) and all(isinstance(text, str) for text in value)
    }
    flat = [text for value in words.values() for text in value]
    if redact_words(flat)[1] == 0:
        return
    shown = list(withheld_words([word(text) for text in flat]))
    for key, value in words.items():
        own, shown = shown[: len(value)], shown[len(value) :]
        container[key] = [
            _in_cluster(shown_word, before) for shown_word, before in zip(own, value, strict=True)
        ]
        for shown_word in own:
            yield from (Withheld((*path, key), part.name, True) for part in shown_word.expansions)


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
            entry = value[key]
            if isinstance(entry, str):
                named = stated if key == "value" and isinstance(stated, str) else str(key)
                value[key], holders = _placeheld(named, entry)
                yield from (Withheld((*path, key), holder, False) for holder in holders)
            elif isinstance(entry, list) and all(isinstance(part, str) for part in entry):
                value[key] = list(_placeheld_words(entry, str(key)))
                if value[key] != entry:
                    yield Withheld((*path, key), holder_name(str(key)), False)
            else:
                yield from withhold_fields(entry, (*path, key))
            if isinstance(key, str) and without_shapes(key, MARK) != key:
                value[PLACEHOLDER + "KEY"] = value.pop(key)
    elif isinstance(value, list):
        for number, element in enumerate(value):
            yield from withhold_fields(element, (*path, number))


def _placeheld(name: str, text: str) -> tuple[str, tuple[str, ...]]:
    shown = redact_named(name, text)
    if shown == text:
        return text, ()
    holder = holder_name(name)
    return shown.replace(MARK, PLACEHOLDER + holder), (holder,)


def _placeheld_words(words: list[str], key: str) -> Iterator[str]:
    for text in redact_words(words)[0]:
        yield text.replace(MARK, PLACEHOLDER + holder_name(key))
