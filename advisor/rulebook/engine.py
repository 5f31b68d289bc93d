"""Judging: every rule of a scope over every view of that scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

import msgspec

from advisor.configuration.settings import Ignore
from advisor.findings.finding import SEVERITIES, STRICTEST, Decision, Finding, Outcome, Subject
from advisor.rulebook.case import Builder, Case, Statement, written
from advisor.rulebook.expression import Expression
from advisor.rulebook.loaded import TOPICS, LoadedRule, Rulebook, View


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
        self.suppressions = _Suppressions(ignore)
        self.findings: list[Finding] = []
        self.decisions: list[Decision] = []
        self.passed: Counter[str] = Counter()

    def judge(self, view: View) -> None:
        """Judge a view by every rule, and keep the findings."""
        self.take(view, self.examine(view))

    def examine(self, view: View) -> Examined:
        """What the rules say of the view, whatever is to be suppressed; adds nothing."""
        passed: list[str] = []
        stated: dict[str, Statement] = {}
        plain = tuple(self._plain(view, stated, passed))
        verdicts = self._verdicts(view, stated)
        if verdicts and _strictest(verdicts).decision.outcome == "ok":
            passed.append(_strictest(verdicts).decision.rule)
        return Examined(
            findings=(*plain, *_whole_findings(verdicts)),
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

    def _plain(
        self, view: View, stated: dict[str, Statement], passed: list[str]
    ) -> Iterator[Finding]:
        scope = view.subject.scope
        case = Case(view, self.cluster, shared=self.rulebook.shared(scope), stated=stated)
        together = self._together(scope)
        silent = together.silent(case)
        for loaded in self.rulebook.plain(scope):
            result = loaded.rule.id not in silent and case.evaluate(loaded)
            if result is False:
                passed.append(loaded.rule.id)
            else:
                together.has_spoken(loaded)
                yield self._build(case, loaded, result)

    def _together(self, scope: str) -> _Together:
        known: dict[str, _Together] = self.rulebook.together
        return known.get(scope) or known.setdefault(scope, _Together(self.rulebook, scope))

    def _verdicts(self, view: View, stated: dict[str, Statement]) -> list[_Verdict]:
        rules = self.rulebook.deciding(view.subject.scope)
        if not rules:
            return []
        shared = self.rulebook.shared(view.subject.scope)
        cases = (Case(view, self.cluster, use, shared, stated) for use in view.uses)
        together = self._together(view.subject.scope)
        return [_decide(case, rules, self._build, together.deciding(case)) for case in cases]


_ALONE = 100
"""Cases that are asked rule by rule, before more rules in one expression are worth compiling it."""


class _Together:
    """The rules of a scope, of which many are asked at once: half of what a condition takes is the
    call. The first views are asked rule by rule, which tells which rules have something to say.
    """

    def __init__(self, rulebook: Rulebook, scope: str) -> None:
        shared = rulebook.shared(scope)
        self._deciding = rulebook.deciding(scope)
        self._quiet = {
            rule.rule.id: rule for rule in rulebook.plain(scope) if shared.may_hold(rule)
        }
        self._whole = all(map(shared.may_hold, self._deciding))
        self._asked: Counter[str] = Counter()
        self._made: dict[str, Expression] = {}

    def silent(self, case: Case) -> Collection[str]:
        """Plain rules that are known to say nothing of the case, by id."""
        one = next(iter(self._quiet.values()), None)
        if one is None or not self._is_worth("quiet"):
            return ()
        if "quiet" not in self._made:
            any_speaks = " || ".join(f"({loaded.rule.when}\n)" for loaded in self._quiet.values())
            self._made["quiet"] = one.environment.later(any_speaks)
        speaks = self._made["quiet"].evaluate(case.activation(one.environment))
        return self._quiet.keys() if speaks is False else ()

    def has_spoken(self, loaded: LoadedRule) -> None:
        """From now on the rule is asked alone."""
        if self._quiet.pop(loaded.rule.id, None):
            self._made.pop("quiet", None)

    def deciding(self, case: Case) -> LoadedRule | None:
        """The first deciding rule that is true of the case; None where that is not known without
        asking them one by one."""
        if not self._whole or not self._is_worth("deciding"):
            return None
        environment = self._deciding[0].environment
        if "deciding" not in self._made:
            steps = [f"({rule.rule.when}\n) ? {at} : " for at, rule in enumerate(self._deciding)]
            self._made["deciding"] = environment.later("".join(steps) + str(len(steps)))
        first = self._made["deciding"].number(case.activation(environment))
        return self._deciding[first] if first is not None and first < len(self._deciding) else None

    def _is_worth(self, what: str) -> bool:
        self._asked[what] += 1
        return self._asked[what] > _ALONE


def _finding_order(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.rule, finding.subject.id


def _decision_order(decision: Decision) -> tuple[str, str, str]:
    return decision.topic, decision.subject.id, decision.use


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about one use and what it means as a finding, which counts if no other use is
    judged more strictly.
    """

    decision: Decision
    finding: Finding


def _decide(
    case: Case, rules: Iterable[LoadedRule], build: Builder, known: LoadedRule | None
) -> _Verdict:
    """The first rule that is true decides, which may be `known`; one that cannot be evaluated
    before it, too: unknown."""
    for loaded in (known,) if known else rules:
        result = True if known else case.evaluate(loaded)
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


def _verdict(case: Case, outcome: Outcome, finding: Finding) -> _Verdict:
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
    return _Verdict(decision=decision, finding=finding)


@lru_cache(maxsize=1024)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The first of equal tuples: thousands of decisions rest on the same nodes."""
    return names


def _strictest(verdicts: Sequence[_Verdict]) -> _Verdict:
    """The one that stands for the whole; of equals the first by the use's name."""
    return min(
        verdicts,
        key=lambda verdict: (STRICTEST.index(verdict.decision.outcome), verdict.decision.use),
    )


def _whole_findings(verdicts: Sequence[_Verdict]) -> Iterator[Finding]:
    """The finding of the strictest verdict, unless it is `ok`; and every rule that broke."""
    if not verdicts:
        return
    chosen = _strictest(verdicts)
    rules = {chosen.finding.rule}
    if chosen.decision.outcome != "ok" or chosen.finding.status == "error":
        yield chosen.finding
    for verdict in verdicts:
        if verdict.finding.status == "error" and verdict.finding.rule not in rules:
            rules.add(verdict.finding.rule)
            yield verdict.finding


class _Suppressions:
    """Applies the configuration's ignores and the views' own, and keeps count of those that met."""

    def __init__(self, ignores: Sequence[Ignore]) -> None:
        self._ignores = tuple(ignores)
        self._met: set[Ignore] = set()
        self._of_views: dict[Ignore, None] = {}

    def applied(self, findings: tuple[Finding, ...], view: View) -> tuple[Finding, ...]:
        """The findings of a view, whose own ignores are remembered, so that those that meet nothing
        are reported."""
        if not self._ignores and not view.ignores:
            return findings
        self._of_views.update(dict.fromkeys(_own_ignores(view)))
        return tuple(self._apply(finding, view) for finding in findings)

    def _apply(self, finding: Finding, view: View) -> Finding:
        """The finding, suppressed with the reason when an ignore fits it."""
        fitting = [
            ignore
            for ignore in (*_own_ignores(view), *self._ignores)
            if ignore.rule == finding.rule and _fits(ignore.subject, finding.subject, view)
        ]
        self._met.update(fitting)
        if not fitting:
            return finding
        return msgspec.structs.replace(finding, status="suppressed", reason=fitting[0].reason)

    def unmatched(self) -> tuple[Ignore, ...]:
        """The ignores that suppressed nothing, the configuration's first."""
        return tuple(i for i in (*self._ignores, *self._of_views) if i not in self._met)


def _own_ignores(view: View) -> Iterator[Ignore]:
    """What the subject says about itself, in an annotation or a comment."""
    for rule, reason in view.ignores:
        yield Ignore(rule=rule, subject=view.subject.id, reason=reason)


def _fits(pattern: str, subject: Subject, view: View) -> bool:
    if pattern == view.subject.id:
        return True
    return fnmatchcase(subject.id, pattern) or fnmatchcase(subject.label, pattern)
