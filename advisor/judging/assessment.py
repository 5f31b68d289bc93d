"""The one record that every output is drawn from, and the part of it that is one owner's; it holds
no clock and no host name of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from advisor.errors import InputError, suggestion
from advisor.facts.record import Record
from advisor.facts.source import Redaction, Source
from advisor.findings.finding import (
    Consequence,
    Decision,
    Finding,
    Outcome,
    Severity,
    Subject,
    Topic,
)
from advisor.planning.plan import JobPlan, Plan, Wave
from advisor.planning.status import Seen

ASSESSMENT_SCHEMA = 1


class Verdict(Record, frozen=True, kw_only=True):
    """The cluster-level answer for images or data: the table applied to the GPU nodes.

    `count` is the number of GPU nodes it rests on (None: not known), `nodes` their names;
    `sentence` is the answer, `why` the reasoning with the count in it.
    """

    topic: Topic
    outcome: Outcome
    count: int | None = None
    ready: int | None = None
    nodes: tuple[str, ...] = ()
    sentence: str
    why: str
    settle: str = ""


class Thing(Record, frozen=True, kw_only=True):
    """One image or data path with what becomes of it: the strictest of its decisions.

    `size` in bytes, or `at_least` where not all could be counted; `files` is how many that were.
    `machines` hold it; `users` are the jobs; `kind` is `image` or the data kind.
    """

    subject: Subject
    topic: Topic
    kind: str
    outcome: Outcome
    rule: str
    location: str
    message: str
    remedy: str = ""
    machines: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    size: int | None = None
    at_least: int | None = None
    files: int | None = None
    decisions: tuple[Decision, ...] = ()


class AcceleratorSummary(Record, frozen=True, kw_only=True):
    """An accelerator resource of a node; amounts of different kinds are never added.

    `kind` is `kind unknown`, and an amount None, where nothing says.
    """

    resource: str
    kind: str
    capacity: int | None
    allocatable: int | None
    product: str = ""


class NodeSummary(Record, frozen=True, kw_only=True):
    """A node as the report shows it. `machine` is the Docker host that is the same machine.

    `cpu` in millicores, `memory` in bytes.
    """

    name: str
    gpu: bool | None
    ready: bool | None = None
    schedulable: bool = True
    accelerators: tuple[AcceleratorSummary, ...] = ()
    taints: tuple[str, ...] = ()
    architecture: str = ""
    cpu: int | None = None
    memory: int | None = None
    machine: str = ""
    assumed: bool = False


class HostSummary(Record, frozen=True, kw_only=True):
    """A Docker host as the report shows it; None where a list could not be read."""

    name: str
    url: str
    engine: str
    version: str = ""
    images: int | None = None
    containers: int | None = None
    gpus: int | None = None
    node: str = ""


RequirementState = Literal["met", "not met", "unknown", "by hand", "not needed"]


class Requirement(Record, frozen=True, kw_only=True):
    """One row of the readiness table. `rule` judges it, `needed` is false for what only some kinds
    of work need; `reason` says why it is not known (`by hand`: nothing that can be read tells),
    `source` is where `wanted` is from."""

    rule: str
    name: str
    state: RequirementState
    wanted: str
    seen: str = ""
    needed: bool = True
    reason: str = ""
    settle: str = ""
    source: str = ""
    note: str = ""


class ReadinessTable(Record, frozen=True, kw_only=True):
    """The cluster against a Run:ai release. `asked`: the user named it, else it is the newest one
    that the cluster meets. `newest` is the newest release of the table, where that is another one,
    `between` what it asks for and the cluster does not meet, and `unclear` what is known of this
    release but not of that one. `gone` is what jobs may be written in and the release that was
    named does not take, and what to use instead; `changes` is all that was removed or is
    deprecated, and `command_line` the versions of the runai command."""

    release: str
    asked: bool
    sentence: str
    requirements: tuple[Requirement, ...] = ()
    newest: str = ""
    between: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    command_line: str = ""


class NotAssessed(Record, frozen=True, kw_only=True):
    """A missing fact, once: why it is missing, what would settle it, and what waits for it."""

    fact: str
    probe: str = ""
    reason: str = ""
    settle: str = ""
    rules: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


class RuleSummary(Record, frozen=True, kw_only=True):
    """What a report says of a rule; `passed` counts the subjects it found in order."""

    title: str
    severity: Severity
    why: str
    consequence: Consequence = ""
    links: tuple[str, ...] = ()
    passed: int = 0


class Assessment(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Everything an audit concluded.

    `taken` is when the snapshot was taken; `target` names cluster and hosts in words; `assumed`
    describes an assumed cluster, else empty; `state` is `complete`, or `incomplete` when
    something that was asked for was not read, or not all of it. `notes` say what was left out on
    purpose (system workloads...).
    `plan` is what to do about it, `seen` what an earlier plan can be ticked off by. `owner` is set
    when this is one owner's part of an assessment; it has no `seen`.
    """

    schema: int = ASSESSMENT_SCHEMA
    advisor: str
    taken: str
    target: str
    owner: str = ""
    assumed: str = ""
    state: Literal["complete", "incomplete"] = "complete"
    verdicts: tuple[Verdict, ...] = ()
    images: tuple[Thing, ...] = ()
    data: tuple[Thing, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_assessed: tuple[NotAssessed, ...] = ()
    nodes: tuple[NodeSummary, ...] = ()
    hosts: tuple[HostSummary, ...] = ()
    sources: tuple[Source, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    rules: dict[str, RuleSummary] = {}
    unmatched_ignores: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    readiness: ReadinessTable | None = None
    plan: Plan | None = None
    seen: Seen | None = None


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
    waves = (
        _wave(wave, jobs, images, data, {question.id for question in asked}) for wave in plan.waves
    )
    return msgspec.structs.replace(
        plan,
        images=tuple(image for image in plan.images if image.id in images or owner in image.owners),
        commits=tuple(commit for commit in plan.commits if commit.owner == owner),
        data=tuple(step for step in plan.data if step.id in data or owner in step.owners),
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
