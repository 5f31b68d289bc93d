"""The check report as JSON has it: each text once, and numbers that point to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from advisor.facts.record import Record
from advisor.findings.finding import (
    Decision,
    Evidence,
    Finding,
    Gap,
    Outcome,
    Place,
    Severity,
    Status,
    Topic,
)
from advisor.jobs.translation import Translation
from advisor.judging.check_report import CheckHead, CheckReport, JobCheck, JobHead


class WrittenPlace(Record, frozen=True, kw_only=True):
    """A position in the file of the job, or in another `file`."""

    line: int
    column: int = 1
    file: str = ""


class WrittenFinding(Record, frozen=True, kw_only=True):
    """A finding. `subject` is its id; `evidence` are numbers in the `facts` of its job, `gaps` in
    those of the report, counted from 0; links are those of its rule. `owner` and the file of the
    `place` are the job's where they are not stated. What is unknown has no fingerprint: no baseline
    takes it for known."""

    rule: str
    severity: Severity
    status: Status
    subject: str
    message: str
    remedy: str = ""
    evidence: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()
    place: WrittenPlace | None = None
    fingerprint: str = ""
    reason: str = ""
    owner: str = ""


class WrittenDecision(Record, frozen=True, kw_only=True):
    """What becomes of an image or a place of data. What a finding of the same rule and subject says
    stands there, and what it shares with the job stands with the job."""

    subject: str
    topic: Topic
    outcome: Outcome
    rule: str
    location: str = ""
    count: int | None = None
    ready: int | None = None
    nodes: tuple[str, ...] = ()
    message: str = ""
    remedy: str = ""
    evidence: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()


class WrittenJob(JobHead, frozen=True, kw_only=True):
    """One job. `subjects` are the names of what its findings and decisions are
    about, by id; `facts` is what they rest on."""

    subjects: dict[str, str] = {}
    facts: tuple[Evidence, ...] = ()
    decisions: tuple[WrittenDecision, ...] = ()
    findings: tuple[WrittenFinding, ...] = ()
    translations: tuple[Translation, ...] = ()


class WrittenCheck(CheckHead, frozen=True, kw_only=True, omit_defaults=False):
    """Everything a check concluded. `rules` are those that have something to say, `gaps` what is
    not known; `surroundings` are as the findings of a job whose `facts` are these."""

    jobs: tuple[WrittenJob, ...] = ()
    facts: tuple[Evidence, ...] = ()
    subjects: dict[str, str] = {}
    surroundings: tuple[WrittenFinding, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Writing:
    """Makes the written form of a report, part after part; what is to be told once is kept."""

    def __init__(self, report: CheckReport, shown: Sequence[Severity]) -> None:
        self._report, self._shown = report, shown
        self._gaps: dict[Gap, int] = {}
        self._rules: set[str] = set()

    def jobs(self) -> Iterator[WrittenJob]:
        """All of them, one by one; the rest of the report is to be asked for afterwards."""
        return map(self._job, self._report.jobs)

    def rest(self) -> WrittenCheck:
        """The report without its jobs."""
        report = self._report
        facts: dict[Evidence, int] = {}
        shown = self._selected(report.surroundings)
        surroundings = tuple(self._finding(one, facts) for one in shown)
        rules = {name: rule for name, rule in report.rules.items() if name in self._rules}
        return WrittenCheck(
            **{**_fields(report, CheckHead), "rules": rules},
            facts=tuple(facts),
            subjects={one.subject.id: one.subject.label for one in shown},
            surroundings=surroundings,
            gaps=tuple(self._gaps),
        )

    def _selected(self, findings: Iterable[Finding]) -> list[Finding]:
        return [finding for finding in findings if finding.severity in self._shown]

    def _job(self, job: JobCheck) -> WrittenJob:
        facts: dict[Evidence, int] = {}
        shown = self._selected(job.findings)
        told_findings = {(one.rule, one.subject.id) for one in shown}
        findings = tuple(self._finding(one, facts, job.owner, job.file) for one in shown)
        subjects = [one.subject for one in shown] + [decision.subject for decision in job.decisions]
        decisions = tuple(
            self._decision(decision, facts, job, told_findings) for decision in job.decisions
        )
        return WrittenJob(
            **_fields(job, JobHead),
            subjects={subject.id: subject.label for subject in subjects},
            facts=tuple(facts),
            decisions=decisions,
            findings=findings,
            translations=tuple(map(_short, job.translations)),
        )

    def _finding(
        self,
        finding: Finding,
        facts: dict[Evidence, int],
        owner: str = "",
        file: str = "",
    ) -> WrittenFinding:
        self._rules.add(finding.rule)
        return WrittenFinding(
            rule=finding.rule,
            severity=finding.severity,
            status=finding.status,
            subject=finding.subject.id,
            message=finding.message,
            remedy=finding.remedy,
            evidence=_numbers(finding.evidence, facts),
            gaps=_numbers(finding.gaps, self._gaps),
            place=_placed(finding.place, file) if finding.place is not None else None,
            fingerprint="" if finding.status == "unknown" else finding.fingerprint,
            reason=finding.reason,
            owner="" if finding.owner == owner else finding.owner,
        )

    def _decision(
        self,
        decision: Decision,
        facts: dict[Evidence, int],
        job: JobCheck,
        told: set[tuple[str, str]],
    ) -> WrittenDecision:
        self._rules.add(decision.rule)
        alike = (decision.count, decision.ready, decision.nodes) == (
            job.count,
            job.ready,
            job.nodes,
        )
        short = WrittenDecision(
            subject=decision.subject.id,
            topic=decision.topic,
            outcome=decision.outcome,
            rule=decision.rule,
            location=decision.location,
            count=None if alike else decision.count,
            ready=None if alike else decision.ready,
            nodes=() if alike else decision.nodes,
        )
        if (decision.rule, decision.subject.id) in told:
            return short
        return replace(
            short,
            message=decision.message,
            remedy=decision.remedy,
            evidence=_numbers(decision.evidence, facts),
            gaps=_numbers(decision.gaps, self._gaps),
        )


def _fields(record: Record, kind: type[Record]) -> dict[str, Any]:
    """The fields that a record has in common with all of the kind."""
    return {name: getattr(record, name) for name in kind.__struct_fields__}


def _placed(place: Place, file: str) -> WrittenPlace:
    return WrittenPlace(
        line=place.line, column=place.column, file="" if place.file == file else place.file
    )


def _short(translation: Translation) -> Translation:
    """Without the places of its ledger, which the report of a translation has."""
    ledger = tuple(
        replace(entry, item=replace(entry.item, place=None, words=()))
        for entry in translation.ledger
    )
    return replace(translation, ledger=ledger)


T = TypeVar("T", Evidence, Gap)


def _numbers(records: Iterable[T], known: dict[T, int]) -> tuple[int, ...]:
    """The place of each in the list that holds it once."""
    return tuple(known.setdefault(record, len(known)) for record in records)
