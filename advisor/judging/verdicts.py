"""The cluster-level answers: the decision table applied to the GPU nodes, and to what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from advisor.findings.finding import Gap, Outcome, Topic
from advisor.judging.assessment import Thing, Verdict
from advisor.judging.coverage import Unseen
from advisor.placement.eligibility import Eligibility

_TOLD = 3
"""Reasons and commands in one verdict."""

_PLACES: Mapping[Topic, tuple[str, str]] = {
    "image": ("Images", "a registry"),
    "data": ("Data", "network storage"),
}

_SEEN: Mapping[Topic, str] = {"image": "Not all images were seen", "data": "Not all data was seen"}


def verdicts(
    eligible: Eligibility | None,
    gaps: tuple[Gap, ...],
    things: Mapping[Topic, Sequence[Thing]],
    *,
    unread: Mapping[Topic, Unseen],
    assumed: bool,
) -> tuple[Verdict, ...]:
    """One verdict for images and one for data; `gaps` say why nodes are missing, `unread` what else
    was not read of each topic.

    What would have to move on such a cluster is fine where all that was `found` is in its place,
    as after a migration. Where nothing was found, or something is not known, it is not; nor where
    there may be more than was seen.
    """
    outcome = _outcome(eligible)
    verdicts = []
    for topic in _PLACES:
        seen = _in_view_of(things[topic], outcome)
        if not unread[topic].unsettles(seen):
            verdicts.append(_verdict(topic, seen, eligible, gaps, assumed))
        else:
            verdicts.append(_not_seen(topic, eligible, unread[topic].gaps))
    return tuple(verdicts)


def _in_view_of(things: Sequence[Thing], outcome: Outcome) -> Outcome:
    placed = bool(things) and all(thing.outcome in ("ok", "stay") for thing in things)
    return "ok" if outcome == "move" and placed else outcome


def _outcome(eligible: Eligibility | None) -> Outcome:
    count = eligible.count if eligible is not None else None
    if count is None:
        return "unknown"
    if count == 0:
        return "blocked"
    return "stay" if count == 1 else "move"


def _verdict(
    topic: Topic,
    outcome: Outcome,
    eligible: Eligibility | None,
    gaps: tuple[Gap, ...],
    assumed: bool,
) -> Verdict:
    known = eligible if eligible is not None else Eligibility()
    open_gaps = known.gaps or gaps
    return Verdict(
        topic=topic,
        outcome=outcome,
        count=known.count if eligible is not None else None,
        ready=len(known.ready) if eligible is not None and known.count is not None else None,
        nodes=known.nodes,
        sentence=_SENTENCES[outcome](topic),
        why=("As assumed: " if assumed else "") + _REASONS[outcome](known, open_gaps),
        settle="; ".join(gap.settle for gap in open_gaps) if outcome == "unknown" else "",
    )


def _not_seen(topic: Topic, eligible: Eligibility | None, unread: tuple[Gap, ...]) -> Verdict:
    """The verdict where some that have to move may be among what nobody could look at."""
    known = eligible if eligible is not None else Eligibility()
    reasons = tuple(dict.fromkeys(gap.reason for gap in unread))
    more = f"; and {len(reasons) - _TOLD} more" if len(reasons) > _TOLD else ""
    settle = dict.fromkeys(gap.settle for gap in unread[:_TOLD] if gap.settle)
    return Verdict(
        topic=topic,
        outcome="unknown",
        count=known.count,
        ready=len(known.ready),
        nodes=known.nodes,
        sentence=_SENTENCES["unknown"](topic),
        why=f"{_SEEN[topic]}: {'; '.join(reasons[:_TOLD])}{more}.",
        settle="; ".join(settle),
    )


def _today(eligible: Eligibility) -> str:
    if len(eligible.ready) == len(eligible.nodes):
        return ""
    return " A node that is cordoned or down counts too: it comes back."


def _move(eligible: Eligibility, _gaps: tuple[Gap, ...]) -> str:
    return (
        f"A job can land on any of the {len(eligible.nodes)} GPU nodes; what is only on one machine"
        f" is not there on the other nodes.{_today(eligible)}"
    )


def _ok(eligible: Eligibility, _gaps: tuple[Gap, ...]) -> str:
    return (
        f"A job can land on any of the {len(eligible.nodes)} GPU nodes, and everything seen can be"
        " reached from each node that its jobs can land on."
    )


def _stay(eligible: Eligibility, _gaps: tuple[Gap, ...]) -> str:
    return (
        "Every GPU job runs on the only GPU node. What is on that node may stay; a second GPU node"
        f" would change this.{_today(eligible)}"
    )


def _blocked(_eligible: Eligibility, _gaps: tuple[Gap, ...]) -> str:
    return (
        "No node advertises an accelerator today, so no GPU job can run. Nodes that an autoscaler"
        " would add are not seen: --assume gpu-nodes=N answers for them."
    )


def _unknown(eligible: Eligibility, gaps: tuple[Gap, ...]) -> str:
    reasons = "; ".join(dict.fromkeys(gap.reason for gap in gaps)) or "nodes were not read"
    if eligible.maybe:
        certain = len(eligible.nodes)
        return f"{certain} to {certain + len(eligible.maybe)} nodes may have GPUs: {reasons}."
    return f"How many GPU nodes there are is not known: {reasons}."


_SENTENCES: Mapping[Outcome, Callable[[Topic], str]] = {
    "move": lambda topic: f"{_PLACES[topic][0]} must move to {_PLACES[topic][1]}.",
    "stay": lambda topic: f"{_PLACES[topic][0]} may stay on the GPU node.",
    "ok": lambda topic: f"No {topic} has to move.",
    "blocked": lambda topic: f"{_PLACES[topic][0]} can wait: no GPU job can run yet.",
    "unknown": lambda topic: f"Whether {_PLACES[topic][0].lower()} must move is not known.",
}
_REASONS: Mapping[Outcome, Callable[[Eligibility, tuple[Gap, ...]], str]] = {
    "move": _move,
    "stay": _stay,
    "ok": _ok,
    "blocked": _blocked,
    "unknown": _unknown,
}
