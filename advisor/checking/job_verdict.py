"""What becomes of one job: whether it runs, and why in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.findings.finding import Decision, Finding, Gap
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Translation
from advisor.judging.check_report import JobVerdict
from advisor.placement.eligibility import Eligibility

_SHOWN = 3


def job_verdict(
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
        return "cannot run", f"The API server refuses it: {'; '.join(job.refused[:_SHOWN])}."
    if eligible is not None and eligible.count == 0:
        unmet = " and ".join(eligible.unmet[:_SHOWN]) or "what it asks for"
        return "cannot run", f"No node meets {unmet}."
    open_questions = tuple(_open_questions(eligible, decisions, findings))
    if open_questions:
        certain = "; ".join(tuple(_moves(decisions))[:_SHOWN])
        lead = f"{certain}. " if certain else ""
        return "unknown", f"{lead}Not known: {'; '.join(open_questions[:_SHOWN])}."
    changes = tuple(_changes(job, decisions, findings, translations))
    where = _where(eligible)
    if changes:
        more = f"; and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        return "runs after these changes", f"{'; '.join(changes[:_SHOWN])}{more}. {where}"
    return "runs as it is", where


def _where(eligible: Eligibility | None) -> str:
    count = eligible.count if eligible is not None else None
    noun = "node" if count == 1 else "nodes"
    return f"It can land on {count} {noun}."


def _open_questions(
    eligible: Eligibility | None, decisions: Sequence[Decision], findings: Sequence[Finding]
) -> Iterable[str]:
    if eligible is None:
        yield "which nodes there are"
    elif eligible.count is None:
        yield f"how many nodes can run it ({_reasons(eligible.gaps)})"
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
    if not is_native(job) and job.reader not in {one.target for one in translations}:
        yield "it has to be submitted in another form"


def _moves(decisions: Sequence[Decision]) -> Iterable[str]:
    for decision in decisions:
        if decision.outcome == "move":
            goal = "a registry" if decision.topic == "image" else "network storage"
            yield f"{decision.subject.label} must move to {goal}"


def is_native(job: JobSpec) -> bool:
    """Whether the cluster takes the job in the form it is written in."""
    return job.reader == "manifest"
