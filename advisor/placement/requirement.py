"""One thing a job asks of a node."""

from __future__ import annotations

import msgspec

from advisor.findings.finding import Gap
from advisor.placement.node_index import Names


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """Who meets it for certain (`sure`), who may (`possible`, with the `gap` that leaves it open),
    and who meets it `today`; `words` name it for people."""

    words: str
    sure: Names
    possible: Names
    today: Names
    gap: Gap | None = None


def certain(words: str, names: Names) -> Requirement:
    """A requirement about which nothing is open."""
    return Requirement(words=words, sure=names, possible=names, today=names)
