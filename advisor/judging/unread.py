"""What was asked for and not read, as far as it could change an answer about images or data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from advisor.facts.source import Refusal, Source, unread
from advisor.findings.finding import Gap, Outcome, Topic
from advisor.views.gaps import refused_gap

_HOLDING: Mapping[Topic, re.Pattern[str]] = {
    "image": re.compile(
        r"cluster\.(node_images|pods|workloads|nodes)|registries|hosts?\b.*\.(images|containers)\b"
    ),
    "data": re.compile(
        r"cluster\.(pods|workloads|nodes|claims|persistent_volumes|storage_classes)"
        r"|hosts?\b.*\.(volumes|containers)\b"
    ),
}
"""The snapshot paths in which an image, or a place of data, can be that nobody has seen."""


class Unseen(msgspec.Struct, frozen=True):
    """Why not everything of a topic was seen: targets that gave nothing at all, and lists."""

    gone: tuple[Gap, ...] = ()
    lists: tuple[Gap, ...] = ()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """All of them; empty where everything was seen."""
        return self.gone + self.lists

    def unsettles(self, outcome: Outcome) -> bool:
        """Whether that outcome cannot be said: nothing has to move as long as all was seen. What
        may stay hangs on the nodes alone, but a machine that nobody saw need not be one of them."""
        return (outcome == "ok" and bool(self.gaps)) or (outcome == "stay" and bool(self.gone))


def unseen(sources: Sequence[Source], topic: Topic) -> Unseen:
    """What of a topic nobody could look at."""
    gone = [_gone(source) for source in unread(sources) if source.status == "failed"]
    lists = [
        refused_gap(_fact(refusal), source, refusal)
        for source in unread(sources)
        for refusal in source.missing
        if any(_HOLDING[topic].match(path) for path in refusal.facts)
    ]
    return Unseen(tuple(gone), tuple(lists))


def _fact(refusal: Refusal) -> str:
    return refusal.facts[0] if refusal.facts else refusal.resource


def _gone(source: Source) -> Gap:
    settle = {
        "kubernetes": f"kubectl --context {source.target} get nodes",
        "docker": f"docker --host {source.target} info",
    }
    return Gap(
        fact=f"{source.probe} {source.target}",
        probe=source.probe,
        reason=f"{source.target} could not be read: {source.reason or 'it gave no answer'}",
        settle=settle.get(source.probe, ""),
    )
