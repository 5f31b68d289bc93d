"""Assessments, checks and differences for programs: written, read back, and their schemas (which
stand in `reports/schema/`)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from advisor.configuration.settings import Settings
from advisor.errors import InputError
from advisor.facts.record import Record
from advisor.facts.snapshot import Snapshot
from advisor.findings.finding import SEVERITIES
from advisor.judging.assessment import ASSESSMENT_SCHEMA, Assessment
from advisor.judging.check_report import CheckReport, TranslationReport
from advisor.judging.difference import Difference
from advisor.output.check_record import Writing, WrittenCheck
from advisor.output.formats import RenderOptions, select
from advisor.planning.plan import Plan

_JOBS = '\n  "jobs": ['
"""Where the jobs go: a line that begins so is nowhere else, since texts have no line ends."""

_MAKE_ONE = "make one with: advisor audit --format json=FILE"
SCHEMAS: dict[str, type[msgspec.Struct]] = {
    "assessment.schema.json": Assessment,
    "check.schema.json": WrittenCheck,
    "configuration.schema.json": Settings,
    "difference.schema.json": Difference,
    "snapshot.schema.json": Snapshot,
    "translation.schema.json": TranslationReport,
}


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Keys sorted, indented by two, with a newline at the end."""
    selected, _ = select(assessment, options.min_severity)
    return "".join((*_pieces(selected, 0), "\n"))


def _pieces(record: Record, depth: int) -> Iterator[str]:
    """The record as it is written, element by element of its lists: to have all of a large audit
    in several forms at once would be most of its memory."""
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    lists = {name: value for name, value in values.items() if type(value) is tuple and value}
    parts = {name: value for name, value in values.items() if isinstance(value, Plan)}
    short = {name: value[:1] for name, value in lists.items()} | dict.fromkeys(parts)
    rest = msgspec.json.encode(msgspec.structs.replace(record, **short), order="sorted")
    written = msgspec.json.decode(rest, type=dict[str, msgspec.Raw])
    between, line = "{", f"\n{' ' * depth}  "
    for name in sorted({*written, *parts}):
        yield f'{between}{line}"{name}": '
        between = ","
        if name in parts:
            yield from _pieces(parts[name], depth + 2)
        elif name in lists:
            yield from _elements(lists[name], depth + 2)
        else:
            yield _indented(written[name], depth + 2)
    yield line[:-2] + "}"


def _elements(values: Sequence[object], depth: int) -> Iterator[str]:
    between, line = "[", f"\n{' ' * depth}  "
    for value in values:
        yield between + line + _indented(value, depth + 2)
        between = ","
    yield line[:-2] + "]"


def _indented(value: object, depth: int) -> str:
    """No line ends stand in a text of JSON, so that each is one of its form."""
    text = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode()
    return text.replace("\n", f"\n{' ' * depth}")


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """Keys sorted, indented by two, with a line for each job and a newline at the end.

    Job after job is written: to have all of a large run in several forms at once would be most of
    its memory.
    """
    shown = SEVERITIES[: SEVERITIES.index(options.min_severity) + 1]
    writing = Writing(report, shown)
    encoder = msgspec.json.Encoder(order="sorted")
    jobs = ",\n    ".join(encoder.encode(job).decode() for job in writing.jobs())
    rest = msgspec.json.format(encoder.encode(writing.rest()), indent=2).decode()
    before, marker, after = rest.partition(_JOBS)
    return f"{before}{marker}\n    {jobs}\n  {after}\n" if jobs else f"{rest}\n"


def render_diff(difference: Difference, options: RenderOptions) -> str:  # noqa: ARG001
    """Everything, whatever the severity; keys sorted, with a newline at the end."""
    text = msgspec.json.encode(difference, order="sorted")
    return msgspec.json.format(text, indent=2).decode() + "\n"


class _Header(msgspec.Struct, kw_only=True):
    """The keys that tell a report from any other JSON, a snapshot among them."""

    schema: int
    advisor: str
    target: str
    verdicts: msgspec.Raw


def decode_report(content: bytes, *, name: str) -> Assessment | None:
    """None where the content is no JSON report; InputError for one that is damaged or too new.

    `name` is what a message calls the input.
    """
    try:
        header = msgspec.json.decode(content, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if header.schema > ASSESSMENT_SCHEMA:
        raise InputError(
            f"a report of schema {header.schema}, written by advisor {header.advisor};"
            f" this advisor reads up to schema {ASSESSMENT_SCHEMA}",
            where=name,
            remedy="upgrade advisor, or make the report again with this version",
        )
    try:
        return msgspec.json.decode(content, type=Assessment)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"a damaged report: {error}", where=name, remedy=_MAKE_ONE) from None


def schema_text(name: str) -> str:
    """The text of a file of `reports/schema/`, made from the record itself."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **plain_schema(msgspec.json.schema(SCHEMAS[name], schema_hook=_anything)),
    }
    if SCHEMAS[name] is Settings:
        # That of the settings as `advisor.toml` has them: keys with hyphens, no others, and what
        # is assumed as one text or a table, in which memory is an amount like 512Gi.
        shapes = schema["$defs"]
        for shape in shapes.values():
            names = shape["properties"]
            shape["properties"] = {name.replace("_", "-"): told for name, told in names.items()}
            shape["required"] = [name.replace("_", "-") for name in shape.get("required", ())]
            shape["additionalProperties"] = False
        shapes["Assumption"]["properties"]["memory"] = {"type": ["integer", "string"]}
        assumed = {"anyOf": [{"$ref": "#/$defs/Assumption"}, {"type": "string"}]}
        shapes["Settings"]["properties"]["assume"] = assumed
        schema = {**schema, "title": "advisor.toml, or [tool.advisor] in pyproject.toml"}
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
