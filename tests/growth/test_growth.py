"""Work grows with what there is, and not with its square: lines that run are counted."""

from __future__ import annotations

import sys
from collections import Counter
from functools import cache
from types import CodeType, FrameType
from typing import Any

import msgspec
import pytest

from advisor import api
from advisor.configuration.settings import Settings
from advisor.output.formats import FORMATS
from advisor.output.options import RenderOptions
from tests.samples.sites import Site

MOST = 2.2
"""Times the work, for twice as much of one thing."""
MOST_OF_ONE = 3.0
"""Times the work of one function; one that compares each with each has four times as much."""
WORTH = 500
"""Lines that a function runs, from which on it is looked at by itself."""
N = 24
SETTINGS = Settings(registry="registry.example/lab")
DIMENSIONS = (
    "nodes",
    "owners",
    "images",
    "contents",
    "claims",
    "hosts",
    "containers",
    "paths",
    "faults",
)
AROUND = {
    "faults": Site(nodes=2 * N),
    "hosts": Site(containers=1),
    "paths": Site(containers=1),
}
"""The site in which a dimension grows, where that is not the smallest: what multiplies with it, and
grows by itself too, is kept at one."""


def lines_run(site: Site) -> Counter[CodeType]:
    """How often a line of Python runs to judge the site and to write it down, by function; a
    comprehension's turns are lines too."""
    snapshot = site.snapshot()
    count: Counter[CodeType] = Counter()

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            count[frame.f_code] += 1
        return local

    before = sys.gettrace()
    sys.settrace(local)
    try:
        assessment = api.audit(snapshot, SETTINGS)
        FORMATS["json"](assessment, RenderOptions())
        FORMATS["concise"](assessment, RenderOptions())
    finally:
        sys.settrace(before)
    return count


@cache
def smallest() -> int:
    """The work for next to nothing; the first time also loads what is kept."""
    api.audit(Site().snapshot(), SETTINGS)
    return lines_run(Site()).total()


@pytest.mark.slow
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_twice_as_much_is_at_most_little_more_than_twice_the_work(dimension: str) -> None:
    """The work of a site that has one of it is taken off first; what adds next to nothing to it
    may add a little."""
    next_to_nothing = smallest() // 4
    around = AROUND.get(dimension, Site())
    one, once, twice = (
        lines_run(msgspec.structs.replace(around, **{dimension: number}))
        for number in (1, N, 2 * N)
    )
    added, added_twice = (found.total() - one.total() for found in (once, twice))
    assert added_twice <= MOST * max(added, next_to_nothing)
    steep = {
        f"{code.co_filename}: {code.co_qualname}": (once[code], lines)
        for code, lines in twice.items()
        if lines > WORTH and lines > MOST_OF_ONE * once[code]
    }
    assert steep == {}
