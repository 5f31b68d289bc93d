"""Images and data, each with its place, its users and what to do; what is fine takes a line."""

from __future__ import annotations

from advisor.findings.finding import Evidence
from advisor.judging.assessment import Thing
from advisor.output.overview import PENDING, OutcomeGroup, Overview, TopicView
from advisor.output.terminal_text import OUTCOME_STYLES, Screen, name, prose
from advisor.output.wording import OUTCOME_MEANINGS, eligible, grounds, holds, origin, some

_BOUND = 10


def show(screen: Screen, view: Overview) -> None:
    """Each topic with its outcomes, strictest first."""
    for topic in view.topics:
        if topic.total:
            _topic(screen, topic)


def _topic(screen: Screen, topic: TopicView) -> None:
    screen.heading(topic.title)
    for group in topic.groups:
        if group.things:
            _group(screen, group)


def _group(screen: Screen, group: OutcomeGroup) -> None:
    label = f"{group.label} ({len(group.things):,})"
    screen.line(prose(label, OUTCOME_STYLES[group.outcome]), ": ", OUTCOME_MEANINGS[group.outcome])
    bound = screen.bound(_BOUND)
    for thing in group.things[:bound]:
        _thing(screen, thing)
    screen.more(len(group.things) - bound if bound is not None else 0, indent=2)


def _thing(screen: Screen, thing: Thing) -> None:
    said = thing.kind == thing.topic or thing.kind.replace("-", " ") in thing.subject.label
    details = "  ".join(filter(None, ["" if said else thing.kind, holds(thing)]))
    screen.line(name(thing.subject.label, "bold"), name(details and f"  {details}"), indent=2)
    screen.line(_where(thing), indent=6)
    if thing.outcome == "ok" and not screen.options.verbose:
        return
    screen.line(thing.message, indent=6)
    if thing.outcome in PENDING:
        screen.line(prose(_rests_on(thing), "dim"), indent=6)
    if thing.remedy:
        screen.line(f"-> {thing.remedy}", indent=6)


def _where(thing: Thing) -> str:
    place = f" on {some(thing.machines, 3)}" if thing.machines else ""
    use = f"; used by {some(thing.users, 4)}" if thing.users else ""
    owner = f"; owner {some(thing.owners, 3)}" if thing.owners else ""
    return f"{thing.location}{place}{use}{owner} [{thing.rule}]"


def _rests_on(thing: Thing) -> str:
    if not thing.decisions:
        return ""
    decision = thing.decisions[0]
    somebody = [one for one in decision.evidence if origin(one) and not _is_counted(one)]
    return f"evidence: {'; '.join([eligible(decision), *grounds(somebody, decision.gaps)])}"


def _is_counted(evidence: Evidence) -> bool:
    return evidence.fact.startswith("use.eligible")
