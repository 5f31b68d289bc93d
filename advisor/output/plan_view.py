"""The plan as steps that a person ticks off, wave by wave."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from advisor.facts.quantity import plural, some
from advisor.facts.record import Record
from advisor.judging.assessment import Assessment
from advisor.output.data_steps import FOLDER, Command, DataSteps, Step, make_step, short_hash
from advisor.output.wording import size
from advisor.planning.names import node_scripts
from advisor.planning.plan import (
    PLACEHOLDER_REGISTRY,
    CommitStep,
    ImagePlan,
    JobPlan,
    Plan,
    Question,
    Wave,
)

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


class Work(Record, frozen=True, kw_only=True):
    """What is sent and about how long that takes, in words, empty for none; of `unknown` things the
    size is not known, so that both are at least that."""

    unknown: int = 0
    amount: str = ""
    time: str = ""

    @property
    def text(self) -> str:
        """`13.0 GiB, about 2 minutes`"""
        return ", ".join(part for part in (self.amount, self.time) if part)


class WaveView(Record, frozen=True, kw_only=True):
    """A wave with its steps in order, and what it sends."""

    wave: Wave
    jobs: tuple[JobPlan, ...]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    work: Work


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
    if plan is None or not (plan.preparations or plan.images or plan.data or plan.jobs):
        return None
    maker = _PlanSteps(plan, {host.name: host.engine for host in audit.hosts})
    first = tuple(maker.before())
    jobs = {job.id: job for job in plan.jobs}
    questions = {question.id: question for question in plan.questions}
    waves = tuple(
        WaveView(
            wave=wave,
            jobs=tuple(jobs[key] for key in wave.jobs if key in jobs),
            steps=tuple(maker.wave(wave)),
            questions=tuple(questions[key] for key in wave.questions if key in questions),
            work=work_of_wave(wave),
        )
        for wave in plan.waves
    )
    return PlanView(
        plan=plan,
        named=plan.registry != PLACEHOLDER_REGISTRY,
        first=first,
        waves=waves,
        total=len(first) + sum(len(wave.steps) for wave in waves),
    )


def work_of(plan: PlanView | None) -> Work:
    """The work of all waves together."""
    return _work_of([wave.wave for wave in plan.waves] if plan is not None else [])


def work_of_wave(wave: Wave) -> Work:
    """The work of one wave."""
    return _work_of([wave])


def _work_of(waves: Iterable[Wave]) -> Work:
    waves = tuple(waves)
    sent = sum(wave.bytes for wave in waves)
    unknown = sum(wave.unknown_sizes for wave in waves)
    time = duration(sum(wave.seconds for wave in waves))
    bound = "at least " if unknown else ""
    if not sent:
        return Work(unknown=unknown, amount="size not known" if unknown else "")
    return Work(
        unknown=unknown,
        amount=bound + size(sent),
        time=f"{bound}{time}" if bound else f"about {time}",
    )


def duration(seconds: int) -> str:
    """The time in its largest unit, rounded up: `3 hours`; empty for none."""
    for unit, length in _UNITS:
        if seconds > length or unit == "second":
            return plural(-(-seconds // length), unit) if seconds else ""
    return ""


def question_key(question: Question) -> str:
    """The same for the same question in every report, whatever its number is."""
    return short_hash("\n".join((question.owner, question.text, *question.about)))


class _PlanSteps:
    """Makes steps of the records; each thing is a step of the first wave that needs it."""

    def __init__(self, plan: Plan, engines: dict[str, str]) -> None:
        self._plan = plan
        self._engines = engines
        self._handed: set[str] = set()
        self._images = {image.id: image for image in plan.images}
        self._data = {place.id: place for place in plan.data}
        self._jobs = {job.id: job for job in plan.jobs}
        self._data_steps = DataSteps(plan, engines)
        self._node_scripts = {
            image.id: file for file, images in node_scripts(plan).items() for image in images
        }
        self._commits = {
            f"container:{commit.host}/{commit.container}": commit for commit in plan.commits
        }

    def before(self) -> Iterator[Step]:
        """The steps that the whole plan waits for."""
        for preparation in self._plan.preparations:
            yield make_step(
                "cluster",
                preparation.rule,
                title=preparation.title,
                notes=(preparation.reason, preparation.remedy),
            )
        secret = self._plan.pull_secret
        moving = any(image.action.startswith("push") for image in self._plan.images)
        if moving and self._plan.registry == PLACEHOLDER_REGISTRY:
            yield make_step(
                "registry",
                "",
                title="Choose the registry that the images go to",
                notes=(
                    "Until then `REGISTRY` stands in its place. Give it with"
                    " `--registry HOST/PATH`, and the plan names every target.",
                ),
            )
        if self._plan.gives_pull_secret:
            lacking = secret.namespaces or ()
            yield make_step(
                "secret",
                secret.name,
                title="Let the namespaces pull from the registry",
                notes=(
                    secret.reason,
                    f"Namespaces without a pull secret: {some(lacking, 6)}." if lacking else "",
                ),
                commands=[Command(text=secret.command)],
            )
        yield from self._data_steps.before()

    def wave(self, wave: Wave) -> Iterator[Step]:
        """The wave's steps in the order in which they are done."""
        jobs = [self._jobs[key] for key in wave.jobs if key in self._jobs]
        yield from (self._commit(self._commits[job.id]) for job in jobs if job.id in self._commits)
        yield from (self._image(self._images[key]) for key in wave.images)
        used = (self._images[key] for job in jobs for key in job.images if key in self._images)
        yield from self._handed_over(used)
        yield from (self._data_steps.copied(self._data[key]) for key in wave.data)
        yield from self._data_steps.used(job for job in jobs)
        yield from (self._job(job) for job in jobs)

    def _commit(self, commit: CommitStep) -> Step:
        changes = f"{plural(commit.changes, 'change')}, " if commit.changes is not None else ""
        engine = self._engine(commit.host)
        quoted = shlex.quote(commit.container)
        target = shlex.quote(commit.target)
        return make_step(
            "commit",
            commit.id or commit.container,
            title=f"Keep what was changed inside of `{commit.container}`, if it is worth it",
            notes=(
                f"{changes}{size(commit.size)} in its writable layer only: ask"
                f" {commit.owner or 'whoever uses it'}.",
                f"Some of it: {some(commit.paths, 4)}." if commit.paths else "",
            ),
            commands=[
                Command(
                    text=f"{engine} diff {quoted}\n{engine} commit {quoted} {target}\n"
                    f"{engine} push {target}"
                )
            ],
            owner=commit.owner,
            host=commit.host,
        )

    def _image(self, image: ImagePlan) -> Step:
        if image.action == "hold":
            return make_step(
                "image",
                image.id,
                title=f"Look for secrets in `{image.label}` before it is pushed anywhere",
                notes=(image.reason,),
                owner=", ".join(image.owners),
            )
        return make_step(
            "image",
            image.id,
            title=f"Push `{image.label}` as `{image.target}`",
            notes=(
                f"From {image.source_host or f'the node {image.source_node}'.rstrip()},"
                f" {_amount_to_send(image)}.",
                f"The name: {image.renamed}." if image.renamed else "",
            ),
            commands=self._image_commands(image),
            owner=", ".join(image.owners),
            host=image.source_host,
        )

    def _handed_over(self, used: Iterable[ImagePlan]) -> Iterator[Step]:
        """Images that stay on their node, but are not in the store of its container runtime."""
        for image in used:
            if not image.runtime or image.id in self._handed:
                continue
            self._handed.add(image.id)
            missing = image.in_runtime is False
            known = "It is not there" if missing else "Whether it is there is not known"
            yield make_step(
                "image",
                image.id,
                title=f"Give `{image.label}` to {image.runtime} on {image.source_host}",
                notes=(
                    f"{known}: {self._engine(image.source_host)} has a store of its own.",
                    "`18-runtime-*.sh` does it; `advisor plan SNAPSHOT -o plan/` writes it.",
                ),
                owner=", ".join(image.owners),
                host=image.source_host,
            )

    def _image_commands(self, image: ImagePlan) -> Iterator[Command]:
        script = self._node_scripts.get(image.id)
        if image.by_hand:
            yield Command(text=image.by_hand, label="By hand, on the node" if script else "")
        if script:
            where = shlex.quote(f"root@{image.source_node}")
            yield Command(
                text=f"{shlex.quote(f'{FOLDER}/{script}')} --ssh {where} --apply",
                label="Or by its script, which compares before and after",
            )
        if not image.by_hand:
            engine, source = self._engine(image.source_host), _source_name(image)
            tag = f"{engine} tag {shlex.quote(source)} {shlex.quote(image.target)}\n"
            push = f"{engine} push {shlex.quote(image.target)}"
            yield Command(text=f"{tag if source != image.target else ''}{push}")

    def _job(self, job: JobPlan) -> Step:
        asks = {None: "an unknown number of GPUs", 0: "no GPU"}.get(job.gpus)
        return make_step(
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


def _amount_to_send(image: ImagePlan) -> str:
    """`at most 11 GiB`, or that it is not known."""
    if image.push_bytes is None:
        return "size not known"
    return f"{'at most ' if image.at_most else ''}{size(image.push_bytes)}"
