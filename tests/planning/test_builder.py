"""Who moves when, and what has to be there first."""

from __future__ import annotations

from advisor.planning.plan import Wave
from tests.placement.samples import host, snapshot
from tests.planning.samples import GIB, bind, container, content, image, plan

BACK = (
    "Delete the job in the cluster and start its container again where it was: its image and"
    " data are still there. Copy back what the job wrote to the new place in the meantime."
)
SECRET = "a pull secret in the namespace, if the registry asks for one"
CLASS = "a storage class that many nodes can mount"


def test_the_pilot_then_owners_then_the_rest() -> None:
    small = image("lab/small:1", "a", size=GIB)
    large = image("lab/large:1", "b", size=10 * GIB)
    unused = image("lab/unused:1", "c", size=GIB)
    jobs = (
        container("pilot", small, bind("/raid/d"), owner="bob"),
        container("train", large, owner="ann"),
        container("again", small, bind("/raid/d"), owner="bob", gpu=None),
        container("whose", large, owner=""),
    )
    of = snapshot(None, host("dgx", *jobs, images=(small, large, unused)))
    found = plan(of, bandwidth=100)
    questions = {question.text: question.id for question in found.questions}
    whose = questions["Whose job is this, and is it still needed?"]
    where = questions["Which storage that every node can mount shall this be copied to?"]
    large_is = questions["How large is this? Its claim needs a size."]
    assert found.waves == (
        Wave(
            number=1,
            title="Pilot: pilot on dgx",
            kind="pilot",
            owner="bob",
            jobs=("container:dgx/pilot",),
            images=(content("a"),),
            data=("dgx:/raid/d",),
            prerequisites=("1 image pushed", SECRET, "1 place of data copied and verified", CLASS),
            questions=tuple(sorted((where, large_is))),
            bytes=GIB,
            unknown_sizes=1,
            seconds=86,
            way_back=BACK,
        ),
        Wave(
            number=2,
            title="Jobs of bob",
            kind="owner",
            owner="bob",
            jobs=("container:dgx/again",),
            prerequisites=("the pilot has run",),
            way_back=BACK,
        ),
        Wave(
            number=3,
            title="Jobs of ann",
            kind="owner",
            owner="ann",
            jobs=("container:dgx/train",),
            images=(content("b"),),
            prerequisites=("the pilot has run", "1 image pushed", SECRET),
            bytes=10 * GIB,
            seconds=859,
            way_back=BACK,
        ),
        Wave(
            number=4,
            title="Jobs of an unknown owner",
            kind="owner",
            jobs=("container:dgx/whose",),
            prerequisites=("the pilot has run",),
            questions=(whose,),
            way_back=BACK,
        ),
        Wave(
            number=5,
            title="What no known job uses",
            kind="rest",
            images=(content("c"),),
            prerequisites=("the pilot has run", "1 image pushed", SECRET),
            bytes=GIB,
            seconds=86,
            way_back="Nothing on the old machines is changed or deleted.",
        ),
    )
