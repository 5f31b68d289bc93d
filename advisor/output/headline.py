"""The verdict in one sentence: how much must move before how many jobs can run."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.findings.finding import Outcome, Topic
from advisor.output.overview import Overview
from advisor.output.wording import nodes_counted, plural

_NOUNS: dict[Topic, str] = {"image": "image", "data": "data path"}


def headline(view: Overview) -> str:
    """Must move, unknown and blocked are never added up; unknown is never a pass."""
    seen = [topic for topic in view.topics if topic.total]
    if not seen:
        return "No images and no data were seen: nothing was judged."
    must, unknown = _counted(view, "move"), _counted(view, "unknown")
    jobs = f"before {_jobs(view)} can run on {_where(view)}"
    blocked = _counted(view, "blocked")
    also = [f"unknown: {_and(unknown)}"] if must and unknown else []
    also += [f"blocked: {_and(blocked)}"] if blocked and (must or unknown) else []
    if must:
        answer = f"{_and(must)} must move {jobs}"
    elif unknown:
        answer = f"It is not known whether {_and(unknown)} must move {jobs}"
    elif blocked:
        answer = f"No node can run the jobs of {_and(blocked)}"
    else:
        checked = ", ".join(plural(topic.total, _NOUNS[topic.topic]) for topic in seen)
        answer = f"Nothing has to move {jobs} ({checked})"
    return f"{'; '.join([answer, *also])}."


def reasons(view: Overview) -> tuple[str, ...]:
    """Why, with the number of nodes; what images and data share stands once."""
    said = (
        f"{nodes_counted(one)}. {one.why}{f' This shows it: `{one.settle}`.' if one.settle else ''}"
        for one in (topic.verdict for topic in view.topics)
    )
    return tuple(dict.fromkeys(said))


def _counted(view: Overview, outcome: Outcome) -> list[str]:
    """`2 of 9 images`, for each topic that has the outcome."""
    return [
        f"{len(group.things):,} of {plural(topic.total, _NOUNS[topic.topic])}"
        for topic in view.topics
        for group in topic.groups
        if group.outcome == outcome and group.things
    ]


def _jobs(view: Overview) -> str:
    plan = view.assessment.plan
    count = sum(len(wave.jobs) for wave in plan.waves) if plan is not None else 0
    owner = view.assessment.owner
    if not count:
        return f"the jobs of {owner}" if owner else "jobs"
    if owner:
        return f"{owner}'s job" if count == 1 else f"{owner}'s {plural(count, 'job')}"
    return "this job" if count == 1 else f"these {plural(count, 'job')}"


def _where(view: Overview) -> str:
    return "the assumed cluster" if view.assessment.assumed else "this cluster"


def _and(parts: Iterable[str]) -> str:
    return " and ".join(parts)
