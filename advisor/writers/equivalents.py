"""What becomes of docker's flags where nothing more particular is known."""

from __future__ import annotations

import re
from functools import cache

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record
from advisor.jobs.ledger import Fate
from advisor.jobs.translation import Target

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


class Equivalent(Verdicts, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A flag of docker run, or IMAGE or COMMAND."""

    flag: str
    field: str = ""
    cases: tuple[Case, ...] = ()

    def case(self, value: str, target: Target) -> Verdict | None:
        """What is said of this very value."""
        for case in self.cases:
            if re.fullmatch(case.value, value):
                return case.of(target)
        return None


class EquivalentCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    sources: dict[str, str]
    flags: tuple[Equivalent, ...]


@cache
def docker_equivalents() -> dict[str, Equivalent]:
    """By the name an Item has: `--shm-size`, `IMAGE`. Raises RuleError when it does not load."""
    table = load_catalog("docker_equivalents", EquivalentCatalog)
    return {_item_name(entry.flag): entry for entry in table.flags}


def _item_name(flag: str) -> str:
    return flag if flag.isupper() else f"--{flag}"


@cache
def verdict_on_field(field: str, target: Target) -> Verdict | None:
    """What the first flag for a field gets, for jobs that were not written with docker's flags."""
    for entry in docker_equivalents().values():
        if entry.field == field:
            return entry.of(target)
    return None
