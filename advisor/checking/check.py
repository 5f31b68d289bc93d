"""Jobs, a snapshot, settings and rules in, a check report out: no clock, no host, no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from advisor.checking.job_examiner import JobContext, JobTarget, Wishes
from advisor.checking.job_judge import JobJudge
from advisor.checking.view_examiner import ViewExaminer
from advisor.checking.whole_objects import whole_objects
from advisor.configuration.settings import Settings
from advisor.errors import AdvisorError
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import unread
from advisor.findings.finding import Finding
from advisor.jobs.inline_ignore import InlineIgnore, InlineSuppressions
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.judging.assessment import RuleSummary
from advisor.judging.check_report import NO_CLUSTER, CheckReport, JobCheck, Problem
from advisor.judging.common import (
    cluster_basis,
    for_release,
    load_catalogs,
    load_releases,
    missing_nodes,
    named_release,
    storage_services,
)
from advisor.judging.coverage import every_gap, folded
from advisor.judging.summaries import assumption_words, rule_summaries, target_words
from advisor.placement.eligibility import may_serve, need_words
from advisor.placement.placement import Placement
from advisor.placement.storage_evidence import StorageService
from advisor.rulebook.case import counted, without_texts
from advisor.rulebook.engine import Judging, evaluate
from advisor.rulebook.loaded import Rulebook, View
from advisor.views.cluster_view import cluster_view
from advisor.views.job_view import release_forms
from advisor.views.machine_views import node_views
from advisor.views.storageclass_view import storageclass_views


def check(
    jobs: Sequence[JobSpec],
    snapshot: Snapshot,
    *,
    settings: Settings,
    rulebook: Rulebook,
    wishes: Wishes | None = None,
    problems: Iterable[AdvisorError] = (),
    ignores: Mapping[str, tuple[InlineIgnore, ...]] | None = None,
) -> CheckReport:
    """Judge each job on its own against the cluster of the snapshot.

    `ignores` are the comments of each file that suppress findings; `problems` are inputs that could
    not be read, passed on into the report.
    """
    session = CheckSession(snapshot, settings, rulebook, wishes or Wishes())
    report = session.check(jobs, problems=problems, ignores=ignores or {})
    return replace(report, not_assessed=folded(report.not_assessed))


class CheckSession:
    """Checks one lot of jobs after another; what is known of the cluster, and of jobs that are
    alike, serves them all."""

    def __init__(
        self, snapshot: Snapshot, settings: Settings, rulebook: Rulebook, wishes: Wishes
    ) -> None:
        self._settings = settings
        self._rulebook = rulebook
        self._around = rulebook.of_areas(("GPU", "STO"))
        self._placement = Placement(snapshot, settings, load_catalogs(), jobs_of_snapshot=False)
        self._services = storage_services(self._placement)
        self._gap = missing_nodes(snapshot) if self._placement.index is None else ()
        self._ask(wishes)

    def _ask(self, wishes: Wishes) -> None:
        release = named_release(self._placement, self._settings)
        wishes = replace(wishes, given=for_release(wishes.given, release))
        self._wishes = wishes
        self._target = JobTarget(self._placement, wishes, self._settings)
        forms = release_forms(release, load_releases())
        self._context = JobContext(self._placement, self._gap, forms, wishes.given)
        self._views, self._counted = ViewExaminer(self._rulebook), ViewExaminer(self._rulebook)

    def asked_by(self, wishes: Wishes, registry: str = "") -> CheckSession:
        """A session for what somebody else asks, who may name another registry. What is known of
        the cluster serves both, and nothing of their jobs is kept."""
        other = copy(self)
        other._settings = replace(self._settings, registry=registry or self._settings.registry)
        other._ask(wishes)
        return other

    def check(
        self,
        jobs: Sequence[JobSpec],
        *,
        problems: Iterable[AdvisorError] = (),
        ignores: Mapping[str, tuple[InlineIgnore, ...]],
    ) -> CheckReport:
        """The report of these jobs alone; what was not assessed is every gap by itself, for there
        may be more parts of the same check."""
        cluster = self._cluster(jobs)
        ignore = self._settings.ignore
        judging = Judging(self._rulebook, cluster.facts, ignore)
        inline = InlineSuppressions(ignores)
        judge = self._judge(self._views, judging, inline)
        alone = with_gangs(jobs, tuple(judge.check(job) for job in jobs), self._placement)
        checks = whole_objects(jobs, judge.outcomes, alone, self._target)
        report = self._report(checks, problems, cluster)
        return replace(
            report,
            not_assessed=every_gap((*judging.findings, *report.surroundings), judging.decisions),
            rules=_rules(self._rulebook, judging, report.surroundings),
            unmatched_ignores=(*inline.unmatched(), *judge.unmatched, *self._unmatched(judging)),
        )

    def glance(
        self,
        jobs: Sequence[JobSpec],
        *,
        problems: Iterable[AdvisorError] = (),
        ignores: Mapping[str, tuple[InlineIgnore, ...]],
    ) -> CheckReport:
        """A brief report of many jobs that get no more than a line each: verdicts, and findings
        without their texts; no summaries of rules, nothing of what was not assessed."""
        if ignores or self._settings.ignore or any(job.ignores for job in jobs):
            return _brief(self.check(jobs, problems=problems, ignores=ignores))
        cluster = self._cluster(jobs)
        judging = Judging(self._rulebook, cluster.facts, (), counted)
        judge = self._judge(self._counted, judging, InlineSuppressions({}))
        checks = with_gangs(jobs, tuple(judge.glance(job) for job in jobs), self._placement)
        report = self._report(checks, problems, cluster)
        return replace(report, jobs=tuple(replace(job, decisions=()) for job in report.jobs))

    def _judge(self, views: ViewExaminer, judging: Judging, inline: InlineSuppressions) -> JobJudge:
        return JobJudge(self._context, views, judging, self._target, self._wishes.targets, inline)

    def _cluster(self, jobs: Sequence[JobSpec]) -> View:
        self._placement.jobs = tuple(jobs)
        facts = cluster_basis(self._placement, self._settings, self._services)
        return cluster_view(facts, self._placement.snapshot.sources)

    def _report(
        self, checks: tuple[JobCheck, ...], problems: Iterable[AdvisorError], cluster: View
    ) -> CheckReport:
        placement, settings, snapshot = self._placement, self._settings, self._placement.snapshot
        return CheckReport(
            advisor=snapshot.advisor,
            taken=snapshot.taken,
            target=_target(snapshot),
            assumed=assumption_words(settings),
            state="incomplete" if unread(snapshot.sources) else "complete",
            jobs=checks,
            surroundings=_surroundings(
                placement, settings, self._around, cluster, checks, self._services
            ),
            problems=tuple(
                Problem(what=error.what, where=error.where, remedy=error.remedy)
                for error in problems
            ),
            sources=snapshot.sources,
        )

    def _unmatched(self, judging: Judging) -> Iterator[str]:
        """The configuration's suppressions that met nothing, in words."""
        met_nothing = set(judging.suppressions.unmatched())
        for entry in self._settings.ignore:
            if entry in met_nothing:
                yield f"{entry.rule} on {entry.subject}: {entry.reason}"


def _brief(report: CheckReport) -> CheckReport:
    jobs = tuple(
        replace(
            job,
            findings=tuple(without_texts(f) for f in job.findings if f.status != "unknown"),
            decisions=(),
            translations=(),
            lines={},
        )
        for job in report.jobs
    )
    return replace(report, jobs=jobs, not_assessed=(), rules={})


def _rules(
    rulebook: Rulebook, judging: Judging, around: Iterable[Finding]
) -> dict[str, RuleSummary]:
    """The summaries of the rules that were applied to at least one subject."""
    used = {finding.rule for finding in (*judging.findings, *around)} | judging.passed.keys()
    used |= {decision.rule for decision in judging.decisions}
    applied = {rule: rulebook[rule] for rule in used if rule in rulebook}
    return rule_summaries(applied, judging.passed)


def _target(snapshot: Snapshot) -> str:
    return target_words(snapshot) if snapshot.cluster or snapshot.hosts else NO_CLUSTER


def _surroundings(
    placement: Placement,
    settings: Settings,
    rulebook: Rulebook,
    cluster: View,
    checks: Sequence[JobCheck],
    services: dict[str, StorageService] | None,
) -> tuple[Finding, ...]:
    """GPU rules where a job asks for GPUs, on the nodes it can land on; STO rules where one mounts
    a claim or has data to move. Nothing where no cluster was read."""
    areas = tuple(_areas(placement.jobs, checks))
    if placement.snapshot.cluster is None or not areas:
        return ()
    views: list[View] = [cluster]
    if "GPU" in areas:
        views += _nodes(placement)
    if services is not None:
        wanted = set(_classes(placement))
        classes = [
            storage for storage in placement.cluster.storage_classes or () if storage.name in wanted
        ]
        views += storageclass_views(
            classes, services, placement.cluster.claims, sources=placement.snapshot.sources
        )
    findings = evaluate(rulebook, views, cluster.facts, ignore=settings.ignore).findings
    return tuple(finding for finding in findings if finding.rule.startswith(areas))


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


def _nodes(placement: Placement) -> Iterator[View]:
    names: set[str] = set()
    for job in placement.jobs:
        eligible = placement.eligible(job) if job.accelerators else None
        if eligible is not None:
            names.update(eligible.nodes, eligible.maybe)
    yield from node_views(
        [node for node in placement.nodes if node.name in names],
        placement.accelerators,
        jobs=placement.admitted_jobs,
        sources=placement.snapshot.sources,
        machines=placement.machines,
    )


def _classes(placement: Placement) -> Iterator[Any]:
    """The classes of the claims that jobs mount."""
    for job in placement.jobs:
        for entry in placement.data.of_job(job) if job.mounts else ():
            if entry.claim is not None:
                yield entry.claim.storage_class


_TOGETHER = frozenset(
    {
        *("PyTorchJob", "MPIJob", "TFJob", "XGBoostJob", "JAXJob", "PaddleJob", "TrainJob"),
        *("JobSet", "LeaderWorkerSet", "RayJob", "RayCluster", "DistributedWorkload"),
    }
)
_WITH_LEADER = frozenset({"pytorch", "tensorflow", "xgboost"})


def with_gangs(
    jobs: Sequence[JobSpec], checks: tuple[JobCheck, ...], placement: Placement
) -> tuple[JobCheck, ...]:
    """The checks; where the pods of one distributed job do not fit at once it cannot run."""
    made: list[JobCheck] = []
    pairs = list(zip(jobs, checks, strict=True))
    for _, of_object in groupby(pairs, key=lambda pair: _object(pair[0])):
        group = list(of_object)
        lacking = _lacking([job for job, _ in group], placement)
        for _, check in group:
            tell = lacking and check.verdict != "cannot run"
            made.append(replace(check, verdict="cannot run", why=lacking) if tell else check)
    return tuple(made)


def _object(job: JobSpec) -> str:
    """The id of the object that a job is a role of; that of the job where it has no role."""
    return job.id.removesuffix(f"/{job.role}") if job.role else job.id


def _pods(job: JobSpec) -> int:
    run = job.run
    if job.kind in _TOGETHER and job.reader == "manifest":
        return job.replicas
    if run is None or not run.distributed:
        return 0
    alone = any(name == "no-master" and value.literal != "false" for name, value in run.options)
    leads = run.distributed in _WITH_LEADER and not alone
    known = run.workers if isinstance(run.workers, int) else 0
    return known + (1 if leads else 0)


def _lacking(jobs: Sequence[JobSpec], placement: Placement) -> str:
    """What there is too little of, in words; empty where all fit, or where that is not known."""
    asked: dict[tuple[str, str], list[tuple[int, AcceleratorNeed]]] = {}
    offered: dict[tuple[str, str], dict[str, int | None]] = {}
    for job in jobs:
        pods = _pods(job)
        for need in job.accelerators if pods else ():
            if need.part:
                continue
            key = (need.resource, need.vendor)
            asked.setdefault(key, []).append((pods, need))
            offered.setdefault(key, {}).update(_amounts(job, need, placement))
    for key, wants in asked.items():
        amounts = list(offered[key].values())
        known = [amount for amount in amounts if amount is not None]
        if amounts and len(known) == len(amounts) and (shortage := _shortage(wants, known)):
            return f"Its pods start together or not at all: {shortage}."
    return ""


def _shortage(wants: list[tuple[int, AcceleratorNeed]], amounts: list[int]) -> str:
    """Pods that need as much as one of them does, or more, cannot be more than the nodes have room
    for; nor can all together take more than there is."""
    for _, need in wants:
        size = need.count or 1
        pods = sum(number for number, other in wants if (other.count or 1) >= size)
        room = sum(amount // size for amount in amounts)
        if pods > max(room, 1):
            words = need_words(need)
            words += " or more" if any((other.count or 1) > size for _, other in wants) else ""
            return f"{pods} pods with {words} each, and there is room for {room} at once"
    taken = sum(number * (need.count or 1) for number, need in wants)
    if sum(number for number, _ in wants) > 1 and taken > sum(amounts):
        return f"they take {taken} accelerators at once, and there are {sum(amounts)}"
    return ""


def _amounts(
    job: JobSpec, need: AcceleratorNeed, placement: Placement
) -> Iterator[tuple[str, int | None]]:
    """The devices that the need could be met with, by node; None where nobody stated them."""
    eligible = placement.eligible(job)
    if eligible is None or placement.index is None:
        return
    for name in (*eligible.nodes, *eligible.maybe):
        fits = [
            accelerator
            for accelerator in placement.accelerators[name].accelerators
            if may_serve(accelerator, need)
        ]
        named = [fit.capacity for fit in fits if need.resource in ("", fit.resource)]
        open_ = name in placement.index.open_devices or not named or None in named
        yield name, None if open_ else max(map(int, filter(None, named)), default=0)
