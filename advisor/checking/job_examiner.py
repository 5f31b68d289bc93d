"""What the rules say of a job's image, of its data and of itself, and what a translation has to
know of the cluster it goes to; jobs that are alike are examined once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

import msgspec
from msgspec.structs import replace

from advisor.checking.view_examiner import ExaminedView, ViewExaminer
from advisor.configuration.settings import Ignore, Settings
from advisor.facts.record import Record
from advisor.facts.workload import Toleration
from advisor.findings.finding import STRICTEST, Decision, Gap, Outcome
from advisor.jobs.spec import JobMount, JobSpec
from advisor.jobs.translation import ImagePush, Situation, Target, Translation
from advisor.placement.eligibility import Eligibility
from advisor.placement.image_inventory import image_key, image_label
from advisor.placement.image_location import locate_image
from advisor.placement.node_index import lasting_taints
from advisor.placement.placement import Placement
from advisor.planning.image_content import Content, image_contents
from advisor.planning.image_plan import HOLDS_BACK, source_hosts
from advisor.planning.names import Wish, target_names
from advisor.rulebook.engine import Judging
from advisor.rulebook.loaded import View
from advisor.rulebook.template import listed
from advisor.views.data_view import job_data_views
from advisor.views.image_view import job_image_views
from advisor.views.job_view import JobViews, ReleaseForms


class ImagePushes:
    """The pushes of images that single jobs name, as the plan has them: content by content, each
    under the name and from the machine of the whole plan. An image is held back for a secret in it
    unless the rule is ignored, and while one name stands for several contents."""

    def __init__(self, placement: Placement, registry: str, ignores: Sequence[Ignore]) -> None:
        self._engines = {host.name: host.engine for host in placement.snapshot.hosts}
        self._ignores = tuple(ignore for ignore in ignores if ignore.rule in HOLDS_BACK)
        leaving = [
            content for content in image_contents(placement) if content.hosts and _is_local(content)
        ]
        self._sources = source_hosts(leaving, placement.snapshot.hosts)
        wishes = (
            Wish(content.id, content.label, sorted(content.on_hosts())) for content in leaving
        )
        self._names = target_names(wishes, registry)
        self._of_entry: dict[str, list[Content]] = defaultdict(list)
        for content in leaving:
            for entry in content.entries:
                self._of_entry[entry.key].append(content)

    def push_of(self, job: JobSpec, image: str) -> ImagePush | None:
        """How the job's image gets to the registry; None where no machine has it."""
        contents = self._of_entry.get(image_key(image), [])
        contents = [content for content in contents if job.host in content.on_hosts()] or contents
        if not contents:
            return None
        targets = [self._names[content.id].name for content in contents]
        held = tuple(self._held(job, image, contents, targets))
        host = self._sources[contents[0].id] if len(contents) == 1 else ""
        return ImagePush(
            target=targets[0] if len(targets) == 1 else "",
            host=host,
            engine=self._engines.get(host, "docker"),
            held="; ".join(held),
        )

    def _held(
        self, job: JobSpec, image: str, contents: Sequence[Content], targets: Sequence[str]
    ) -> Iterator[str]:
        names = {
            name for content in contents if content.image for name in content.image.secret_variables
        }
        subjects = (f"image:{image_key(image)}", image_label(image))
        ignored = any(
            fnmatchcase(subject, ignore.subject) for ignore in self._ignores for subject in subjects
        )
        if names and not ignored and HOLDS_BACK.isdisjoint(rule for rule, _ in job.ignores):
            yield (
                f"held back: it sets {listed(sorted(names))} (IMG022), which everybody"
                " could read in a registry; build it anew without"
            )
        if len(contents) > 1:
            kinds = (
                f"{content.id.removeprefix('sha256:')[:12]}"
                f" on {listed(sorted(content.on_hosts()))} for {target}"
                for content, target in zip(contents, targets, strict=True)
            )
            yield (
                f"{len(contents)} different images (IMG019): {listed(list(kinds))}; push"
                " the one that the job means under that name, and give --set IMAGE=NAME"
            )


def _is_local(content: Content) -> bool:
    return not any(
        locate_image(entry, job=None, images_unread=()).place.startswith("registry-")
        for entry in content.entries
    )


class Wishes(Record, frozen=True, kw_only=True):
    """What the user asked of translations: `targets` in the order they are shown, and `given`, the
    fields of a Situation that only the user decides."""

    targets: tuple[Target, ...] = ()
    given: Situation = Situation(target="runai-v2")


class JobTarget:
    """Tells a writer what each job's target is like."""

    def __init__(self, placement: Placement, wishes: Wishes, settings: Settings) -> None:
        self._placement = placement
        self._wishes = wishes
        self._registry = wishes.given.registry or settings.registry
        self._ignores = settings.ignore
        hosts = placement.snapshot.hosts
        self._host_gpus: Mapping[str, int | None] = {host.name: host.gpus for host in hosts}

    @property
    def usual(self) -> Target:
        """The form for who asked for none: the newest commands that the release has."""
        return "runai-v1" if "cli-v2" in self._wishes.given.gone else "runai-v2"

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
            registry=self._registry,
            pushes=self._pushes_of((job, *others)) if "move" in outcomes.values() else {},
            outcomes=dict(outcomes),
            image_names={
                name: known for user in (job, *others) for name, known in self._image_names(user)
            },
            host_gpus=self._gpus_of_host(job) if given.host_gpus is None else given.host_gpus,
            gpu_resource=self._resource(nodes) or given.gpu_resource,
            tolerations=given.tolerations or self._tolerations(nodes),
        )

    @cached_property
    def _pushes(self) -> ImagePushes:
        return ImagePushes(self._placement, self._registry, self._ignores)

    def _pushes_of(self, jobs: Iterable[JobSpec]) -> dict[str, ImagePush]:
        """How the images get to the registry that machines have; empty where none was named."""
        if not self._registry or not self._placement.snapshot.hosts:
            return {}
        images = ((job, image.reference) for job in jobs for image in job.images)
        found = ((name, self._pushes.push_of(job, name)) for job, name in images)
        return {name: push for name, push in found if push is not None}

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


_DECLARED = frozenset({"named-volume", "anonymous-volume"})
_NOTHING_GIVEN = Situation(target="runai-v2")


class JobContext:
    """What stays the same from job to job; `nodes_gap` says why nodes are missing, `given` what the
    user decided."""

    def __init__(
        self,
        placement: Placement,
        nodes_gap: tuple[Gap, ...],
        forms: ReleaseForms | None = None,
        given: Situation = _NOTHING_GIVEN,
    ) -> None:
        self.placement = placement
        self.given = given
        self.nodes_gap = nodes_gap
        self.views = JobViews(placement, nodes_gap, forms)
        self._numbers: dict[int, int] = {}
        self._distinct: dict[Eligibility | None, int] = {}

    def eligible_number(self, job: JobSpec) -> int:
        """A number for the nodes a job can land on, equal for jobs with the same nodes."""
        eligible = self.placement.eligible(job)
        number = self._numbers.get(id(eligible))
        if number is None:
            number = self._distinct.setdefault(eligible, len(self._distinct))
            self._numbers[id(eligible)] = number
        return number


class JobExaminer:
    """Examines jobs, and keeps nothing of what is found but what those that are alike share."""

    def __init__(self, context: JobContext, views: ViewExaminer, judging: Judging) -> None:
        self._context = context
        self._views = views
        self._placement = context.placement
        self._judging = judging

    def things(self, job: JobSpec) -> tuple[dict[str, Outcome], list[ExaminedView]]:
        """Image and data: the outcomes by the names a translation asks for, and what was found.
        `image` is the main container's, `image:REFERENCE` each one's own."""
        outcomes: dict[str, Outcome] = {}
        eligible = self._context.eligible_number(job)
        shape: Hashable = (job.images, job.pull_secrets, job.host, eligible)
        images = self._examine(job, "image", shape, self._image_views)
        for known in images:
            if (outcome := _strictest(known.examined.decisions)) is not None:
                outcomes[f"image:{known.view.facts['reference']}"] = outcomes["image"] = outcome
        if job.run is not None:
            own = outcomes.get(f"image:{job.run.image.text}")
            outcomes |= {"image": own} if own is not None else {}
        shape = _data_shape(job, eligible)
        data = self._examine(job, "data", shape, self._data_views)
        sources = _Sources(job)
        for known in data:
            if (outcome := _strictest(known.examined.decisions)) is not None:
                for key in sources.keys(known.view.facts["source"]):
                    outcomes[key] = outcome
        return outcomes, [*images, *data]

    def own(self, job: JobSpec, translation: Translation | None) -> tuple[ExaminedView, ...]:
        """The rules' answers on the job itself, beside its images and data; empty without a run."""
        if job.run is None:
            return ()
        facts = self._context.views.facts(job, translation)
        shape = msgspec.json.encode(replace(facts, name="", owner=None))

        def make(job_to_view: JobSpec) -> Sequence[View]:
            return (self._context.views.view(job_to_view, replace(facts, name=job_to_view.label)),)

        return self._examine(job, "job", shape, make)

    def _examine(
        self, job: JobSpec, scope: str, shape: Hashable, make: Callable[[JobSpec], Sequence[View]]
    ) -> tuple[ExaminedView, ...]:
        return self._views.examine(self._judging, scope, job, shape, make)

    def _image_views(self, job: JobSpec) -> Sequence[View]:
        return tuple(job_image_views(self._placement, job, self._context.nodes_gap))

    def _data_views(self, job: JobSpec) -> Sequence[View]:
        views = tuple(job_data_views(self._placement, job, self._context.nodes_gap))
        given = self._context.given
        if job.run is None or not (given.claims or given.exports):
            return views
        from advisor.writers.data import destination

        return tuple(
            replace(view, facts={**view.facts, "destination": destination(source, job.run, given)})
            for view, source in ((view, str(view.facts["source"])) for view in views)
        )


def _data_shape(job: JobSpec, eligible: int) -> Hashable:
    """None where a mount is more than what JobMount says of it."""
    if any(mount.kind in _DECLARED for mount in job.mounts):
        return None
    mounts: tuple[JobMount, ...] = job.mounts
    return mounts, job.host, eligible, tuple(sorted(job.nodes)), job.reader == "compose"


def _strictest(decisions: Iterable[Decision]) -> Outcome | None:
    outcomes = {decision.outcome for decision in decisions}
    return next((outcome for outcome in STRICTEST if outcome in outcomes), None)


class _Sources:
    """The sources of a job's mounts as they are written, where a place was found under more."""

    def __init__(self, job: JobSpec) -> None:
        mounts = job.run.mounts if job.run is not None else ()
        self._texts = {mount.source.text for mount in mounts}
        self._unnamed = {mount.target.text for mount in mounts if not mount.source.text}

    def keys(self, source: str) -> Iterator[str]:
        """The names by which a translation asks for the place."""
        yield f"data:{source}"
        if source in self._unnamed:
            yield "data:"
        start = source.find("/") + 1
        while start:
            if source[start:] in self._texts:
                yield f"data:{source[start:]}"
            start = source.find("/", start) + 1
