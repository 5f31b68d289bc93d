"""Findings about nodes, storage and the cluster as far as they matter for the jobs of a check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from advisor.configuration.settings import Settings
from advisor.findings.finding import Finding
from advisor.jobs.spec import JobSpec
from advisor.judging.check_report import JobCheck
from advisor.placement.scene import Scene
from advisor.placement.storage_evidence import StorageService
from advisor.rulebook.engine import evaluate
from advisor.rulebook.loaded import Rulebook
from advisor.rulebook.view import View
from advisor.views.node_view import node_views
from advisor.views.storageclass_view import storageclass_views


def surroundings(
    scene: Scene,
    settings: Settings,
    rulebook: Rulebook,
    cluster: View,
    checks: Sequence[JobCheck],
    services: dict[str, StorageService] | None,
) -> tuple[Finding, ...]:
    """GPU rules where a job asks for GPUs, on the nodes it can land on; STO rules where one mounts
    a claim or has data to move. Nothing where no cluster was read."""
    if scene.snapshot.cluster is None:
        return ()
    areas = tuple(_areas(scene.jobs, checks))
    views: list[View] = [cluster]
    if "GPU" in areas:
        views += _nodes(scene)
    if services is not None:
        wanted = set(_classes(scene))
        classes = [one for one in scene.cluster.storage_classes or () if one.name in wanted]
        views += storageclass_views(
            classes, services, scene.cluster.claims, sources=scene.snapshot.sources
        )
    found = evaluate(rulebook, views, cluster.facts, ignore=settings.ignore).findings
    return tuple(one for one in found if one.rule.startswith(areas)) if areas else ()


def _areas(jobs: Iterable[JobSpec], checks: Iterable[JobCheck]) -> Iterator[str]:
    if any(job.accelerators for job in jobs):
        yield "GPU"
    claims = any(mount.kind == "claim" for job in jobs for mount in job.mounts)
    moving = any(
        decision.topic == "data" and decision.outcome == "move"
        for check in checks
        for decision in check.decisions
    )
    if claims or moving:
        yield "STO"


def _nodes(scene: Scene) -> Iterator[View]:
    names: set[str] = set()
    for job in scene.jobs:
        eligible = scene.eligible(job) if job.accelerators else None
        if eligible is not None:
            names.update(eligible.nodes, eligible.maybe)
    yield from node_views(
        [node for node in scene.nodes if node.name in names],
        scene.accelerators,
        jobs=scene.jobs,
        sources=scene.snapshot.sources,
    )


def _classes(scene: Scene) -> Iterator[Any]:
    """The classes of the claims that jobs mount."""
    for job in scene.jobs:
        for entry in scene.data.of_job(job) if job.mounts else ():
            if entry.claim is not None:
                yield entry.claim.storage_class
