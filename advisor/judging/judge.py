"""A snapshot, settings and rules in, an assessment out: no clock, no host, no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from sys import intern
from typing import Any

import msgspec

from advisor.configuration.settings import Settings
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import unread
from advisor.findings.finding import STRICTEST, Decision, Gap, Subject, Topic
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.judging.assessment import Assessment, Thing
from advisor.judging.common import (
    cluster_basis,
    cluster_readiness,
    for_release,
    load_catalogs,
    load_releases,
    missing_nodes,
    named_release,
    storage_services,
    surveyed,
)
from advisor.judging.coverage import not_assessed, unseen
from advisor.judging.summaries import (
    assumption_words,
    host_summaries,
    node_summaries,
    notes,
    preparations,
    readiness_table,
    rule_summaries,
    target_words,
)
from advisor.judging.verdicts import verdicts
from advisor.placement.placement import Placement
from advisor.planning.builder import make_plan
from advisor.planning.status import seen_in
from advisor.rulebook.engine import Judgement, evaluate
from advisor.rulebook.loaded import Rulebook, View
from advisor.views.cluster_view import cluster_view
from advisor.views.data_view import data_views
from advisor.views.image_view import image_views
from advisor.views.job_view import JobViews, release_forms
from advisor.views.machine_views import host_view, node_views
from advisor.views.readiness import Readiness
from advisor.views.storageclass_view import storageclass_views


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the rules are applied to, made one by one: only summaries of them are kept."""

    cluster: View
    images: Iterable[View]
    data: Iterable[View]
    others: Iterable[View]
    seen_images: list[_Summary] = []
    seen_data: list[_Summary] = []

    def once(self) -> Iterator[View]:
        """Every view, the cluster's first; a second time gives none."""
        return chain(
            (self.cluster,),
            self.others,
            _summarized(self.images, self.seen_images),
            _summarized(self.data, self.seen_data),
        )


def judge(
    snapshot: Snapshot,
    *,
    settings: Settings,
    rulebook: Rulebook,
    jobs: Sequence[JobSpec] = (),
    translate: bool = True,
) -> Assessment:
    """Apply every rule to everything the snapshot holds, and to `jobs` that were read from files.
    `translate` writes each job of the plan anew for every target.

    Raises InputError for an --exclude-nodes selector that does not parse, and for a Run:ai
    release that is not known.
    """
    placement = Placement(snapshot, settings, load_catalogs(), jobs=jobs)
    nodes_gap = missing_nodes(snapshot)
    readiness = cluster_readiness(placement, settings)
    views = _views(placement, settings, nodes_gap, jobs, readiness)
    judgement = evaluate(rulebook, views.once(), views.cluster.facts, ignore=settings.ignore)
    assessment = _assessment(placement, settings, rulebook, views, judgement, nodes_gap, translate)
    if readiness is None:
        return assessment
    table = readiness_table(readiness, surveyed(placement), load_releases(), rulebook)
    steps = preparations(table, judgement.findings)
    plan = assessment.plan
    if plan is not None and steps:
        plan = msgspec.structs.replace(plan, preparations=steps)
    return msgspec.structs.replace(assessment, readiness=table, plan=plan)


def _views(
    placement: Placement,
    settings: Settings,
    nodes_gap: tuple[Gap, ...],
    jobs: Sequence[JobSpec],
    readiness: Readiness | None,
) -> Views:
    sources = placement.snapshot.sources
    no_cluster = nodes_gap if placement.snapshot.cluster is None else ()
    services = storage_services(placement)
    others = chain(
        node_views(
            placement.nodes,
            placement.accelerators,
            jobs=placement.admitted_jobs,
            jobs_known=placement.cluster.workloads is not None,
            sources=sources,
            gap_cluster=no_cluster,
            machines=placement.machines,
        ),
        storageclass_views(
            placement.cluster.storage_classes or (),
            services or {},
            placement.cluster.claims,
            sources=sources,
            gap_cluster=no_cluster,
        ),
        _host_views(placement, no_cluster),
        _job_views(placement, settings, jobs, nodes_gap),
    )
    return Views(
        cluster=cluster_view(cluster_basis(placement, settings, services, readiness), sources),
        images=image_views(placement, nodes_gap),
        data=data_views(placement, nodes_gap),
        others=others,
    )


def _job_views(
    placement: Placement, settings: Settings, jobs: Sequence[JobSpec], nodes_gap: tuple[Gap, ...]
) -> Iterator[View]:
    """Jobs of files. What runs already is judged by its image and data alone."""
    release = named_release(placement, settings)
    forms = release_forms(release, load_releases())
    views = JobViews(placement, nodes_gap if placement.index is None else (), forms)
    for job in jobs:
        if job.run is not None:
            yield msgspec.structs.replace(views.view(job, views.facts(job)), place=job.place)


def _host_views(placement: Placement, no_cluster: tuple[Gap, ...]) -> Iterator[View]:
    for host in placement.snapshot.hosts:
        node = (
            placement.nodes_of_hosts.get(host.name)
            if placement.index is not None
            else msgspec.UNSET
        )
        yield host_view(host, node=node, sources=placement.snapshot.sources, gap_cluster=no_cluster)


def _assessment(
    placement: Placement,
    settings: Settings,
    rulebook: Rulebook,
    views: Views,
    judgement: Judgement,
    nodes_gap: tuple[Gap, ...],
    translate: bool,
) -> Assessment:
    snapshot = placement.snapshot
    decisions = _by_subject(judgement.decisions)
    images = _things("image", views.seen_images, decisions)
    data = _things("data", views.seen_data, decisions)
    return Assessment(
        advisor=snapshot.advisor,
        taken=snapshot.taken,
        target=target_words(snapshot),
        assumed=assumption_words(settings),
        state="incomplete" if unread(snapshot.sources) else "complete",
        verdicts=verdicts(
            placement.eligible(None),
            nodes_gap,
            {"image": images, "data": data},
            unread={topic: unseen(snapshot.sources, topic) for topic in ("image", "data")},
            assumed=bool(settings.assume),
        ),
        images=images,
        data=data,
        findings=judgement.findings,
        not_assessed=not_assessed(judgement.findings, judgement.decisions),
        nodes=node_summaries(placement),
        hosts=host_summaries(placement),
        sources=snapshot.sources,
        redactions=snapshot.redactions,
        rules=rule_summaries(rulebook, judgement.passed),
        unmatched_ignores=tuple(
            f"{ignore.rule} on {ignore.subject}: {ignore.reason}" for ignore in judgement.unmatched
        ),
        notes=tuple(notes(placement)),
        plan=make_plan(
            placement,
            decisions,
            judgement.findings,
            settings,
            for_release(Situation(target="kubernetes"), named_release(placement, settings)),
            translate=translate,
        ),
        seen=seen_in(snapshot),
    )


class _Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the report says of a thing besides its decisions; far smaller than its view."""

    subject: Subject
    kind: str
    machines: tuple[str, ...]
    users: tuple[str, ...]
    size: int | None
    at_least: int | None
    files: int | None


def _summarized(views: Iterable[View], summaries: list[_Summary]) -> Iterator[View]:
    """The views one by one, each remembered as a summary, so that none has to be kept."""
    for view in views:
        summaries.append(_summary(view))
        yield view


def _things(
    topic: Topic, summaries: Iterable[_Summary], decisions: Mapping[str, Sequence[Decision]]
) -> tuple[Thing, ...]:
    """The things that something was decided of, strictest first, then by name."""
    things = [
        _thing(topic, summary, decisions[summary.subject.id])
        for summary in summaries
        if summary.subject.id in decisions
    ]
    return tuple(
        sorted(
            things, key=lambda decision: (STRICTEST.index(decision.outcome), decision.subject.id)
        )
    )


def _by_subject(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """Decisions by subject id."""
    grouped: dict[str, list[Decision]] = {}
    for decision in decisions:
        grouped.setdefault(decision.subject.id, []).append(decision)
    return grouped


def _summary(view: View) -> _Summary:
    facts = view.facts
    return _Summary(
        subject=view.subject,
        kind=facts.get("kind", "image"),
        machines=_machines(facts),
        users=tuple(map(intern, facts.get("jobs", ()))),
        size=facts.get("size"),
        at_least=facts.get("at_least"),
        files=facts.get("files"),
    )


def _thing(topic: Topic, summary: _Summary, decisions: Sequence[Decision]) -> Thing:
    strictest = min(decisions, key=lambda decision: STRICTEST.index(decision.outcome))
    return Thing(
        subject=summary.subject,
        topic=topic,
        kind=summary.kind,
        outcome=strictest.outcome,
        rule=strictest.rule,
        location=strictest.location,
        message=strictest.message,
        remedy=strictest.remedy,
        machines=summary.machines,
        users=summary.users,
        owners=tuple(sorted({decision.owner for decision in decisions if decision.owner})),
        size=summary.size,
        at_least=summary.at_least,
        files=summary.files,
        decisions=tuple(decisions),
    )


def _machines(facts: Mapping[str, Any]) -> tuple[str, ...]:
    if "holders" in facts:
        return tuple(sorted({intern(holder["machine"]) for holder in facts["holders"]}))
    return tuple(map(intern, facts.get("machines", ())))
