"""What became of one thing that a job says, before it is known which flag or field said it."""

from __future__ import annotations

from typing import NamedTuple

from advisor.jobs.ledger import Fate


class Account(NamedTuple):
    """`field` names the thing as the flag tables do; `keys` tell several of a field apart: a
    variable's name, a path in the container, a port. `added` is for what no flag asked for."""

    field: str
    fate: Fate
    reason: str
    output: str = ""
    keys: tuple[str, ...] = ()
    added: bool = False
