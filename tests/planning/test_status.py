"""What of a plan is done, by a later snapshot."""

from __future__ import annotations

import msgspec
import pytest

from advisor.facts.registry import RegistryImage
from advisor.facts.snapshot import Snapshot
from advisor.facts.storage import Claim
from advisor.planning.status import Progress, plan_progress
from tests.placement.samples import cluster, host, node, snapshot, workload
from tests.planning.samples import REGISTRY, bind, container, content, image, plan

X = image("lab/x:1", "a")
TARGET = f"{REGISTRY}/lab/x:1"
DGX = host("dgx", container("job", X, bind("/raid/d")), images=(X,))
NODES = (node("n1", gpus=4), node("n2", gpus=4))
OLD = snapshot(cluster(*NODES), DGX)
PUSHED = msgspec.structs.replace(
    X, tags=("lab/x:1", TARGET), digests=(f"{REGISTRY}/lab/x@{content('d')}",)
)


def progress(later: Snapshot) -> dict[str, str]:
    return {one.topic: one.state for one in plan_progress(plan(OLD), later)}


def test_nothing_is_done() -> None:
    assert plan_progress(plan(OLD), OLD) == (
        Progress(
            id=content("a"),
            topic="image",
            label=TARGET,
            state="open",
            why="no host that was read knows it under a digest of the registry",
        ),
        Progress(
            id="dgx:/raid/d",
            topic="data",
            label="/raid/d on dgx",
            state="open",
            why="there is no claim data-d",
        ),
        Progress(
            id="container:dgx/job",
            topic="job",
            label="job on dgx",
            state="open",
            why="the cluster has no job of that name",
        ),
    )


def test_a_bound_claim_does_not_say_what_is_in_it() -> None:
    claim = Claim(namespace="team", name="data-d", phase="Bound")
    later = snapshot(
        cluster(*NODES, claims=(claim,), workloads=(workload("job"),)),
        host("dgx", images=(PUSHED,)),
    )
    assert progress(later) == {"image": "done", "data": "unknown", "job": "done"}


def test_what_was_not_read_is_not_known() -> None:
    assert set(progress(snapshot(None)).values()) == {"unknown"}


HELD = content("d")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": "verified", "digest": HELD}, "done"),
        ({"status": "verified", "digest": content("e"), "holds": (HELD,)}, "done"),
        ({"status": "verified", "digest": content("e"), "lacks": (HELD,)}, "open"),
        ({"status": "verified", "digest": content("e")}, "unknown"),
        ({"status": "missing"}, "open"),
        ({"status": "denied"}, "unknown"),
        ({"status": "unreachable"}, "unknown"),
    ],
)
def test_the_registrys_own_word_counts_first(answer: dict[str, object], state: str) -> None:
    found = msgspec.convert({"reference": TARGET, **answer}, RegistryImage)
    later = snapshot(None, host("dgx", images=(PUSHED,)), registries=(found,))
    assert progress(later)["image"] == state
