"""Jobs, a snapshot, settings and rules in, a check report out: no clock, no host, no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from advisor.errors import AdvisorError
from advisor.facts.snapshot import Snapshot
from advisor.jobs.inline_ignore import InlineIgnore
from advisor.jobs.spec import JobSpec
from advisor.judging.assessment import RuleSummary
from advisor.judging.check_report import CheckReport, Problem
from advisor.judging.common import cluster_scene, load_catalogs, missing_nodes, storage_services
from advisor.judging.coverage import not_assessed
from advisor.judging.inline import InlineSuppressions
from advisor.judging.job_judge import JobJudge
from advisor.judging.job_target import JobTarget, Wishes
from advisor.judging.summaries import assumption_words, rule_summaries, target_words
from advisor.judging.surroundings import surroundings
from advisor.placement.scene import Scene
from advisor.rulebook.engine import Judging
from advisor.rulebook.finding import Finding
from advisor.rulebook.loaded import Rulebook
from advisor.settings import Ignore, Settings
from advisor.views.cluster_view import cluster_view


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
    scene = Scene(snapshot, settings, load_catalogs(), jobs=jobs, jobs_of_snapshot=False)
    nodes_gap = missing_nodes(snapshot) if scene.index is None else ()
    services = storage_services(scene)
    cluster = cluster_view(cluster_scene(scene, settings, services), snapshot.sources)
    judging = Judging(rulebook, cluster.facts, settings.ignore)
    inline = InlineSuppressions(ignores or {})
    chosen = wishes or Wishes()
    judge = JobJudge(
        scene,
        judging,
        JobTarget(scene, chosen, settings.registry),
        chosen.targets,
        inline,
        nodes_gap,
    )
    checks = tuple(judge.check(job) for job in jobs)
    around = surroundings(scene, settings, rulebook, cluster, checks, services)
    unmatched = (f"{one.rule} on {one.subject}: {one.reason}" for one in _unmatched(judging))
    return CheckReport(
        advisor=snapshot.advisor,
        taken=snapshot.taken,
        target=_target(snapshot),
        assumed=assumption_words(settings),
        state="incomplete" if _failed(snapshot) else "complete",
        jobs=checks,
        surroundings=around,
        problems=tuple(_problem(error) for error in problems),
        not_assessed=not_assessed((*judging.findings, *around), judging.decisions),
        sources=snapshot.sources,
        rules=_rules(rulebook, judging, around),
        unmatched_ignores=(*inline.unmatched(), *unmatched),
    )


def _unmatched(judging: Judging) -> Iterable[Ignore]:
    return judging.suppressions.unmatched()


def _rules(
    rulebook: Rulebook, judging: Judging, around: Iterable[Finding]
) -> dict[str, RuleSummary]:
    """Of the rules that were applied; those of scopes without a subject have nothing to say."""
    used = {one.rule for one in (*judging.findings, *around)} | judging.passed.keys()
    used |= {decision.rule for decision in judging.decisions}
    summaries = rule_summaries(rulebook, judging.passed)
    return {rule: summary for rule, summary in summaries.items() if rule in used}


def _target(snapshot: Snapshot) -> str:
    return target_words(snapshot) if snapshot.cluster or snapshot.hosts else "no cluster"


def _failed(snapshot: Snapshot) -> bool:
    return any(source.status == "failed" and source.asked for source in snapshot.sources)


def _problem(error: AdvisorError) -> Problem:
    return Problem(what=error.what, where=error.where, remedy=error.remedy)
