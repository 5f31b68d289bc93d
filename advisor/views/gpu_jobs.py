"""What the GPU nodes need to know of the jobs that ask for accelerators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.facts.node import Node, Taint
from advisor.jobs.spec import JobSpec
from advisor.placement.node_index import lasting_taints, tolerated


def asks_for_accelerators(jobs: Iterable[JobSpec]) -> tuple[JobSpec, ...]:
    """The jobs whose pods ask for at least one device."""
    return tuple(job for job in jobs if job.accelerators)


def taint_text(taint: Taint) -> str:
    """A taint as kubectl writes it: `key=value:effect`."""
    value = f"={taint.value}" if taint.value else ""
    return f"{taint.key}{value}:{taint.effect}"


def hard_taints(node: Node) -> tuple[Taint, ...]:
    """Taints somebody set that keep pods away."""
    return tuple(lasting_taints(node))


def tolerated_by_some(taint: Taint, jobs: Sequence[JobSpec]) -> bool:
    """Whether one of the jobs can pass the taint; a job yet to be translated will."""
    return any(
        job.tolerates_gpu_taints or bool(job.node_name) or tolerated(taint, job.tolerations)
        for job in jobs
    )


def chooses_product(job: JobSpec, labels: frozenset[str]) -> bool:
    """Whether the job is bound to a node or selects by one of the labels that name a product."""
    affinity = {requirement.key for term in job.node_affinity for requirement in term}
    return bool(job.node_name) or bool(labels & (affinity | set(job.node_selector)))
