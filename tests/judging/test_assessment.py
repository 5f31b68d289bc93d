"""One owner's part holds all of theirs and nobody else's."""

from __future__ import annotations

import msgspec
import pytest

from advisor import api
from advisor.errors import InputError
from advisor.judging.assessment import for_owner, owners_of

_DEMO = api.audit(api.demo_snapshot())


def test_owners_are_those_of_jobs_things_and_findings() -> None:
    assert owners_of(_DEMO) == ("alice", "bob", "chen")


def test_one_owner_gets_what_is_theirs() -> None:
    part = for_owner(_DEMO, "bob")
    assert part.plan is not None
    assert (
        part.owner,
        [thing.subject.label for thing in part.images],
        [job.label for job in part.plan.jobs],
        [wave.title for wave in part.plan.waves],
        {question.owner for question in part.plan.questions},
    ) == (
        "bob",
        ["yolo:latest", "nvcr.io/nvidia/pytorch:24.03-py3"],
        ["jupyter-bob on dgx-1", "Job team-cv/yolo-train"],
        ["Jobs of bob"],
        {"bob"},
    )


def test_every_job_with_an_owner_is_in_exactly_one_part() -> None:
    assert _DEMO.plan is not None
    parts = [for_owner(_DEMO, owner).plan for owner in owners_of(_DEMO)]
    together = sorted(job.id for plan in parts if plan is not None for job in plan.jobs)
    assert together == sorted(job.id for job in _DEMO.plan.jobs if job.owner)


def test_the_verdict_stays_everybodys() -> None:
    assert for_owner(_DEMO, "alice").verdicts == _DEMO.verdicts


def test_a_mistyped_owner_is_told() -> None:
    with pytest.raises(InputError, match="did you mean 'alice'"):
        for_owner(_DEMO, "alcie")


def test_nobody_owns_anything() -> None:
    nobody = msgspec.structs.replace(_DEMO, images=(), data=(), findings=(), plan=None)
    with pytest.raises(InputError) as caught:
        for_owner(nobody, "alice")
    assert caught.value.remedy == "no owner is named anywhere in what was read"
