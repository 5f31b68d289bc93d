"""One owner's part of an assessment: what a researcher has to know and nobody else's work."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from advisor.errors import InputError
from advisor.findings.finding import Finding
from advisor.judging.assessment import Assessment, NotAssessed, Thing
from advisor.planning.plan import JobPlan, Plan, Wave
from advisor.suggestion import suggestion


def owners_of(audit: Assessment) -> tuple[str, ...]:
    """Everybody whom a job, a thing or a finding names."""
    jobs = audit.plan.jobs if audit.plan is not None else ()
    owners = {owner for thing in (*audit.images, *audit.data) for owner in thing.owners}
    owners |= {job.owner for job in jobs} | {finding.owner for finding in audit.findings}
    return tuple(sorted(owners - {""}))


def for_owner(audit: Assessment, owner: str) -> Assessment:
    """Verdicts, nodes and sources stay, being everybody's; InputError for a name
    that nothing belongs to."""
    known = owners_of(audit)
    if owner not in known:
        raise InputError(
            f"nothing belongs to '{owner}'{suggestion(owner, known, listing=0 < len(known) < 30)}",
            remedy="" if known else "no owner is named anywhere in what was read",
        )
    images = tuple(thing for thing in audit.images if owner in thing.owners)
    data = tuple(thing for thing in audit.data if owner in thing.owners)
    subjects = {thing.subject.id for thing in (*images, *data)}
    labels = {thing.subject.label for thing in (*images, *data)}
    plan = _plan(audit.plan, owner) if audit.plan is not None else None
    subjects |= {job.id for job in plan.jobs} if plan is not None else set()
    return msgspec.structs.replace(
        audit,
        owner=owner,
        images=tuple(_thing(thing, owner) for thing in images),
        data=tuple(_thing(thing, owner) for thing in data),
        findings=tuple(_findings(audit.findings, owner, subjects)),
        not_assessed=tuple(_missing(audit.not_assessed, labels)),
        plan=plan,
        seen=None,
    )


def _missing(gaps: Iterable[NotAssessed], labels: set[str]) -> Iterable[NotAssessed]:
    """What is missing for nobody in particular is missing for the owner too."""
    return (gap for gap in gaps if not gap.subjects or labels.intersection(gap.subjects))


def _thing(thing: Thing, owner: str) -> Thing:
    """With the owner's own uses where any are theirs; the outcome is the whole's all the same."""
    own = tuple(decision for decision in thing.decisions if decision.owner == owner)
    return msgspec.structs.replace(thing, decisions=own or thing.decisions)


def _findings(findings: Iterable[Finding], owner: str, subjects: set[str]) -> Iterable[Finding]:
    return (
        finding for finding in findings if finding.owner == owner or finding.subject.id in subjects
    )


def _plan(plan: Plan, owner: str) -> Plan:
    jobs = tuple(job for job in plan.jobs if job.owner == owner)
    images = {key for job in jobs for key in job.images}
    data = {key for job in jobs for key in job.data}
    asked = tuple(question for question in plan.questions if question.owner == owner)
    waves = (_wave(wave, jobs, images, data, {one.id for one in asked}) for wave in plan.waves)
    return msgspec.structs.replace(
        plan,
        images=tuple(image for image in plan.images if image.id in images or owner in image.owners),
        commits=tuple(commit for commit in plan.commits if commit.owner == owner),
        data=tuple(one for one in plan.data if one.id in data or owner in one.owners),
        jobs=jobs,
        waves=tuple(wave for wave in waves if wave.jobs or wave.images or wave.data),
        questions=asked,
    )


def _wave(
    wave: Wave,
    jobs: tuple[JobPlan, ...],
    images: set[str],
    data: set[str],
    questions: set[str],
) -> Wave:
    own = {job.id for job in jobs}
    return msgspec.structs.replace(
        wave,
        jobs=tuple(key for key in wave.jobs if key in own),
        images=tuple(key for key in wave.images if key in images),
        data=tuple(key for key in wave.data if key in data),
        questions=tuple(key for key in wave.questions if key in questions),
    )
