"""What conditions gave, kept for subjects that differ in nothing the conditions read.

A condition is a function of the facts that it names. Of thousands of claims or nodes most are the
same but for their names, which few conditions look at.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from advisor.rulebook.expression import Result
from advisor.rulebook.loaded import LoadedRule, Rulebook

NAMES = {
    "data": frozenset({"jobs", "source", "writers"}),
    "image": frozenset(
        {"contents", "digest", "jobs", "machines", "reference", "repository", "tag"}
    ),
    "job": frozenset({"name"}),
    "node": frozenset({"labels", "name"}),
}
"""By scope the facts that differ from subject to subject; conditions on them are always tried."""

_MOST = 10_000
_pack = msgspec.msgpack.Encoder().encode


class Slots(msgspec.Struct, frozen=True):
    """Of the rules of a scope: which of them may be kept, and the facts that these read."""

    kept: tuple[bool, ...]
    facts: tuple[str, ...]


class KnownResults:
    """By scope, and by the facts that its rules read, the result of each rule that was tried."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._slots: dict[str, Slots] = {}
        self._known: dict[tuple[str, bytes, bytes], list[Result | None]] = {}

    def of(
        self, scope: str, facts: Mapping[str, Any], cluster: bytes
    ) -> tuple[tuple[bool, ...], list[Result | None]]:
        """For each plain rule of the scope whether its result may be kept, and the result, None
        where it is not known yet: the caller puts it there. `cluster` is as `digest_of` gives it.
        """
        slots = self._slots.get(scope)
        if slots is None:
            slots = self._slots[scope] = _slots(scope, self._rulebook.plain(scope))
        read = _pack({name: facts[name] for name in slots.facts if name in facts})
        known = self._known.get((scope, cluster, read))
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[scope, cluster, read] = [None] * len(slots.kept)
        return slots.kept, known


def digest_of(cluster: Mapping[str, Any]) -> bytes:
    """Tells the facts of one cluster from those of another."""
    return hashlib.blake2b(_pack(cluster), digest_size=16).digest()


def _slots(scope: str, rules: tuple[LoadedRule, ...]) -> Slots:
    variable = re.compile(rf"(?<![\w.\"']){scope}\b(?:\s*\.\s*(\w+))?")
    read = [set(variable.findall(loaded.rule.when)) for loaded in rules]
    kept = tuple("" not in names and not names & NAMES.get(scope, frozenset()) for names in read)
    facts = {name for names, may in zip(read, kept, strict=True) if may for name in names}
    return Slots(kept, tuple(sorted(facts)))
