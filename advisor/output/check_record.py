"""The check report as JSON has it: each text once, and numbers that point to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

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
    Subject,
    Topic,
    why_missing,
)
from advisor.jobs.ledger import Fate
from advisor.jobs.translation import Target, Translation
from advisor.judging.assessment import RuleSummary
from advisor.judging.check_report import CheckHead, CheckReport, JobCheck, JobHead


class WrittenPlace(Record, frozen=True, kw_only=True):
    """A position in the file of the job, or in another `file`."""

    line: int
    column: int = 1
    file: str = ""


class WrittenSubject(Record, frozen=True, kw_only=True):
    """What findings and decisions are about, and where most of them find it."""

    id: str
    label: str
    place: WrittenPlace | None = None


class WrittenRule(RuleSummary, frozen=True, kw_only=True):
    """A rule with what is the same in its findings: the `remedy`, and what it `asks` where it
    cannot tell. Why it is there, and links, stand with those that found something."""

    why: str = ""

    remedy: str = ""
    asks: str = ""


class WrittenGap(Record, frozen=True, kw_only=True):
    """Why `facts` are missing, also for findings that are not shown: which probe supplies them, and
    what would settle it."""

    reason: str
    probe: str = ""
    settle: str = ""
    facts: tuple[str, ...] = ()


class WrittenEntry(Record, frozen=True, kw_only=True):
    """What became of a flag or field: of an `Entry` what does not only serve the writers."""

    name: str
    fate: Fate
    reason: str
    value: str = ""
    output: str = ""


class WrittenTranslation(Record, frozen=True, kw_only=True):
    """A `Translation`; the documents of a manifest are those of its text."""

    target: Target
    text: str
    subcommand: str = ""
    ledger: tuple[WrittenEntry, ...] = ()
    before: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class WrittenFinding(Record, frozen=True, kw_only=True):
    """A finding. `subject` is a number in the `subjects` of its job and `evidence` are some in its
    `facts`, counted from 0; `missing` has by fact a number in the `gaps` of the report. Links are
    those of its rule. The `message` is empty where all it could say is that what the rule asks
    cannot be told; what is known is left out then. Not stated are a `remedy` that stands with the
    rule (what is unknown has none then); a `place` that is the subject's; an `owner` and the file
    of a place that are the job's. What is unknown has no fingerprint: no baseline takes it for
    known."""

    rule: str
    severity: Severity
    status: Status
    subject: int
    message: str
    remedy: str | None = None
    evidence: tuple[int, ...] = ()
    missing: dict[str, int] = {}
    place: WrittenPlace | None = None
    fingerprint: str = ""
    reason: str = ""
    owner: str = ""


class WrittenDecision(Record, frozen=True, kw_only=True):
    """What becomes of an image or a place of data. What a finding of the same rule and subject says
    stands there, and what it shares with the job stands with the job; the rest is as in findings.
    """

    subject: int
    topic: Topic
    outcome: Outcome
    rule: str
    location: str = ""
    count: int | None = None
    ready: int | None = None
    nodes: tuple[str, ...] = ()
    message: str = ""
    remedy: str | None = None
    evidence: tuple[int, ...] = ()
    missing: dict[str, int] = {}


class WrittenJob(JobHead, frozen=True, kw_only=True):
    """One job. `subjects` is what its findings and decisions are about; `facts` is what they rest
    on."""

    subjects: tuple[WrittenSubject, ...] = ()
    facts: tuple[Evidence, ...] = ()
    decisions: tuple[WrittenDecision, ...] = ()
    findings: tuple[WrittenFinding, ...] = ()
    translations: tuple[WrittenTranslation, ...] = ()


class WrittenCheck(CheckHead, frozen=True, kw_only=True, omit_defaults=False):
    """Everything a check concluded. `rules` are those that have something to say, `gaps` why
    something is not known; `surroundings` are as the findings of a job whose `facts` and `subjects`
    are these."""

    jobs: tuple[WrittenJob, ...] = ()
    facts: tuple[Evidence, ...] = ()
    subjects: tuple[WrittenSubject, ...] = ()
    surroundings: tuple[WrittenFinding, ...] = ()
    rules: dict[str, WrittenRule] = {}
    gaps: tuple[WrittenGap, ...] = ()


class Writing:
    """Makes the written form of a report, part after part; what is written once only is kept."""

    def __init__(self, report: CheckReport, shown: Sequence[Severity]) -> None:
        self._report, self._shown = report, shown
        self._gaps: dict[tuple[str, str, str], int] = {}
        self._facts: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
        self._speaking: dict[str, bool] = {}
        self._remedies: dict[str, str] = {}
        self._asked: dict[str, str] = {}

    def jobs(self) -> Iterator[WrittenJob]:
        """All of them, one by one; the rest of the report is to be asked for afterwards."""
        return map(self._job, self._report.jobs)

    def rest(self) -> WrittenCheck:
        """The report without its jobs."""
        report, part = self._report, _Part(self)
        surroundings = tuple(map(part.finding, self._selected(report.surroundings)))
        rules = {
            name: self._rule(name, report.rules[name])
            for name in report.rules
            if name in self._speaking
        }
        return WrittenCheck(
            **_fields(report, CheckHead),
            rules=rules,
            facts=tuple(part.facts),
            subjects=tuple(part.subjects.values()),
            surroundings=surroundings,
            gaps=tuple(
                WrittenGap(reason=reason, probe=probe, settle=settle, facts=tuple(facts))
                for (reason, probe, settle), facts in self._facts.items()
            ),
        )

    def _rule(self, name: str, rule: RuleSummary) -> WrittenRule:
        own = {"remedy": self._remedies.get(name, ""), "asks": self._asked.get(name, "")}
        left = {} if self._speaking[name] else {"why": "", "links": ()}
        return WrittenRule(**{**_fields(rule, RuleSummary), **own, **left})

    def missing(self, gaps: Iterable[Gap]) -> dict[str, int]:
        """The number of the reason for each fact."""
        numbers = {}
        for gap in gaps:
            key = (gap.reason, gap.probe, gap.settle)
            self._facts[key][gap.fact] = None
            numbers[gap.fact] = _number(key, self._gaps)
        return numbers

    def speaks(self, rule: str, *, unknown: bool) -> None:
        """Note that the rule is referred to, and whether it only could not tell."""
        self._speaking[rule] = self._speaking.get(rule, False) or not unknown

    def remedy(self, rule: str, remedy: str, *, unknown: bool) -> str | None:
        """None where it is the first that the rule had, which stands with the rule, and where
        nothing was found that it could be for."""
        if unknown and not remedy:
            return None
        if rule not in self._report.rules:
            return remedy
        return None if self._remedies.setdefault(rule, remedy) == remedy else remedy

    def message(self, finding: Finding) -> str:
        """Nothing where it only says why the rule's question has no answer."""
        asked = finding.message.removesuffix(f": {why_missing(finding.gaps)}.")
        alone = asked != finding.message and finding.status == "unknown"
        if not alone or finding.rule not in self._report.rules:
            return finding.message
        first = self._asked.setdefault(finding.rule, asked)
        return "" if first == asked else finding.message

    def _selected(self, findings: Iterable[Finding]) -> list[Finding]:
        """Those that are shown; what the others lack is listed all the same."""
        for finding in findings:
            if finding.severity not in self._shown:
                self.missing(finding.gaps)
        return [finding for finding in findings if finding.severity in self._shown]

    def _job(self, job: JobCheck) -> WrittenJob:
        part, shown = _Part(self, job), self._selected(job.findings)
        stated = {(finding.rule, finding.subject.id) for finding in shown}
        findings = tuple(map(part.finding, shown))
        decisions = tuple(
            part.decision(decision, told=(decision.rule, decision.subject.id) in stated)
            for decision in job.decisions
        )
        return WrittenJob(
            **_fields(job, JobHead),
            subjects=tuple(part.subjects.values()),
            facts=tuple(part.facts),
            decisions=decisions,
            findings=findings,
            translations=tuple(map(_translation, job.translations)),
        )


class _Part:
    """The findings of one job, or of the surroundings, and what they refer to."""

    def __init__(self, writing: Writing, job: JobCheck | None = None) -> None:
        self._writing, self._job = writing, job
        self.facts: dict[Evidence, int] = {}
        self.subjects: dict[str, WrittenSubject] = {}
        self._numbers: dict[str, int] = {}

    def finding(self, finding: Finding) -> WrittenFinding:
        """The finding in numbers."""
        owner, file = (self._job.owner, self._job.file) if self._job else ("", "")
        place = _placed(finding.place, file) if finding.place is not None else None
        number = self._subject(finding.subject, place)
        same = place == self.subjects[finding.subject.id].place
        unknown = finding.status == "unknown"
        message = self._writing.message(finding)
        self._writing.speaks(finding.rule, unknown=unknown)
        return WrittenFinding(
            rule=finding.rule,
            severity=finding.severity,
            status=finding.status,
            subject=number,
            message=message,
            remedy=self._writing.remedy(finding.rule, finding.remedy, unknown=unknown),
            evidence=tuple(
                _number(evidence, self.facts) for evidence in finding.evidence if message
            ),
            missing=self._writing.missing(finding.gaps),
            place=None if same else place,
            fingerprint="" if unknown else finding.fingerprint,
            reason=finding.reason,
            owner="" if finding.owner == owner else finding.owner,
        )

    def decision(self, decision: Decision, *, told: bool) -> WrittenDecision:
        """The decision in numbers; `told` says whether a finding has its texts."""
        job, unknown = self._job, decision.outcome == "unknown"
        self._writing.speaks(decision.rule, unknown=unknown)
        remedy = self._writing.remedy(decision.rule, decision.remedy, unknown=unknown)
        alike = job is not None and (decision.count, decision.ready, decision.nodes) == (
            job.count,
            job.ready,
            job.nodes,
        )
        return WrittenDecision(
            subject=self._subject(decision.subject, None),
            topic=decision.topic,
            outcome=decision.outcome,
            rule=decision.rule,
            location=decision.location,
            count=None if alike else decision.count,
            ready=None if alike else decision.ready,
            nodes=() if alike else decision.nodes,
            message="" if told else decision.message,
            remedy=None if told else remedy,
            evidence=()
            if told
            else tuple(_number(evidence, self.facts) for evidence in decision.evidence),
            missing={} if told else self._writing.missing(decision.gaps),
        )

    def _subject(self, subject: Subject, place: WrittenPlace | None) -> int:
        written = WrittenSubject(id=subject.id, label=subject.label, place=place)
        self.subjects.setdefault(subject.id, written)
        return _number(subject.id, self._numbers)


def _fields(record: Record, kind: type[Record]) -> dict[str, Any]:
    """The fields that a record has in common with all of the kind."""
    return {name: getattr(record, name) for name in kind.__struct_fields__}


def _placed(place: Place, file: str) -> WrittenPlace:
    return WrittenPlace(
        line=place.line, column=place.column, file="" if place.file == file else place.file
    )


def _translation(translation: Translation) -> WrittenTranslation:
    return WrittenTranslation(
        target=translation.target,
        text=translation.text,
        subcommand=translation.subcommand,
        before=translation.before,
        missing=translation.missing,
        ledger=tuple(
            WrittenEntry(
                name=entry.item.written or entry.item.name,
                value=entry.item.value,
                fate=entry.fate,
                reason=entry.reason,
                output=entry.output,
            )
            for entry in translation.ledger
        ),
    )


T = TypeVar("T", Evidence, str, tuple[str, str, str])


def _number(record: T, known: dict[T, int]) -> int:
    """Its place in the list that holds it once."""
    return known.setdefault(record, len(known))
