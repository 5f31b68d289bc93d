"""One job after another against one cluster: image, data, its own habits, its translation."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from advisor.jobs.spec import JobMount, JobSpec
from advisor.jobs.translation import Target, Translation
from advisor.judging.alike import Alike
from advisor.judging.check_report import JobCheck
from advisor.judging.flag_places import FindingPlaces
from advisor.judging.inline import InlineSuppressions
from advisor.judging.job_target import JobTarget
from advisor.judging.job_verdict import is_native, job_verdict
from advisor.judging.placing import job_file, placed
from advisor.placement.eligibility import Eligibility
from advisor.placement.scene import Scene
from advisor.rulebook.engine import Judging
from advisor.rulebook.finding import STRICTEST, Decision, Finding, Gap, Outcome
from advisor.rulebook.loaded import Rulebook
from advisor.rulebook.view import View
from advisor.views.data_view import job_data_views
from advisor.views.image_view import job_image_views
from advisor.views.job_view import JobViews

_NODES_SHOWN = 20
_DECLARED = frozenset({"named-volume", "anonymous-volume"})


class Desk:
    """What stays the same from job to job: the scene, and what is known of jobs that are alike.

    `nodes_gap` says why nodes are missing.
    """

    def __init__(self, scene: Scene, rulebook: Rulebook, nodes_gap: tuple[Gap, ...]) -> None:
        self.scene = scene
        self.nodes_gap = nodes_gap
        self.alike = Alike(rulebook)
        self.views = JobViews(scene, nodes_gap)
        self._numbers: dict[int, int] = {}
        self._distinct: dict[Eligibility | None, int] = {}

    def eligible_number(self, job: JobSpec) -> int:
        """The same for jobs that can land on the same nodes, whatever they ask for."""
        eligible = self.scene.eligible(job)
        number = self._numbers.get(id(eligible))
        if number is None:
            number = self._distinct.setdefault(eligible, len(self._distinct))
            self._numbers[id(eligible)] = number
        return number


class JobJudge:
    """Judges jobs; `judging` keeps what is found in all of them."""

    def __init__(
        self,
        desk: Desk,
        judging: Judging,
        target: JobTarget,
        targets: tuple[Target, ...],
        inline: InlineSuppressions,
    ) -> None:
        self._desk = desk
        self._scene = desk.scene
        self._judging = judging
        self._target = target
        self._targets = targets
        self._inline = inline
        self._seen: Counter[str] = Counter()
        self.outcomes: list[dict[str, Outcome]] = []
        """Of each job's image and data, in the order of the jobs."""
        self.unmatched: list[str] = []
        """The jobs' own annotations that suppressed nothing, in words."""

    def check(self, job: JobSpec) -> JobCheck:
        """All that is found of one job."""
        decided, found = len(self._judging.decisions), len(self._judging.findings)
        outcomes = self._things(job)
        self.outcomes.append(outcomes)
        translations = tuple(self._translations(job, outcomes))
        self._own(job, next(iter(translations), None))
        decisions = tuple(self._judging.decisions[decided:])
        findings = self._finished(job, self._judging.findings[found:])
        self._note_unmatched(job, findings)
        eligible = self._scene.eligible(job)
        verdict, why = job_verdict(job, eligible, decisions, findings, translations)
        known = eligible if eligible is not None and eligible.count is not None else None
        return placed(
            JobCheck(
                id=job.id,
                label=job.label,
                kind=job.kind,
                reader=job.reader,
                verdict=verdict,
                why=why,
                file=job_file(job),
                owner=job.owner,
                template=job.template,
                guessed=job.guessed,
                count=known.count if known else None,
                ready=len(known.ready) if known else None,
                nodes=known.nodes[:_NODES_SHOWN] if known else (),
                decisions=decisions,
                findings=tuple(sorted(findings, key=_order)),
                translations=translations,
            ),
            job,
        )

    def _things(self, job: JobSpec) -> dict[str, Outcome]:
        """Judge image and data; gives the outcomes by the names a translation asks for."""
        outcomes: dict[str, Outcome] = {}
        eligible = self._desk.eligible_number(job)
        shape: Hashable = (job.images, job.pull_secrets, job.host, eligible)
        for outcome, _ in self._judge(job, "image", shape, self._image_views):
            outcomes["image"] = outcome
        shape = _data_shape(job, eligible)
        written = _Sources(job)
        for outcome, view in self._judge(job, "data", shape, self._data_views):
            for key in written.keys(view.facts["source"]):
                outcomes[key] = outcome
        return outcomes

    def _judge(
        self, job: JobSpec, scope: str, shape: Hashable, make: Callable[[JobSpec], Sequence[View]]
    ) -> Iterator[tuple[Outcome, View]]:
        for view, examined in self._desk.alike.examine(self._judging, scope, job, shape, make):
            self._judging.take(view, examined)
            outcome = _strictest(examined.decisions)
            if outcome is not None:
                yield outcome, view

    def _image_views(self, job: JobSpec) -> Sequence[View]:
        return tuple(job_image_views(self._scene, job, self._desk.nodes_gap))

    def _data_views(self, job: JobSpec) -> Sequence[View]:
        return tuple(job_data_views(self._scene, job, self._desk.nodes_gap))

    def _own(self, job: JobSpec, translation: Translation | None) -> None:
        """Judge what the job itself asks for."""
        if job.run is None:
            return
        facts = self._desk.views.facts(job, translation)
        shape = msgspec.json.encode(replace(facts, name="", owner=None))

        def make(one: JobSpec) -> Sequence[View]:
            return (self._desk.views.view(one, replace(facts, name=one.label)),)

        for view, examined in self._desk.alike.examine(self._judging, "job", job, shape, make):
            self._judging.take(view, examined)

    def _translations(self, job: JobSpec, outcomes: Mapping[str, Outcome]) -> Iterator[Translation]:
        if job.run is None:
            return
        targets = self._targets or (() if is_native(job) else ("runai-v2",))
        for target in targets:
            from advisor.writers import write

            yield write(job, self._target.situation(job, target, outcomes))

    def _finished(self, job: JobSpec, findings: Sequence[Finding]) -> list[Finding]:
        """With places, the comments that suppress them, and fingerprints of this job's own."""
        name = f"{job_file(job)}\0{job.label}"
        self._seen[name] += 1
        own = f"{name}\0{self._seen[name]}"
        places = FindingPlaces(job)
        kept = [
            self._inline.apply(
                replace(
                    one,
                    place=places.of(one) if job.place else None,
                    fingerprint=_print(one, own),
                    owner=job.owner,
                ),
                job,
            )
            for one in findings
        ]
        self._judging.findings[len(self._judging.findings) - len(kept) :] = kept
        return kept

    def _note_unmatched(self, job: JobSpec, findings: Sequence[Finding]) -> None:
        silent = {one.rule for one in findings if one.status == "suppressed"}
        self.unmatched += [
            f"{job_file(job) or job.kind}: {job.label}: {rule}: {reason}"
            for rule, reason in job.ignores
            if rule not in silent
        ]


def _data_shape(job: JobSpec, eligible: int) -> Hashable:
    """None where a mount is more than what JobMount says of it."""
    if any(mount.kind in _DECLARED for mount in job.mounts):
        return None
    mounts: tuple[JobMount, ...] = job.mounts
    return mounts, job.host, eligible, tuple(sorted(job.nodes)), job.reader == "compose"


def _strictest(decisions: Iterable[Decision]) -> Outcome | None:
    found = {decision.outcome for decision in decisions}
    return next((outcome for outcome in STRICTEST if outcome in found), None)


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


def _print(finding: Finding, own: str) -> str:
    """Stable while file, name, rule and subject stay; lines may move, and a job's id has them."""
    subject = "" if finding.subject.scope == "job" else finding.subject.id
    text = f"{finding.rule}\0{subject}\0{own}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_SEVERITY = {"error": 0, "warning": 1, "info": 2}


def _order(finding: Finding) -> tuple[bool, int, str, str]:
    return (
        finding.status != "finding",
        _SEVERITY[finding.severity],
        finding.rule,
        finding.subject.id,
    )
