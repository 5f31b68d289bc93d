"""Paths into views."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.rulebook.fact_paths import AbsentFactError, covers, look_up, reduced
from tests.rulebook.sample import PATHS

FACTS: dict[str, Any] = {
    "node": {
        "name": "gpu-1",
        "driver": None,
        "labels": {"a/b": "c"},
        "accelerators": [{"kind": "whole", "capacity": 8}, {"kind": "mps"}],
    },
    "cluster": {"known": True},
}


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("node.name", "node.name"),
        ("node.accelerators.kind", "node.accelerators.kind"),
        ("node.labels", "node.labels"),
        ("node.labels.nvidia.com/gpu", "node.labels"),
        ("use.eligible.count", "use.eligible.count"),
        ("node.name.first", None),
        ("node.nam", None),
        ("nod", None),
    ],
)
def test_rooted(path: str, root: str | None) -> None:
    assert PATHS.rooted(path) == root


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("node.name", "gpu-1"),
        ("node.driver", None),
        ("node.driver.major", None),
        ("node.accelerators.kind", ["whole", "mps"]),
        ("node.labels", {"a/b": "c"}),
    ],
)
def test_look_up(path: str, value: object) -> None:
    assert look_up(FACTS, path) == value


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("node.ready", "node.ready"),
        ("node.accelerators.capacity", "node.accelerators.capacity"),
        ("image.size", "image"),
        ("cluster.nodes.deep.er", "cluster.nodes"),
    ],
)
def test_absent(path: str, missing: str) -> None:
    with pytest.raises(AbsentFactError) as caught:
        look_up(FACTS, path)
    assert caught.value.path == missing


def test_reduced_to_what_is_named() -> None:
    paths = ["node.accelerators.kind", "node.name", "cluster.known", "image.size"]
    assert reduced(FACTS, paths) == {
        "node": {"name": "gpu-1", "accelerators": [{"kind": "whole"}, {"kind": "mps"}]},
        "cluster": {"known": True},
    }


def test_reduced_keeps_the_whole_when_it_is_named_too() -> None:
    assert reduced(FACTS, ["node.accelerators.kind", "node.accelerators"]) == {
        "node": {"accelerators": FACTS["node"]["accelerators"]}
    }


@pytest.mark.parametrize(
    ("path", "covered"),
    [("a.b", True), ("a.b.c", True), ("a", True), ("a.bc", False), ("b", False)],
)
def test_covers(path: str, covered: bool) -> None:
    assert covers(["x", "a.b"], path) is covered
