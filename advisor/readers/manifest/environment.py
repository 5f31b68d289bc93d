"""Variables of a container, with where a cluster takes those from that have no value."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.facts.secrecy import looks_secret
from advisor.jobs.run import Variable
from advisor.readers.manifest.shape import Body, entries, mapping, text
from advisor.readers.manifest.words import cluster_word

_SOURCES = (
    ("secretKeyRef", "secret:{name}/{key}"),
    ("configMapKeyRef", "config:{name}/{key}"),
    ("fieldRef", "field:{fieldPath}"),
    ("resourceFieldRef", "resource:{resource}"),
)


def read_environment(container: Body) -> tuple[Variable, ...]:
    """The variables in order; a later one of the same name wins, as it does in a pod."""
    found: dict[str, Variable] = {}
    for entry in entries(container, "env"):
        name = text(entry, "name")
        found.pop(name, None)
        found[name] = _variable(name, entry, found)
    return tuple(found.values())


def read_sources(container: Body) -> tuple[str, ...]:
    """ConfigMaps and Secrets that give all their keys."""
    return tuple(_sources(container))


def _sources(container: Body) -> Iterator[str]:
    for entry in entries(container, "envFrom"):
        for kind, name in (("configMapRef", "config"), ("secretRef", "secret")):
            if kind in entry:
                yield f"{name}:{text(mapping(entry, kind), 'name')}"


def _variable(name: str, entry: Body, before: dict[str, Variable]) -> Variable:
    source = mapping(entry, "valueFrom")
    for kind, form in _SOURCES:
        if kind in source:
            fields = dict.fromkeys(("name", "key", "fieldPath", "resource"), "")
            fields |= {key: text(source[kind], key) for key in mapping(source, kind)}
            reference = form.format_map(fields)
            return Variable(name=name, secret=kind == "secretKeyRef", reference=reference)
    value = text(entry, "value")
    return Variable(name=name, value=cluster_word(value, before), secret=looks_secret(name, value))
