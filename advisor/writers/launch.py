"""What is told of a launch over several machines that became one distributed job."""

from __future__ import annotations

from advisor.jobs.ledger import Fate
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import asked_for

WORKERS = asked_for("WORKERS", "the number of machines, without the one that leads")
"""Fails loudly where the number is not given."""
UNKNOWN_WORKERS = (
    "how many machines take part is not said: give --set WORKERS=NUMBER, without the first"
)
OF_OPERATOR = "left out: the operator of the distributed job sets it, for each pod its own"


def changed_by_launch(spec: JobSpec, fate: Fate, reason: str) -> tuple[Fate, str]:
    """The account of a command, with what became of its addresses and ranks."""
    if spec.launch is None:
        return fate, reason
    return "changed", f"{reason}; {spec.launch.told}"
