"""The ledger: every flag and field of the source joined with what was written for what it sets; and
the draft, which gathers that while a writer works, whatever the target."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.jobs.ledger import FATES, Entry, Fate, Item, Part
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target
from advisor.jobs.word import Word
from advisor.writers.open_values import naming
from advisor.writers.shell_text import Expansions, step

ADDED = "added"
UNTOLD = "what became of it is not known: look whether the output says it, and report it as a fault"
"""The reason of an item that sets what no writer tells of; the tests let none pass."""
_JOINT = "; "


def ledger(spec: JobSpec, accounts: Sequence[Account], target: Target) -> tuple[Entry, ...]:
    """An entry for every item, in their order, then those for what was added."""
    by_part: dict[Part, list[Account]] = defaultdict(list)
    for account in accounts:
        by_part[account.part].append(account)
    entries = [_entry(item, by_part, target) for item in spec.items]
    added = [
        Entry(
            item=Item(name=f"{ADDED}: {account.part[0]}"),
            fate=account.fate,
            reason=account.reason,
            output=account.output,
        )
        for account in accounts
        if account.added
    ]
    return tuple(entries + added)


def _entry(item: Item, by_part: Mapping[Part, Sequence[Account]], target: Target) -> Entry:
    """One for all that the item sets, with the fate that needs most attention."""
    if item.idle:
        fate, reason = verdict_on_idle(item.idle, target)
        return Entry(item=item, fate=fate, reason=reason)
    own = [account for part in item.sets for account in _of_part(part, item, by_part, target)]
    own = own or [Account((), "unresolved", UNTOLD)]
    if len(own) == 1:
        return Entry(item=item, fate=own[0].fate, reason=own[0].reason, output=own[0].output)
    reasons = dict.fromkeys(account.reason for account in own)
    outputs = dict.fromkeys(account.output for account in own if account.output)
    return Entry(
        item=item,
        fate=min((account.fate for account in own), key=FATES.index),
        reason=_JOINT.join(reasons),
        output=" ".join(outputs),
    )


def _of_part(
    part: Part, item: Item, by_part: Mapping[Part, Sequence[Account]], target: Target
) -> Sequence[Account]:
    """The accounts of a part and of its whole field, else what the table of lost parts says."""
    accounts = [*by_part.get(part, ()), *(by_part.get(part[:1], ()) if len(part) > 1 else ())]
    if accounts:
        return accounts
    verdict = verdict_on(part[0], item.value, target, is_open=bool(item.expansions))
    fate, reason = verdict or ("unresolved", UNTOLD)
    return [Account(part, fate, reason.replace("{key}", part[-1]))]


def missing(accounts: Sequence[Account], entries: Sequence[Entry]) -> tuple[str, ...]:
    """What the user has yet to give, each with what it is for."""
    unresolved = [account for account in accounts if account.fate == "unresolved"]
    lines = [
        f"{account.part[-1]}: {account.reason}" if len(account.part) > 1 else account.reason
        for account in unresolved
    ]
    reasons = {account.reason for account in unresolved}
    longest = max((reason.count(_JOINT) for reason in reasons), default=0) + 1
    lines += [
        f"{entry.item.name} {entry.item.value}".strip() + f": {entry.reason}"
        for entry in entries
        if entry.fate == "unresolved" and reasons.isdisjoint(_stretches(entry.reason, longest))
    ]
    return tuple(dict.fromkeys(lines))


def _stretches(reason: str, longest: int) -> Iterator[str]:
    """The reasons that can have been joined to this one, of up to so many pieces each."""
    pieces = reason.split(_JOINT)
    for start in range(len(pieces)):
        for length in range(1, longest + 1):
            yield _JOINT.join(pieces[start : start + length])


class Account(NamedTuple):
    """`part` is what it is about, `(field,)` alone for all that a field has several of. `output` is
    what carries it: words of the command or the path of a field. `added`: no item asked for it."""

    part: Part
    fate: Fate
    reason: str
    output: str = ""
    added: bool = False


Verdict = tuple[Fate, str]


class Verdicts(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One for all targets, both of Run:ai's, or each; the most particular counts."""

    all: Verdict | None = None
    runai: Verdict | None = None
    runai_v1: Verdict | None = None
    runai_v2: Verdict | None = None
    kubernetes: Verdict | None = None

    def of(self, target: Target) -> Verdict | None:
        """The verdict of the table for a target."""
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
    """Fate and reason of an item that states nothing. KeyError for one that is not in the table."""
    verdict = reasons_without_effect()[idle].of(target)
    if verdict is None:
        raise KeyError(idle)
    return verdict


def about_dollars(texts: Iterable[str]) -> str:
    """What is told of words that a pod holds, where dollar signs of theirs are doubled."""
    doubled = any("$$" in text for text in texts)
    return "; $$ gives the program one $: Kubernetes expands $(NAME)" if doubled else ""


class Draft:
    """An output in the making. `standing` says why the job is one that keeps running; it is empty
    for one that ends. `lost` is what is said of a part that the target has nothing for.
    `own_names` are the variables of the container."""

    def __init__(
        self, spec: JobSpec, run: Run, situation: Situation, standing: str, lost: str
    ) -> None:
        self.spec = spec
        self.run = run
        self.situation = situation
        self.standing = standing
        self.accounts: list[Account] = []
        self.before: list[str] = []
        self.own_names = frozenset(variable.name for variable in run.environment)
        self._lost = lost
        self._expansions = Expansions(
            expansion for item in spec.items for expansion in item.expansions
        )

    def word(self, text: str) -> Word:
        """Text of a job in which its own expansions are expansions again."""
        return self._expansions.word(text)

    def is_open(self, text: str) -> bool:
        """Whether some of a text of the job is left to the shell."""
        return self.word(text).literal is None

    def tell(
        self,
        field: str,
        fate: Fate,
        reason: str,
        output: str = "",
        key: str = "",
        *,
        added: bool = False,
    ) -> None:
        """Note what became of a part: a field, or of several the one with the key."""
        part = (field, key) if key else (field,)
        self.accounts.append(Account(part, fate, reason, output, added))

    def tell_lost(self, field: str, key: str = "") -> None:
        """Note that the target has nothing for a part."""
        verdict = verdict_on(field, "", self.situation.target) or ("no-equivalent", self._lost)
        self.tell(field, *verdict, "", key)

    def add_step(self, why: str, *commands: str) -> None:
        """Commands that must come before the output, once."""
        self.add_text(step(why, *commands))

    def add_text(self, text: str) -> None:
        """A whole step that must come before the output, once; nothing where it is empty."""
        if text and text not in self.before:
            self.before.append(text)
