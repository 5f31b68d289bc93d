"""The word REGISTRY in a remedy stands for the registry that the user means to use."""

from __future__ import annotations

import re
from typing import TypeVar

from msgspec.structs import replace

from advisor.judging.assessment import Assessment, Thing
from advisor.rulebook.finding import Decision, Finding

_PLACEHOLDER = re.compile(r"\bREGISTRY(?=/)")
_Advising = TypeVar("_Advising", Finding, Decision, Thing)


def name_registry(assessment: Assessment, registry: str) -> Assessment:
    """The assessment with the registry (`host/path`) in its remedies; unchanged without one."""
    if not registry:
        return assessment
    return replace(
        assessment,
        findings=tuple(_named(finding, registry) for finding in assessment.findings),
        images=tuple(_named_thing(thing, registry) for thing in assessment.images),
        data=tuple(_named_thing(thing, registry) for thing in assessment.data),
    )


def _named_thing(thing: Thing, registry: str) -> Thing:
    decisions = tuple(_named(decision, registry) for decision in thing.decisions)
    return replace(_named(thing, registry), decisions=decisions)


def _named(advising: _Advising, registry: str) -> _Advising:
    return replace(advising, remedy=_PLACEHOLDER.sub(lambda _: registry, advising.remedy))
