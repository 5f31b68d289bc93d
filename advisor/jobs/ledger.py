"""What became of every flag and field: nothing is lost in silence."""

from __future__ import annotations

from typing import Literal, NamedTuple

from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.parts import Part
from advisor.jobs.word import Expansion

Fate = Literal["mapped", "changed", "no-equivalent", "unresolved"]
FATES: tuple[Fate, ...] = ("unresolved", "no-equivalent", "changed", "mapped")
"""From what needs most attention to what needs none."""


class Origin(NamedTuple):
    """What a flag or field sets, or why it sets nothing."""

    sets: tuple[Part, ...] = ()
    idle: str = ""


class Item(Record, frozen=True, kw_only=True):
    """One flag or field of the source.

    `name` is the canonical one (`--shm-size` for docker and runai, `services.train.shm_size` for
    compose, `spec.containers[0].image` for a manifest), `written` the spelling met. `value` has
    secrets taken out. `words` are the numbers of the source words it covers, counted from 0 (shell
    sources only): together the items of a job cover every word of it. A word of several short flags
    (`-itd`) is covered by an item for each. `expansions` are what of the value the shell decides.

    `sets` are the parts of the run that it states (see parts.py), or the name of something that no
    run has a field for (`memory_swap`): rules/catalog/lost_parts.yaml says what each target does
    about those. One that states nothing has in `idle` the reason why, of
    rules/catalog/without_effect.yaml.
    """

    name: str
    written: str = ""
    value: str = ""
    place: Place | None = None
    words: tuple[int, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    sets: tuple[Part, ...] = ()
    idle: str = ""


class Entry(Record, frozen=True, kw_only=True):
    """What became of an item for one target.

    `mapped`: the same effect; `changed`: an effect that differs or moved, `reason` says how;
    `no-equivalent`: left out, `reason` says what is lost and what to do; `unresolved`: needs a
    value that only the user has, `reason` says how to give it. `output` is what it became (a flag
    with its value, or a field path), empty when nothing.
    """

    item: Item
    fate: Fate
    reason: str
    output: str = ""
