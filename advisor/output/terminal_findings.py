"""Findings by severity and rule, each with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.output.overview import Overview, RuleGroup
from advisor.output.terminal_text import SEVERITY_STYLES, Screen, name, prose
from advisor.output.wording import SEVERITY_LABELS, origin
from advisor.rulebook.finding import Evidence, Finding, Gap

_RULES = 12
_SUBJECTS = 3
_EVIDENCE = 3


def show(screen: Screen, view: Overview) -> None:
    """Unknown and broken ones stand under titles of their own, never among the passed."""
    for group in view.severities:
        title = SEVERITY_LABELS[group.severity]
        _rules(screen, title, group.rules, SEVERITY_STYLES[group.severity])
    _rules(screen, "could not be judged (not a pass)", view.unknown, "bold magenta")
    _rules(screen, "checks that broke (not a pass)", view.broken, "bold magenta")


def _rules(screen: Screen, title: str, rules: tuple[RuleGroup, ...], style: str) -> None:
    if not rules:
        return
    screen.heading(f"Findings: {title}")
    bound = screen.bound(_RULES)
    for rule in rules[:bound]:
        count = f" ({len(rule.findings):,})" if len(rule.findings) > 1 else ""
        screen.line(name(f"{rule.rule} ", style), prose(f"{rule.title}{count}", "bold"))
        _subjects(screen, rule)
    screen.more(len(rules) - bound if bound is not None else 0)


def _subjects(screen: Screen, rule: RuleGroup) -> None:
    bound = screen.bound(_SUBJECTS)
    for finding in rule.findings[:bound]:
        _finding(screen, finding, remedy="" if rule.remedy else finding.remedy)
    screen.more(len(rule.findings) - bound if bound is not None else 0, indent=2)
    if rule.remedy:
        screen.line(f"-> {rule.remedy}", indent=2)
    for link in rule.links[:1]:
        screen.line(name(link, "dim"), indent=2)


def _finding(screen: Screen, finding: Finding, remedy: str) -> None:
    place = f" {finding.place.file}:{finding.place.line}" if finding.place else ""
    screen.line(name(f"{finding.subject.label}{place}: "), finding.message, indent=2)
    for line in _grounds(finding.evidence, finding.gaps):
        screen.line(prose(line, "dim"), indent=4)
    if remedy:
        screen.line(f"-> {remedy}", indent=4)


def _grounds(evidence: Iterable[Evidence], gaps: Iterable[Gap]) -> list[str]:
    seen = [f"{e.fact} = {e.value}{_in_brackets(origin(e))}" for e in evidence]
    lacking = [f"missing {gap.fact}: {gap.reason or 'not read'}" for gap in gaps]
    return seen[:_EVIDENCE] + lacking[:_EVIDENCE]


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
