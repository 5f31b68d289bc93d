"""Cluster, hosts and registry read again, for what an earlier plan needs to be ticked off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from advisor.collection.collect import (
    CollectOptions,
    Task,
    check_hosts,
    probe_tasks,
    run_together,
    snapshot_of,
    utc_now,
)
from advisor.errors import InputError
from advisor.facts.snapshot import Snapshot, merge
from advisor.placement.image_inventory import reference_of
from advisor.planning.plan import PLACEHOLDER_REGISTRY, ImagePlan, Plan
from advisor.planning.status import full_id
from advisor.probes.common import NoProgress, ProbeResult, Progress
from advisor.probes.registry.options import RegistryOptions, check_options
from advisor.probes.registry.questions import Copy, Question, ask_for


def read_again(
    plan: Plan,
    before: Snapshot,
    options: CollectOptions,
    registries: RegistryOptions,
    *,
    progress: Progress | None = None,
    clock: Callable[[], str] = utc_now,
) -> Snapshot:
    """What the targets of `options` hold now, and what the plan's registry answers for the names
    that its images get, compared with the contents that the snapshot `before` has of them.

    A target that cannot be read is a failed Source, even if that leaves nothing that could be read.
    Raises InputError for an option that cannot be used. The registry is left out while the plan
    names none; `options.registries` and `options.snapshots` are not looked at.
    """
    check_hosts(options.docker_hosts)
    check_options(registries)
    watched = progress or NoProgress()
    questions = tuple(target_questions(plan, before))
    tasks: list[Task] = probe_tasks(options, watched)
    if questions:
        tasks.append(lambda: _ask(questions, registries, watched))
    if not tasks:
        raise InputError(
            "there is nothing to read",
            remedy="name the plan's --registry, or leave out --no-cluster or --no-docker",
        )
    return merge([snapshot_of(run_together(tasks), clock())])


def target_questions(plan: Plan, before: Snapshot) -> Iterator[Question]:
    """The names that the plan's images get, each with the content that is meant."""
    if plan.registry == PLACEHOLDER_REGISTRY:
        return
    stores: dict[str, set[str]] = defaultdict(set)
    for host in before.hosts:
        stores[host.name].add(host.image_store or "")
    here = {host.name for host in before.hosts if host.url.startswith("unix://")}
    for image in plan.images:
        if not image.action.startswith("push"):
            continue
        if image.source_host in here or not _on_loopback(image.target):
            yield from ask_for([image.target], _copies(image, stores[image.source_host]))


def _on_loopback(target: str) -> bool:
    """What answers here is not what answers on another machine that pushes."""
    reference = reference_of(target)
    return reference is None or reference.loopback


def _copies(image: ImagePlan, stores: set[str]) -> tuple[Copy, ...]:
    """containerd and kubelets name content by its manifest or index, the others by its config."""
    content = full_id(image.content)
    if not content:
        return ()
    if stores <= {"classic", "podman"} and stores:
        return (Copy(config=content),)
    if stores <= {"containerd"}:
        return (Copy(manifests=(content,)),)
    return (Copy(config=content, manifests=(content,)),)


def _ask(
    questions: Sequence[Question], options: RegistryOptions, progress: Progress
) -> Sequence[ProbeResult]:
    from advisor.probes.registry.probe import probe_registries

    return probe_registries(questions, options, progress=progress)
