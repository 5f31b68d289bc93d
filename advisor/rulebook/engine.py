"""Judging: every rule of a scope over every view of that scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from advisor.configuration.settings import Ignore
from advisor.findings.finding import SEVERITIES, Decision, Finding
from advisor.rulebook.case import Case
from advisor.rulebook.deciding import Verdict, decide, strictest, whole_findings
from advisor.rulebook.finding_builder import Builder, written
from advisor.rulebook.loaded import Rulebook
from advisor.rulebook.suppression import Suppressions
from advisor.rulebook.view import View


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """All that judging gives. `passed` counts by rule the subjects it has nothing to say about: a
    finding object for each would be the largest part of a big audit. `unmatched` are suppressions
    that met nothing.
    """

    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    passed: dict[str, int]
    unmatched: tuple[Ignore, ...]


def evaluate(
    rulebook: Rulebook,
    views: Iterable[View],
    cluster: Mapping[str, Any],
    *,
    ignore: Sequence[Ignore] = (),
) -> Judgement:
    """Judge the views. A rule that breaks becomes a finding of status `error`, and the run goes on.

    `cluster` holds the facts of the variable of that name, for every view.
    """
    run = Judging(rulebook, cluster, ignore)
    for view in views:
        run.judge(view)
    return Judgement(
        findings=tuple(sorted(run.findings, key=_finding_order)),
        decisions=tuple(sorted(run.decisions, key=_decision_order)),
        passed=dict(sorted(run.passed.items())),
        unmatched=run.suppressions.unmatched(),
    )


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules say of one view; `passed` are those that have nothing to say."""

    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    passed: tuple[str, ...]


class Judging:
    """Judges view after view; what has been found so far. `build` makes the findings."""

    def __init__(
        self,
        rulebook: Rulebook,
        cluster: Mapping[str, Any],
        ignore: Sequence[Ignore],
        build: Builder = written,
    ) -> None:
        self._build = build
        self.rulebook = rulebook
        self.cluster = cluster
        self.suppressions = Suppressions(ignore)
        self.findings: list[Finding] = []
        self.decisions: list[Decision] = []
        self.passed: Counter[str] = Counter()

    def judge(self, view: View) -> None:
        """Add what the rules say of the view."""
        self.take(view, self.examine(view))

    def examine(self, view: View) -> Examined:
        """What the rules say of the view, whatever is to be suppressed; adds nothing."""
        passed: list[str] = []
        plain = tuple(self._plain(view, passed))
        verdicts = self._verdicts(view)
        if verdicts and strictest(verdicts).decision.outcome == "ok":
            passed.append(strictest(verdicts).decision.rule)
        return Examined(
            findings=(*plain, *whole_findings(verdicts)),
            decisions=tuple(verdict.decision for verdict in verdicts),
            passed=tuple(passed),
        )

    def take(self, view: View, examined: Examined) -> tuple[Finding, ...]:
        """Add what was found of a view, suppressions applied; gives its findings."""
        findings = self.suppressions.applied(examined.findings, view)
        self.findings.extend(findings)
        self.decisions.extend(examined.decisions)
        self.passed.update(examined.passed)
        return findings

    def _plain(self, view: View, passed: list[str]) -> Iterator[Finding]:
        scope = view.subject.scope
        case = Case(view, self.cluster, shared=self.rulebook.shared(scope))
        for loaded in self.rulebook.plain(scope):
            result = case.evaluate(loaded)
            if result is False:
                passed.append(loaded.rule.id)
            else:
                yield self._build(case, loaded, result)

    def _verdicts(self, view: View) -> list[Verdict]:
        rules = self.rulebook.deciding(view.subject.scope)
        if not rules:
            return []
        shared = self.rulebook.shared(view.subject.scope)
        told: dict[str, str] = {}
        cases = (Case(view, self.cluster, use, shared, told) for use in view.uses)
        return [decide(case, rules, self._build) for case in cases]


def _finding_order(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.rule, finding.subject.id


def _decision_order(decision: Decision) -> tuple[str, str, str]:
    return decision.topic, decision.subject.id, decision.use
