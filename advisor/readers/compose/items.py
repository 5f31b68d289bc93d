"""Every key of a service as an item of the ledger, secrets taken out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from advisor.facts.secrecy import MARK, looks_secret, redact_text, redact_words
from advisor.facts.secret_shapes import has_secret_shape
from advisor.jobs.ledger import Item, Origin
from advisor.jobs.run import Run
from advisor.jobs.word import Expansion
from advisor.readers.compose.merging import as_pairs
from advisor.readers.compose.provenance import Provenance
from advisor.readers.compose.service import Service, scalar_text
from advisor.readers.yaml.positions import Path

_PAIRS = frozenset({"environment", "labels", "annotations", "sysctls", "extra_hosts"})
_COMMANDS = frozenset({"command", "entrypoint", "test"})


def service_items(service: Service, run: Run) -> tuple[Item, ...]:
    """In the order of the file; `run` is what the service was read as."""
    provenance = Provenance(service, run)
    return tuple(
        _item(service, path, value, provenance.key(path, value))
        for path, value in _leaves(service.body, service.at())
        if not str(path[2]).startswith("x-")
    )


def _item(service: Service, path: Path, value: Any, origin: Origin) -> Item:
    return Item(
        name=_named(path),
        written=str(next(step for step in reversed(path) if isinstance(step, str))),
        value=_shown(service, path, value),
        place=service.project.place(path),
        expansions=_expansions(service, value),
        sets=origin.sets,
        idle=origin.idle,
    )


def _named(path: Path) -> str:
    """Keys with dots or slashes in them stand in brackets and quotes, as in manifests."""
    name = ""
    for step in path:
        if isinstance(step, int):
            name += f"[{step}]"
        elif "." in step or "/" in step:
            name += f'["{step}"]'
        else:
            name += f".{step}"
    return name.removeprefix(".")


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    key = path[-1]
    if key in _PAIRS:
        for name, one in as_pairs(value).items():
            yield (*path, name), one
    elif isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _leaves(one, (*path, name))
    elif isinstance(value, list) and value and key not in _COMMANDS:
        for index, one in enumerate(value):
            yield (*path, index), one
    else:
        yield path, value


def _shown(service: Service, path: Path, value: Any) -> str:
    key = str(path[-1])
    if path[-2] in _PAIRS or isinstance(path[-1], str):
        literal = _literal(service, value)
        if literal and looks_secret(key, literal):
            return MARK
    if key in _COMMANDS:
        words = value if isinstance(value, list) else [value]
        return " ".join(redact_words([service.veil.plain(scalar_text(one)) for one in words])[0])
    text = service.veil.plain(_text(value))
    return (
        redact_text(text)[0] if has_secret_shape(text) or looks_secret(text.split("=")[0]) else text
    )


def _literal(service: Service, value: Any) -> str:
    """What of a scalar is written in the file itself."""
    if isinstance(value, dict | list) or value is None:
        return ""
    parts = service.veil.word(scalar_text(value)).parts
    return "".join(part for part in parts if isinstance(part, str))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    return scalar_text(value)


def _expansions(service: Service, value: Any) -> tuple[Expansion, ...]:
    return service.veil.word(_text(value)).expansions
