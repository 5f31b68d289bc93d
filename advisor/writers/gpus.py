"""How many GPUs to ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from advisor.jobs.ledger import Fate
from advisor.jobs.run import GpuAsk, Run, Whole
from advisor.jobs.translation import Situation
from advisor.jobs.word import Word, word
from advisor.readers.gpu_evidence import evidence_table

WHOLE = "nvidia.com/gpu"


class GpuNeed(NamedTuple):
    """What a pod asks for: a number of `resource`, or a share of one, or a MIG slice."""

    fate: Fate
    reason: str
    number: Whole = 1
    resource: str = WHOLE
    portion: float | None = None
    memory: int | None = None
    mig: str = ""


def gpu_need(run: Run, situation: Situation) -> GpuNeed | None:
    """None when the job asks for no GPU."""
    if not run.gpus:
        return None
    asks = [ask for ask in run.gpus if ask.how != "runtime"] or list(run.gpus)
    shares = [ask for ask in asks if ask.portion or ask.memory or ask.mig]
    if shares:
        return _share(shares[-1])
    count, fate, reason = _count(asks, situation.host_gpus)
    if count == 0:
        return None
    return GpuNeed(fate, reason, count, _resource(asks[0], situation))


def _share(ask: GpuAsk) -> GpuNeed:
    if ask.mig and ask.count == -1:
        reason = "all slices of a machine cannot be asked for: 1 is asked for"
        return GpuNeed("changed", reason, mig=ask.mig)
    reason = "the same share of one GPU"
    number: Whole = ask.count or 1 if ask.mig else 1
    if number != 1:
        reason = "as many slices of GPUs"
    return GpuNeed("mapped", reason, number, portion=ask.portion, memory=ask.memory, mig=ask.mig)


def _resource(ask: GpuAsk, situation: Situation) -> str:
    if ask.resource:
        return ask.resource
    if ask.vendor != "nvidia":
        return resource_of(ask.vendor)
    return situation.gpu_resource


def resource_of(vendor: str) -> str:
    """The resource that the vendor's device plugin offers."""
    known = {runtime.vendor: runtime.resource for runtime in evidence_table().runtimes}
    return {**known, "intel": "gpu.intel.com/i915"}.get(vendor, f"{vendor}/gpu")


def _count(asks: Sequence[GpuAsk], host_gpus: int | None) -> tuple[Whole, Fate, str]:
    if any(isinstance(ask.count, Word) for ask in asks):
        return _open(asks), "mapped", "as many GPUs as that is"
    if any(ask.count == -1 or _says_nothing(ask) for ask in asks):
        return _all(host_gpus)
    number = sum(_of_one(ask) for ask in asks)
    evidence = ", ".join(ask.evidence for ask in asks if ask.evidence)
    if evidence:
        reason = (
            f"all GPUs of the machine: the job works with {number} of them, by its own {evidence}"
        )
        return number, "changed", reason
    if any(ask.devices for ask in asks):
        reason = f"devices cannot be picked: {number} of any, whichever are free"
        return number, "changed", reason
    return number, "mapped", "the same number of GPUs"


def _open(asks: Sequence[GpuAsk]) -> Word:
    """What the number depends on. Ids are no number: what holds them cannot be typed as one."""
    words = [
        word("device=") + ask.count if ask.devices else ask.count
        for ask in asks
        if isinstance(ask.count, Word)
    ]
    first, *others = words
    known = sum(_of_one(ask) for ask in asks if not isinstance(ask.count, Word))
    for other in (*others, *((word(str(known)),) if known else ())):
        first = first + word(" and ") + other
    return first


def _of_one(ask: GpuAsk) -> int:
    return ask.count if isinstance(ask.count, int) else len(set(ask.devices))


def _says_nothing(ask: GpuAsk) -> bool:
    """Neither a number nor a GPU's own device: control devices serve all of them."""
    return ask.count is None and (not ask.devices or ask.how == "device")


def _all(host_gpus: int | None) -> tuple[int, Fate, str]:
    if host_gpus:
        reason = f"all GPUs of the machine: it has {host_gpus}; ask for fewer if the job uses fewer"
        return host_gpus, "changed", reason
    reason = (
        "all GPUs of a machine cannot be asked for and how many it has is not known: 1 is asked"
        " for; for more put the number the job uses in its place"
    )
    return 1, "changed", reason
