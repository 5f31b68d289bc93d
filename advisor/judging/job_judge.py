"""One job after another against one cluster: image, data, its own habits, its translation."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from advisor.facts.secrecy import redact_text
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Target, Translation
from advisor.judging.check_report import JobCheck
from advisor.judging.flag_places import data_place, finding_place, image_place
from advisor.judging.inline import InlineSuppressions
from advisor.judging.job_target import JobTarget
from advisor.judging.job_verdict import is_native, job_verdict
from advisor.placement.scene import Scene
from advisor.rulebook.engine import Judging
from advisor.rulebook.finding import STRICTEST, Decision, Finding, Gap, Outcome
from advisor.rulebook.view import View
from advisor.views.data_view import job_data_views
from advisor.views.image_view import job_image_views
from advisor.views.job_view import JobViews

_NODES_SHOWN = 20


class JobJudge:
    """Judges jobs; `judging` keeps what is found in all of them."""

    def __init__(
        self,
        scene: Scene,
        judging: Judging,
        target: JobTarget,
        targets: tuple[Target, ...],
        inline: InlineSuppressions,
        nodes_gap: tuple[Gap, ...],
    ) -> None:
        self._scene = scene
        self._judging = judging
        self._target = target
        self._targets = targets
        self._inline = inline
        self._nodes_gap = nodes_gap
        self._views = JobViews(scene, nodes_gap)
        self._seen: Counter[str] = Counter()

    def check(self, job: JobSpec) -> JobCheck:
        """All that is found of one job."""
        decided = len(self._judging.decisions)
        found = len(self._judging.findings)
        outcomes: dict[str, Outcome] = {}
        for view, keys in self._thing_views(job):
            before = len(self._judging.decisions)
            self._judging.judge(view)
            outcome = _strictest(self._judging.decisions[before:])
            outcomes.update(dict.fromkeys(keys, outcome) if outcome else {})
        translations = tuple(self._translations(job, outcomes))
        self._judging.judge(self._views.view(job, next(iter(translations), None)))
        decisions = tuple(self._judging.decisions[decided:])
        findings = self._finished(job, self._judging.findings[found:])
        eligible = self._scene.eligible(job)
        verdict, why = job_verdict(job, eligible, decisions, findings, translations)
        known = eligible if eligible is not None and eligible.count is not None else None
        return JobCheck(
            id=job.id,
            label=job.label,
            kind=job.kind,
            reader=job.reader,
            verdict=verdict,
            why=why,
            place=job.place,
            source=redact_text(job.source)[0] if job.source else "",
            owner=job.owner,
            template=job.template,
            guessed=job.guessed,
            count=known.count if known else None,
            ready=len(known.ready) if known else None,
            nodes=known.nodes[:_NODES_SHOWN] if known else (),
            decisions=decisions,
            findings=findings,
            translations=translations,
        )

    def _thing_views(self, job: JobSpec) -> Iterator[tuple[View, tuple[str, ...]]]:
        """The views of image and data, with the names under which a translation asks for them."""
        for view in job_image_views(self._scene, job, self._nodes_gap):
            yield replace(view, place=image_place(job)), ("image",)
        for view in job_data_views(self._scene, job, self._nodes_gap):
            source = view.facts["source"]
            yield replace(view, place=data_place(job, source)), tuple(_data_keys(job, source))

    def _translations(self, job: JobSpec, outcomes: Mapping[str, Outcome]) -> Iterator[Translation]:
        from advisor.writers import write

        if job.run is None:
            return
        targets = self._targets or (() if is_native(job) else ("runai-v2",))
        for target in targets:
            yield write(job, self._target.situation(job, target, outcomes))

    def _finished(self, job: JobSpec, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """With their places, the comments that suppress them, and prints of this job's own."""
        name = f"{job.place.file if job.place else ''}\0{job.label}"
        self._seen[name] += 1
        own = f"{name}\0{self._seen[name]}"
        placed = (replace(one, place=finding_place(one, job)) for one in findings)
        kept = [
            replace(self._inline.apply(one, job), fingerprint=_print(one, own)) for one in placed
        ]
        self._judging.findings[len(self._judging.findings) - len(kept) :] = kept
        return tuple(sorted(kept, key=_order))


def _strictest(decisions: Iterable[Decision]) -> Outcome | None:
    found = {decision.outcome for decision in decisions}
    return next((outcome for outcome in STRICTEST if outcome in found), None)


def _data_keys(job: JobSpec, source: str) -> Iterator[str]:
    yield f"data:{source}"
    for mount in job.run.mounts if job.run is not None else ():
        text = mount.source.text
        if source.endswith(f"/{text}") or (not text and mount.target.text == source):
            yield f"data:{text}"


def _print(finding: Finding, own: str) -> str:
    """Stable while file, name and rule stay; lines may move."""
    text = f"{finding.fingerprint}\0{own}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _order(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    where = (place.line, place.column) if place is not None else (0, 0)
    severity = ("error", "warning", "info").index(finding.severity)
    return finding.status != "finding", severity, where, finding.rule, finding.subject.id
