"""Work grows with what there is, and not with its square: lines that run are counted."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from types import CodeType, FrameType
from typing import Any

import msgspec
import pytest

from advisor import api
from advisor.configuration.settings import Settings
from advisor.findings.finding import Finding
from advisor.output.formats import CHECK_FORMATS, FORMATS, RenderOptions
from advisor.probes.common import NoProgress, ProbeResult
from advisor.probes.kubernetes.probe import read_cluster
from tests.fakes.kubernetes_api import FakeKubernetesApi, connection
from tests.output.check_sample import CHECK
from tests.samples.sites import Site, digest

MOST = 2.2
"""Times the work, for twice as much of one thing."""
MOST_OF_ONE = 3.0
"""Times the work of one function; one that compares each with each has four times as much."""
WORTH = 500
"""Lines that a function runs, from which on it is looked at by itself."""
N = 24
MANY = 200
"""Pods of a cluster that is read: their number hides what is read for other reasons."""
SETTINGS = Settings(registry="registry.example/lab")
DIMENSIONS = (
    "nodes",
    "owners",
    "pods",
    "images",
    "contents",
    "claims",
    "hosts",
    "containers",
    "paths",
    "faults",
)
AROUND = {
    "owners": Site(pods=4, contents=N, nodes=N),
    "faults": Site(nodes=2 * N),
    "hosts": Site(containers=1),
    "paths": Site(containers=1),
}
"""The site in which a dimension grows, where that is not the smallest: what multiplies with it, and
grows by itself too, is kept at one."""


LARGE = 64
"""Entries; a cache with less holds tables, not what was read."""


def forget() -> None:
    """Empties the caches of texts, so that a test before this one has done none of its work."""
    for name, module in list(sys.modules.items()):
        for found in vars(module).values() if name.startswith("advisor.") else ():
            if hasattr(found, "cache_parameters") and (found.cache_info().maxsize or 0) > LARGE:
                found.cache_clear()


def lines_of(work: Callable[[], object]) -> Counter[CodeType]:
    """How often a line of Python runs for the work, by function, threads and all; a comprehension's
    turns are lines too."""
    count: Counter[CodeType] = Counter()

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            count[frame.f_code] += 1
        return local

    before = sys.gettrace()
    forget()
    sys.settrace(local)
    threading.settrace(local)
    try:
        work()
    finally:
        sys.settrace(before)
        threading.settrace(before)  # type: ignore[arg-type]
    return count


def lines_run(site: Site) -> Counter[CodeType]:
    """The work to judge the site and to write it down."""
    snapshot = site.snapshot()

    def judge() -> None:
        assessment = api.audit(snapshot, SETTINGS)
        FORMATS["json"](assessment, RenderOptions())
        FORMATS["concise"](assessment, RenderOptions())

    return lines_of(judge)


def reading(pods: int, owners: int) -> Counter[CodeType]:
    """The work to read a cluster with that many pods, spread over as many owners."""
    listed = [
        {
            "metadata": {
                "namespace": "team",
                "name": f"train-{number % owners}-{number}",
                "ownerReferences": [
                    {
                        "apiVersion": "batch/v1",
                        "kind": "Job",
                        "name": f"train-{number % owners}",
                        "controller": True,
                    }
                ],
            },
            "spec": {
                "nodeName": f"n{number % 16}",
                "containers": [{"name": "main", "image": f"lab/train-{number % owners}:1"}],
            },
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {"name": "main", "imageID": f"lab/train@{digest(number, number)}"}
                ],
            },
        }
        for number in range(pods)
    ]
    objects = {"/api/v1/namespaces": [{"metadata": {"name": "team"}}], "/api/v1/pods": listed}
    served = FakeKubernetesApi(objects)
    found: list[ProbeResult] = []
    count = lines_of(lambda: found.append(read_cluster(connection(served), NoProgress())))
    assert found[0].cluster is not None
    assert found[0].cluster.pods == pods
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
    grows_with_the_work(one, once, twice, next_to_nothing)


@pytest.mark.slow
@pytest.mark.parametrize(("translate", "most"), [(False, 8_000), (True, 15_500)])
def test_one_more_container_takes_so_many_lines_and_no_more(translate: bool, most: int) -> None:
    """A quarter more than it took when this was written: what a site of thousands waits for."""
    few, many = (Site(containers=number).snapshot() for number in (160, 240))
    works = [partial(api.audit, one, SETTINGS, translate=translate) for one in (few, few, many)]
    _, once, more = (lines_of(work).total() for work in works)
    assert (more - once) / 80 <= most


@pytest.mark.slow
@pytest.mark.parametrize("owners", [1, 0])
def test_twice_as_many_pods_take_at_most_little_more_than_twice_the_reading(owners: int) -> None:
    """All of one owner, and each of an owner of its own."""
    reading(1, 1)
    one, once, twice = (reading(pods, owners or pods) for pods in (1, MANY, 2 * MANY))
    grows_with_the_work(one, once, twice, one.total() // 4)


def grows_with_the_work(
    one: Counter[CodeType],
    once: Counter[CodeType],
    twice: Counter[CodeType],
    next_to_nothing: int,
) -> None:
    """The lines of one are taken off those of many and of twice as many."""
    added, added_twice = (found.total() - one.total() for found in (once, twice))
    assert added_twice <= MOST * max(added, next_to_nothing)
    steep = {
        f"{code.co_filename}: {code.co_qualname}": (once[code], lines)
        for code, lines in list(twice.items())  # a thread may still count
        if lines > WORTH and lines > MOST_OF_ONE * once[code]
    }
    assert steep == {}


class Compared(Finding, frozen=True, kw_only=True):
    """A finding that counts how often another one is compared with it."""

    def __eq__(self, other: object) -> bool:
        comparisons[0] += 1
        return self is other

    __hash__ = object.__hash__


comparisons = [0]


@pytest.mark.parametrize("format", CHECK_FORMATS)
def test_no_finding_is_looked_for_among_all(format: str) -> None:
    """Comparing runs no line: a job with 20,000 mounts has as many findings."""
    (job, *_) = CHECK.jobs
    (finding, *_) = job.findings
    fields = {name: getattr(finding, name) for name in Finding.__struct_fields__}
    findings = tuple(
        Compared(**fields | {"fingerprint": str(number), "severity": severity})
        for number, severity in enumerate(("error", "info") * N)
    )
    comparisons[0] = 0
    report = msgspec.structs.replace(CHECK, jobs=(msgspec.structs.replace(job, findings=findings),))
    CHECK_FORMATS[format](report, RenderOptions())
    assert comparisons[0] <= len(findings)
