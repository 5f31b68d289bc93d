"""What somebody asks of the server: a text, and what they decided for it; what only they know, as
the fields of a form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from advisor.configuration.settings import parse_registry
from advisor.errors import InputError
from advisor.facts.record import Record
from advisor.jobs.translation import (
    TARGETS,
    ClaimMapping,
    NfsExport,
    Situation,
    Target,
    Translation,
)
from advisor.judging.check_report import CheckReport, JobCheck
from advisor.writers.options import parse_claim, parse_export, parse_values

MOST_FIELDS = 500
"""Fields of a form that are read."""

SET, DATA = "set:", "data:"
"""What begins the name of a form's field for a variable, and for the place of some data."""

_CLUSTER = "the cluster is that of the server; `advisor check --{}` takes another"

ON_THIS_MACHINE = {
    "container": "no Docker host is read for a request; paste the `docker run` that started it",
    "docker_host": "no Docker host is read for a request",
    "snapshot": _CLUSTER.format("snapshot FILE"),
    "context": _CLUSTER.format("context NAME"),
    "kubeconfig": _CLUSTER.format("kubeconfig FILE"),
    "file": "no file is opened for a request; send what is in it as `text`",
    "specs": "no file is opened for a request; send what is in it as `text`",
    "env_file": "no file is opened for a request; give its variables with `set`",
    "rules": "the rules are those of the server; `advisor check --rules DIR` takes others",
    "config": "the settings are those of the server; `advisor check --config FILE` takes others",
    "check_registry": "no registry is asked for a request; `advisor check --check-registry` does",
}
"""What the command line takes and a server refuses, and what to do instead."""


class Wanted(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request. The names are those of the options of `advisor check`: `set` are
    variables, `data_claims` are `NAME=PATH` or `NAME` for all data, `nfs` are
    `SERVER:/EXPORT=PATH`. `registry` is where images that move shall go, `cwd` what $PWD stands
    for, `lines` puts one flag on a line.
    """

    text: str
    targets: tuple[Target, ...] = TARGETS
    set: dict[str, str] = {}
    data_claims: tuple[str, ...] = ()
    nfs: tuple[str, ...] = ()
    registry: str = ""
    project: str = ""
    namespace: str = ""
    dialect: Literal["late", "early"] = "late"
    cwd: str = ""
    profiles: tuple[str, ...] = ()
    lines: bool = False


class Filled(Record, frozen=True, kw_only=True):
    """A form as it was filled in. `faults` are its fields that cannot be used, by name, with the
    reason; the rest counts all the same, for they may not be written to their end yet."""

    text: str = ""
    values: dict[str, str] = {}
    faults: dict[str, str] = {}
    given: Situation = Situation(target="runai-v2")


def from_json(body: bytes) -> tuple[str, tuple[Target, ...], Situation]:
    """The text, the targets and what was decided. InputError for what cannot be used."""
    try:
        wanted = msgspec.json.decode(body, type=Wanted)
    except msgspec.DecodeError as error:
        raise _refused(body) or InputError(
            f"the body does not fit: {error}", remedy="openapi.json says what it has to be"
        ) from None
    given = Situation(
        target="runai-v2",
        dialect=wanted.dialect,
        registry=parse_registry(wanted.registry) if wanted.registry else "",
        claims=tuple(map(parse_claim, wanted.data_claims)),
        exports=tuple(map(parse_export, wanted.nfs)),
        values=parse_values(f"{name}={value}" for name, value in wanted.set.items()),
        profiles=wanted.profiles,
        directory=wanted.cwd,
        project=wanted.project,
        namespace=wanted.namespace,
        lines=wanted.lines,
    )
    return wanted.text, wanted.targets, given


def _refused(body: bytes) -> InputError | None:
    """Why a request for something on the server's machine is not answered."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    for name in document if isinstance(document, dict) else ():
        if (why := ON_THIS_MACHINE.get(name)) is not None:
            return InputError(f"`{name}` is refused", remedy=why)
    return None


def from_form(body: bytes) -> Filled:
    """A form of the page. InputError when it is none."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except (UnicodeDecodeError, ValueError):
        raise InputError("the form cannot be read", remedy="send it as the page does") from None
    fields = dict(pairs)
    return filled(fields.pop("text", "").replace("\r\n", "\n"), fields)


def filled(text: str, fields: Mapping[str, str]) -> Filled:
    """The form with what its fields decide."""
    values = {name: value.strip() for name, value in fields.items() if value.strip()}
    faults: dict[str, str] = {}

    def read(name: str, parse: Callable[[str], Any]) -> Any:
        """What one field says, None where it is empty or cannot be used."""
        try:
            return parse(values[name]) if name in values else None
        except InputError as error:
            faults[name] = error.line()
            return None

    claims: list[ClaimMapping] = []
    exports: list[NfsExport] = []
    for name in values:
        place = read(name, _place_of(name)) if name.startswith(DATA) else None
        if isinstance(place, NfsExport):
            exports.append(place)
        elif place is not None:
            claims.append(place)
    given = Situation(
        target="runai-v2",
        dialect="early" if values.get("dialect") == "early" else "late",
        registry=read("registry", parse_registry) or "",
        claims=tuple(claims),
        exports=tuple(exports),
        values=dict(_variables(values, read)),
        directory=values.get("cwd", ""),
        project=values.get("project", ""),
        namespace=values.get("namespace", ""),
        profiles=tuple(values.get("profiles", "").replace(",", " ").split()),
        lines="lines" in values,
    )
    return Filled(text=text, values=values, faults=faults, given=given)


def _variables(
    values: Mapping[str, str], read: Callable[[str, Callable[[str], Any]], Any]
) -> Iterator[tuple[str, str]]:
    for field in values:
        if field.startswith(SET):
            variables = read(field, partial(_variable, field.removeprefix(SET)))
            yield from (variables or {}).items()


def _variable(name: str, value: str) -> dict[str, str]:
    return parse_values([f"{name}={value}"])


def _place_of(field: str) -> Callable[[str], ClaimMapping | NfsExport]:
    """Reads `CLAIM` or `SERVER:/EXPORT` for the path that the field is about."""
    path = field.removeprefix(DATA)
    return lambda value: (
        parse_export(f"{value}={path}") if ":/" in value else parse_claim(f"{value}={path}")
    )


_ASKED = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*):?\?(?P<what>(?:[^}\\]|\\.)*)\}")
_TO_SET = re.compile(r"\bSET_ME_(?P<name>[A-Z]\w*)")
_DATA_ASKED = re.compile(r"--data-claim (?:'CLAIM=(?P<quoted>[^']+)'|CLAIM=(?P<plain>[^\s;,]+))")
_FOLDER = frozenset({"PWD", "CURDIR"})


class Field(Record, frozen=True, kw_only=True):
    """One field of the form. `name` is that of the form; `option` is what the command line calls
    it, `hint` an example of a value, `fault` why the present value cannot be used."""

    kind: Literal["data", "registry", "variable", "folder"]
    name: str
    label: str
    about: str
    option: str
    hint: str = ""
    value: str = ""
    fault: str = ""


def fields_of(report: CheckReport, form: Filled) -> tuple[Field, ...]:
    """What the translations of the jobs ask for, and what was given already; in an order that does
    not change while one is filled in."""
    fields: dict[str, Field] = {}
    for check in report.jobs:
        for field in (*_data(check), *_registry(check), *_variable_fields(check)):
            fields.setdefault(field.name, field)
    for name in form.values:
        if name not in fields and (given := _given(name)) is not None:
            fields[name] = given
    ranked = sorted(fields.values(), key=lambda value: (_ORDER.index(value.kind), value.name))
    return tuple(_with_value(field, form) for field in ranked)


_ORDER = ("data", "registry", "folder", "variable")


def _data(check: JobCheck) -> Iterator[Field]:
    for translation in check.translations:
        reasons = (*translation.missing, *(entry.reason for entry in translation.ledger))
        for match in _DATA_ASKED.finditer("\n".join(reasons)):
            yield _data_field(match["quoted"] or match["plain"])


def _data_field(path: str) -> Field:
    return Field(
        kind="data",
        name=DATA + path,
        label=path,
        about="The network storage that will hold this data.",
        option="--data-claim or --nfs",
        hint="claim, or server:/export",
    )


def _registry(check: JobCheck) -> Iterator[Field]:
    if any(
        decision.topic == "image" and decision.outcome in ("move", "unknown")
        for decision in check.decisions
    ):
        yield _registry_field()


def _registry_field() -> Field:
    return Field(
        kind="registry",
        name="registry",
        label="Registry",
        about="Where images that only machines have will be pushed.",
        option="--registry",
        hint="registry.example.com/team",
    )


def _variable_fields(check: JobCheck) -> Iterator[Field]:
    for translation in check.translations:
        yield from _placeholders(translation)
        for entry in translation.ledger:
            for expansion in entry.item.expansions:
                if expansion.kind == "variable" and expansion.name and not expansion.asked:
                    yield _variable_field(expansion.name, "A variable of your shell.")


def _placeholders(translation: Translation) -> Iterator[Field]:
    if translation.target == "kubernetes":
        for match in _TO_SET.finditer(translation.text):
            yield _variable_field(match["name"], "A manifest has no variables.")
        return
    for match in _ASKED.finditer(translation.text):
        what = match["what"].replace("\\", "")
        if not match["name"].endswith("_CLAIM"):
            yield _variable_field(match["name"], f"{what[:1].upper()}{what[1:]}.")


def _variable_field(name: str, about: str) -> Field:
    if name in _FOLDER:
        return Field(
            kind="folder",
            name="cwd",
            label="Current folder",
            about=f"What ${name} stands for.",
            option="--cwd",
            hint="/home/ada/project",
        )
    return Field(kind="variable", name=SET + name, label=name, about=about, option=f"--set {name}")


def _given(name: str) -> Field | None:
    """The field of a value that was given and that nothing asks for any more."""
    if name.startswith(DATA):
        return _data_field(name.removeprefix(DATA))
    if name.startswith(SET):
        return _variable_field(name.removeprefix(SET), "A variable of your shell.")
    if name == "cwd":
        return _variable_field("PWD", "")
    return _registry_field() if name == "registry" else None


def _with_value(field: Field, form: Filled) -> Field:
    return replace(
        field,
        value=form.values.get(field.name, ""),
        fault=form.faults.get(field.name, ""),
    )
