"""What is told of a launch over several machines that became one distributed job."""

from __future__ import annotations

from msgspec.structs import replace

from advisor.jobs.launch import launched
from advisor.jobs.ledger import Fate
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import asked_for

WORKERS = asked_for("WORKERS", "the number of machines, without the one that leads")
"""Fails loudly where the number is not given."""
UNKNOWN_WORKERS = (
    "how many machines take part is not said: give --set WORKERS=NUMBER, without the first"
)
OF_OPERATOR = "left out: the operator of the distributed job sets it, for each pod its own"


def as_one_job(spec: JobSpec, run: Run) -> tuple[JobSpec, Run]:
    """A Job whose pods start one launch over several machines, as that distributed job: what Run:ai
    makes of an Indexed Job has neither the names nor the numbers by which the pods find another."""
    pods = run.parallelism
    several = spec.reader == "manifest" and not run.distributed and isinstance(pods, int)
    found = launched(run, pods) if several and isinstance(pods, int) and pods > 1 else None
    if found is None:
        alone = replace(run, completions=None, parallelism=None) if is_indexed(spec) else run
        return spec, alone
    changed, launch = found
    return replace(spec, launch=launch), replace(changed, completions=None, parallelism=None)


def is_indexed(spec: JobSpec) -> bool:
    """Whether each pod of the job gets a number from its controller."""
    return any(item.sets == _MODE and item.value == "Indexed" for item in spec.items)


_MODE = (("completion_mode",),)


def changed_by_launch(spec: JobSpec, fate: Fate, reason: str) -> tuple[Fate, str]:
    """The account of a command, with what became of its addresses and ranks."""
    if spec.launch is None:
        return fate, reason
    return "changed", f"{reason}; {spec.launch.told}"
