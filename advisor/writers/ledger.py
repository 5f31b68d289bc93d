"""The ledger: every flag and field of the source joined with what was written for what it sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from advisor.jobs.ledger import FATES, Entry, Fate, Item
from advisor.jobs.parts import Part
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Target
from advisor.writers.lost_parts import verdict_on, verdict_on_idle

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
    return [Account(part, *(verdict or ("unresolved", UNTOLD)))]


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
