"""Each known job with what replaces it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from advisor.errors import InputError
from advisor.facts.workload import Toleration
from advisor.findings.finding import Outcome
from advisor.jobs.ledger import Entry, Item
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import (
    TARGETS,
    ClaimMapping,
    NfsExport,
    Situation,
    Target,
    Translation,
)
from advisor.jobs.word import word
from advisor.placement.node_index import lasting_taints
from advisor.placement.placement import Placement
from advisor.planning.capacity import accelerator_needs
from advisor.planning.names import ObjectNames
from advisor.planning.plan import DataPlan, FlagFate, ImagePlan, JobCommand, JobFlag, JobPlan
from advisor.writers import write
from advisor.writers.kinds import standing_of

_SETTLED = frozenset({"push", "push-from-node", "hold", "use"})
_STARTED_BY_DOCKER = frozenset({"container", "docker-run"})
_SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_DEFAULT_RESOURCE = "nvidia.com/gpu"

_JOIN = " \\\n    "


class JobPlanner:
    """Makes the plan of one job after another. `images` and `data` are the plan's, by id;
    `given` is what is known of the target beforehand; without it no job is written anew."""

    def __init__(
        self,
        placement: Placement,
        images: Mapping[str, ImagePlan],
        data: Mapping[str, DataPlan],
        registry: str,
        given: Situation | None,
    ) -> None:
        self._placement = placement
        self._given = given
        self._images = images
        self._data = data
        self._registry = registry
        self._gpus = {host.name: host.gpus for host in placement.snapshot.hosts}
        self._engines = {host.name: host.engine for host in placement.snapshot.hosts}
        self._secrets = ObjectNames()
        self._eligible_nodes: dict[object, tuple[str, ...]] = {}
        self._around = lru_cache(maxsize=None)(self._gpu_nodes)

    def plan(self, job: JobSpec, images: tuple[str, ...], data: tuple[str, ...]) -> JobPlan:
        """The job with the ids of its images and places."""
        secret, variables = self._variables(job)
        translations = self._translations(job, images, data)
        held = tuple(
            f"{image.label} is held back, for what may be a secret in it"
            for image in map(self._images.__getitem__, images)
            if image.action == "hold"
        )
        commands = tuple(_command(target, made, held) for target, made in translations.items())
        lost = dict.fromkeys(text for command in commands for text in command.lost)
        return JobPlan(
            id=job.id,
            label=job.label,
            kind=job.kind,
            owner=job.owner,
            host=job.host,
            namespace=job.namespace,
            replicas=job.replicas,
            gpus=gpus_of(job, self._placement),
            standing=standing_of(job, job.run) if job.run is not None else "",
            images=images,
            data=data,
            commands=commands,
            changes=() if job.run is not None else tuple(self._changes(images, data)),
            lost=tuple(lost),
            today=self._today(job),
            command=self._command_today(job),
            place=f"{job.place.file}:{job.place.line}" if job.place is not None else "",
            flags=job_flags(
                [
                    translation
                    for translation in translations.values()
                    if isinstance(translation, Translation)
                ]
            ),
            variables=variables,
            variables_secret=secret,
        )

    def _translations(
        self, job: JobSpec, images: tuple[str, ...], data: tuple[str, ...]
    ) -> dict[Target, Translation | InputError]:
        """By target; an error where the job cannot be written for it."""
        if job.run is None or self._given is None:
            return {}
        translated = self._as_planned(job, job.run, images, data)
        situation = self._situation(self._given, job, images, data)
        made: dict[Target, Translation | InputError] = {}
        for target in TARGETS:
            try:
                made[target] = write(translated, msgspec.structs.replace(situation, target=target))
            except InputError as error:
                made[target] = error
        return made

    def _as_planned(
        self, job: JobSpec, run: Run, images: tuple[str, ...], data: tuple[str, ...]
    ) -> JobSpec:
        """The job with the name its image gets, and with anonymous volumes that are copied as such
        with a name: what is in them is kept."""
        plan = self._images.get(images[0]) if images else None
        settled = plan is not None and self._is_settled(plan)
        copied = {
            path for key in data if self._data[key].claim for path in _sources(self._data[key])
        }
        mounts = tuple(
            msgspec.structs.replace(mount, kind="named-volume")
            if mount.kind == "anonymous-volume" and mount.source.text in copied
            else mount
            for mount in run.mounts
        )
        image = word(plan.target) if plan is not None and settled else run.image
        secret, variables = self._variables(job)
        environment = tuple(
            msgspec.structs.replace(variable, reference=f"secret:{secret}/{variable.name}")
            if variable.name in variables
            else variable
            for variable in run.environment
        )
        planned = msgspec.structs.replace(run, image=image, mounts=mounts, environment=environment)
        return msgspec.structs.replace(job, run=planned)

    def _variables(self, job: JobSpec) -> tuple[str, tuple[str, ...]]:
        """The Secret that will hold the variables of a container, and their names: a snapshot has
        no values, so they go from the container to the cluster without being written down."""
        if job.run is None or job.reader != "container":
            return "", ()
        names = tuple(v.name for v in job.run.environment if _SECRET_KEY.fullmatch(v.name))
        return (self._secrets.name(f"{job.label}-variables", job.id), names) if names else ("", ())

    def _is_settled(self, image: ImagePlan) -> bool:
        """Whether its name in a registry is known: not before somebody names the registry."""
        pushed = image.action != "use"
        return (
            image.action in _SETTLED and bool(image.target) and bool(self._registry or not pushed)
        )

    def _situation(
        self, given: Situation, job: JobSpec, images: tuple[str, ...], data: tuple[str, ...]
    ) -> Situation:
        resource, tolerations = self._around(self._eligible(job))
        return msgspec.structs.replace(
            given,
            registry=self._registry,
            claims=tuple(self._claims(data)),
            exports=tuple(self._exports(data)),
            outcomes=self._outcomes(job, images, data),
            host_gpus=self._gpus.get(job.host),
            gpu_resource=resource,
            tolerations=tolerations,
            lines=True,
            data_follows=True,
        )

    def _claims(self, data: tuple[str, ...]) -> Iterable[ClaimMapping]:
        """A claim holds the whole of the outermost place that is copied."""
        for key in data:
            plan = self._data[key]
            outer = self._data[plan.inside] if plan.inside else plan
            if outer.claim is None:
                continue
            for path in _sources(outer):
                yield ClaimMapping(claim=outer.claim.name, path=path)

    def _exports(self, data: tuple[str, ...]) -> Iterable[NfsExport]:
        for key in data:
            plan = self._data[key]
            if plan.nfs is not None and plan.action == "use":
                for path in _sources(plan):
                    yield NfsExport(server=plan.nfs.server, export=plan.nfs.export, path=path)

    def _outcomes(
        self, job: JobSpec, images: tuple[str, ...], data: tuple[str, ...]
    ) -> dict[str, Outcome]:
        """Section by section: an image under its target name is in a registry by then."""
        outcomes: dict[str, Outcome] = {}
        image = self._images.get(images[0]) if images else None
        if image is not None:
            outcomes["image"] = "ok" if self._is_settled(image) else image.outcome
        by_subject = {
            subject: self._data[key] for key in data for subject in self._data[key].subjects
        }
        for mount in job.mounts:
            plan = by_subject.get(f"data:path:{mount.source}")
            plan = plan or by_subject.get(f"data:volume:{job.host}/{mount.source}")
            if plan is not None:
                outcomes[f"data:{mount.source}"] = "ok" if plan.action == "use" else plan.outcome
        return outcomes

    def _eligible(self, job: JobSpec) -> tuple[str, ...]:
        """Containers that ask for the same can run on the same nodes."""
        if not job.accelerators:
            return ()
        amounts = (*sorted(job.resources.items()), *sorted(job.open_resources.items()))
        key = (job.accelerators, amounts, job.architectures)
        if key not in self._eligible_nodes:
            eligibility = self._placement.eligible(job)
            self._eligible_nodes[key] = eligibility.nodes if eligibility is not None else ()
        return self._eligible_nodes[key]

    def _gpu_nodes(self, nodes: tuple[str, ...]) -> tuple[str, tuple[Toleration, ...]]:
        """The one resource that all of them have, and what passes all of their taints."""
        index = self._placement.index
        if index is None:
            return _DEFAULT_RESOURCE, ()
        accelerators = self._placement.accelerators
        resources = {
            accelerator.resource
            for name in nodes
            for accelerator in accelerators[name].accelerators
        }
        taints = {
            (taint.key, taint.value, taint.effect)
            for name in nodes
            for taint in lasting_taints(index.nodes[name])
        }
        tolerations = tuple(
            Toleration(key=key, operator="Equal" if value else "Exists", value=value, effect=effect)
            for key, value, effect in sorted(taints)
        )
        return (resources.pop() if len(resources) == 1 else _DEFAULT_RESOURCE), tolerations

    def _changes(self, images: tuple[str, ...], data: tuple[str, ...]) -> Iterable[str]:
        """What has to be edited in a job that is in the cluster already."""
        for key in images:
            image = self._images[key]
            if image.action in ("push", "push-from-node"):
                yield f"image {image.label} becomes {image.target}"
        for key in data:
            place = self._data[key]
            if place.action == "copy" and place.claim is not None:
                claim = f"claim {place.claim.name}"
                below = f", folder {place.claim.sub_path}" if place.claim.sub_path else ""
                yield f"{place.label} becomes the {claim}{below}, at {place.mount_path}"
            elif place.action == "use" and place.nfs is not None and place.kind == "hostPath":
                yield f"{place.label} becomes the NFS export {place.nfs.server}:{place.nfs.export}"

    def _command_today(self, job: JobSpec) -> str:
        """From the flags, whose values have no secrets, and not from the text of a file."""
        if job.reader not in _STARTED_BY_DOCKER:
            return ""
        return start_command(job.items, self._engines.get(job.host, "docker"))

    def _today(self, job: JobSpec) -> str:
        if job.place is not None:
            return ""
        if not job.host:
            return f"kubectl -n {shlex.quote(job.namespace)} get {shlex.quote(job.kind.lower())}"
        name = job.id.removeprefix(f"container:{job.host}/")
        return f"{self._engines.get(job.host, 'docker')} start {shlex.quote(name)}"


def gpus_of(job: JobSpec, placement: Placement) -> int | None:
    """How many accelerators one pod asks for; None when some number is not known."""
    counts = [need.count for need in accelerator_needs(job, placement)]
    known = [count for count in counts if count is not None]
    return None if len(known) < len(counts) else sum(known)


def _sources(plan: DataPlan) -> tuple[str, ...]:
    """What a job calls the place today: its paths, or the volume's name."""
    paths = [source.path for source in plan.sources if source.path]
    names = [
        subject.partition("/")[2] for subject in plan.subjects if subject.startswith("data:volume:")
    ]
    return tuple(dict.fromkeys((*paths, *names)))


def _command(
    target: Target, translation: Translation | InputError, held: tuple[str, ...]
) -> JobCommand:
    """`held` says of each of the job's images that is not pushed yet why."""
    if isinstance(translation, InputError):
        return JobCommand(target=target, text="", missing=(*held, translation.what))
    lost = [entry for entry in translation.ledger if entry.fate == "no-equivalent"]
    return JobCommand(
        target=target,
        text=translation.text,
        before=translation.before,
        missing=(*held, *translation.missing),
        documents=translation.documents,
        lost=tuple(_loss(entry) for entry in lost),
    )


def _loss(entry: Entry) -> str:
    value = f" {entry.item.value}" if entry.item.value else ""
    return f"{entry.item.written}{value}: {entry.reason}"


def start_command(items: Iterable[Item], engine: str) -> str:
    """The `docker run` that makes such a container, a flag a line; empty when nothing is known."""
    given = tuple(items)
    flags = [_flag(item) for item in given if item.name.startswith("-")]
    words = [shlex.quote(item.value) for item in given if item.name == "IMAGE"]
    words += [_arguments(item) for item in given if item.name == "COMMAND"]
    return _JOIN.join((f"{engine} run", *flags, " ".join(words))) if given else ""


def job_flags(translations: Sequence[Translation]) -> tuple[JobFlag, ...]:
    """Every flag with its fates, in the order of the source; what no flag asked for is left out."""
    entries: dict[tuple[str, str], dict[Target, Entry]] = {}
    for translation in translations:
        for entry in translation.ledger:
            key = (entry.item.written or entry.item.name, entry.item.value)
            entries.setdefault(key, {}).setdefault(translation.target, entry)
    return tuple(
        JobFlag(
            written=written,
            value=value,
            became=tuple(
                FlagFate(target=target, fate=entry.fate, reason=entry.reason, output=entry.output)
                for target, entry in fates.items()
            ),
        )
        for (written, value), fates in entries.items()
    )


def _arguments(item: Item) -> str:
    """Words of a shell stand as they were written; those of a container are one word each."""
    return item.value if item.words else shlex.quote(item.value)


def _flag(item: Item) -> str:
    written = item.written or item.name
    return f"{written} {shlex.quote(item.value)}" if item.value else written
