from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost, Measurement
from advisor.facts.snapshot import RegistryImage, Snapshot, merge
from advisor.facts.source import Redaction, Source

SOCKET = "unix:///var/run/docker.sock"
TIMES = ["2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z", "2026-11-25T07:00:00Z"]

measurements = st.builds(
    Measurement,
    path=st.sampled_from(["/a", "/b"]),
    size=st.none() | st.integers(0, 2),
    complete=st.booleans(),
    taken=st.sampled_from(["", *TIMES]),
)
hosts = st.builds(
    DockerHost,
    name=st.sampled_from(["gpu-01", "gpu-02"]),
    url=st.sampled_from([SOCKET, "ssh://gpu-01"]),
    version=st.sampled_from(["", "27.5.1", "28.5.1"]),
    measured=st.none() | st.lists(measurements, max_size=2).map(tuple),
)
sources = st.builds(
    Source,
    probe=st.just("docker"),
    target=st.just(SOCKET),
    status=st.sampled_from(["ok", "failed"]),
    name=st.sampled_from(["", "gpu-01", "gpu-02"]),
)
snapshots = st.builds(
    Snapshot,
    advisor=st.sampled_from(["0.1.0", "0.10.0", "0.9.1"]),
    taken=st.sampled_from(TIMES),
    sources=st.lists(sources, max_size=3).map(tuple),
    cluster=st.none()
    | st.builds(
        Cluster,
        context=st.just("prod"),
        server=st.just("https://kube"),
        version=st.none() | st.sampled_from(["v1.33.0", "v1.34.3"]),
    ),
    hosts=st.lists(hosts, max_size=3).map(tuple),
    registries=st.lists(
        st.builds(RegistryImage, reference=st.sampled_from("ab"), status=st.just("verified")),
        max_size=2,
    ).map(tuple),
    redactions=st.lists(
        st.builds(Redaction, path=st.sampled_from("ab"), redactor=st.just("names")), max_size=2
    ).map(tuple),
)


@given(snapshots, snapshots, snapshots)
def test_who_merged_what_first_does_not_matter(a: Snapshot, b: Snapshot, c: Snapshot) -> None:
    assert merge([merge([a, b]), c]) == merge([a, merge([b, c])]) == merge([c, b, a])


@given(snapshots, snapshots)
def test_merging_again_changes_nothing(a: Snapshot, b: Snapshot) -> None:
    once = merge([a, b])
    assert merge([once]) == merge([once, once]) == merge([once, a]) == once


def test_the_newest_reading_of_a_host_wins_also_through_an_older_merge() -> None:
    old = _snapshot(TIMES[0], DockerHost(name="gpu-01", url=SOCKET, version="27.5.1"))
    new = _snapshot(TIMES[1], DockerHost(name="gpu-01", url=SOCKET, version="28.5.1"))
    other = _snapshot(TIMES[2], DockerHost(name="gpu-02", url=SOCKET))
    assert merge([merge([old, other]), new]).hosts == (
        DockerHost(name="gpu-01", url=SOCKET, version="28.5.1", taken=TIMES[1]),
        DockerHost(name="gpu-02", url=SOCKET, taken=TIMES[2]),
    )


def test_a_count_outlives_a_newer_reading_without_one() -> None:
    counted = (
        Measurement(path="/a", size=5, allocated=4096, files=1, complete=True),
        Measurement(path="/b", size=5, allocated=4096, files=1, complete=True),
    )
    again = (
        Measurement(path="/a", size=7, allocated=4096, files=1, complete=True),
        Measurement(path="/b", reason="its filesystem gave no answer"),
    )
    readings = [
        _snapshot(time, DockerHost(name="gpu-01", url=SOCKET, version=version, measured=measured))
        for time, version, measured in (
            (TIMES[0], "27.5.1", counted),
            (TIMES[1], "27.5.1", again),
            (TIMES[2], "28.5.1", None),
        )
    ]
    (host,) = merge(readings).hosts
    assert host == DockerHost(
        name="gpu-01",
        url=SOCKET,
        version="28.5.1",
        taken=TIMES[2],
        measured=(
            msgspec.structs.replace(again[0], taken=TIMES[1]),
            msgspec.structs.replace(counted[1], taken=TIMES[0]),
        ),
    )


@pytest.mark.parametrize("sizes", [(5, 7), (7, 5)])
def test_the_newest_count_counts_whichever_is_larger_and_read_first(sizes: tuple[int, int]) -> None:
    """Two snapshots of one host: what was counted last is what is there now."""
    readings = [
        _snapshot(
            time,
            DockerHost(
                name="gpu-01",
                url=SOCKET,
                measured=(Measurement(path="/a", size=size, files=size, complete=True),),
            ),
        )
        for time, size in zip(TIMES[:2], sizes, strict=True)
    ]
    for order in (readings, readings[::-1]):
        (host,) = merge(order).hosts
        assert host.measured == (
            Measurement(path="/a", size=sizes[1], files=sizes[1], complete=True, taken=TIMES[1]),
        )


def test_a_source_is_that_of_its_machine_even_where_all_have_one_url() -> None:
    failed = Source(probe="docker", target=SOCKET, status="failed", name="gpu-01")
    good = Source(probe="docker", target=SOCKET, status="ok", name="gpu-02")
    merged = merge(
        [
            Snapshot(advisor="0.1.0", taken=TIMES[0], sources=(failed,)),
            Snapshot(advisor="0.1.0", taken=TIMES[1], sources=(good,)),
        ]
    )
    assert [(source.name, source.status) for source in merged.sources] == [
        ("gpu-01", "failed"),
        ("gpu-02", "ok"),
    ]


def test_the_last_answer_about_an_image_counts_however_it_is_spelled() -> None:
    old = RegistryImage(reference="docker.io/library/python:latest", status="unreachable")
    new = RegistryImage(reference="python", status="missing")
    other = RegistryImage(reference="python:3", status="verified")
    merged = merge(
        [
            Snapshot(advisor="0", taken=TIMES[1], registries=(new,)),
            Snapshot(advisor="0", taken=TIMES[0], registries=(old, other)),
        ]
    )
    assert merged.registries == (
        RegistryImage(reference="python:3", status="verified", taken=TIMES[0]),
        RegistryImage(reference="python", status="missing", taken=TIMES[1]),
    )


def test_two_clusters_are_refused() -> None:
    pair = [
        Snapshot(
            advisor="0", taken=TIMES[0], cluster=Cluster(context=name, server=f"https://{name}")
        )
        for name in ("lab", "prod")
    ]
    with pytest.raises(InputError) as refused:
        merge(pair)
    assert refused.value.line() == (
        "the snapshots are of different clusters: lab (https://lab) and prod (https://prod)"
        " (merge the snapshots of one cluster at a time)"
    )


def test_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="no snapshot to merge"):
        merge([])


def _snapshot(taken: str, host: DockerHost) -> Snapshot:
    return Snapshot(advisor="0.1.0", taken=taken, hosts=(host,))
