"""The record of a translation: each job in its new form, with the whole ledger."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.translation import Target, Translation
from advisor.judging.check_report import CheckReport, Problem

TRANSLATION_SCHEMA = 1


class TranslatedJob(Record, frozen=True, kw_only=True):
    """One job in another form."""

    id: str
    label: str
    kind: str
    reader: str
    place: Place | None = None
    template: str = ""
    translation: Translation


class TranslationReport(Record, frozen=True, kw_only=True, omit_defaults=False):
    """All jobs of the inputs; `problems` are inputs that could not be read or translated."""

    schema: int = TRANSLATION_SCHEMA
    advisor: str
    target: Target
    jobs: tuple[TranslatedJob, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def translation_report(report: CheckReport, target: Target) -> TranslationReport:
    """What a check found out, as far as it is about translating."""
    return TranslationReport(
        advisor=report.advisor,
        target=target,
        jobs=tuple(_translated(report)),
        problems=report.problems,
        notes=report.notes,
    )


def _translated(report: CheckReport) -> Iterator[TranslatedJob]:
    for check in report.jobs:
        for translation in check.translations:
            yield TranslatedJob(
                id=check.id,
                label=check.label,
                kind=check.kind,
                reader=check.reader,
                place=check.place,
                template=check.template,
                translation=translation,
            )
