"""Images and data: what has to be acted on in tables, the rest as counts."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from advisor.judging.assessment import Thing
from advisor.output.overview import PENDING, OutcomeGroup, Overview, TopicView, pending
from advisor.output.terminal_text import OUTCOME_STYLES, Screen, name, prose
from advisor.output.wording import OUTCOME_MEANINGS, eligible, holds, some

_BOUND = 10


def show(screen: Screen, view: Overview) -> None:
    """Each topic with its outcomes, strictest first."""
    for topic in view.topics:
        if topic.total:
            _topic(screen, topic)


def _topic(screen: Screen, topic: TopicView) -> None:
    screen.heading(topic.title)
    for group in pending(topic):
        _title(screen, group)
        screen.put(_table(screen, group), indent=2)
        bound = screen.bound(_BOUND)
        screen.more(len(group.things) - bound if bound is not None else 0, indent=2)
    for group in topic.groups:
        if group.things and group.outcome not in PENDING:
            _title(screen, group)
            _list(screen, group)


def _title(screen: Screen, group: OutcomeGroup) -> None:
    label = f"{group.label} ({len(group.things):,})"
    screen.line(prose(label, OUTCOME_STYLES[group.outcome]), ": ", OUTCOME_MEANINGS[group.outcome])


def _list(screen: Screen, group: OutcomeGroup) -> None:
    bound = screen.bound(_BOUND)
    for thing in group.things[:bound]:
        place = f", on {some(thing.machines, 3)}" if thing.machines else ""
        use = f", used by {some(thing.users, 3)}" if thing.users else ""
        where = f" {thing.location}{place}{use} [{thing.rule}]"
        screen.line(name(thing.subject.label, "bold"), where, indent=2)
        screen.line(thing.message, indent=6)
        if thing.remedy and (group.outcome != "ok" or screen.options.verbose):
            screen.line(f"-> {thing.remedy}", indent=6)
    screen.more(len(group.things) - bound if bound is not None else 0, indent=2)


def _table(screen: Screen, group: OutcomeGroup) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, expand=True, header_style="bold")
    for header, ratio in (("What", 3), ("Where, who", 3), ("Why, and what to do", 6)):
        table.add_column(header, ratio=ratio, overflow="fold")
    for thing in group.things[: screen.bound(_BOUND)]:
        table.add_row(_what(thing), _where(thing), _why(thing))
    return table


def _what(thing: Thing) -> Text:
    kind = "" if thing.kind == thing.topic else thing.kind
    details = f"{kind} {holds(thing)}".strip()
    lines = [name(thing.subject.label, "bold"), *([prose(details)] if details else [])]
    return Text("\n").join(lines)


def _where(thing: Thing) -> Text:
    lines = [name(f"{thing.location}: {some(thing.machines, 3)}")]
    lines.append(name(f"used by {some(thing.users, 4)}"))
    if thing.owners:
        lines.append(name(f"owner {some(thing.owners, 3)}"))
    return Text("\n").join(lines)


def _why(thing: Thing) -> Text:
    rests = f", {eligible(thing.decisions[0])}" if thing.decisions else ""
    lines = [prose(thing.message)]
    if thing.remedy:
        lines.append(prose(f"-> {thing.remedy}"))
    lines.append(prose(f"[{thing.rule}{rests}]", "dim"))
    lines.append(Text())
    return Text("\n").join(lines)
