"""Amounts, GPUs and other devices of the container, and what its nodes want for them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from advisor.facts.workload import Toleration
from advisor.jobs.run import Run, Whole
from advisor.writers.amounts import core_amount, memory_amount
from advisor.writers.gpus import WHOLE, GpuNeed, gpu_need
from advisor.writers.kubernetes.draft import Body, ManifestDraft

_PATH = "containers[0].resources"

_AMOUNTS: tuple[tuple[str, str, str, Callable[[Run], Whole | None], Callable[[int], str]], ...] = (
    ("cpu_limit", "limits", "cpu", lambda run: run.cpu_limit, core_amount),
    ("memory_limit", "limits", "memory", lambda run: run.memory_limit, memory_amount),
    ("cpu_request", "requests", "cpu", lambda run: run.cpu_request, core_amount),
    ("memory_request", "requests", "memory", lambda run: run.memory_request, memory_amount),
)
_ROUGH = {
    "cpu_request": "a CPU request; docker's shares only weigh containers against each other",
    "memory_request": "a memory request, which the scheduler also keeps free for the job",
}


def put_resources(draft: ManifestDraft) -> None:
    """CPU and memory, GPUs and other devices; a request is never above its limit."""
    resources: dict[str, Body] = {}
    for field, part, name, amount, written in _AMOUNTS:
        value = amount(draft.run)
        if value is None:
            continue
        limit = amount_of_limit(draft.run, name) if part == "requests" else None
        if isinstance(limit, int) and isinstance(value, int):
            value = min(value, limit)
        place = resources.setdefault(part, {})
        shown = draft.amount(field, value, written)
        output = draft.put(place, name, shown, f"{_PATH}.{part}")
        rough = _ROUGH.get(field) if draft.spec.reader == "docker-run" else None
        draft.tell(field, "changed" if rough else "mapped", rough or "the same amount", output)
    for name, count in draft.run.extended.items():
        number = draft.amount("extended", count, key=name)
        output = draft.put(resources.setdefault("limits", {}), name, number, f"{_PATH}.limits")
        draft.tell("extended", "mapped", "the same resource", output, name)
    _put_layer_size(draft, resources)
    _put_gpus(draft, resources)
    if resources:
        draft.container["resources"] = resources
    for device in draft.run.devices:
        _tell_device(draft, device)


def _put_layer_size(draft: ManifestDraft, resources: dict[str, Body]) -> None:
    """What the container may write into its own layer."""
    size = draft.run.layer_size
    if size is not None:
        limits = resources.setdefault("limits", {})
        shown = draft.amount("layer_size", size, memory_amount)
        output = draft.put(limits, "ephemeral-storage", shown, f"{_PATH}.limits")
        reason = "a limit of what the container writes, over which the pod is evicted"
        draft.tell("layer_size", "changed", reason, output)


def amount_of_limit(run: Run, name: str) -> Whole | None:
    """The limit of a resource that is requested."""
    return run.cpu_limit if name == "cpu" else run.memory_limit


def _put_gpus(draft: ManifestDraft, resources: dict[str, Body]) -> None:
    need = gpu_need(draft.run, draft.situation)
    if need is None:
        if draft.run.gpus:
            draft.tell("gpus", "mapped", "no GPU is asked for")
        return
    limits = resources.setdefault("limits", {})
    resource = (
        f"nvidia.com/mig-{need.mig}" if need.mig and need.resource == WHOLE else need.resource
    )
    number = draft.amount("gpus", need.number)
    output = draft.put(limits, resource, number, f"{_PATH}.limits")
    if need.portion is not None or need.memory is not None:
        draft.tell("gpus", "changed", _SHARE, output)
    else:
        draft.tell("gpus", need.fate, need.reason, output)
    _reach_gpu_nodes(draft, need)


_SHARE = "a whole GPU: Kubernetes by itself cannot give a part of one, Run:ai's own commands can"


def _reach_gpu_nodes(draft: ManifestDraft, need: GpuNeed) -> None:
    """Tolerations and node selector that the target's GPU nodes require."""
    situation = draft.situation
    for toleration in situation.tolerations:
        if toleration in draft.spec.tolerations:
            continue
        draft.pod.setdefault("tolerations", []).append(toleration_body(toleration))
        reason = "a taint of the target's GPU nodes"
        draft.tell("tolerations", "mapped", reason, toleration.key, toleration.key, added=True)
    for key, value in situation.node_selector.items():
        draft.pod.setdefault("nodeSelector", {})[key] = value
        reason = f"chooses the target's nodes with {need.resource}"
        draft.tell("node_selector", "mapped", reason, f"{key}: {value}", key, added=True)


def toleration_body(toleration: Toleration) -> Body:
    """A toleration as the API spells it."""
    stated = msgspec.to_builtins(toleration)
    return {key: value for key, value in stated.items() if value}


def _tell_device(draft: ManifestDraft, device: str) -> None:
    if device.startswith("/dev/infiniband"):
        reason = (
            "InfiniBand is a device plugin's resource: ask the administrator for its name and add"
            " it to the container's limits"
        )
        draft.tell("devices", "unresolved", reason, "", device)
    else:
        draft.tell_lost("devices", device)
