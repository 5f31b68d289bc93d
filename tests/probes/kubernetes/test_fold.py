"""Equal parts are one object, and nothing else changes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.workload import PodContainer, PodTemplate, PodVolume, Toleration, VolumeMount
from advisor.objects.base import ListMeta
from advisor.objects.owners import OWNERS
from advisor.objects.pod import OwnerWire
from advisor.probes.kubernetes.fold import OwnerKey, OwnerObject, OwnerSink, Role, Sharing
from advisor.probes.kubernetes.paging import Dropped
from advisor.probes.kubernetes.reads import READS

_WORDS = st.sampled_from(["", "a", "data", "main"])
_AMOUNTS = st.dictionaries(st.sampled_from(["cpu", "memory"]), st.integers(0, 2))
_CONTAINERS = st.builds(
    PodContainer,
    name=_WORDS,
    image=_WORDS,
    init=st.booleans(),
    requests=_AMOUNTS,
    limits=_AMOUNTS,
    variables=st.lists(_WORDS, max_size=3).map(tuple),
    mounts=st.lists(st.builds(VolumeMount, volume=_WORDS, path=_WORDS), max_size=2).map(tuple),
    run_as_user=st.none() | st.integers(0, 1),
)
_TEMPLATES = st.builds(
    PodTemplate,
    containers=st.lists(_CONTAINERS, max_size=2).map(tuple),
    volumes=st.lists(
        st.builds(PodVolume, name=_WORDS, kind=_WORDS, size=st.none() | st.integers(0, 1)),
        max_size=2,
    ).map(tuple),
    node_selector=st.dictionaries(_WORDS, _WORDS, max_size=2),
    tolerations=st.lists(st.builds(Toleration, key=_WORDS), max_size=2).map(tuple),
    host_network=st.booleans(),
)


@given(st.lists(_TEMPLATES, max_size=6))
def test_what_comes_back_is_equal(templates: list[PodTemplate]) -> None:
    sharing = Sharing()
    shared = [sharing.of(template) for template in templates]
    assert shared == templates
    assert [repr(one) for one in shared] == [repr(one) for one in templates]


@given(_CONTAINERS, _CONTAINERS)
def test_equal_parts_are_one_object(first: PodContainer, second: PodContainer) -> None:
    sharing = Sharing()
    one, two = sharing.of(first), sharing.of(second)
    parts = ("name", "variables", "mounts", "requests", "limits")
    alike = [getattr(one, part) is getattr(two, part) for part in parts]
    assert alike == [repr(getattr(first, part)) == repr(getattr(second, part)) for part in parts]


def test_true_is_not_one() -> None:
    sharing = Sharing()
    assert sharing.of(1) is not True
    assert (sharing.of((True,)), repr(sharing.of(True))) == ((True,), "True")


def pods(image: str) -> dict[str, Any]:
    return {"metadata": None, "spec": {"containers": [{"name": "c", "image": image}]}}


def role(name: str, image: str, replicas: int | None = None, container: str = "c") -> Role:
    template = PodTemplate(containers=(PodContainer(name=container, image=image),))
    return Role(name=name, template=template, replicas=replicas)


def read(group: str, resource: str, spec: Any, **metadata: Any) -> tuple[OwnerObject, ...]:
    sink = OwnerSink(OWNERS[(group, resource)], group, "v1")
    document = {"metadata": {"namespace": "team", "name": "x", **metadata}, "spec": spec}
    sink.add([msgspec.json.decode(msgspec.json.encode(document), type=OwnerWire)], ListMeta())
    assert sink.dropped == []
    return sink.records()


KUBEFLOW = {"Master": {"replicas": 1, "template": pods("m")}, "Worker": {"template": pods("w")}}
RAY = {
    "headGroupSpec": {"template": pods("h")},
    "workerGroupSpecs": [{"groupName": "gpu", "replicas": 4, "template": pods("w")}, None],
}
JOB_SETS = {
    "replicatedJobs": [
        {
            "name": "workers",
            "replicas": 2,
            "template": {"spec": {"parallelism": 4, "template": pods("w")}},
        },
        {"name": "driver", "replicas": 1, "template": {"spec": {"template": pods("d")}}},
    ]
}
LEADER_WORKER = {
    "replicas": 2,
    "leaderWorkerTemplate": {"leaderTemplate": pods("l"), "workerTemplate": pods("w"), "size": 4},
}


@pytest.mark.parametrize(
    ("group", "resource", "spec", "expected"),
    [
        ("apps", "deployments", {"replicas": 3, "template": pods("a")}, (role("", "a", 3),)),
        ("apps", "statefulsets", {"replicas": 0, "template": pods("a")}, (role("", "a", 0),)),
        ("apps", "daemonsets", {"template": pods("a")}, (role("", "a"),)),
        ("batch", "jobs", {"parallelism": 2, "template": pods("a")}, (role("", "a", 2),)),
        ("batch", "cronjobs", {"jobTemplate": {"spec": {"template": pods("a")}}}, (role("", "a"),)),
        (
            "kubeflow.org",
            "pytorchjobs",
            {"pytorchReplicaSpecs": KUBEFLOW},
            (role("Master", "m", 1), role("Worker", "w")),
        ),
        (
            "kubeflow.org",
            "tfjobs",
            {"tfReplicaSpecs": {"PS": {"template": pods("p")}}},
            (role("PS", "p"),),
        ),
        (
            "kubeflow.org",
            "mpijobs",
            {"mpiReplicaSpecs": {"Launcher": {"template": pods("l")}}},
            (role("Launcher", "l"),),
        ),
        ("jobset.x-k8s.io", "jobsets", JOB_SETS, (role("workers", "w", 8), role("driver", "d", 1))),
        (
            "leaderworkerset.x-k8s.io",
            "leaderworkersets",
            LEADER_WORKER,
            (role("leader", "l", 2), role("worker", "w", 6)),
        ),
        ("ray.io", "rayclusters", RAY, (role("head", "h"), role("gpu", "w", 4))),
        ("ray.io", "rayjobs", {"rayClusterSpec": RAY}, (role("head", "h"), role("gpu", "w", 4))),
        (
            "ray.io",
            "rayservices",
            {"rayClusterConfig": RAY},
            (role("head", "h"), role("gpu", "w", 4)),
        ),
        (
            "batch.volcano.sh",
            "jobs",
            {"tasks": [{"name": "t", "replicas": 2, "template": pods("a")}]},
            (role("t", "a", 2),),
        ),
        ("run.ai", "runaijobs", {"template": pods("a")}, (role("", "a"),)),
        ("argoproj.io", "rollouts", {"replicas": 0, "template": pods("a")}, (role("", "a", 0),)),
        ("argoproj.io", "rollouts", {"workloadRef": {"kind": "Deployment"}}, ()),
        ("apps.kruise.io", "clonesets", {"template": pods("a")}, (role("", "a"),)),
        ("apps.kruise.io", "statefulsets", {"template": pods("a")}, (role("", "a"),)),
        (
            "keda.sh",
            "scaledjobs",
            {"jobTargetRef": {"parallelism": 2, "template": pods("a")}},
            (role("", "a", 2),),
        ),
        # Its runtime may have the image: only its pods tell it.
        (
            "trainer.kubeflow.org",
            "trainjobs",
            {"trainer": {"numNodes": 2}},
            (role("", "", 2, "trainer"),),
        ),
        ("apps", "deployments", None, ()),
        ("apps", "deployments", {"template": None}, ()),
        ("kubeflow.org", "pytorchjobs", {"pytorchReplicaSpecs": None}, ()),
        ("kubeflow.org", "pytorchjobs", {"pytorchReplicaSpecs": [1]}, ()),
        ("ray.io", "rayclusters", {"workerGroupSpecs": {"a": 1}}, ()),
        ("batch", "jobs", {"parallelism": True, "template": pods("a")}, (role("", "a"),)),
    ],
)
def test_templates_of_each_kind(
    group: str, resource: str, spec: Any, expected: tuple[Role, ...]
) -> None:
    assert [one.roles for one in read(group, resource, spec)] == [expected]


def test_every_kind_of_owner_is_read() -> None:
    workloads = {(read.group, read.resource) for read in READS if "cluster.workloads" in read.facts}
    runtimes = {key for key, kind in OWNERS.items() if kind.name.endswith("TrainingRuntime")}
    assert workloads == {*OWNERS, ("", "pods")} - runtimes


def test_an_owner_with_its_parent_and_only_telling_metadata() -> None:
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "controller": True}
    other = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c"}
    assert read(
        "batch",
        "jobs",
        {"suspend": True, "template": pods("a")},
        ownerReferences=[other, None, owner],
        labels={"app": "x", "controller-uid": "1"},
        annotations={"kubectl.kubernetes.io/last-applied-configuration": "s", "user": "ada"},
    ) == (
        OwnerObject(
            key=OwnerKey(namespace="team", kind="Job", name="x", group="batch"),
            api_version="batch/v1",
            parent=OwnerKey(namespace="team", kind="CronJob", name="nightly", group="batch"),
            roles=(role("", "a"),),
            suspended=True,
            labels={"app": "x"},
            annotations={"user": "ada"},
        ),
    )


@pytest.mark.parametrize(
    ("stated", "share"),
    [
        ({"gpu": "0.5"}, "gpu-fraction=0.5"),
        ({"gpu": "2"}, ""),
        ({"gpu": "0"}, ""),
        ({"gpuPortionRequest": 0.25}, "gpu-fraction=0.25"),
        ({"gpuMemory": "10Gi"}, "gpu-memory=10240"),
        ({"gpuMemory": "much"}, ""),
        ({"gpuDevices": "1", "gpuPortion": "0.5"}, ""),
        ({}, ""),
    ],
)
def test_the_part_of_a_gpu_that_a_runai_workload_asks_for(
    stated: dict[str, object], share: str
) -> None:
    fields = {name: {"value": value} for name, value in stated.items()}
    (found,) = read("run.ai", "trainingworkloads", {"image": {"value": "a"}, **fields})
    assert found.roles[0].template.gpu_share == share


def test_a_runai_workload_states_values_instead_of_a_template() -> None:
    spec = {
        "image": {"value": "team/train:1"},
        "imagePullPolicy": {"value": "Never"},
        "gpu": {"value": "2"},
        "cpu": {"value": "4"},
        "memory": {"value": "8Gi"},
        "environment": {"items": {"TOKEN": {"value": "hunter2"}, "null": None}},
        "hostIpc": {"value": True},
        "pvcs": {"items": {"p": {"value": {"claimName": "data", "path": "/data"}}}},
        "volumes": {
            "items": {
                "h": {"value": {"path": "/raid", "mountPath": "/raid", "readOnly": True}},
                "n": {"value": {"path": "/x", "nfsServer": "filer", "mountPath": "/x"}},
            }
        },
    }
    (found,) = read("run.ai", "trainingworkloads", spec)
    container = PodContainer(
        name="main",
        image="team/train:1",
        pull_policy="Never",
        requests={"cpu": 4000, "memory": 8 * 2**30, "nvidia.com/gpu": 2},
        limits={"nvidia.com/gpu": 2},
        variables=("TOKEN",),
        mounts=(
            VolumeMount(volume="p", path="/data"),
            VolumeMount(volume="h", path="/raid", read_only=True),
            VolumeMount(volume="n", path="/x"),
        ),
    )
    volumes = (
        PodVolume(name="p", kind="persistentVolumeClaim", source="data"),
        PodVolume(name="h", kind="hostPath", source="/raid"),
        PodVolume(name="n", kind="nfs", source="filer:/x"),
    )
    template = PodTemplate(containers=(container,), volumes=volumes, host_ipc=True)
    assert (found.guessed, found.roles) == (True, (Role(name="", template=template),))


@pytest.mark.parametrize(
    "spec",
    [
        {"image": {"value": "a"}, "usage": "Template"},
        {"image": None},
        {"image": {"value": ["a"]}},
        {},
    ],
)
def test_a_runai_template_or_one_without_an_image_is_no_job(spec: Any) -> None:
    assert [one.roles for one in read("run.ai", "interactiveworkloads", spec)] == [()]


def test_a_fraction_of_a_gpu_is_no_count() -> None:
    (found,) = read(
        "run.ai", "inferenceworkloads", {"image": {"value": "a"}, "gpu": {"value": "0.5"}}
    )
    assert found.roles[0].template.containers[0].limits == {}


def test_a_malformed_template_costs_no_other() -> None:
    sink = OwnerSink(OWNERS[("apps", "deployments")], "apps", "v1")
    documents = [
        {
            "metadata": {"namespace": "team", "name": "bad"},
            "spec": {"template": {"spec": {"containers": "none"}}},
        },
        {"metadata": {"namespace": "team", "name": "good"}, "spec": {"template": pods("a")}},
    ]
    sink.add(
        [msgspec.json.decode(msgspec.json.encode(one), type=OwnerWire) for one in documents], None
    )
    assert [one.key.name for one in sink.records()] == ["good"]
    assert sink.dropped == [
        Dropped(name="team/bad", reason="Expected `array | null`, got `str` - at `$.containers`")
    ]
