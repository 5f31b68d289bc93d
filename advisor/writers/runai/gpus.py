"""GPUs as runai's flags."""

from __future__ import annotations

from advisor.facts.workload import Toleration
from advisor.jobs.word import word
from advisor.writers.amounts import memory_amount
from advisor.writers.gpus import WHOLE, GpuNeed, gpu_need
from advisor.writers.runai.draft import CommandDraft


def second_gpus(draft: CommandDraft) -> None:
    """Whole devices, a share of one, or another resource."""
    need = gpu_need(draft.run, draft.situation)
    if need is None:
        _tell_none(draft)
    elif need.portion is not None:
        _tell(draft, need, *_share(draft, "portion", f"{need.portion:g}"))
    elif need.memory is not None:
        _tell(draft, need, *_share(draft, "memory", memory_amount(need.memory)))
    elif need.mig:
        _tell(draft, need, _slices(draft, need))
    elif need.resource == WHOLE:
        _tell(draft, need, draft.put("gpu-devices-request", draft.amount("gpus", need.number)))
    else:
        resource = word(f"{need.resource}=") + draft.amount("gpus", need.number)
        _tell(draft, need, draft.put("extended-resource", resource))


def first_gpus(draft: CommandDraft) -> None:
    """GPUs for v1, whose `--gpu` takes whole numbers and fractions."""
    need = gpu_need(draft.run, draft.situation)
    if need is None:
        _tell_none(draft)
    elif need.portion is not None:
        _tell(draft, need, draft.put("gpu", word(f"{need.portion:g}")))
    elif need.memory is not None:
        _tell(draft, need, draft.put("gpu-memory", word(memory_amount(need.memory))))
    elif need.mig and need.number != 1 and draft.has("extended-resource"):
        _tell(draft, need, _slices(draft, need))
    elif need.mig:
        flag = "mig-profile" if draft.has("mig-profile") else "mig"
        _tell(draft, need, draft.put(flag, word(need.mig)))
    elif need.resource == WHOLE:
        _tell(draft, need, draft.put("gpu", draft.amount("gpus", need.number)))
    elif draft.has("extended-resource"):
        resource = word(f"{need.resource}=") + draft.amount("gpus", need.number)
        _tell(draft, need, draft.put("extended-resource", resource))
    else:
        draft.tell("gpus", "no-equivalent", f"this dialect cannot ask for {need.resource}")


def _slices(draft: CommandDraft, need: GpuNeed) -> str:
    resource = word(f"nvidia.com/mig-{need.mig}=") + draft.amount("gpus", need.number)
    return draft.put("extended-resource", resource)


def _share(draft: CommandDraft, kind: str, amount: str) -> tuple[str, ...]:
    return (
        draft.put("gpu-devices-request", word("1")),
        draft.put("gpu-request-type", word(kind)),
        draft.put(f"gpu-{kind}-request", word(amount)),
    )


def _tell(draft: CommandDraft, need: GpuNeed, *outputs: str) -> None:
    draft.tell("gpus", need.fate, need.reason, " ".join(outputs))
    # What the target's GPU nodes repel a pod with.
    for toleration in draft.situation.tolerations:
        if toleration in draft.spec.tolerations:
            continue
        put_toleration(draft, toleration, added=True)


def _tell_none(draft: CommandDraft) -> None:
    if draft.run.gpus:
        draft.tell("gpus", "mapped", "no GPU is asked for")


def put_toleration(draft: CommandDraft, toleration: Toleration, *, added: bool) -> None:
    """One `--toleration`."""
    if not draft.has("toleration"):
        reason = "this dialect has no tolerations; ask the administrator how GPU nodes are reached"
        draft.tell("tolerations", "no-equivalent", reason, "", toleration.key, added=added)
        return
    pairs = (
        ("operator", toleration.operator),
        ("key", toleration.key),
        ("value", toleration.value),
        ("effect", toleration.effect),
    )
    text = ",".join(f"{name}={value}" for name, value in pairs if value)
    reason = "a taint of the target's GPU nodes" if added else "the same toleration"
    output = draft.put("toleration", word(text))
    draft.tell("tolerations", "mapped", reason, output, toleration.key, added=added)
