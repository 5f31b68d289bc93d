"""Data by its real location, with where it goes."""

from __future__ import annotations

from typing import Any

from advisor.facts.host import Filesystem, Measurement, Volume
from advisor.facts.storage import StorageClass
from advisor.planning.plan import ClaimTarget, DataPlan, DataSource, NfsTarget, Plan
from tests.placement.samples import cluster, host, node, snapshot
from tests.planning.samples import GIB, HOME, RAID, bind, container, image, plan

X = image("lab/x:1", "a")
FILER = StorageClass(name="filer", provisioner="nfs.csi.k8s.io")
NODES = (node("n1", gpus=4), node("n2", gpus=4))


def places(of: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.id, one.action, one.users) for one in of.data]


def test_two_paths_on_one_export_are_one_place() -> None:
    other = Filesystem(mount_point="/mnt/h", type="nfs4", device="filer:/export/home")
    first = host("dgx", container("one", X, bind("/home/ann", "/a", HOME)), images=(X,))
    second = host("ws", container("two", X, bind("/mnt/h/ann", "/b", other)), images=(X,))
    (found,) = plan(snapshot(None, first, second)).data
    assert found == DataPlan(
        id="nfs:filer:/export/home/ann",
        label="filer:/export/home/ann",
        kind="bind",
        subjects=("data:path:/home/ann", "data:path:/mnt/h/ann"),
        outcome="ok",
        action="use",
        reason=found.reason,
        sources=(
            DataSource(machine="dgx", path="/home/ann", filesystem="nfs4 filer:/export/home"),
            DataSource(machine="ws", path="/mnt/h/ann", filesystem="nfs4 filer:/export/home"),
        ),
        source_host="dgx",
        source_path="/home/ann",
        users=("container:dgx/one", "container:ws/two"),
        owners=("ann",),
        mount_path="/a",
        other_paths=("/b",),
        nfs=NfsTarget(
            server="filer",
            export="/export/home/ann",
            runai_v1="/export/home/ann:/a:rw:filer",
            runai_v2="path=/export/home/ann,server=filer,mountpath=/a,readwrite",
        ),
    )


def test_one_path_on_two_disks_is_two_places_and_a_question() -> None:
    hosts = [host(name, container(name, X, bind("/raid/d")), images=(X,)) for name in ("a", "b")]
    found = plan(snapshot(None, *hosts))
    assert places(found) == [
        ("a:/raid/d", "copy", ("container:a/a",)),
        ("b:/raid/d", "copy", ("container:b/b",)),
    ]
    text = "Is this the same data on each of these machines, and which copy counts?"
    assert [(q.owner, q.about) for q in found.questions if q.text == text] == [
        ("ann", ("/raid/d on a, b",))
    ]


def test_a_copy_gets_a_claim_on_the_best_class() -> None:
    disk = Volume(name="models", mount_point="/var/v/models", size=10 * GIB, filesystem=RAID)
    job = container("job", X, bind("/raid/d", read_only=True))
    local = StorageClass(name="local", provisioner="rancher.io/local-path", default=True)
    of = cluster(*NODES, storage_classes=(local, FILER))
    found = plan(snapshot(of, host("dgx", job, images=(X,), volumes=(disk,))))
    assert [(one.id, one.read_only, one.claim) for one in found.data] == [
        (
            "dgx:/raid/d",
            True,
            ClaimTarget(name="data-d", storage_class="filer", evidence="catalogue"),
        ),
        (
            "dgx:/var/v/models",
            False,
            ClaimTarget(
                name="data-models", storage_class="filer", evidence="catalogue", request=12 * GIB
            ),
        ),
    ]


def test_a_place_inside_of_another_goes_with_it() -> None:
    jobs = (
        container("all", X, bind("/raid")),
        container("part", X, bind("/raid/a/b")),
        container("beside", X, bind("/raid-2")),
    )
    found = plan(snapshot(None, host("dgx", *jobs, images=(X,))))
    assert {one.id: (one.inside, one.claim and one.claim.sub_path) for one in found.data} == {
        "dgx:/raid": ("", ""),
        "dgx:/raid/a/b": ("dgx:/raid", "a/b"),
        "dgx:/raid-2": ("", ""),
    }
    assert [one.id for one in found.copied] == ["dgx:/raid", "dgx:/raid-2"]


def test_the_machines_own_paths_are_left() -> None:
    job = container("job", X, bind("/var/run/docker.sock"), bind("/etc/passwd"))
    found = plan(snapshot(None, host("dgx", job, images=(X,))))
    assert [one.action for one in found.data] == ["leave", "leave"]
    assert found.copied == ()


def test_no_class_that_many_nodes_can_mount_is_a_question() -> None:
    job = container("job", X, bind("/raid/d"))
    found = plan(snapshot(cluster(*NODES), host("dgx", job, images=(X,))))
    assert [one.claim for one in found.data] == [ClaimTarget(name="data-d")]
    texts = {question.text for question in found.questions if not question.owner}
    assert "Which storage that every node can mount shall this be copied to?" in texts


def counted(path: str, **fields: object) -> Measurement:
    return Measurement(path=path, **{"files": 3, "complete": True, **fields})  # type: ignore[arg-type]


def sized(*measured: Measurement, **fields: Any) -> Plan:
    """The plan for one container with /raid/d on a host with these counts."""
    job = container("job", X, bind("/raid/d"))
    dgx = host("dgx", job, images=(X,), measured=measured, **fields)
    return plan(snapshot(cluster(*NODES, storage_classes=(FILER,)), dgx))


def size_questions(of: Plan) -> list[tuple[str, str]]:
    return [(one.text, one.settle) for one in of.questions if one.text.startswith("How large")]


def test_a_counted_place_gets_a_claim_of_its_size_and_a_time() -> None:
    found = sized(counted("/raid/d", size=10 * GIB, allocated=20 * GIB), counted("/raid", size=1))
    (place,) = found.data
    assert (place.size, place.at_least, place.files, place.unmeasured) == (10 * GIB, None, 3, "")
    # Blocks are the larger here: small files fill them.
    assert place.claim == ClaimTarget(
        name="data-d", storage_class="filer", evidence="catalogue", request=24 * GIB
    )
    assert size_questions(found) == []
    (wave,) = found.waves
    assert (wave.bytes, wave.unknown_sizes, wave.seconds) == (11 * GIB, 0, 95)


def test_a_sparse_or_compressed_place_gets_room_for_its_whole_length() -> None:
    (place,) = sized(counted("/raid/d", size=10 * GIB, allocated=GIB)).data
    assert place.claim is not None
    assert place.claim.request == 12 * GIB


def test_a_lower_bound_is_no_size() -> None:
    reason = "2 folders could not be read"
    found = sized(
        counted("/raid/d", size=3 * GIB, allocated=GIB, complete=False, unreadable=2, reason=reason)
    )
    (place,) = found.data
    assert (place.size, place.at_least, place.files) == (None, 3 * GIB, 3)
    assert place.unmeasured == reason
    assert place.claim is not None
    assert place.claim.request is None
    assert size_questions(found) == [
        (
            "How large is this? Its claim needs a size. It is at least 3.0 GiB: 2 folders could not"
            " be read.",
            "du -sb -- /raid/d  # or: advisor snapshot --measure-data",
        )
    ]
    (wave,) = found.waves
    assert (wave.bytes, wave.unknown_sizes) == (GIB, 1)


def test_a_place_that_could_not_be_counted_says_why() -> None:
    found = sized(Measurement(path="/raid/d", reason="its filesystem gave no answer"))
    (place,) = found.data
    assert (place.size, place.at_least, place.files) == (None, None, None)
    assert [text for text, _ in size_questions(found)] == [
        "How large is this? Its claim needs a size. It was not measured: its filesystem gave no"
        " answer."
    ]


def test_a_count_on_the_machine_itself_serves_a_reading_from_afar() -> None:
    """As merged: the engine read over tcp, which cannot count, and a snapshot made there."""
    job = container("job", X, bind("/raid/d", filesystem=None))
    refused = Measurement(path="/raid/d", reason="run advisor there", taken="2026-11-25T00:00:00Z")
    whole = counted("/raid/d", size=GIB, allocated=GIB, taken="2026-11-24T00:00:00Z")
    near = container("job", X, bind("/raid/d"))
    hosts = (
        host("dgx", job, images=(X,), measured=(refused,)),
        host("dgx", near, images=(X,), measured=(whole,)),
    )
    found = plan(snapshot(cluster(*NODES, storage_classes=(FILER,)), *hosts))
    assert {(one.id, one.size, one.files) for one in found.data} == {("dgx:/raid/d", GIB, 3)}


def test_a_counted_volume() -> None:
    options = {"type": "none", "o": "bind", "device": "/raid/models"}
    volumes = (
        Volume(name="models", mount_point="/var/v/models", filesystem=RAID),
        Volume(name="bound", mount_point="/var/v/bound", options=options, filesystem=RAID),
    )
    found = sized(
        counted("/var/v/models", size=GIB, allocated=GIB),
        counted("/raid/models", size=2 * GIB, allocated=GIB),
        volumes=volumes,
    )
    assert {one.id: one.size for one in found.data} == {
        "dgx:/raid/d": None,
        "dgx:/var/v/models": GIB,
        "dgx:/raid/models": 2 * GIB,
    }
