"""The plan as steps that a person ticks off, wave by wave."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator

from advisor.facts.record import Record
from advisor.judging.assessment import Assessment
from advisor.output.wording import holds, plural, size, some
from advisor.planning.plan import (
    PLACEHOLDER_REGISTRY,
    CommitStep,
    DataPlan,
    ImagePlan,
    JobPlan,
    Plan,
    Question,
    Wave,
)

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


class Step(Record, frozen=True, kw_only=True):
    """One thing to do. `id` is the same in every report of the same plan; `title` and `notes` are
    prose; `job` is the id of the job whose commands belong to it."""

    id: str
    topic: str
    title: str
    notes: tuple[str, ...] = ()
    command: str = ""
    owner: str = ""
    host: str = ""
    job: str = ""


class WaveView(Record, frozen=True, kw_only=True):
    """A wave with its steps in order; `time` is a rough one, empty where nothing is sent."""

    wave: Wave
    jobs: tuple[JobPlan, ...]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    time: str


class PlanView(Record, frozen=True, kw_only=True):
    """`first` are steps before any wave. `named` is false while no registry was given."""

    plan: Plan
    named: bool
    first: tuple[Step, ...]
    waves: tuple[WaveView, ...]
    total: int


def arrange_plan(audit: Assessment) -> PlanView | None:
    """None where the assessment has no plan or there is nothing in it."""
    plan = audit.plan
    if plan is None or not (plan.images or plan.data or plan.jobs):
        return None
    maker = _Steps(plan, {host.name: host.engine for host in audit.hosts})
    first = tuple(maker.before())
    waves = tuple(maker.wave(wave) for wave in plan.waves)
    return PlanView(
        plan=plan,
        named=plan.registry != PLACEHOLDER_REGISTRY,
        first=first,
        waves=waves,
        total=len(first) + sum(len(wave.steps) for wave in waves),
    )


def duration(seconds: int) -> str:
    """The time in its largest unit, rounded up: `3 hours`; empty for none."""
    for unit, length in _UNITS:
        if seconds > length or unit == "second":
            return plural(-(-seconds // length), unit) if seconds else ""
    return ""


def amount_to_send(image: ImagePlan) -> str:
    """`at most 11 GiB`, or that it is not known."""
    if image.push_bytes is None:
        return "size not known"
    return f"{'at most ' if image.at_most else ''}{size(image.push_bytes)}"


def goal(place: DataPlan) -> str:
    """Where a place of data will be, in words; empty where nothing changes."""
    if place.action == "copy" and place.claim is not None:
        below = f", folder {place.claim.sub_path}" if place.claim.sub_path else ""
        kind = place.claim.storage_class or "class to choose"
        return f"claim {place.claim.name} ({kind}){below}"
    if place.action == "use" and place.nfs is not None:
        return f"NFS {place.nfs.server}:{place.nfs.export}"
    return ""


class _Steps:
    """Makes steps of the records; each thing is a step of the first wave that needs it."""

    def __init__(self, plan: Plan, engines: dict[str, str]) -> None:
        self._plan = plan
        self._engines = engines
        self._images = {image.id: image for image in plan.images}
        self._data = {place.id: place for place in plan.data}
        self._jobs = {job.id: job for job in plan.jobs}
        self._questions = {question.id: question for question in plan.questions}
        self._commits = {f"container:{one.host}/{one.container}": one for one in plan.commits}

    def before(self) -> Iterator[Step]:
        """What the whole plan waits for."""
        secret = self._plan.pull_secret
        moving = any(image.action.startswith("push") for image in self._plan.images)
        if moving and self._plan.registry == PLACEHOLDER_REGISTRY:
            yield _step(
                "registry",
                "",
                title="Choose the registry that the images go to",
                notes=(
                    "Until then `REGISTRY` stands in its place. Give it with"
                    " `--registry HOST/PATH`, and the plan names every target.",
                ),
            )
        if moving and secret.needed != "no":
            lacking = secret.namespaces or ()
            yield _step(
                "secret",
                secret.name,
                title="Let the namespaces pull from the registry",
                notes=(
                    secret.reason,
                    f"Namespaces without a pull secret: {some(lacking, 6)}." if lacking else "",
                ),
                command=secret.command,
            )

    def wave(self, wave: Wave) -> WaveView:
        """The wave's steps in the order in which they are done."""
        jobs = tuple(self._jobs[key] for key in wave.jobs if key in self._jobs)
        commits = (self._commits[key] for key in wave.jobs if key in self._commits)
        steps = (
            *(self._commit(commit) for commit in commits),
            *(self._image(self._images[key]) for key in wave.images),
            *(self._place(self._data[key]) for key in wave.data),
            *(self._job(job) for job in jobs),
        )
        return WaveView(
            wave=wave,
            jobs=jobs,
            steps=steps,
            questions=tuple(
                self._questions[key] for key in wave.questions if key in self._questions
            ),
            time=duration(wave.seconds),
        )

    def _commit(self, commit: CommitStep) -> Step:
        changes = f"{plural(commit.changes, 'change')}, " if commit.changes is not None else ""
        engine = self._engine(commit.host)
        quoted = shlex.quote(commit.container)
        target = shlex.quote(commit.target)
        return _step(
            "commit",
            commit.id or commit.container,
            title=f"Keep what was changed inside of `{commit.container}`, if it is worth it",
            notes=(
                f"{changes}{size(commit.size)} in its writable layer only: ask"
                f" {commit.owner or 'whoever uses it'}.",
                f"Some of it: {some(commit.paths, 4)}." if commit.paths else "",
            ),
            command=f"{engine} diff {quoted}\n{engine} commit {quoted} {target}\n"
            f"{engine} push {target}",
            owner=commit.owner,
            host=commit.host,
        )

    def _image(self, image: ImagePlan) -> Step:
        if image.by_hand:
            command = image.by_hand
        else:
            engine, source = self._engine(image.source_host), _source_name(image)
            tag = f"{engine} tag {shlex.quote(source)} {shlex.quote(image.target)}\n"
            command = (
                f"{tag if source != image.target else ''}{engine} push {shlex.quote(image.target)}"
            )
        return _step(
            "image",
            image.id,
            title=f"Push `{image.label}` as `{image.target}`",
            notes=(
                f"From {image.source_host or 'a node'}, {amount_to_send(image)}.",
                f"The name: {image.renamed}." if image.renamed else "",
            ),
            command=command,
            owner=", ".join(image.owners),
            host=image.source_host,
        )

    def _place(self, place: DataPlan) -> Step:
        reading = " Every job only reads it." if place.read_only else ""
        amount = holds(place) or size(None)
        return _step(
            "data",
            place.id,
            title=f"Copy `{place.label}` to {goal(place) or 'network storage'}",
            notes=(
                f"Size: {amount}. For everyone at `{place.mount_path}`.{reading}",
                f"Not all of it was counted: {place.unmeasured}." if place.unmeasured else "",
                f"Why this class: {place.claim.evidence}."
                if place.claim is not None and place.claim.evidence
                else "",
            ),
            owner=", ".join(place.owners),
            host=place.source_host,
        )

    def _job(self, job: JobPlan) -> Step:
        asks = {None: "an unknown number of GPUs", 0: "no GPU"}.get(job.gpus)
        return _step(
            "job",
            job.id,
            title=f"Start `{job.label}` on the cluster, and compare its result",
            notes=(
                f"It asks for {asks or plural(job.gpus or 0, 'GPU')}.",
                *(f"{change}." for change in job.changes),
            ),
            owner=job.owner,
            host=job.host,
            job=job.id,
        )

    def _engine(self, host: str) -> str:
        return self._engines.get(host) or "docker"


def _source_name(image: ImagePlan) -> str:
    """What its host calls it: the same name may stand for other content elsewhere."""
    names: Iterable[str] = (
        name
        for holder in image.holders
        if image.source_host in holder.machines and not holder.node
        for name in holder.names
    )
    return next(iter(names), "") or image.content or image.label


def _step(
    topic: str,
    key: str,
    *,
    title: str,
    notes: Iterable[str] = (),
    command: str = "",
    owner: str = "",
    host: str = "",
    job: str = "",
) -> Step:
    return Step(
        id=f"{topic}-{short_hash(key)}",
        topic=topic,
        title=title,
        notes=tuple(note for note in notes if note),
        command=command,
        owner=owner,
        host=host,
        job=job,
    )


def question_key(question: Question) -> str:
    """The same for the same question in every report, whatever its number is."""
    return short_hash("\n".join((question.owner, question.text, *question.about)))


def short_hash(text: str) -> str:
    """Ten letters that stand for a text of any kind in an attribute."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
