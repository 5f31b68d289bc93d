"""Images and data with what to do, then findings by severity and rule, each with its evidence.

What decides about an image or a place of data was told with that thing and takes a line here, as
do hints and what could not be judged, whose missing facts are listed further down. No name can
drive the terminal: markup is off and control characters show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.errors import one_line
from advisor.facts.quantity import some
from advisor.findings.finding import Outcome, Severity
from advisor.judging.assessment import Thing
from advisor.output.formats import RenderOptions
from advisor.output.overview import PENDING, OutcomeGroup, Overview, RuleGroup
from advisor.output.wording import (
    OUTCOME_MEANINGS,
    SEVERITY_LABELS,
    eligible,
    grounds,
    holds,
    located,
    origin,
    unbroken,
)

OUTCOME_STYLES: dict[Outcome, str] = {
    "move": "bold yellow",
    "unknown": "bold magenta",
    "blocked": "bold red",
    "stay": "bold blue",
    "ok": "bold green",
}
SEVERITY_STYLES: dict[Severity, str] = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold blue",
}


def prose(text: str, style: str = "") -> Text:
    """A sentence: line breaks become spaces, anything else that could drive a terminal shows."""
    shown = Text(one_line(unbroken(text)), style=style)
    shown.highlight_regex(r"`[^`]+`", "bold")
    return shown


def name(text: str, style: str = "") -> Text:
    """A name exactly as it is, with every unprintable character made visible."""
    return Text(one_line(text), style=style, overflow="fold")


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What is written to, and the bounds that hold for it."""

    console: Console
    options: RenderOptions

    def line(self, *parts: Text | str, indent: int = 0) -> None:
        """One paragraph, wrapped at the width with its indent kept."""
        paragraph = Text.assemble(
            *(part if isinstance(part, Text) else prose(part) for part in parts)
        )
        self.put(paragraph, indent=indent)

    def unbroken(self, command: Text) -> None:
        """A command on one line, however long: what is broken runs as something else."""
        self.console.print(command, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)

    def put(self, shown: RenderableType, *, indent: int = 0) -> None:
        """Show anything that rich can draw."""
        self.console.print(Padding(shown, (0, 0, 0, indent)))

    def heading(self, text: str) -> None:
        """The title of a part, with an empty line above."""
        self.line("")
        self.put(Text(one_line(text).upper(), style="bold underline"))

    def bound(self, limit: int) -> int | None:
        """`limit`, or None when everything is to be shown."""
        return None if self.options.verbose else limit

    def more(self, left: int, *, indent: int = 0) -> None:
        """Says how many entries of a bounded list are not here, and where they are."""
        if left > 0:
            report = self.options.report
            place = f"see {report}" if report else "--verbose shows all"
            self.line(prose(f"and {left:,} more: {place}", "dim"), indent=indent)

    def table(self, headers: tuple[str, ...], rows: Iterable[tuple[Text | str, ...]]) -> None:
        """Columns without rules, so that the text stays easy to copy."""
        grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        for header in headers:
            grid.add_column(header, overflow="fold")
        for row in rows:
            grid.add_row(*(cell if isinstance(cell, Text) else name(cell) for cell in row))
        self.put(grid, indent=2)

    def text(self) -> str:
        """Everything written so far; no line ends with spaces."""
        written = self.console.file
        assert isinstance(written, StringIO)
        return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def show(screen: Screen, view: Overview) -> None:
    """Unknown and broken ones stand under titles of their own, never among the passed."""
    for group in view.severities:
        _rules(
            screen, SEVERITY_LABELS[group.severity], group.rules, SEVERITY_STYLES[group.severity]
        )
    _rules(screen, "could not be judged (not a pass)", view.unknown, "bold magenta")
    _rules(screen, "checks that broke (not a pass)", view.broken, "bold magenta")


def _rules(screen: Screen, title: str, rules: tuple[RuleGroup, ...], style: str) -> None:
    if not rules:
        return
    screen.heading(f"Findings: {title}")
    for rule in rules:
        count = f" ({len(rule.findings):,})" if len(rule.findings) > 1 else ""
        screen.line(name(f"{rule.rule} ", style), prose(f"{rule.title}{count}", "bold"))
        _subjects(screen, rule)


def _subjects(screen: Screen, rule: RuleGroup) -> None:
    for finding in rule.findings:
        remedy = "" if rule.remedy else finding.remedy
        place = f" {finding.place.file}:{finding.place.line}" if finding.place else ""
        screen.line(name(f"{finding.subject.label}{place}: "), finding.message, indent=2)
        stated = "; ".join(grounds(finding.evidence, finding.gaps))
        if stated:
            screen.line(prose(f"evidence: {stated}", "dim"), indent=4)
        if remedy:
            screen.line(f"-> {remedy}", indent=4)
    if rule.remedy:
        screen.line(f"-> {rule.remedy}", indent=2)
    for link in rule.links[:1]:
        screen.line(name(link, "dim"), indent=2)


def show_things(screen: Screen, view: Overview) -> None:
    """Each topic with its outcomes, strictest first."""
    for topic in view.topics:
        if topic.total:
            screen.heading(topic.title)
            for group in topic.groups:
                if group.things:
                    _group(screen, group)


def _group(screen: Screen, group: OutcomeGroup) -> None:
    label = f"{group.label} ({len(group.things):,})"
    screen.line(prose(label, OUTCOME_STYLES[group.outcome]), ": ", OUTCOME_MEANINGS[group.outcome])
    for thing in group.things:
        _thing(screen, thing)


def _thing(screen: Screen, thing: Thing) -> None:
    said = thing.kind == thing.topic or thing.kind.replace("-", " ") in thing.subject.label
    details = "  ".join(filter(None, ["" if said else thing.kind, holds(thing)]))
    screen.line(name(thing.subject.label, "bold"), name(details and f"  {details}"), indent=2)
    place = f": {some(thing.machines, 3)}" if thing.machines else ""
    use = f"; used by {some(thing.users, 4)}" if thing.users else ""
    owner = f"; owner {some(thing.owners, 3)}" if thing.owners else ""
    screen.line(f"{located(thing.location)}{place}{use}{owner} [{thing.rule}]", indent=6)
    screen.line(thing.message, indent=6)
    if thing.outcome in PENDING:
        screen.line(prose(_rests_on(thing), "dim"), indent=6)
    if thing.remedy:
        screen.line(f"-> {thing.remedy}", indent=6)


def _rests_on(thing: Thing) -> str:
    if not thing.decisions:
        return ""
    decision = thing.decisions[0]
    somebody = [
        evidence
        for evidence in decision.evidence
        if origin(evidence) and not evidence.fact.startswith("use.eligible")
    ]
    return f"evidence: {'; '.join([eligible(decision), *grounds(somebody, decision.gaps)])}"
