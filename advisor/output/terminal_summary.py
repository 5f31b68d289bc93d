"""The first screen: what was audited, the verdicts, the numbers, where to look first."""

from __future__ import annotations

from rich.text import Text

from advisor.facts.source import unread
from advisor.judging.assessment import ReadinessTable
from advisor.output.overview import Overview, TopicView
from advisor.output.terminal_text import OUTCOME_STYLES, Screen, prose
from advisor.output.wording import nodes_counted, not_read, plural, severity_count

_LISTS = 40
"""More than a cluster has lists: each one that was not read is named."""


def show(screen: Screen, view: Overview) -> None:
    """Fits 30 lines of 100 columns, whatever the size of the audit."""
    audit = view.assessment
    whose = f"What changes for {audit.owner}, on " if audit.owner else "Audit of "
    screen.line(prose(f"{whose}{audit.target}", "bold"), f", taken {audit.taken}")
    if audit.assumed:
        screen.line(prose("ASSUMED ", "bold magenta"), audit.assumed)
    if audit.state == "incomplete":
        _incomplete(screen, view)
    told: set[str] = set()
    for topic in view.topics:
        _topic(screen, topic, told)
    if audit.readiness is not None:
        _readiness(screen, audit.readiness)
    _counts(screen, view)


def _readiness(screen: Screen, table: ReadinessTable) -> None:
    """The sentence, then only what is not met; the whole table is in the other formats."""
    screen.line("")
    screen.line(prose(table.sentence, "bold"))
    for row in table.requirements:
        if row.state == "not met":
            screen.line(f"{row.name}: {row.wanted}; seen: {row.seen} ({row.rule})", indent=2)
    if not table.asked and table.newest and table.between:
        screen.line(f"Before Run:ai {table.newest}: {'; '.join(table.between[:2])}", indent=2)


def _incomplete(screen: Screen, view: Overview) -> None:
    sources = unread(view.assessment.sources)
    reasons = "; ".join(f"{one.probe} {one.target}: {not_read(one, _LISTS)}" for one in sources[:2])
    more = f"; and {len(sources) - 2:,} more" if len(sources) > 2 else ""
    screen.line(prose("INCOMPLETE ", "bold magenta"), f"{reasons}{more}")


def _topic(screen: Screen, topic: TopicView, told: set[str]) -> None:
    """`told`: reasons that stand above already; images and data often have the same."""
    verdict = topic.verdict
    screen.line("")
    screen.line(prose(verdict.sentence, OUTCOME_STYLES[verdict.outcome]))
    for reason in (f"{nodes_counted(verdict)}.", verdict.why):
        if reason not in told:
            screen.line(reason, indent=2)
        told.add(reason)
    if verdict.settle:
        screen.line(prose("To settle it: "), prose(f"`{verdict.settle}`"), indent=2)
    screen.line(_numbers(topic), indent=2)


def _numbers(topic: TopicView) -> Text:
    if not topic.total:
        return prose(f"No {topic.title.lower()} were seen: nothing was judged.", "bold magenta")
    shown = [g for g in topic.groups if g.things or g.outcome != "blocked"]
    parts = [
        prose(f"{len(g.things):,} {g.label}", OUTCOME_STYLES[g.outcome] if g.things else "dim")
        for g in shown
    ]
    return Text("   ").join(parts)


def _counts(screen: Screen, view: Overview) -> None:
    found = [severity_count(group.severity, group.count) for group in view.severities]
    broken = sum(len(rule.findings) for rule in view.broken)
    extra = f", {plural(broken, 'broken check')}" if broken else ""
    hidden = f", {view.hidden:,} below the asked severity not shown" if view.hidden else ""
    screen.line("")
    screen.line(
        prose("Findings: ", "bold"),
        f"{', '.join(found)}{extra}{hidden}; ",
        prose(plural(len(view.assessment.not_assessed), "fact"), "bold magenta"),
        prose(" not known", "bold magenta"),
    )
