"""What of a plan is done, by a later snapshot."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor import api
from advisor.configuration.settings import Assumption, Settings
from advisor.facts.cluster import Namespace, NodeImage, ServiceAccount
from advisor.facts.host import DockerHost
from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.facts.storage import Claim
from advisor.planning.status import PlanProgress, Seen, StepProgress, copy_key, plan_progress
from tests.placement.samples import GPU, cluster, host, node, snapshot, workload
from tests.planning.samples import REGISTRY, bind, container, content, image

X = image("lab/x:1", "a")
TARGET = f"{REGISTRY}/lab/x:1"
DGX = host("dgx", container("job", X, bind("/raid/d")), images=(X,))
NODES = (node("n1", gpus=4), node("n2", gpus=4))
OLD = snapshot(cluster(*NODES), DGX)
PUSHED = msgspec.structs.replace(
    X, tags=("lab/x:1", TARGET), digests=(f"{REGISTRY}/lab/x@{content('d')}",)
)
BOUND = Claim(namespace="team", name="data-d", phase="Bound")
EVERYBODY = RegistryImage(
    reference=TARGET, status="verified", digest=content("d"), anonymous=True, holds=(content("a"),)
)


def audit(of: Snapshot, registry: str = REGISTRY) -> api.Assessment:
    assume = Assumption(gpu_nodes=2, gpus_per_node=4) if of.cluster is None else None
    return api.audit(of, Settings(registry=registry, assume=assume))


def progress(
    later: Snapshot, old: Snapshot = OLD, registry: str = REGISTRY, **copies: str
) -> PlanProgress:
    return api.plan_progress(audit(old, registry), audit(later, registry), copies=copies)


def states(found: PlanProgress) -> dict[str, str]:
    return {one.topic: one.state for one in found.steps}


def test_nothing_is_done() -> None:
    found = progress(OLD)
    image = StepProgress(
        id=content("a"),
        topic="image",
        label=TARGET,
        state="open",
        why="its host knows it under no digest of the registry",
    )
    data = StepProgress(
        id="dgx:/raid/d",
        topic="data",
        label="/raid/d on dgx",
        state="open",
        why="there is no claim data-d",
    )
    job = StepProgress(
        id="container:dgx/job",
        topic="job",
        label="job on dgx",
        state="open",
        why="the cluster has no job of that name",
    )
    secret = StepProgress(
        id="secret",
        topic="secret",
        label="pull-registry-example",
        state="unknown",
        why="registry.example was not asked whether it lets everybody read.",
    )
    assert found.steps == (secret, image, data, job)
    assert (found.done, found.open, found.unknown) == (0, 3, 1)
    assert [(one.title, one.done, one.unknown, one.steps) for one in found.waves] == [
        ("Pilot: job on dgx", 0, 0, (image, data, job))
    ]


def later(*claims: Claim, dgx: DockerHost | None = None, **fields: Any) -> Snapshot:
    return snapshot(
        cluster(*NODES, claims=claims, workloads=(workload("job"),)),
        dgx or host("dgx", images=(PUSHED,)),
        **fields,
    )


def test_a_bound_claim_does_not_say_what_is_in_it() -> None:
    found = progress(later(BOUND, registries=(EVERYBODY,)))
    assert states(found) == {"secret": "done", "image": "done", "data": "unknown", "job": "done"}
    assert [(one.done, one.unknown, one.total) for one in found.waves] == [(2, 1, 3)]


def test_a_copy_that_its_script_found_complete_is_done_once_its_claim_is_bound() -> None:
    note = {copy_key("dgx:/raid/d"): "2026-11-25T10:00:00Z"}
    waiting = msgspec.structs.replace(BOUND, phase="Pending")
    found = [
        states(progress(one, **note))["data"]
        for one in (later(), later(waiting), later(BOUND), snapshot(None))
    ]
    assert found == ["open", "open", "done", "unknown"]


def test_what_was_not_read_is_not_known() -> None:
    assert set(states(progress(snapshot(None))).values()) == {"unknown"}


def test_a_host_that_was_not_read_says_nothing_of_its_images() -> None:
    other = snapshot(cluster(*NODES), host("other", images=()))
    assert states(progress(other))["image"] == "unknown"


@pytest.mark.parametrize(
    ("store", "state"), [("classic", "done"), ("containerd", "unknown"), ("podman", "unknown")]
)
def test_a_digest_proves_a_push_in_the_classic_store_only(store: str, state: str) -> None:
    other = msgspec.structs.replace(PUSHED, tags=("else/where:1",))
    dgx = host("dgx", images=(other,), image_store=store)
    seen = audit(later(dgx=dgx)).seen
    old = audit(OLD).plan
    assert seen is not None
    assert old is not None
    nothing = msgspec.structs.replace(old, images=())
    assert states(plan_progress(old, nothing, seen))["image"] == state


HELD = content("d")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": "verified", "digest": HELD}, "done"),
        ({"status": "verified", "digest": content("e"), "holds": (HELD,)}, "done"),
        ({"status": "verified", "digest": content("e"), "holds": (content("a"),)}, "done"),
        ({"status": "verified", "digest": content("e"), "lacks": (HELD,)}, "open"),
        ({"status": "verified", "digest": content("e")}, "unknown"),
        ({"status": "missing"}, "open"),
        ({"status": "denied"}, "unknown"),
        ({"status": "unreachable"}, "unknown"),
    ],
)
def test_the_registrys_own_word_counts_first(answer: dict[str, object], state: str) -> None:
    found = msgspec.convert({"reference": TARGET, **answer}, RegistryImage)
    now = snapshot(None, host("dgx", images=(PUSHED,)), registries=(found,))
    assert states(progress(now))["image"] == state


def test_podman_writes_ids_without_their_kind() -> None:
    bare = image("lab/x:1", "a")
    bare = msgspec.structs.replace(bare, id="a" * 64)
    old = snapshot(cluster(*NODES), host("dgx", images=(bare,), image_store="podman"))
    assert states(progress(snapshot(None, registries=(EVERYBODY,)), old))["image"] == "done"


def test_the_same_content_under_another_name_is_done_while_no_registry_was_named() -> None:
    dgx = host("dgx", images=(msgspec.structs.replace(PUSHED, tags=("lab/x:1",)),))
    (one,) = [one for one in progress(later(dgx=dgx), registry="").steps if one.topic == "image"]
    assert (one.state, one.why) == (
        "done",
        f"a registry has the same content as {REGISTRY}/lab/x@{content('d')}",
    )


LACKING = {"namespaces": (Namespace(name="lab", labels={"runai/queue": "lab"}),)}
DENIED = msgspec.structs.replace(EVERYBODY, anonymous=False)


@pytest.mark.parametrize(
    ("fields", "answer", "state"),
    [
        ({**LACKING, "service_accounts": ()}, DENIED, "open"),
        ({**LACKING, "service_accounts": None}, DENIED, "unknown"),
        (
            {
                **LACKING,
                "service_accounts": (
                    ServiceAccount(namespace="lab", name="default", pull_secrets=("p",)),
                ),
            },
            DENIED,
            "done",
        ),
        ({**LACKING, "service_accounts": ()}, EVERYBODY, "done"),
    ],
)
def test_a_pull_secret_is_seen_where_something_names_it(
    fields: dict[str, Any], answer: RegistryImage, state: str
) -> None:
    old = snapshot(cluster(*NODES, **LACKING), DGX)
    now = snapshot(cluster(*NODES, **fields), registries=(answer,))
    assert states(progress(now, old))["secret"] == state


def test_a_job_of_the_cluster_is_done_when_nothing_in_it_has_to_change() -> None:
    mine = workload("train", image="lab/x:1")
    old = snapshot(cluster(*NODES, workloads=(mine,)), host("dgx", images=(X,)))
    other = workload("train", image=TARGET)
    now = [
        snapshot(cluster(*NODES, workloads=(one,)), host("dgx", images=(X,)))
        for one in (mine, other)
    ]
    gone = snapshot(cluster(*NODES), host("dgx", images=(X,)))
    assert GPU in mine.template.containers[0].requests
    assert [states(progress(one, old))["job"] for one in (*now, gone)] == [
        "open",
        "done",
        "unknown",
    ]


def test_a_job_of_that_name_that_was_there_before_proves_nothing() -> None:
    old = snapshot(cluster(*NODES, workloads=(workload("job"),)), DGX)
    (mine,) = [one for one in progress(later(), old).steps if one.id == "container:dgx/job"]
    assert (mine.state, mine.why) == (
        "unknown",
        "the cluster had job when the plan was made already",
    )


def test_a_report_of_one_owner_does_not_say_what_was_seen() -> None:
    part = api.for_owner(audit(OLD), "ann")
    assert part.seen is None
    assert audit(OLD).seen == Seen(hosts={"dgx": "classic"}, claims={}, workloads=())


@pytest.mark.parametrize(
    ("answer", "noted", "state"),
    [
        ({"status": "verified", "holds": (content("a"),)}, False, "done"),
        ({"status": "verified", "lacks": (content("a"),)}, False, "unknown"),
        ({"status": "verified", "lacks": (content("a"),)}, True, "done"),
        ({"status": "missing"}, True, "open"),
        ({"status": "denied"}, True, "unknown"),
    ],
)
def test_what_a_node_calls_by_an_index_is_known_by_its_script(
    answer: dict[str, object], noted: bool, state: str
) -> None:
    names = (f"localhost:5000/lab/x@{content('a')}", "localhost:5000/lab/x:1")
    listed = NodeImage(names=names, nodes=("n1",), size=5)
    old = snapshot(cluster(*NODES, node_images=(listed,)))
    notes = {copy_key(content("a")): "2026-11-25T10:00:00Z"} if noted else {}
    found = msgspec.convert({"reference": TARGET, **answer}, RegistryImage)
    assert states(progress(snapshot(None, registries=(found,)), old, **notes))["image"] == state


@pytest.mark.parametrize(
    ("node_images", "state"),
    [
        ((), "open"),
        ((NodeImage(names=("docker.io/lab/x:1",), nodes=("dgx",)),), "done"),
        (None, "unknown"),
    ],
)
def test_an_image_that_stays_is_done_once_the_node_itself_has_it(
    node_images: tuple[NodeImage, ...] | None, state: str
) -> None:
    gpu_node = node("dgx", gpus=8, container_runtime="containerd://2.1.3")
    before, after = (snapshot(cluster(gpu_node, node_images=one), DGX) for one in ((), node_images))
    assert states(progress(after, before))["image"] == state
