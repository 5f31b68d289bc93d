"""One job after another against one cluster: image, data, its own habits, its translation."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from advisor.checking.job_examiner import JobContext, JobExaminer, JobTarget
from advisor.checking.source_lines import FindingPlaces, job_file, placed
from advisor.checking.view_examiner import ViewExaminer
from advisor.findings.finding import Decision, Finding, Gap, Outcome, Subject
from advisor.jobs.inline_ignore import InlineSuppressions
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Target, Translation
from advisor.judging.check_report import JobCheck, JobVerdict
from advisor.placement.eligibility import Eligibility
from advisor.rulebook.engine import Judging

_NODES_SHOWN = 20

_SHOWN = 3


class JobJudge:
    """Judges jobs; `judging` keeps what is found in all of them."""

    def __init__(
        self,
        context: JobContext,
        views: ViewExaminer,
        judging: Judging,
        target: JobTarget,
        targets: tuple[Target, ...],
        inline: InlineSuppressions,
    ) -> None:
        self._placement = context.placement
        self._judging = judging
        self._examiner = JobExaminer(context, views, judging)
        self._target = target
        self._targets = targets
        self._inline = inline
        self._seen: Counter[str] = Counter()
        self._taken: dict[tuple[str, str], dict[str, int]] = {}
        """The names that were written, by target and project."""
        self.outcomes: list[dict[str, Outcome]] = []
        """The outcomes of each job's image and data, in the order of the jobs."""
        self.unmatched: list[str] = []
        """The jobs' own annotations that suppressed nothing, in words."""

    def check(self, job: JobSpec) -> JobCheck:
        """The verdict on one job, with its decisions, findings and translations."""
        decisions_before, findings_before = (
            len(self._judging.decisions),
            len(self._judging.findings),
        )
        outcomes, things = self._examiner.things(job)
        self.outcomes.append(outcomes)
        translations = tuple(self._translations(job, outcomes))
        for known in (*things, *self._examiner.own(job, next(iter(translations), None))):
            self._judging.take(*known.of_job(job))
        decisions = tuple(self._judging.decisions[decisions_before:])
        findings = self._finished(job, self._judging.findings[findings_before:])
        self._note_unmatched(job, findings)
        check = self._verdict(job, decisions, findings, translations)
        return placed(replace(check, translations=translations), job)

    def glance(self, job: JobSpec) -> JobCheck:
        """The verdict on one job, with its decisions, and its findings without their texts.

        `judging` keeps nothing of it. Only for jobs that suppress nothing."""
        outcomes, things = self._examiner.things(job)
        translations = tuple(self._translations(job, outcomes))
        known = (*things, *self._examiner.own(job, next(iter(translations), None)))
        decisions = tuple(decision for thing in things for decision in thing.examined.decisions)
        own = self._own_name(job)
        subject = Subject(scope="job", id=f"job:{job.id}", label=job.label)
        findings = [
            replace(
                finding,
                subject=subject if finding.subject.scope == "job" else finding.subject,
                fingerprint=_print(finding, own),
                owner=job.owner,
            )
            for result in known
            for finding in result.brief
        ]
        check = self._verdict(job, decisions, findings, translations)
        return replace(check, nodes=(), place=job.place)

    def _verdict(
        self,
        job: JobSpec,
        decisions: tuple[Decision, ...],
        findings: Sequence[Finding],
        translations: Sequence[Translation],
    ) -> JobCheck:
        eligible = self._placement.eligible(job)
        verdict, why = _job_verdict(job, eligible, decisions, findings, translations)
        known = eligible if eligible is not None and eligible.count is not None else None
        return JobCheck(
            id=job.id,
            label=job.label,
            kind=job.kind,
            reader=job.reader,
            verdict=verdict,
            why=why,
            file=job_file(job),
            owner=job.owner,
            template=job.template,
            guessed=job.guessed,
            count=known.count if known else None,
            ready=len(known.ready) if known else None,
            nodes=known.nodes[:_NODES_SHOWN] if known else (),
            decisions=decisions,
            findings=tuple(sorted(findings, key=_order)),
        )

    def _translations(self, job: JobSpec, outcomes: Mapping[str, Outcome]) -> Iterator[Translation]:
        if job.run is None:
            return
        targets = self._targets or (() if _is_native(job) else (self._target.usual,))
        for target in targets:
            from advisor.writers import write
            from advisor.writers.names import take_name

            situation = self._target.situation(job, target, outcomes)
            keeps = job.reader == "manifest" or (job.reader, target) == ("compose", "kubernetes")
            if self._targets and not keeps:  # there objects call each other by name
                taken = self._taken.setdefault((target, job.run.project), {})
                yield write(job, replace(situation, taken=taken))
                take_name(job.run.name, job.run.image, taken)
            else:
                yield write(job, situation)

    def _finished(self, job: JobSpec, findings: Sequence[Finding]) -> list[Finding]:
        """The findings with places and this job's fingerprints, inline suppressions applied."""
        own = self._own_name(job)
        places = FindingPlaces(job)
        kept = [
            self._inline.apply(
                replace(
                    finding,
                    place=places.of(finding) if job.place else None,
                    fingerprint=_print(finding, own),
                    owner=job.owner,
                ),
                job,
            )
            for finding in findings
        ]
        self._judging.findings[len(self._judging.findings) - len(kept) :] = kept
        return kept

    def _own_name(self, job: JobSpec) -> str:
        """What tells it from jobs of other files, and from those before it of the same name."""
        name = f"{job_file(job)}\0{job.label}"
        self._seen[name] += 1
        return f"{name}\0{self._seen[name]}"

    def _note_unmatched(self, job: JobSpec, findings: Sequence[Finding]) -> None:
        silent = {finding.rule for finding in findings if finding.status == "suppressed"}
        self.unmatched += [
            f"{job_file(job) or job.kind}: {job.label}: {rule}: {reason}"
            for rule, reason in job.ignores
            if rule not in silent
        ]


def _print(finding: Finding, own: str) -> str:
    """Stable while file, name, rule and subject stay; lines may move, and a job's id has them."""
    subject = "" if finding.subject.scope == "job" else finding.subject.id
    text = f"{finding.rule}\0{subject}\0{own}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_SEVERITY = {"error": 0, "warning": 1, "info": 2}


def _order(finding: Finding) -> tuple[bool, int, str, str]:
    return (
        finding.status != "finding",
        _SEVERITY[finding.severity],
        finding.rule,
        finding.subject.id,
    )


def _job_verdict(
    job: JobSpec,
    eligible: Eligibility | None,
    decisions: Sequence[Decision],
    findings: Sequence[Finding],
    translations: Sequence[Translation],
) -> tuple[JobVerdict, str]:
    """Tried in this order: cannot run, unknown, needs changes, runs as it is.

    What must move for certain comes first in the reason, whatever else is not known.
    """
    if job.refused:
        return "cannot run", "The API server refuses it."
    if eligible is not None and eligible.count == 0:
        unmet = " and ".join(eligible.unmet[:_SHOWN]) or "what it asks for"
        return "cannot run", f"No node meets {unmet}."
    open_questions = tuple(_open_questions(job, eligible, decisions, findings))
    if open_questions:
        certain = "; ".join(tuple(_moves(decisions))[:_SHOWN])
        lead = f"{certain}. " if certain else ""
        return "unknown", f"{lead}Not known: {'; '.join(open_questions[:_SHOWN])}."
    changes = tuple(_changes(job, decisions, findings, translations))
    count = eligible.count if eligible is not None else None
    noun = "node" if count == 1 else "nodes"
    where = f"It can land on {count} {noun}."
    if changes:
        more = f"; and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        return "runs after these changes", f"{'; '.join(changes[:_SHOWN])}{more}. {where}"
    return "runs as it is", where


def _open_questions(
    job: JobSpec,
    eligible: Eligibility | None,
    decisions: Sequence[Decision],
    findings: Sequence[Finding],
) -> Iterable[str]:
    if eligible is None:
        yield "which nodes there are"
    elif eligible.count is None:
        yield f"how many nodes can run it ({_reasons(eligible.gaps)})"
    if job.run is not None and not job.images:
        yield "which image it runs"
    known = eligible is not None and eligible.count is not None
    for decision in decisions:
        if decision.outcome == "unknown" and known:
            yield f"where {decision.subject.label} is"
    for finding in findings:
        if finding.status == "error":
            yield f"rule {finding.rule} broke"


def _reasons(gaps: Iterable[Gap]) -> str:
    return "; ".join(dict.fromkeys(gap.reason for gap in gaps)) or "a fact is missing"


def _changes(
    job: JobSpec,
    decisions: Sequence[Decision],
    findings: Sequence[Finding],
    translations: Sequence[Translation],
) -> Iterable[str]:
    """What has to be done; a manifest runs as it is where nothing has to."""
    decided = {decision.rule for decision in decisions}
    yield from _moves(decisions)
    for finding in findings:
        urgent = finding.status == "finding" and finding.severity == "error"
        if urgent and finding.rule not in decided:
            yield f"{finding.rule} has to be settled"
    if not _is_native(job) and job.reader not in {
        translation.target for translation in translations
    }:
        yield "it has to be submitted in another form"


def _moves(decisions: Sequence[Decision]) -> Iterable[str]:
    for decision in decisions:
        if decision.outcome == "move":
            label = decision.subject.label
            stated = {evidence.fact: evidence.value for evidence in decision.evidence}
            goal = "a registry" if decision.topic == "image" else "network storage"
            named = decision.topic == "data" and stated.get("data.destination", "")
            copied = f"{label} has to be copied to {named} first"
            yield copied if named else f"{label} must move to {goal}"


def _is_native(job: JobSpec) -> bool:
    """Whether the cluster takes the job in the form it is written in."""
    return job.reader == "manifest"
