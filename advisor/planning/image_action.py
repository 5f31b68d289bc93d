"""What becomes of each content, by what was decided of its names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from advisor.findings.finding import Decision, Outcome
from advisor.placement.image_inventory import ImageEntry
from advisor.planning.image_content import Content
from advisor.planning.plan_items import ImageAction
from advisor.planning.wording import strictest

Decisions = Mapping[str, Sequence[Decision]]
"""The assessment's decisions by subject id."""

_ACTIONS: dict[Outcome, ImageAction] = {
    "move": "push",
    "ok": "use",
    "stay": "stay",
    "blocked": "wait",
    "unknown": "ask",
}


class JudgedImage(msgspec.Struct, frozen=True, kw_only=True):
    """`registry_name` is the name under which a registry has the content, empty where none does."""

    action: ImageAction
    outcome: Outcome
    reason: str
    registry_name: str = ""


def judge_image(content: Content, decisions: Decisions) -> JudgedImage:
    """The strictest decision of its names; a name that a registry has serves all of the content."""
    relevant: list[Decision] = []
    registry_name = ""
    labels = {job.label for job in content.users.values()}
    for entry in content.entries:
        every = decisions.get(f"image:{entry.key}", ())
        own = [one for one in every if one.use in labels] or list(every)
        relevant += own
        if own and all(one.location.startswith("registry-") for one in own):
            registry_name = registry_name or _name_in_registry(content, entry)
    chosen = strictest(relevant)
    if chosen is None:
        return JudgedImage(action="ask", outcome="unknown", reason="Nothing was decided of it.")
    if chosen.outcome != "ok" and registry_name:
        reason = f"The same content is in a registry as {registry_name}: use that name."
        return JudgedImage(
            action="use", outcome=chosen.outcome, reason=reason, registry_name=registry_name
        )
    action = _ACTIONS[chosen.outcome]
    if action == "push" and not content.hosts:
        action = "push-from-node" if content.nodes else "ask"
    return JudgedImage(
        action=action,
        outcome=chosen.outcome,
        reason=chosen.message,
        registry_name=registry_name or (content.label if action == "use" else ""),
    )


def _name_in_registry(content: Content, entry: ImageEntry) -> str:
    """The name whose repository a digest names: a content has that digest under all its names. One
    that no digest names is taken at its word, unless a digest names another repository."""
    every = {id(holding.digests): holding.digests for holding in entry.holdings}
    digests = [one for group in every.values() for one in group if not one.loopback]
    known = {digest.name for digest in digests}
    for one in content.entries:
        if one.reference is not None and one.reference.name in known:
            return one.label
    if digests:
        return f"{digests[0].name}@{digests[0].digest}"
    return entry.label
