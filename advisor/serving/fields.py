"""What only the user knows, as the fields of a form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from advisor.facts.record import Record
from advisor.jobs.translation import Translation
from advisor.judging.check_report import CheckReport, JobCheck
from advisor.serving.request import DATA, SET, Filled

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
        for field in (*_data(check), *_registry(check), *_variables(check)):
            fields.setdefault(field.name, field)
    for name in form.values:
        if name not in fields and (given := _given(name)) is not None:
            fields[name] = given
    ranked = sorted(fields.values(), key=lambda one: (_ORDER.index(one.kind), one.name))
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


def _variables(check: JobCheck) -> Iterator[Field]:
    for translation in check.translations:
        yield from _placeholders(translation)
        for entry in translation.ledger:
            for expansion in entry.item.expansions:
                if expansion.kind == "variable" and expansion.name and not expansion.asked:
                    yield _variable(expansion.name, "A variable of your shell.")


def _placeholders(translation: Translation) -> Iterator[Field]:
    if translation.target == "kubernetes":
        for match in _TO_SET.finditer(translation.text):
            yield _variable(match["name"], "A manifest has no variables.")
        return
    for match in _ASKED.finditer(translation.text):
        what = match["what"].replace("\\", "")
        if not match["name"].endswith("_CLAIM"):
            yield _variable(match["name"], f"{what[:1].upper()}{what[1:]}.")


def _variable(name: str, about: str) -> Field:
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
        return _variable(name.removeprefix(SET), "A variable of your shell.")
    if name == "cwd":
        return _variable("PWD", "")
    return _registry_field() if name == "registry" else None


def _with_value(field: Field, form: Filled) -> Field:
    return replace(
        field,
        value=form.values.get(field.name, ""),
        fault=form.faults.get(field.name, ""),
    )
