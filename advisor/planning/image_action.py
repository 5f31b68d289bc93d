"""What becomes of each content, by what was decided of its names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

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


class _Name(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided of one name: by use, and, for a content that none of them runs, of all.

    A name may stand for hundreds of contents, so what concerns all of them is worked out once.
    """

    of_use: Mapping[str, Sequence[Decision]]
    strictest: Decision | None
    in_registry: bool


def judge_images(
    contents: Iterable[Content], decisions: Decisions, held: Mapping[str, str]
) -> dict[str, JudgedImage]:
    """Of each content, by its id, the strictest decision of its names; a name that a registry has
    serves all of the content. `held` says by subject id why an image must not be pushed yet."""
    names: dict[str, _Name] = {}
    found: dict[str, JudgedImage] = {}
    for content in contents:
        for entry in content.entries:
            if entry.key not in names:
                names[entry.key] = _name(decisions.get(f"image:{entry.key}", ()))
        judged = _judged(content, names)
        keys = [f"image:{entry.key}" for entry in content.entries]
        why = next((held[key] for key in keys if key in held), "")
        clean = content.image is not None and not content.image.secret_variables
        if why and not clean and judged.action in ("push", "push-from-node"):
            judged = msgspec.structs.replace(judged, action="hold", reason=why)
        found[content.id] = judged
    return found


def _name(decisions: Sequence[Decision]) -> _Name:
    of_use: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        of_use[decision.use].append(decision)
    return _Name(
        of_use=of_use, strictest=strictest(decisions), in_registry=_all_in_registry(decisions)
    )


def _judged(content: Content, names: Mapping[str, _Name]) -> JudgedImage:
    relevant: list[Decision] = []
    registry_name = ""
    labels = dict.fromkeys(job.label for job in content.users.values())
    for entry in content.entries:
        name = names[entry.key]
        used = [one for label in labels for one in name.of_use.get(label, ())]
        own = used or ([name.strictest] if name.strictest else [])
        in_registry = _all_in_registry(own) if used else name.in_registry
        relevant += own
        if in_registry:
            known = registry_name or own[0].registry_name
            registry_name = known or _name_in_registry(content, entry)
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


def _all_in_registry(decisions: Sequence[Decision]) -> bool:
    return bool(decisions) and all(
        decision.location.startswith("registry-") for decision in decisions
    )


def _name_in_registry(content: Content, entry: ImageEntry) -> str:
    """The name whose repository a digest of the content names. One that no digest names is taken
    at its word, unless a digest names another repository."""
    digests = [one for one in content.digests if not one.loopback]
    known = {digest.name for digest in digests}
    for one in content.entries:
        if one.reference is not None and one.reference.name in known:
            return one.label
    return digests[0].key if digests else entry.label
