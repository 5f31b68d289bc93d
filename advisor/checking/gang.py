"""Jobs whose pods start together or not at all: whether there is room for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec.structs import replace

from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.judging.check_report import JobCheck
from advisor.placement.accelerator_fit import may_serve, need_words
from advisor.placement.placement import Placement

_TOGETHER = frozenset(
    {
        *("PyTorchJob", "MPIJob", "TFJob", "XGBoostJob", "JAXJob", "PaddleJob", "TrainJob"),
        *("JobSet", "LeaderWorkerSet", "RayJob", "RayCluster", "DistributedWorkload"),
    }
)
_WITH_LEADER = frozenset({"pytorch", "tensorflow", "xgboost"})


def with_gangs(
    jobs: Sequence[JobSpec], checks: tuple[JobCheck, ...], placement: Placement
) -> tuple[JobCheck, ...]:
    """The checks; where the pods of one distributed job do not fit at once it cannot run."""
    made: list[JobCheck] = []
    pairs = list(zip(jobs, checks, strict=True))
    for _, of_object in groupby(pairs, key=lambda pair: _object(pair[0])):
        group = list(of_object)
        lacking = _lacking([job for job, _ in group], placement)
        for _, check in group:
            tell = lacking and check.verdict != "cannot run"
            made.append(replace(check, verdict="cannot run", why=lacking) if tell else check)
    return tuple(made)


def _object(job: JobSpec) -> str:
    """The id of the object that a job is a role of; that of the job where it has no role."""
    return job.id.removesuffix(f"/{job.role}") if job.role else job.id


def _pods(job: JobSpec) -> int:
    run = job.run
    if job.kind in _TOGETHER and job.reader == "manifest":
        return job.replicas
    if run is None or not run.distributed:
        return 0
    alone = any(name == "no-master" and value.literal != "false" for name, value in run.options)
    leads = run.distributed in _WITH_LEADER and not alone
    known = run.workers if isinstance(run.workers, int) else 0
    return known + (1 if leads else 0)


def _lacking(jobs: Sequence[JobSpec], placement: Placement) -> str:
    """What there is too little of, in words; empty where all fit, or where that is not known."""
    asked: dict[tuple[str, str], list[tuple[int, AcceleratorNeed]]] = {}
    offered: dict[tuple[str, str], dict[str, int | None]] = {}
    for job in jobs:
        pods = _pods(job)
        for need in job.accelerators if pods else ():
            key = (need.resource, need.vendor)
            asked.setdefault(key, []).append((pods, need))
            offered.setdefault(key, {}).update(_amounts(job, need, placement))
    for key, wants in asked.items():
        amounts = list(offered[key].values())
        known = [amount for amount in amounts if amount is not None]
        if amounts and len(known) == len(amounts) and (shortage := _shortage(wants, known)):
            return f"Its pods start together or not at all: {shortage}."
    return ""


def _shortage(wants: list[tuple[int, AcceleratorNeed]], amounts: list[int]) -> str:
    """Pods that need as much as one of them does, or more, cannot be more than the nodes have room
    for; nor can all together take more than there is."""
    for _, need in wants:
        size = need.count or 1
        pods = sum(number for number, other in wants if (other.count or 1) >= size)
        room = sum(amount // size for amount in amounts)
        if pods > max(room, 1):
            words = need_words(need)
            words += " or more" if any((other.count or 1) > size for _, other in wants) else ""
            return f"{pods} pods with {words} each, and there is room for {room} at once"
    taken = sum(number * (need.count or 1) for number, need in wants)
    if sum(number for number, _ in wants) > 1 and taken > sum(amounts):
        return f"they take {taken} accelerators at once, and there are {sum(amounts)}"
    return ""


def _amounts(
    job: JobSpec, need: AcceleratorNeed, placement: Placement
) -> Iterator[tuple[str, int | None]]:
    """The devices that the need could be met with, by node; None where nobody stated them."""
    eligible = placement.eligible(job)
    if eligible is None or placement.index is None:
        return
    for name in (*eligible.nodes, *eligible.maybe):
        fits = [
            accelerator
            for accelerator in placement.accelerators[name].accelerators
            if may_serve(accelerator, need)
        ]
        named = [fit.capacity for fit in fits if need.resource in ("", fit.resource)]
        open_ = name in placement.index.open_devices or not named or None in named
        yield name, None if open_ else max(map(int, filter(None, named)), default=0)
