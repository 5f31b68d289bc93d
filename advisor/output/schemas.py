"""The published JSON Schemas of what advisor writes."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from advisor.facts.snapshot import Snapshot
from advisor.judging.assessment import Assessment
from advisor.judging.difference import Difference
from advisor.judging.translation_report import TranslationReport
from advisor.output.check_record import WrittenCheck

SCHEMAS: dict[str, type[msgspec.Struct]] = {
    "assessment.schema.json": Assessment,
    "check.schema.json": WrittenCheck,
    "difference.schema.json": Difference,
    "snapshot.schema.json": Snapshot,
    "translation.schema.json": TranslationReport,
}


def schema_text(name: str) -> str:
    """The text of a file of `reports/schema/`, made from the record itself."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **plain_schema(msgspec.json.schema(SCHEMAS[name], schema_hook=_anything)),
    }
    return (
        msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2).decode() + "\n"
    )


def plain_schema(value: Any, key: str = "") -> Any:
    """The schema without what differs between releases of msgspec: how descriptions show the
    indentation of docstrings, and in which order the choices of a union stand."""
    if isinstance(value, dict):
        return {name: plain_schema(item, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [plain_schema(item) for item in value]
        return sorted(items, key=msgspec.json.encode) if key == "anyOf" else items
    return inspect.cleandoc(value) if key == "description" else value


def _anything(_: type) -> dict[str, object]:
    """The objects of a manifest: Kubernetes' own schema is the one for them."""
    return {"description": "any JSON value"}
