"""Deciding rules: one decision for each use, and one finding for the subject as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from advisor.findings.finding import STRICTEST, Decision, Finding, Outcome
from advisor.rulebook.case import Case
from advisor.rulebook.finding_builder import Builder, written
from advisor.rulebook.loaded import TOPICS, LoadedRule


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about one use and what it means as a finding, which counts if no other use is
    judged more strictly.
    """

    decision: Decision
    finding: Finding


def decide(case: Case, rules: Sequence[LoadedRule], build: Builder = written) -> Verdict:
    """The first rule that is true decides; one that cannot be evaluated before it, too: unknown."""
    for loaded in rules:
        result = case.evaluate(loaded)
        if result is False:
            continue
        finding = build(case, loaded, result)
        if result is not True:
            return _verdict(case, "unknown", finding)
        outcome = loaded.rule.outcome or "unknown"
        return _verdict(case, outcome, _decided(case, finding, outcome))
    return _verdict(case, "unknown", _undecided(case))


def _decided(case: Case, finding: Finding, outcome: Outcome) -> Finding:
    if outcome != "unknown" or finding.status == "error":
        return finding
    gaps = case.use.gaps if case.use else ()
    return msgspec.structs.replace(finding, status="unknown", gaps=gaps)


def _undecided(case: Case) -> Finding:
    """No rule is true, which a complete rulebook does not let happen."""
    return Finding(
        rule="",
        severity="warning",
        status="unknown",
        subject=case.view.subject,
        message=f"No rule decides what becomes of this {case.view.subject.scope}.",
        place=case.view.place,
        owner=case.view.owner,
    )


def _verdict(case: Case, outcome: Outcome, finding: Finding) -> Verdict:
    facts = case.use.facts if case.use else {}
    eligible = facts.get("eligible") or {}
    decision = Decision(
        subject=case.view.subject,
        topic=TOPICS[case.view.subject.scope],
        outcome=outcome,
        rule=finding.rule,
        use=case.use.label if case.use else "",
        owner=(case.use.owner if case.use else "") or case.view.owner,
        location=facts.get("location") or "",
        registry_name=facts.get("registry_name") or "",
        count=eligible.get("count"),
        ready=eligible.get("ready"),
        nodes=_shared(tuple(eligible.get("nodes") or ())),
        message=finding.message,
        remedy=finding.remedy,
        evidence=finding.evidence,
        gaps=finding.gaps,
    )
    return Verdict(decision=decision, finding=finding)


@lru_cache(maxsize=1024)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The first of equal tuples: thousands of decisions rest on the same nodes."""
    return names


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """The one that stands for the whole; of equals the first by the use's name."""
    return min(
        verdicts,
        key=lambda verdict: (STRICTEST.index(verdict.decision.outcome), verdict.decision.use),
    )


def whole_findings(verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """The finding of the strictest verdict, unless it is `ok`; and every rule that broke."""
    if not verdicts:
        return
    chosen = strictest(verdicts)
    rules = {chosen.finding.rule}
    if chosen.decision.outcome != "ok" or chosen.finding.status == "error":
        yield chosen.finding
    for verdict in verdicts:
        if verdict.finding.status == "error" and verdict.finding.rule not in rules:
            rules.add(verdict.finding.rule)
            yield verdict.finding
