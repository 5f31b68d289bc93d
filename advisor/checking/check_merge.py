"""The reports of several parts of one check as one report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from advisor.configuration.settings import Ignore
from advisor.findings.finding import Finding
from advisor.judging.assessment import RuleSummary
from advisor.judging.check_report import CheckReport, JobCheck

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
