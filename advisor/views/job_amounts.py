"""What one pod of a job asks for, and whether any node has that much."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.placement.accelerator_fit import accelerator_requirement, may_serve
from advisor.placement.eligibility import MOST
from advisor.placement.scene import Scene
from advisor.views.base import UNSET, UnsetType


class Amounts:
    """The largest amounts of a scene's nodes, looked up once for all its jobs."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._most = lru_cache(maxsize=None)(self._largest)
        self._most_served = lru_cache(maxsize=None)(self._most_devices)
        self._devices_fit = lru_cache(maxsize=None)(self._fits_devices)

    def facts(self, job: JobSpec) -> dict[str, Any]:
        """The amounts of JobFacts."""
        cpu, memory = job.resources.get("cpu"), job.resources.get("memory")
        counts = [need.count for need in job.accelerators]
        known = [count for count in counts if count is not None]
        return {
            "accelerators": sum(known) if len(known) == len(counts) else UNSET,
            "cpu": UNSET if "cpu" in job.open_resources else cpu or None,
            "memory": UNSET if "memory" in job.open_resources else memory or None,
            "accelerators_fit": self._all_fit(job),
            "cpu_fits": self._fits("cpu", job),
            "memory_fits": self._fits("memory", job),
            "most_accelerators": self._most_served(job.accelerators),
            "most_cpu": self._most("cpu"),
            "most_memory": self._most("memory"),
        }

    def _fits(self, resource: str, job: JobSpec) -> bool | UnsetType:
        """What the shell decides fits for certain only a node that states no amount."""
        is_open = resource in job.open_resources
        amount = MOST if is_open else job.resources.get(resource)
        if not amount:
            return True
        index = self._scene.index
        if index is None:
            return UNSET
        return bool(index.with_allocatable(resource, amount)) or (UNSET if is_open else False)

    def _all_fit(self, job: JobSpec) -> bool | UnsetType:
        if not job.accelerators:
            return True
        if self._scene.index is None:
            return UNSET
        answers = [self._devices_fit(need) for need in job.accelerators]
        if False in answers:
            return False
        return UNSET if None in answers else True

    def _fits_devices(self, need: Any) -> bool | None:
        assert self._scene.index is not None
        found = accelerator_requirement(need, self._scene.accelerators, self._scene.index)
        if found.sure:
            return True
        return None if found.possible else False

    def _most_devices(self, needs: tuple[AcceleratorNeed, ...]) -> int | None:
        return _largest(
            one.capacity
            for need in needs
            for found in self._scene.accelerators.values()
            for one in found.accelerators
            if need.resource in ("", one.resource) and may_serve(one, need)
        )

    def _largest(self, resource: str) -> int | None:
        nodes = self._scene.index.nodes.values() if self._scene.index is not None else ()
        return _largest(node.allocatable.get(resource) for node in nodes)


def _largest(amounts: Iterable[int | None]) -> int | None:
    return max((amount for amount in amounts if amount is not None), default=None)
