"""The fields of an object as items of the ledger, secrets taken out."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from advisor.facts.secrecy import MARK, looks_secret, redact_text, redact_words
from advisor.jobs.ledger import Item
from advisor.jobs.run import Run
from advisor.objects.roles import Path, WrittenTemplate
from advisor.readers.manifest.leaves import leaves
from advisor.readers.manifest.provenance import Provenance

_WORDS = frozenset({"command", "args", "arguments"})


def manifest_items(
    document: dict[str, Any],
    template: WrittenTemplate,
    skipped: Collection[Path],
    run: Run,
    *,
    guarded: bool,
) -> tuple[Item, ...]:
    """Of the object for the run of one template; `skipped` are the paths of the others. `guarded`:
    the text holds something that has a secret's shape, so each value is looked at."""
    provenance = Provenance(document, template, run)
    items = []
    for path, name, value in leaves(document, skipped):
        origin = provenance.field(path, value)
        items.append(
            Item(
                name=name,
                written=_written(path),
                value=_shown(path, value, guarded),
                sets=origin.sets,
                idle=origin.idle,
            )
        )
    return tuple(items)


def _written(path: Path) -> str:
    """The key that is there to be seen in the text."""
    return str(next((step for step in reversed(path) if isinstance(step, str)), ""))


def shown_value(path: Path, value: Any) -> str:
    """A field's value for people, secrets taken out."""
    return _shown(path, value, True)


def _shown(path: Path, value: Any, guarded: bool) -> str:
    kind = type(value)
    if kind is bool:
        return "true" if value else "false"
    if path[-1] in _WORDS:
        words = [str(one) for one in value] if kind is list else [str(value)]
        return " ".join(redact_words(words)[0])
    if kind is dict:
        return _entry(value, guarded)
    if kind is str and (guarded or _secret_key(path[-1])):
        return MARK if looks_secret(str(path[-1]), value) else redact_text(value)[0]
    return str(value)


@lru_cache(maxsize=4096)
def _secret_key(key: str | int) -> bool:
    return looks_secret(str(key))


def _entry(value: dict[str, Any], guarded: bool) -> str:
    """An entry of env as NAME=value, any other as its pairs."""
    if set(value) <= {"name", "value"} and "value" in value:
        name, text = str(value.get("name")), str(value["value"])
        if looks_secret(name, text):
            return f"{name}={MARK}"
        return f"{name}={redact_text(text)[0] if guarded else text}"
    pairs = ", ".join(f"{key}: {_inner(one)}" for key, one in value.items())
    return redact_text(pairs)[0] if guarded else pairs


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inner(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inner, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
