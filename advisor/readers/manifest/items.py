"""The fields of an object as items of the ledger, secrets taken out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from advisor.facts.redaction import without_secrets
from advisor.facts.secrecy import redact_named, redact_text, redact_words
from advisor.facts.secret_shapes import may_hold_secret
from advisor.jobs.ledger import Item
from advisor.jobs.run import Run
from advisor.jobs.word import Expansion
from advisor.objects.roles import Path, WrittenTemplate
from advisor.readers.manifest.provenance import Provenance
from advisor.readers.manifest.shape import leaves
from advisor.readers.manifest.words import template_names, template_word
from advisor.readers.manifest.workflows import is_workflow

_WORDS = frozenset({"command", "args", "arguments"})


def manifest_items(
    document: dict[str, Any],
    template: WrittenTemplate,
    skipped: Collection[Path],
    run: Run,
    content: str,
) -> tuple[Item, ...]:
    """The object's items for the run of one template; `skipped` are the paths of the others, and
    `content` is the text that the object stands in: most hold nothing like a secret, and looking
    for one in each field takes longer than all the rest."""
    show = shown_value if may_hold_secret(content) else _as_stated
    provenance = Provenance(document, template, skipped, run)
    put_in = template_names(document)
    by_itself = is_workflow(document)
    items = []
    for path, name, value in leaves(document, skipped):
        origin = provenance.field(path, value)
        items.append(
            Item(
                name=name,
                written=_written(path),
                value=show(path, value),
                expansions=() if by_itself else _put_in(value, put_in),
                sets=origin.sets,
                idle=origin.idle,
            )
        )
    return tuple(items)


def _put_in(value: Any, names: Collection[str]) -> tuple[Expansion, ...]:
    """What is put into a text, or into the value of a variable, before the object is applied."""
    stated = value.get("value") if isinstance(value, dict) else value
    return template_word(stated, names).expansions if isinstance(stated, str) and names else ()


def _written(path: Path) -> str:
    """The last key of a path that the file itself shows."""
    return str(next((step for step in reversed(path) if isinstance(step, str)), ""))


def shown_value(path: Path, value: Any) -> str:
    """A field's value for people, secrets taken out."""
    kind = type(value)
    if path[-1] in _WORDS:
        words = [str(entry) for entry in value] if kind is list else [str(value)]
        return _as_stated(path, redact_words(words)[0])
    if kind is dict:
        stated = _as_stated(path, without_secrets(value))
        return stated if _is_variable(value) else redact_text(stated)[0]
    if kind is list:
        return redact_text(_as_stated(path, without_secrets(value)))[0]
    return redact_named(str(path[-1]), value) if kind is str else _as_stated(path, value)


def _as_stated(path: Path, value: Any) -> str:
    """A field's value for people: an entry of env as NAME=value, any other object as its pairs."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if path[-1] in _WORDS:
        return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if isinstance(value, dict):
        if _is_variable(value):
            return f"{value.get('name')}={value['value']}"
        return ", ".join(f"{key}: {_inner(entry)}" for key, entry in value.items())
    return ", ".join(map(_inner, value)) if isinstance(value, list) else str(value)


def _is_variable(value: dict[str, Any]) -> bool:
    return set(value) <= {"name", "value"} and "value" in value


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inner(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inner, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
