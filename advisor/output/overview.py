"""An assessment arranged for reading: counted, grouped and filtered once, for every format; and its
verdict in one sentence, how much must move before how many jobs can run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from advisor.facts.quantity import plural
from advisor.facts.record import Record
from advisor.findings.finding import (
    CONSEQUENCES,
    SEVERITIES,
    STRICTEST,
    Consequence,
    Finding,
    Outcome,
    Severity,
    Status,
    Topic,
)
from advisor.judging.assessment import Assessment, NodeSummary, RuleSummary, Thing, Verdict
from advisor.output.formats import RenderOptions, select
from advisor.output.wording import OUTCOME_LABELS, TOPIC_TITLES, nodes_counted

PENDING: tuple[Outcome, ...] = ("move", "unknown", "blocked")
"""Outcomes that somebody has to act on."""

_NOUNS: dict[Topic, str] = {"image": "image", "data": "data path"}


class OutcomeGroup(Record, frozen=True, kw_only=True):
    """The things of one topic with one outcome; may be empty."""

    outcome: Outcome
    label: str
    things: tuple[Thing, ...] = ()


class TopicView(Record, frozen=True, kw_only=True):
    """Images or data: the verdict, and its things by outcome, strictest first."""

    topic: Topic
    title: str
    verdict: Verdict
    total: int
    groups: tuple[OutcomeGroup, ...]


class RuleGroup(Record, frozen=True, kw_only=True):
    """Findings of one rule with one status. `remedy` is theirs when they share it, else empty."""

    rule: str
    severity: Severity
    status: Status
    title: str
    consequence: Consequence = ""
    why: str = ""
    links: tuple[str, ...] = ()
    remedy: str = ""
    findings: tuple[Finding, ...]


class SeverityGroup(Record, frozen=True, kw_only=True):
    """The rules that found something at one severity."""

    severity: Severity
    count: int
    rules: tuple[RuleGroup, ...]


class Overview(Record, frozen=True, kw_only=True):
    """`hidden` counts findings below the asked severity; `broken` are rules that failed to run.

    `passed` counts the rules that found every subject in order, `checks` those subjects.
    """

    assessment: Assessment
    topics: tuple[TopicView, ...]
    severities: tuple[SeverityGroup, ...]
    unknown: tuple[RuleGroup, ...]
    broken: tuple[RuleGroup, ...]
    suppressed: tuple[Finding, ...]
    nodes: tuple[_NodeGroup, ...]
    hidden: int
    passed: int
    checks: int


def arrange(assessment: Assessment, options: RenderOptions) -> Overview:
    """The assessment as every format for people shows it."""
    shown, hidden = select(assessment, options.min_severity)
    reported = {finding.rule for finding in assessment.findings if finding.status != "ok"}
    in_order = {rule: s.passed for rule, s in shown.rules.items() if s.passed}
    return Overview(
        assessment=shown,
        topics=(_topic(shown, "image", shown.images), _topic(shown, "data", shown.data)),
        severities=tuple(_severity(shown, severity) for severity in SEVERITIES),
        unknown=_by_rule(shown, (f for f in shown.findings if f.status == "unknown")),
        broken=_by_rule(shown, (f for f in shown.findings if f.status == "error")),
        suppressed=tuple(f for f in shown.findings if f.status == "suppressed"),
        nodes=fold_nodes(shown.nodes),
        hidden=hidden,
        passed=len(in_order.keys() - reported),
        checks=sum(in_order.values()),
    )


def top_rules(view: Overview) -> tuple[RuleGroup, ...]:
    """What to look at first: what has a consequence, the errors before the warnings, of each jobs
    that do not start, data at risk and what is open to others; then the rest. Rules that decided
    about an image or a place of data stand with it."""
    decided = {thing.rule for thing in (*view.assessment.images, *view.assessment.data)}
    urgent = (group for group in view.severities if group.severity != "info")
    rules = (rule for group in urgent for rule in group.rules if rule.rule not in decided)
    return tuple(sorted(rules, key=_urgency))


def _urgency(rule: RuleGroup) -> tuple[bool, int, int, int, str]:
    severity, consequence = SEVERITIES.index(rule.severity), CONSEQUENCES.index(rule.consequence)
    return not rule.consequence, severity, consequence, -len(rule.findings), rule.rule


def pending(topic: TopicView) -> tuple[OutcomeGroup, ...]:
    """The groups of a topic that hold something to act on."""
    return tuple(group for group in topic.groups if group.outcome in PENDING and group.things)


def _topic(assessment: Assessment, topic: Topic, things: tuple[Thing, ...]) -> TopicView:
    given = (verdict for verdict in assessment.verdicts if verdict.topic == topic)
    return TopicView(
        topic=topic,
        title=TOPIC_TITLES[topic],
        verdict=next(given, _no_verdict(topic)),
        total=len(things),
        groups=tuple(
            OutcomeGroup(
                outcome=outcome,
                label=OUTCOME_LABELS[outcome],
                things=tuple(thing for thing in things if thing.outcome == outcome),
            )
            for outcome in STRICTEST
        ),
    )


def _no_verdict(topic: Topic) -> Verdict:
    return Verdict(
        topic=topic,
        outcome="unknown",
        sentence=f"Nothing can be said of {TOPIC_TITLES[topic].lower()}.",
        why="The audit gave no verdict on this.",
    )


def _severity(assessment: Assessment, severity: Severity) -> SeverityGroup:
    findings = [f for f in assessment.findings if f.status == "finding" and f.severity == severity]
    return SeverityGroup(
        severity=severity, count=len(findings), rules=_by_rule(assessment, findings)
    )


def _by_rule(assessment: Assessment, findings: Iterable[Finding]) -> tuple[RuleGroup, ...]:
    """The findings by rule, the worst severity and consequence first."""
    grouped: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.severity, finding.rule), []).append(finding)
    rules = [_rule(assessment, group) for group in grouped.values()]
    return tuple(
        sorted(
            rules,
            key=lambda rule: (
                SEVERITIES.index(rule.severity),
                CONSEQUENCES.index(rule.consequence),
                rule.rule,
            ),
        )
    )


def _rule(assessment: Assessment, findings: list[Finding]) -> RuleGroup:
    first = findings[0]
    known = assessment.rules.get(first.rule)
    remedies = Counter(finding.remedy for finding in findings)
    summary = known or RuleSummary(title=first.rule, severity=first.severity, why="")
    return RuleGroup(
        rule=first.rule,
        severity=first.severity,
        status=first.status,
        title=summary.title,
        consequence=summary.consequence,
        why=summary.why,
        links=summary.links or first.links,
        remedy=first.remedy if len(remedies) == 1 else "",
        findings=tuple(findings),
    )


class _NodeGroup(Record, frozen=True, kw_only=True):
    """Nodes that differ in nothing but their names; `shape` is the first of them."""

    shape: NodeSummary
    names: tuple[str, ...]


def fold_nodes(nodes: tuple[NodeSummary, ...]) -> tuple[_NodeGroup, ...]:
    """GPU nodes first, then those of which it is not known, in the order they came."""
    groups: dict[NodeSummary, list[NodeSummary]] = {}
    for node in nodes:
        groups.setdefault(msgspec.structs.replace(node, name=""), []).append(node)
    ordered = sorted(groups.values(), key=lambda group: _rank(group[0]))
    return tuple(
        _NodeGroup(shape=group[0], names=tuple(node.name for node in group)) for group in ordered
    )


def draw_order(nodes: tuple[NodeSummary, ...]) -> tuple[NodeSummary, ...]:
    """GPU nodes first, so that a bounded picture shows those that decide."""
    return tuple(sorted(nodes, key=_rank))


def _rank(node: NodeSummary) -> int:
    return {True: 0, None: 1, False: 2}[node.gpu]


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
    if handed := _to_hand_over(view):
        also.append(f"to hand over to the container runtime of its node: {plural(handed, 'image')}")
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


def _to_hand_over(view: Overview) -> int:
    """Images that stay on their node, where its kubelet does not find them yet."""
    plan = view.assessment.plan
    if plan is None:
        return 0
    images = {image.id for image in plan.images if image.runtime}
    used = {key for wave in plan.waves for key in wave.jobs}
    return len(images & {key for job in plan.jobs if job.id in used for key in job.images})


def reasons(view: Overview) -> tuple[str, ...]:
    """Why, with the number of nodes; what images and data share stands once, and where they differ
    each is named."""
    counted = [nodes_counted(topic.verdict) for topic in view.topics]
    why = [
        topic.verdict.why
        + (f" This shows it: `{topic.verdict.settle}`." if topic.verdict.settle else "")
        for topic in view.topics
    ]
    if len(set(why)) > 1:
        why = [f"{topic.title}: {reason}" for topic, reason in zip(view.topics, why, strict=True)]
    if len(set(counted)) > 1:
        return tuple(f"{one}. {reason}" for one, reason in zip(counted, why, strict=True))
    first, *rest = dict.fromkeys(why)
    return (f"{counted[0]}. {first}", *rest)


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
