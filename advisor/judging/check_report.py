"""The records of a check and of a translation (what was found of each job, for every output), and
the reports of several parts of one check as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from advisor.configuration.settings import Ignore
from advisor.facts.record import Record
from advisor.facts.source import Source
from advisor.findings.finding import Decision, Finding, Place
from advisor.jobs.translation import Target, Translation
from advisor.judging.assessment import NotAssessed, RuleSummary

CHECK_SCHEMA = 3

NO_CLUSTER = "no cluster"
"""The target of a check that had none."""

JobVerdict = Literal["runs as it is", "runs after these changes", "cannot run", "unknown"]
VERDICTS: tuple[JobVerdict, ...] = (
    "cannot run",
    "unknown",
    "runs after these changes",
    "runs as it is",
)
"""From what needs most attention to what needs none."""

TRANSLATION_SCHEMA = 1


class Problem(Record, frozen=True, kw_only=True):
    """An input that could not be read; `where` is a file:line:column, a file, or empty."""

    what: str
    where: str = ""
    remedy: str = ""


class JobHead(Record, frozen=True, kw_only=True):
    """The part of one job's report before its findings, which its JSON has as well.

    `file` is where it stands, `place` its position there; `lines` are the lines of the source that
    findings are about, by number, with secrets taken out. `why` is the reason of the verdict in one
    sentence. `count` nodes are eligible (None: not known), `ready` of them would take a pod today.
    """

    id: str
    label: str
    kind: str
    reader: str
    verdict: JobVerdict
    why: str
    place: Place | None = None
    file: str = ""
    lines: dict[str, str] = {}
    owner: str = ""
    template: str = ""
    guessed: bool = False
    count: int | None = None
    ready: int | None = None
    nodes: tuple[str, ...] = ()


class JobCheck(JobHead, frozen=True, kw_only=True):
    """One job; `decisions` are those of its image and data."""

    decisions: tuple[Decision, ...] = ()
    findings: tuple[Finding, ...] = ()
    translations: tuple[Translation, ...] = ()


class CheckHead(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The part of a check's report besides its jobs, which its JSON has as well.

    `problems` are inputs that could not be read; the others were judged all the same. `state` is
    `incomplete` when something that was asked for could not be read, or not all of it.
    """

    schema: int = CHECK_SCHEMA
    advisor: str
    taken: str
    target: str
    assumed: str = ""
    state: Literal["complete", "incomplete"] = "complete"
    problems: tuple[Problem, ...] = ()
    sources: tuple[Source, ...] = ()
    unmatched_ignores: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class CheckReport(CheckHead, frozen=True, kw_only=True, omit_defaults=False):
    """Everything a check concluded; `surroundings` are findings about nodes, storage and the
    cluster that matter for these jobs."""

    jobs: tuple[JobCheck, ...] = ()
    not_assessed: tuple[NotAssessed, ...] = ()
    rules: dict[str, RuleSummary] = {}
    surroundings: tuple[Finding, ...] = ()


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


_MOST_KNOWN = 200_000
_CHECK_PARTS = ("why", "nodes")
_DECISION_PARTS = ("subject", "nodes", "message", "remedy", "evidence", "gaps")
_FINDING_PARTS = ("rule", "subject", "message", "remedy", "evidence", "gaps", "place", "links")

R = TypeVar("R", bound=Struct)


def merge_reports(parts: Iterable[CheckReport], ignores: Sequence[Ignore]) -> CheckReport:
    """The parts in order; a suppression of the configuration met nothing if it did so in none. What
    was not assessed is still to be folded."""
    reports = list(parts)
    configured = {f"{ignore.rule} on {ignore.subject}: {ignore.reason}" for ignore in ignores}
    unmet = [set(report.unmatched_ignores) for report in reports]
    nowhere = set.intersection(*unmet) & configured if unmet else set()
    inline = [
        text for report in reports for text in report.unmatched_ignores if text not in configured
    ]
    return replace(
        reports[0],
        jobs=tuple(job for report in reports for job in report.jobs),
        surroundings=_once(finding for report in reports for finding in report.surroundings),
        problems=tuple(problem for report in reports for problem in report.problems),
        not_assessed=tuple(entry for report in reports for entry in report.not_assessed),
        rules=_rules(reports),
        unmatched_ignores=(*inline, *sorted(nowhere)),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
    )


class SharedParts:
    """What many jobs have in common is kept once: each report that comes from another process has
    texts of its own, which were most of the memory of a large check."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def within(self, report: CheckReport) -> CheckReport:
        """The report with parts of those that came before it."""
        jobs = tuple(self._job(job) for job in report.jobs)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        return replace(report, jobs=jobs)

    def _job(self, check: JobCheck) -> JobCheck:
        return self._shared(
            replace(
                check,
                findings=tuple(self._shared(finding, _FINDING_PARTS) for finding in check.findings),
                decisions=tuple(
                    self._shared(decision, _DECISION_PARTS) for decision in check.decisions
                ),
            ),
            _CHECK_PARTS,
        )

    def _shared(self, record: R, names: Iterable[str]) -> R:
        values = [(name, getattr(record, name)) for name in names]
        return replace(
            record, **{name: self._known.setdefault(value, value) for name, value in values}
        )


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple({(finding.rule, finding.subject.id): finding for finding in findings}.values())


def _rules(reports: Iterable[CheckReport]) -> dict[str, RuleSummary]:
    rules: dict[str, RuleSummary] = {}
    for report in reports:
        for rule, summary in report.rules.items():
            passed = rules[rule].passed if rule in rules else 0
            rules[rule] = replace(summary, passed=passed + summary.passed)
    return dict(sorted(rules.items()))
