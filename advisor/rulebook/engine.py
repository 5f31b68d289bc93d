"""Judging: every rule of a scope over every view of that scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from advisor.rulebook.case import Case
from advisor.rulebook.deciding import decide, strictest, whole_findings
from advisor.rulebook.expression import Fault, Missing
from advisor.rulebook.finding import SEVERITIES, Decision, Finding
from advisor.rulebook.finding_builder import broken, found, unknown
from advisor.rulebook.loaded import LoadedRule, Rulebook
from advisor.rulebook.suppression import Suppressions
from advisor.rulebook.view import View
from advisor.settings import Ignore


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


class Judging:
    """Judges view after view; what has been found so far."""

    def __init__(
        self, rulebook: Rulebook, cluster: Mapping[str, Any], ignore: Sequence[Ignore]
    ) -> None:
        self.rulebook = rulebook
        self.cluster = cluster
        self.suppressions = Suppressions(ignore)
        self.findings: list[Finding] = []
        self.decisions: list[Decision] = []
        self.passed: Counter[str] = Counter()

    def judge(self, view: View) -> None:
        """Add what the rules say of the view."""
        self.suppressions.note(view)
        for finding in (*self._plain(view), *self._deciding(view)):
            self.findings.append(self.suppressions.apply(finding, view))

    def _plain(self, view: View) -> Iterator[Finding]:
        case = Case(view, self.cluster)
        for loaded in self.rulebook.plain(view.subject.scope):
            result = case.evaluate(loaded)
            if result is False:
                self.passed[loaded.rule.id] += 1
            else:
                yield _finding(case, loaded, result)

    def _deciding(self, view: View) -> Iterator[Finding]:
        rules = self.rulebook.deciding(view.subject.scope)
        if not rules:
            return
        verdicts = [decide(Case(view, self.cluster, use), rules) for use in view.uses]
        self.decisions.extend(verdict.decision for verdict in verdicts)
        if verdicts and strictest(verdicts).decision.outcome == "ok":
            self.passed[strictest(verdicts).decision.rule] += 1
        yield from whole_findings(verdicts)


def _finding(case: Case, loaded: LoadedRule, result: bool | Missing | Fault) -> Finding:
    if isinstance(result, Missing):
        return unknown(case, loaded, result)
    if isinstance(result, Fault):
        return broken(case, loaded, result)
    return found(case, loaded)


def _finding_order(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.rule, finding.subject.id


def _decision_order(decision: Decision) -> tuple[str, str, str]:
    return decision.topic, decision.subject.id, decision.use
