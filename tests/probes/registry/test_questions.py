"""Which images are asked for, and what is known of the machines' copies."""

from __future__ import annotations

from advisor.facts.cluster import Cluster, NodeImage
from advisor.facts.host import Container, DockerHost, HostImage
from advisor.facts.snapshot import Snapshot
from advisor.facts.workload import PodContainer, PodTemplate, Workload
from advisor.probes.registry.questions import Copy, Question, ask_for, questions_of

ID = "sha256:" + "a" * 64
HEX = "b" * 64
DIGEST = f"sha256:{HEX}"


def asked(snapshot: Snapshot) -> dict[str, tuple[Copy, ...]]:
    return {one.text: one.copies for one in questions_of(snapshot)}


def on_host(store: str, *images: HostImage) -> Snapshot:
    host = DockerHost(name="h", url="unix:///s", image_store=store, images=images)  # type: ignore[arg-type]
    return Snapshot(advisor="0", taken="", hosts=(host,))


def test_a_classic_store_names_the_config() -> None:
    image = HostImage(id=ID, tags=("r.example/a:1", "b:2"), digests=(f"r.example/a@{DIGEST}",))
    assert asked(on_host("classic", image)) == {
        "b:2": (Copy(config=ID),),
        "r.example/a:1": (Copy(config=ID, manifests=(DIGEST,)),),
    }


def test_containerd_names_the_manifest() -> None:
    image = HostImage(id=ID, tags=("r.example/a:1",), digests=(f"r.example/a@{ID}",))
    assert asked(on_host("containerd", image)) == {"r.example/a:1": (Copy(manifests=(ID,)),)}


def test_podman_leaves_the_kind_of_digest_out_of_the_id() -> None:
    image = HostImage(id="a" * 64, tags=("r.example/a:1",), architecture="arm64")
    copy = Copy(config=ID, architecture="arm64")
    assert asked(on_host("podman", image)) == {"r.example/a:1": (copy,)}


def test_what_is_not_asked_for() -> None:
    tags = ("localhost/a:1", "127.0.0.1:5000/a:1", "[::1]:5000/a", "localhost:5000/a")
    snapshot = on_host("classic", HostImage(id=ID, tags=tags), HostImage(id=ID))
    host = snapshot.hosts[0]
    containers = (Container(id="1", name="c", image=ID), Container(id="2", name="d", image="A B"))
    both = Snapshot(
        advisor="0",
        taken="",
        hosts=(DockerHost(name="g", url="", containers=containers), host),
    )
    assert questions_of(both) == ()


def test_nodes_and_workloads() -> None:
    named = NodeImage(names=(f"r.example/a@{DIGEST}", "r.example/a:1"), nodes=("n",))
    unnamed = NodeImage(names=(f"r.example/b@{DIGEST}",), nodes=("n",))
    template = PodTemplate(
        containers=(
            PodContainer(name="i", image="r.example/init:1", init=True),
            PodContainer(name="c", image="docker.io/library/python:3"),
        )
    )
    workload = Workload(namespace="x", kind="Job", name="j", template=template)
    cluster = Cluster(context="c", server="s", node_images=(named, unnamed), workloads=(workload,))
    assert asked(Snapshot(advisor="0", taken="", cluster=cluster)) == {
        "r.example/a:1": (Copy(manifests=(DIGEST,)),),
        f"r.example/b@{DIGEST}": (Copy(manifests=(DIGEST,)),),
        "r.example/init:1": (),
        "docker.io/library/python:3": (),
    }


def test_a_digest_is_a_question_of_its_own_whatever_tag_stands_before_it() -> None:
    names = (f"python:3@{DIGEST}", "python:3", f"docker.io/library/python@{DIGEST}")
    for order in (names, names[::-1]):
        assert [one.reference.key for one in ask_for(order)] == [
            "docker.io/library/python:3",
            f"docker.io/library/python@{DIGEST}",
        ]


def test_spellings_of_one_image_are_one_question() -> None:
    found = ask_for(("python", "docker.io/library/python:latest", "A"))
    assert [(one.text, one.reference.key) for one in found] == [
        ("python", "docker.io/library/python:latest")
    ]
    assert isinstance(found[0], Question)
