"""What a translation has to know of the cluster a job goes to, and of what the user decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from advisor.facts.record import Record
from advisor.facts.workload import Toleration
from advisor.findings.finding import Outcome
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target
from advisor.placement.image_location import locate_image
from advisor.placement.node_index import lasting_taints
from advisor.placement.placement import Placement


class Wishes(Record, frozen=True, kw_only=True):
    """What the user asked of translations: `targets` in the order they are shown, and `given`, the
    fields of a Situation that only the user decides."""

    targets: tuple[Target, ...] = ()
    given: Situation = Situation(target="runai-v2")


class JobTarget:
    """Tells a writer what each job's target is like."""

    def __init__(self, placement: Placement, wishes: Wishes, registry: str) -> None:
        self._placement = placement
        self._wishes = wishes
        self._registry = registry
        hosts = placement.snapshot.hosts
        self._host_gpus: Mapping[str, int | None] = {host.name: host.gpus for host in hosts}

    def situation(
        self,
        job: JobSpec,
        target: Target,
        outcomes: Mapping[str, Outcome],
        *,
        others: Sequence[JobSpec] = (),
    ) -> Situation:
        """The situation for one target; `outcomes` by `image` and `data:SOURCE`. `others` are jobs
        that are written together with it."""
        given = self._wishes.given
        nodes = self._gpu_nodes(job)
        return replace(
            given,
            target=target,
            registry=given.registry or self._registry,
            outcomes=dict(outcomes),
            image_names={
                name: known for user in (job, *others) for name, known in self._image_names(user)
            },
            host_gpus=self._gpus_of_host(job) if given.host_gpus is None else given.host_gpus,
            gpu_resource=self._resource(nodes) or given.gpu_resource,
            tolerations=given.tolerations or self._tolerations(nodes),
        )

    def _gpus_of_host(self, job: JobSpec) -> int | None:
        """GPUs of the job's own machine; of the only host that was read where it names none."""
        if job.host:
            return self._host_gpus.get(job.host)
        counts = list(self._host_gpus.values())
        return counts[0] if len(counts) == 1 else None

    def _image_names(self, job: JobSpec) -> Iterator[tuple[str, str]]:
        """Images that a registry has under another name than the job's, with that one."""
        for image in job.images:
            if self._placement.images.is_held(image.reference):
                for entry in self._placement.images.of_job(replace(job, images=(image,))):
                    location = locate_image(entry, job=job, images_unread=())
                    if location.registry_name:
                        yield image.reference, location.registry_name

    def _gpu_nodes(self, job: JobSpec) -> tuple[str, ...]:
        eligible = self._placement.eligible(job) if job.accelerators else None
        return eligible.nodes if eligible is not None else ()

    def _resource(self, nodes: tuple[str, ...]) -> str:
        """The one resource that all of the nodes' accelerators have, empty where there are more."""
        resources = {
            accelerator.resource
            for name in nodes
            for accelerator in self._placement.accelerators[name].accelerators
        }
        return next(iter(resources)) if len(resources) == 1 else ""

    def _tolerations(self, nodes: tuple[str, ...]) -> tuple[Toleration, ...]:
        index = self._placement.index
        if index is None:
            return ()
        taints = {
            (taint.key, taint.value, taint.effect)
            for name in nodes
            for taint in lasting_taints(index.nodes[name])
        }
        return tuple(
            Toleration(key=key, operator="Equal" if value else "Exists", value=value, effect=effect)
            for key, value, effect in sorted(taints)
        )
