"""Images by content, with what becomes of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor import api
from advisor.facts.cluster import NodeImage
from advisor.facts.workload import RunningPods
from advisor.planning.image_plan import Layered, LayerTree, Share, push_order, shares
from advisor.planning.plan import CommitStep, Holder, ImagePlan
from tests.placement.samples import cluster, host, node, snapshot, workload
from tests.planning.samples import GIB, REGISTRY, container, content, image, plan

APART = "the same name stands for other content on {}, so each got a tag of its own"


def reasonless(*images: ImagePlan) -> tuple[ImagePlan, ...]:
    """The messages are the rules'."""
    import msgspec

    return tuple(msgspec.structs.replace(one, reason="") for one in images)


def test_names_contents_holders_and_order() -> None:
    base = image("lab/base:1", "a", layers="ab", size=2 * GIB)
    train = image("lab/train:1", "b", layers="abc", size=3 * GIB)
    other = image("lab/train:1", "c", layers="z", size=GIB)
    first = host("dgx", container("job", train), images=(base, train))
    second = host("ws", images=(base, other))
    move = {"outcome": "move", "action": "push"}
    assert reasonless(*plan(snapshot(None, first, second)).images) == (
        ImagePlan(
            id=content("a"),
            label="lab/base:1",
            names=("lab/base:1",),
            subjects=("image:docker.io/lab/base:1",),
            content=content("a"),
            holders=(Holder(machines=("dgx", "ws"), names=("lab/base:1",)),),
            target=f"{REGISTRY}/lab/base:1",
            source_host="dgx",
            size=2 * GIB,
            push_bytes=2 * GIB,
            order=1,
            **move,  # type: ignore[arg-type]
        ),
        ImagePlan(
            id=content("b"),
            label="lab/train:1",
            names=("lab/train:1",),
            subjects=("image:docker.io/lab/train:1",),
            content=content("b"),
            holders=(Holder(machines=("dgx",), names=("lab/train:1",)),),
            users=("container:dgx/job",),
            owners=("ann",),
            target=f"{REGISTRY}/lab/train:1-dgx",
            renamed=APART.format("ws"),
            source_host="dgx",
            size=3 * GIB,
            push_bytes=GIB,
            layers_after=content("a"),
            order=2,
            **move,  # type: ignore[arg-type]
        ),
        ImagePlan(
            id=content("c"),
            label="lab/train:1",
            names=("lab/train:1",),
            subjects=("image:docker.io/lab/train:1",),
            content=content("c"),
            holders=(Holder(machines=("ws",), names=("lab/train:1",)),),
            target=f"{REGISTRY}/lab/train:1-ws",
            renamed=APART.format("dgx"),
            source_host="ws",
            size=GIB,
            push_bytes=GIB,
            order=3,
            **move,  # type: ignore[arg-type]
        ),
    )


def test_two_names_of_one_content_are_pushed_once() -> None:
    one = image("lab/a:1", "a")
    both = type(one)(id=one.id, tags=("lab/a:1", "lab/longer:2"), size=GIB, architecture="amd64")
    found = plan(snapshot(None, host("dgx", images=(both,)))).images
    assert [(x.names, x.target) for x in found] == [
        (("lab/a:1", "lab/longer:2"), f"{REGISTRY}/lab/a:1")
    ]


def test_a_name_that_a_registry_has_serves_for_the_content() -> None:
    pulled = image("nvcr.io/nvidia/x:1", "a")
    known = type(pulled)(
        id=pulled.id,
        tags=("nvcr.io/nvidia/x:1", "lab/mine:1"),
        digests=(f"nvcr.io/nvidia/x@{content('d')}",),
        architecture="amd64",
    )
    found = plan(snapshot(None, host("dgx", images=(known,)))).images
    assert [(one.action, one.target) for one in found] == [("use", "nvcr.io/nvidia/x:1")]


def test_a_job_uses_the_contents_that_its_pods_run_and_no_other_of_the_name() -> None:
    name = "docker.io/lab/x"
    listed = tuple(
        NodeImage(names=(f"{name}@{content(letter)}", f"{name}:1"), nodes=(letter,), size=GIB)
        for letter in "abc"
    )
    nodes = tuple(node(letter, gpus=4) for letter in "abc")
    job = workload("train", image=f"{name}:1")
    running = tuple(
        RunningPods(
            images={job.template.containers[0].name: f"{name}@{content(letter)}"}, nodes=(letter,)
        )
        for letter in "ab"
    )
    jobs = (replace(job, running=running, nodes={"a": 1, "b": 1}),)
    found = plan(snapshot(cluster(*nodes, node_images=listed, workloads=jobs))).images
    assert {one.content: bool(one.users) for one in found} == {
        content("a"): True,
        content("b"): True,
        content("c"): False,
    }


def test_what_only_nodes_have_is_moved_from_a_node() -> None:
    listed = NodeImage(names=("docker.io/lab/x:1",), nodes=("n1", "n2"), size=GIB)
    nodes = (node("n1", gpus=4), node("n2", gpus=4))
    found = plan(snapshot(cluster(*nodes, node_images=(listed,)))).images
    target = f"{REGISTRY}/lab/x:1"
    name = "docker.io/lab/x:1"
    assert [(one.action, one.order, one.source_node, one.listed, one.by_hand) for one in found] == [
        (
            "push-from-node",
            None,
            "n1",
            name,
            f"on n1: ctr -n k8s.io images tag {name} {target}"
            f" && ctr -n k8s.io images push {target}",
        )
    ]


def test_one_gpu_node_keeps_what_it_has() -> None:
    dgx = host("dgx", images=(image("lab/x:1", "a"),))
    found = plan(snapshot(cluster(node("dgx", gpus=8)), dgx)).images
    assert [(one.action, one.target, one.order) for one in found] == [("stay", "", None)]


LISTED = NodeImage(names=("docker.io/lab/x:1",), nodes=("dgx",), size=GIB)


@pytest.mark.parametrize(
    ("runtime", "node_images", "image_count", "expected"),
    [
        ("containerd://2.1.3", (), 1, ("dgx", "containerd", False)),
        ("cri-o://1.33.0", (), 1, ("dgx", "cri-o", False)),
        ("containerd://2.1.3", (LISTED,), 1, ("", "", True)),
        ("docker://28.2.2", (), 1, ("", "", True)),
        ("containerd://2.1.3", (), 50, ("dgx", "containerd", None)),
        ("containerd://2.1.3", None, 0, ("dgx", "containerd", None)),
        ("", (), 1, ("dgx", "", None)),
    ],
)
def test_docker_and_the_kubelets_runtime_have_stores_of_their_own(
    runtime: str,
    node_images: tuple[NodeImage, ...] | None,
    image_count: int,
    expected: tuple[str, str, bool | None],
) -> None:
    one = image("lab/x:1", "a")
    dgx = host("dgx", container("job", one), images=(one,))
    gpu_node = node("dgx", gpus=8, container_runtime=runtime, image_count=image_count)
    found = api.audit(snapshot(cluster(gpu_node, node_images=node_images), dgx))
    assert found.plan is not None
    (planned,) = [one for one in found.plan.images if one.id == content("a")]
    assert planned.action == "stay"
    assert (planned.source_host, planned.runtime, planned.in_runtime) == expected
    status = {True: "ok", False: "finding", None: "unknown"}[expected[2]]
    assert {one.status for one in found.findings if one.rule == "IMG027"} - {"ok"} == {status} - {
        "ok"
    }


def test_work_in_a_writable_layer_is_a_step_and_a_question() -> None:
    used = image("lab/x:1", "a")
    job = container("job", used, layer_changes=3, layer_size=5, layer_paths=("/work/a",))
    found = plan(snapshot(None, host("dgx", job, images=(used,))))
    assert found.commits == (
        CommitStep(
            container="job",
            id="id-job",
            host="dgx",
            target=f"{REGISTRY}/saved/job:from-dgx",
            owner="ann",
            changes=3,
            size=5,
            paths=("/work/a",),
        ),
    )
    assert [(one.owner, one.about) for one in found.questions if "inside" in one.text] == [
        ("ann", ("job on dgx",))
    ]


def layered(name: str, chain: str, size: int | None, host: str = "h", uses: int = 0) -> Layered:
    return Layered(name, host, tuple(chain), size, uses)


def layer_plan(*images: Layered) -> list[Share]:
    tree = LayerTree(images)
    return shares(push_order(images, tree), tree)


def test_what_others_build_on_goes_first_then_what_is_used_most() -> None:
    images = [
        layered("rare", "abx", 30),
        layered("used", "abcd", 50, uses=5),
        layered("base", "ab", 20),
        layered("alone", "z", 7, uses=1),
    ]
    assert layer_plan(*images) == [
        Share("base", 20, False, ""),
        Share("used", 30, False, "base"),
        Share("alone", 7, False, ""),
        Share("rare", 10, False, "base"),
    ]


def test_a_common_beginning_that_is_no_image_makes_an_upper_bound() -> None:
    assert layer_plan(layered("one", "abx", 30), layered("two", "aby", 40)) == [
        Share("one", 30, False, ""),
        Share("two", 40, True, ""),
    ]


def test_what_another_host_has_sent_is_not_counted_on() -> None:
    assert layer_plan(layered("a", "ab", 20, host="one"), layered("b", "abc", 50, host="two")) == [
        Share("a", 20, False, ""),
        Share("b", 50, True, ""),
    ]


def test_an_unknown_size_stays_unknown() -> None:
    assert layer_plan(layered("a", "ab", None), layered("b", "abc", 50)) == [
        Share("a", None, False, ""),
        Share("b", 50, True, "a"),
    ]


CHAINS = st.lists(st.text("ab", max_size=5), max_size=12)


@given(CHAINS)
def test_an_image_comes_after_all_it_begins_with(chains: list[str]) -> None:
    images = [layered(f"{n}", chain, len(chain)) for n, chain in enumerate(chains)]
    order = push_order(images, LayerTree(images))
    for number, earlier in enumerate(order):
        for later in order[number + 1 :]:
            shorter = len(later.layers) < len(earlier.layers)
            assert not (
                later.layers and shorter and earlier.layers[: len(later.layers)] == later.layers
            )


@given(CHAINS)
def test_no_more_is_sent_than_there_is_and_what_is_certain_adds_up(chains: list[str]) -> None:
    images = [layered(f"{n}", chain, len(chain)) for n, chain in enumerate(chains)]
    found = layer_plan(*images)
    distinct = {chain[:length] for chain in chains for length in range(1, len(chain) + 1)}
    total = sum(share.bytes or 0 for share in found)
    assert len(distinct) <= total <= sum(map(len, chains))
    if not any(share.at_most for share in found):
        assert total == len(distinct)
