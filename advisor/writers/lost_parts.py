"""What becomes of what nothing is written for: by the part of a run, or why it states nothing."""

from __future__ import annotations

import re
from functools import cache

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record
from advisor.jobs.ledger import Fate
from advisor.jobs.translation import Target
from advisor.writers.open_values import naming

Verdict = tuple[Fate, str]


class Verdicts(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One for all targets, both of Run:ai's, or each; the most particular counts."""

    all: Verdict | None = None
    runai: Verdict | None = None
    runai_v1: Verdict | None = None
    runai_v2: Verdict | None = None
    kubernetes: Verdict | None = None

    def of(self, target: Target) -> Verdict | None:
        """What the table says for a target."""
        own = {
            "runai-v1": self.runai_v1 or self.runai,
            "runai-v2": self.runai_v2 or self.runai,
            "kubernetes": self.kubernetes,
        }
        return own[target] or self.all


class Case(Verdicts, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Verdicts for the values that `value` matches whole."""

    value: str


class LostPart(Verdicts, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A part of a run, or a name for something that no run has a field for."""

    part: str
    cases: tuple[Case, ...] = ()


class LostPartCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """rules/catalog/lost_parts.yaml."""

    sources: dict[str, str]
    parts: tuple[LostPart, ...]


class Idle(Verdicts, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A reason for stating nothing, as items have it in `idle`."""

    idle: str


class WithoutEffectCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """rules/catalog/without_effect.yaml."""

    sources: dict[str, str]
    reasons: tuple[Idle, ...]


@cache
def lost_parts() -> dict[str, LostPart]:
    """By name. Raises RuleError when the table does not load."""
    return {part.part: part for part in load_catalog("lost_parts", LostPartCatalog).parts}


@cache
def reasons_without_effect() -> dict[str, Idle]:
    """By name. Raises RuleError when the table does not load."""
    table = load_catalog("without_effect", WithoutEffectCatalog)
    return {reason.idle: reason for reason in table.reasons}


def verdict_on(part: str, value: str, target: Target, *, is_open: bool = False) -> Verdict | None:
    """What the table says of a part that nothing was written for; None where it says nothing.

    `is_open`: the shell decides the value, and with it which of the cases it is.
    """
    entry = lost_parts().get(part)
    if entry is None:
        return None
    if entry.cases and is_open:
        reason = f"{value} decides what it means here: give it with --set NAME=VALUE"
        return "unresolved", naming(reason, value)
    met = (case for case in entry.cases if re.fullmatch(case.value, value))
    verdict = next(met, entry).of(target)
    return (verdict[0], naming(verdict[1], value)) if verdict else None


def verdict_on_idle(idle: str, target: Target) -> Verdict:
    """What is told of an item that states nothing. KeyError for one that is not in the table."""
    verdict = reasons_without_effect()[idle].of(target)
    if verdict is None:
        raise KeyError(idle)
    return verdict
