"""What became of one part of a run."""

from __future__ import annotations

from typing import NamedTuple

from advisor.jobs.ledger import Fate
from advisor.jobs.parts import Part


class Account(NamedTuple):
    """`part` is what it is about, `(field,)` alone for all that a field has several of. `output` is
    what carries it: words of the command or the path of a field. `added`: no item asked for it."""

    part: Part
    fate: Fate
    reason: str
    output: str = ""
    added: bool = False
