"""Pods folded, then brought together with the objects that own them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.workload import (
    PodContainer,
    PodTemplate,
    PodVolume,
    RunningPods,
    VolumeMount,
    Workload,
)
from advisor.jobs.spec import AcceleratorNeed
from advisor.jobs.workload import workload_job
from advisor.objects.base import ListMeta
from advisor.objects.owners import OWNERS
from advisor.objects.pod import OwnerWire, PodWire
from advisor.probes.kubernetes.fold import OwnerObject, OwnerSink, PodFold
from advisor.probes.kubernetes.workloads import workloads


def spec(image: str, **more: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", "image": image}], **more}


def template(image: str, **more: Any) -> PodTemplate:
    return PodTemplate(containers=(PodContainer(name="c", image=image),), **more)


def on(*nodes: str) -> tuple[RunningPods, ...]:
    """Running pods whose runtime said nothing of their images yet."""
    return (RunningPods(nodes=nodes),)


def owner(kind: str, name: str, version: str = "apps/v1") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "name": name, "controller": True}


def pod(name: str, body: Any, *owners: Any, phase: str | None = "Running", **meta: Any) -> PodWire:
    document = {
        "metadata": {"namespace": "team", "name": name, "ownerReferences": list(owners), **meta},
        "spec": body,
        "status": {"phase": phase},
    }
    return msgspec.json.decode(msgspec.json.encode(document), type=PodWire)


def objects(group: str, resource: str, version: str, *documents: Any) -> list[OwnerObject]:
    sink = OwnerSink(OWNERS[(group, resource)], group, version)
    sink.add(
        [
            msgspec.json.decode(
                msgspec.json.encode({**one, "metadata": {"namespace": "team", **one["metadata"]}}),
                type=OwnerWire,
            )
            for one in documents
        ],
        ListMeta(),
    )
    return list(sink.records())


def folded(*pods: PodWire) -> PodFold:
    fold = PodFold()
    for one in pods:
        fold.add(one)
    return fold


def together(
    found: list[OwnerObject], *pods: PodWire, deployments_read: bool = True
) -> tuple[Workload, ...]:
    return workloads(found, folded(*pods), deployments_read=deployments_read)


WEB = owner("ReplicaSet", "web-5d8f7c9b4")
HASH = {"pod-template-hash": "5d8f7c9b4"}
DEPLOYMENT = {
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"replicas": 2, "template": {"spec": spec("web:1")}},
}


def test_pods_of_a_deployment_are_counted_under_its_own_template() -> None:
    found = objects("apps", "deployments", "v1", DEPLOYMENT)
    injected = spec("web:1", nodeName="n1", tolerations=[{"key": "added"}])
    assert together(
        found,
        pod("web-1", injected, WEB, labels=HASH),
        pod("web-2", {**injected, "nodeName": "n2"}, WEB, labels=HASH),
        pod("web-3", spec("web:1"), WEB, labels=HASH, phase="Pending"),
    ) == (
        Workload(
            namespace="team",
            kind="Deployment",
            name="web",
            api_version="apps/v1",
            template=template("web:1"),
            replicas=2,
            phases={"Running": 2, "Pending": 1},
            nodes={"n1": 1, "n2": 1},
            running=on("n1", "n2"),
            labels={"app": "web"},
        ),
    )


@pytest.mark.parametrize("read", [True, False])
def test_pods_of_a_rollout_are_its_own_and_no_deployments(read: bool) -> None:
    found = objects("argoproj.io", "rollouts", "v1alpha1", DEPLOYMENT) if read else []
    hashed = {"rollouts-pod-template-hash": "5d8f7c9b4"}
    counted = together(found, pod("web-1", spec("web:1", nodeName="n1"), WEB, labels=hashed))
    assert [(one.kind, one.name, one.origin, one.nodes, one.guessed) for one in counted] == [
        ("Rollout", "web", "object" if read else "pod", {"n1": 1}, False)
    ]


@pytest.mark.parametrize(
    ("deployments_read", "kind", "guessed"),
    [(False, "Deployment", True), (True, "ReplicaSet", False)],
)
def test_a_deployment_that_was_not_read_is_a_guess(
    deployments_read: bool, kind: str, guessed: bool
) -> None:
    assert together(
        [],
        pod("web-1", spec("web:1", nodeName="n1"), WEB, labels=HASH),
        deployments_read=deployments_read,
    ) == (
        Workload(
            namespace="team",
            kind=kind,
            name="web",
            api_version="apps/v1",
            origin="pod",
            template=template("web:1"),
            phases={"Running": 1},
            nodes={"n1": 1},
            running=on("n1"),
            guessed=guessed,
        ),
    )


def test_jobs_of_a_cron_job_are_counted_under_it() -> None:
    cron = {
        "metadata": {"name": "nightly"},
        "spec": {
            "suspend": True,
            "jobTemplate": {"spec": {"parallelism": 1, "template": {"spec": spec("cron:1")}}},
        },
    }
    job = {
        "metadata": {
            "name": "nightly-1",
            "ownerReferences": [owner("CronJob", "nightly", "batch/v1")],
        },
        "spec": {"template": {"spec": spec("cron:0")}},
    }
    found = [*objects("batch", "cronjobs", "v1", cron), *objects("batch", "jobs", "v1", job)]
    done = pod(
        "nightly-1-x", spec("cron:0"), owner("Job", "nightly-1", "batch/v1"), phase="Succeeded"
    )
    assert together(found, done) == (
        Workload(
            namespace="team",
            kind="CronJob",
            name="nightly",
            api_version="batch/v1",
            template=template("cron:1"),
            replicas=1,
            suspended=True,
            phases={"Succeeded": 1},
        ),
    )


def test_roles_of_a_training_job_with_and_without_pods() -> None:
    job = {
        "metadata": {"name": "bert"},
        "spec": {
            "pytorchReplicaSpecs": {
                "Master": {"replicas": 1, "template": {"spec": spec("bert:m")}},
                "Worker": {"replicas": 2, "template": {"spec": spec("bert:w", nodeName="gpu-7")}},
            }
        },
    }
    reference = owner("PyTorchJob", "bert", "kubeflow.org/v1")
    common = {
        "namespace": "team",
        "kind": "PyTorchJob",
        "name": "bert",
        "api_version": "kubeflow.org/v1",
    }
    assert together(
        objects("kubeflow.org", "pytorchjobs", "v1", job),
        pod(
            "bert-master-0",
            spec("bert:m", nodeName="n1"),
            reference,
            labels={"training.kubeflow.org/replica-type": "master"},
        ),
        pod(
            "bert-odd-0",
            spec("bert:o"),
            reference,
            labels={"training.kubeflow.org/replica-type": "evaluator"},
        ),
    ) == (
        Workload(
            **common,
            role="Master",
            template=template("bert:m"),
            replicas=1,
            phases={"Running": 1},
            nodes={"n1": 1},
            running=on("n1"),
        ),
        Workload(
            **common, role="Worker", template=template("bert:w", node_name="gpu-7"), replicas=2
        ),
        Workload(
            **common,
            role="evaluator",
            template=template("bert:o"),
            origin="pod",
            phases={"Running": 1},
        ),
    )


def test_a_guessed_template_gives_way_to_the_object_made_of_it() -> None:
    train = {"metadata": {"name": "tune"}, "spec": {"trainer": {"image": "tune:1"}}}
    sets = {
        "metadata": {
            "name": "tune",
            "ownerReferences": [owner("TrainJob", "tune", "trainer.kubeflow.org/v1alpha1")],
        },
        "spec": {
            "replicatedJobs": [
                {
                    "name": "node",
                    "replicas": 2,
                    "template": {"spec": {"template": {"spec": spec("tune:full")}}},
                }
            ]
        },
    }
    jobs = [
        {
            "metadata": {
                "name": f"tune-node-{n}",
                "ownerReferences": [owner("JobSet", "tune", "jobset.x-k8s.io/v1alpha2")],
            },
            "spec": {"template": {"spec": spec("tune:full")}},
        }
        for n in range(2)
    ]
    alone = objects("trainer.kubeflow.org", "trainjobs", "v1alpha1", train)
    common = {
        "namespace": "team",
        "kind": "TrainJob",
        "name": "tune",
        "api_version": "trainer.kubeflow.org/v1alpha1",
    }
    guess = PodTemplate(containers=(PodContainer(name="trainer", image="tune:1"),))
    assert together(alone) == (Workload(**common, template=guess, guessed=True),)
    found = [
        *objects("batch", "jobs", "v1", *jobs),
        *objects("jobset.x-k8s.io", "jobsets", "v1alpha2", sets),
        *alone,
    ]
    labels = {"jobset.sigs.k8s.io/replicatedjob-name": "node"}
    assert together(
        found,
        pod("a", spec("tune:full"), owner("Job", "tune-node-0", "batch/v1"), labels=labels),
        pod("b", spec("tune:full"), owner("Job", "tune-node-1", "batch/v1"), labels=labels),
    ) == (
        Workload(
            **common, role="node", template=template("tune:full"), replicas=2, phases={"Running": 2}
        ),
    )


SPARK = {
    "type": "Python",
    "image": "spark:3.5",
    "volumes": [{"name": "d", "hostPath": {"path": "/srv/d"}}],
    "driver": {"coreRequest": "500m", "memory": "1g", "memoryOverhead": "512m"},
    "executor": {
        "cores": 2,
        "instances": 3,
        "memory": "10g",
        "gpu": {"name": "nvidia.com/gpu", "quantity": 1},
        "nodeSelector": {"pool": "gpu"},
        "volumeMounts": [{"name": "d", "mountPath": "/d"}],
    },
}
SPARK_VOLUMES = (PodVolume(name="d", kind="hostPath", source="/srv/d"),)
DRIVER = PodTemplate(
    containers=(
        PodContainer(
            name="driver", image="spark:3.5", requests={"cpu": 500, "memory": 1536 * 2**20}
        ),
    ),
    volumes=SPARK_VOLUMES,
)
EXECUTOR = PodTemplate(
    containers=(
        PodContainer(
            name="executor",
            image="spark:3.5",
            requests={"cpu": 2000, "memory": 14 * 2**30, "nvidia.com/gpu": 1},
            limits={"nvidia.com/gpu": 1},
            mounts=(VolumeMount(volume="d", path="/d"),),
        ),
    ),
    volumes=SPARK_VOLUMES,
    node_selector={"pool": "gpu"},
)
WRAPPED = {
    "components": [
        {"template": {"kind": "Job", "spec": {"template": {"spec": spec("lab:1")}}}},
        {
            "template": {
                "kind": "PyTorchJob",
                "spec": {"pytorchReplicaSpecs": {"Worker": {"template": {"spec": spec("lab:2")}}}},
            }
        },
    ]
}
WITHOUT_PODS = {
    "a Spark application, its driver and its executors": (
        ("sparkoperator.k8s.io", "sparkapplications", SPARK),
        [("driver", DRIVER, None), ("executor", EXECUTOR, 3)],
    ),
    "a Spark application of a schedule": (
        ("sparkoperator.k8s.io", "scheduledsparkapplications", {"template": SPARK}),
        [("driver", DRIVER, None), ("executor", EXECUTOR, 3)],
    ),
    "objects that an AppWrapper wraps": (
        ("workload.codeflare.dev", "appwrappers", WRAPPED),
        [
            ("spec.components.0.template.spec.template", template("lab:1"), None),
            (
                "spec.components.1.template.spec.pytorchReplicaSpecs.Worker.template",
                template("lab:2"),
                None,
            ),
        ],
    ),
    "a notebook": (
        ("kubeflow.org", "notebooks", {"template": {"spec": spec("lab:3")}}),
        [("", template("lab:3"), None)],
    ),
    "a step of a workflow": (
        (
            "argoproj.io",
            "workflows",
            {"templates": [{"name": "train", "container": spec("lab:4")["containers"][0]}]},
        ),
        [("train", template("lab:4", restart_policy="Never"), None)],
    ),
    "what an inference service predicts with": (
        ("serving.kserve.io", "inferenceservices", {"predictor": spec("lab:5")}),
        [("", template("lab:5"), None)],
    ),
}


@pytest.mark.parametrize("case", WITHOUT_PODS)
def test_what_has_no_pod_is_known_by_its_object(case: str) -> None:
    (group, resource, written), expected = WITHOUT_PODS[case]
    found = together(objects(group, resource, "v1", {"metadata": {"name": "x"}, "spec": written}))
    assert [(one.role, one.template, one.replicas) for one in found] == sorted(
        expected, key=lambda role: role[0]
    )


def test_bare_pods_with_one_template_are_one_workload() -> None:
    token = {"name": "kube-api-access-{}", "projected": {}}
    bodies = [
        spec("x:1", nodeName=f"n{n}", volumes=[{**token, "name": f"kube-api-access-abcd{n}"}])
        for n in range(3)
    ]
    common = {"namespace": "team", "kind": "Pod", "api_version": "v1", "origin": "pod"}
    assert together(
        [],
        pod("c", bodies[2]),
        pod("a", bodies[0]),
        pod("b", bodies[1], phase=None),
        pod("other", spec("x:2")),
        pod("mine", bodies[0], annotations={"user": "ada"}),
    ) == (
        Workload(
            **common,
            name="a",
            template=template("x:1"),
            phases={"Running": 2, "Unknown": 1},
            nodes={"n0": 1, "n1": 1, "n2": 1},
            running=on("n0", "n2"),
        ),
        Workload(
            **common,
            name="mine",
            template=template("x:1"),
            phases={"Running": 1},
            nodes={"n0": 1},
            running=on("n0"),
            annotations={"user": "ada"},
        ),
        Workload(**common, name="other", template=template("x:2"), phases={"Running": 1}),
    )


def test_a_part_of_a_gpu_is_asked_for_by_an_annotation() -> None:
    half = {"annotations": {"gpu-fraction": "0.5"}}
    bare = pod("bare", spec("x:1"), **half)
    odd = pod("odd", spec("x:2"), annotations={"gpu-fraction": "half; rm"})
    job = objects(
        "batch",
        "jobs",
        "v1",
        {
            "metadata": {"name": "train"},
            "spec": {
                "template": {
                    "metadata": {"annotations": {"gpu-memory": "2048"}},
                    "spec": spec("x:3"),
                }
            },
        },
    )
    asked = {
        one.name: (one.template.gpu_share, workload_job(one).accelerators)
        for one in together(job, bare, odd)
    }
    need = AcceleratorNeed(count=1, vendor="nvidia", how="annotation gpu-fraction=0.5", part=True)
    assert asked == {
        "bare": ("gpu-fraction=0.5", (need,)),
        "odd": ("", ()),
        "train": (
            "gpu-memory=2048",
            (
                AcceleratorNeed(
                    count=1, vendor="nvidia", how="annotation gpu-memory=2048", part=True
                ),
            ),
        ),
    }


def test_a_selector_for_the_node_a_pod_is_on_stays_in_its_template() -> None:
    def pinned(name: str) -> PodWire:
        return pod(name, spec("x:1", nodeName=name, nodeSelector={"host": name}))

    assert [one.template.node_selector for one in together([], pinned("n1"), pinned("n2"))] == [
        {"host": "n1"},
        {"host": "n2"},
    ]


def test_daemon_pods_share_a_template_though_each_is_bound_to_its_node() -> None:
    def daemon(node: str) -> PodWire:
        fields = [{"key": "metadata.name", "operator": "In", "values": [node]}]
        terms = {"nodeSelectorTerms": [{"matchFields": fields}]}
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
        return pod(
            f"d-{node}", spec("d:1", nodeName=node, affinity=affinity), owner("DaemonSet", "d")
        )

    assert together([], daemon("n1"), daemon("n2")) == (
        Workload(
            namespace="team",
            kind="DaemonSet",
            name="d",
            api_version="apps/v1",
            origin="pod",
            template=template("d:1"),
            phases={"Running": 2},
            nodes={"n1": 1, "n2": 1},
            running=on("n1", "n2"),
        ),
    )


def test_static_pods_are_one_workload_over_their_nodes() -> None:
    assert together(
        [],
        pod("etcd-n1", spec("etcd:3", nodeName="n1"), owner("Node", "n1", "v1")),
        pod("etcd-n2", spec("etcd:3", nodeName="n2"), owner("Node", "n2", "v1")),
    ) == (
        Workload(
            namespace="team",
            kind="StaticPod",
            name="etcd",
            api_version="v1",
            origin="pod",
            template=template("etcd:3"),
            phases={"Running": 2},
            nodes={"n1": 1, "n2": 1},
            running=on("n1", "n2"),
        ),
    )


def test_owners_that_own_each_other_do_not_hang_the_audit() -> None:
    def job(name: str, parent: str) -> dict[str, Any]:
        return {
            "metadata": {"name": name, "ownerReferences": [owner("Job", parent, "batch/v1")]},
            "spec": {"template": {"spec": spec("x:1")}},
        }

    found = objects("batch", "jobs", "v1", job("a", "b"), job("b", "a"), job("c", "c"))
    assert {one.name for one in together(found)} == {"a", "b", "c"}


NULL_RIDDEN: list[Any] = [
    {},
    {"metadata": None, "spec": None, "status": None},
    {"metadata": {"labels": None, "annotations": None, "ownerReferences": [None]}, "spec": {}},
    {"metadata": {"ownerReferences": [{"kind": None, "name": None, "apiVersion": None}]}},
    {"spec": {"containers": [None], "nodeName": None}, "status": {"phase": None}},
]


@pytest.mark.parametrize("document", NULL_RIDDEN)
def test_null_ridden_pods_are_counted(document: Any) -> None:
    fold = folded(msgspec.json.decode(msgspec.json.encode(document), type=PodWire))
    (found,) = workloads([], fold, deployments_read=True)
    assert (fold.pods, found.template, found.phases) == (1, PodTemplate(), {"Unknown": 1})


PODS = [
    pod(f"p{n}", spec(f"x:{n % 2}", nodeName=f"n{n % 3}"), *owners, labels=HASH)
    for n in range(6)
    for owners in ([], [WEB], [owner("Custom", "c", "example.com/v1")])
]


@given(st.permutations(PODS), st.integers(0, len(PODS)))
def test_neither_order_nor_division_of_the_reading_matters(pods: list[PodWire], cut: int) -> None:
    whole, first, second = folded(*PODS), folded(*pods[:cut]), folded(*pods[cut:])
    first.merge(second)
    merged = workloads([], first, deployments_read=False)
    expected = workloads([], whole, deployments_read=False)
    assert [one for one in merged if one.kind != "Deployment"] == [
        one for one in expected if one.kind != "Deployment"
    ]
