"""The reports of several parts of one check as one report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from advisor.configuration.settings import Ignore
from advisor.findings.finding import Decision, Finding
from advisor.judging.assessment import RuleSummary
from advisor.judging.check_report import CheckReport, JobCheck

_MOST_KNOWN = 200_000


def merge_reports(parts: Iterable[CheckReport], ignores: Sequence[Ignore]) -> CheckReport:
    """The parts in order; a suppression of the configuration met nothing if it did so in none. What
    was not assessed is still to be folded."""
    reports = list(parts)
    configured = {f"{one.rule} on {one.subject}: {one.reason}" for one in ignores}
    unmet = [set(report.unmatched_ignores) for report in reports]
    nowhere = set.intersection(*unmet) & configured if unmet else set()
    inline = [
        text for report in reports for text in report.unmatched_ignores if text not in configured
    ]
    return replace(
        reports[0],
        jobs=tuple(job for report in reports for job in report.jobs),
        surroundings=_once(one for report in reports for one in report.surroundings),
        problems=tuple(one for report in reports for one in report.problems),
        not_assessed=tuple(one for report in reports for one in report.not_assessed),
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
        jobs = tuple(self._job(one) for one in report.jobs)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        return replace(report, jobs=jobs)

    def _job(self, check: JobCheck) -> JobCheck:
        one = self._known.setdefault
        return replace(
            check,
            why=one(check.why, check.why),
            nodes=one(check.nodes, check.nodes),
            findings=tuple(self._finding(finding) for finding in check.findings),
            decisions=tuple(self._decision(decision) for decision in check.decisions),
        )

    def _finding(self, finding: Finding) -> Finding:
        one = self._known.setdefault
        return replace(
            finding,
            rule=one(finding.rule, finding.rule),
            subject=one(finding.subject, finding.subject),
            message=one(finding.message, finding.message),
            remedy=one(finding.remedy, finding.remedy),
            evidence=one(finding.evidence, finding.evidence),
            gaps=one(finding.gaps, finding.gaps),
            place=one(finding.place, finding.place),
            links=one(finding.links, finding.links),
        )

    def _decision(self, decision: Decision) -> Decision:
        one = self._known.setdefault
        return replace(
            decision,
            subject=one(decision.subject, decision.subject),
            nodes=one(decision.nodes, decision.nodes),
            message=one(decision.message, decision.message),
            remedy=one(decision.remedy, decision.remedy),
            evidence=one(decision.evidence, decision.evidence),
            gaps=one(decision.gaps, decision.gaps),
        )


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple({(one.rule, one.subject.id): one for one in findings}.values())


def _rules(reports: Iterable[CheckReport]) -> dict[str, RuleSummary]:
    found: dict[str, RuleSummary] = {}
    for report in reports:
        for rule, summary in report.rules.items():
            passed = found[rule].passed if rule in found else 0
            found[rule] = replace(summary, passed=passed + summary.passed)
    return dict(sorted(found.items()))
