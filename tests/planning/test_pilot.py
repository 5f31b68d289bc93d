"""Which job goes first: each reason decides where all reasons before it are equal."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.facts.host import Container, GpuRequest
from advisor.facts.snapshot import Snapshot
from tests.placement.samples import host, snapshot
from tests.planning.samples import GIB, HOME, bind, container, image, plan

SMALL = image("lab/small:1", "a", size=GIB)
OTHER = image("lab/other:1", "b", size=GIB)
LARGE = image("lab/large:1", "c", size=9 * GIB)


def of(*jobs: Container) -> Snapshot:
    return snapshot(None, host("dgx", *jobs, images=(SMALL, OTHER, LARGE)))


def job(name: str, **changes: Any) -> Container:
    """One that moves an image and data and takes a GPU, unless it is changed."""
    fields = {"of": SMALL, "mounts": (bind("/raid/d"),), "owner": "bob", **changes}
    return container(name, fields.pop("of"), *fields.pop("mounts"), **fields)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"mounts": ()}),
        ({}, {"gpu": None}),
        ({"mounts": (bind("/home/d", filesystem=HOME),)}, {"mounts": ()}),
        ({"of": LARGE}, {"mounts": (), "of": SMALL}),
        ({"owner": "", "of": LARGE}, {"mounts": ()}),
        ({}, {"owner": ""}),
        ({"of": LARGE}, {"owner": ""}),
        ({}, {"of": LARGE}),
        ({"gpu": GpuRequest(how="--gpus", count=4)}, {"of": LARGE}),
        ({}, {"gpu": GpuRequest(how="--gpus", count=2)}),
    ],
)
def test_the_pilot_shows_most_at_least_cost(first: dict[str, Any], second: dict[str, Any]) -> None:
    """The names stand the other way round: they only decide between equals."""
    jobs = (job("z", **first), job("a", **second))
    for order in (jobs, jobs[::-1]):
        assert plan(of(*order)).waves[0].jobs == ("container:dgx/z",)


def test_equals_go_by_name() -> None:
    assert plan(of(job("z"), job("a"))).waves[0].jobs == ("container:dgx/a",)


def test_owners_with_least_to_move_come_next_and_nobodys_jobs_last() -> None:
    jobs = (
        job("pilot", owner="ann"),
        job("much", of=LARGE, owner="ann"),
        job("little", of=OTHER, mounts=(), owner="zoe"),
        job("whose", of=OTHER, mounts=(), owner=""),
    )
    waves = plan(of(*jobs)).waves
    assert [(wave.kind, wave.owner, wave.jobs) for wave in waves] == [
        ("pilot", "ann", ("container:dgx/pilot",)),
        ("owner", "zoe", ("container:dgx/little",)),
        ("owner", "ann", ("container:dgx/much",)),
        ("owner", "", ("container:dgx/whose",)),
    ]
