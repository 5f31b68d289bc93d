from __future__ import annotations

from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.facts.workload import Toleration
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Part
from advisor.jobs.run import GpuAsk, HealthCheck, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec
from advisor.jobs.word import Expansion, Word, word
from advisor.readers.manifest.objects import with_places
from tests.readers.manifest.whole_files import manifest_jobs
from tests.refusal import result_or_refusal

JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: train
  namespace: runai-team
  annotations: {advisor/ignore: "IMG001: built on the node"}
spec:
  backoffLimit: 4
  template:
    spec:
      restartPolicy: Never
      tolerations: [{key: nvidia.com/gpu, operator: Exists}]
      containers:
      - name: main
        image: nvcr.io/nvidia/pytorch:24.01-py3
        args: [python, train.py, --token, abcdef123456, $(EPOCHS), $$HOME]
        env:
        - {name: EPOCHS, value: "3"}
        - {name: HF_TOKEN, value: hunter2hunter2}
        - name: KEY
          valueFrom: {secretKeyRef: {name: keys, key: wandb}}
        resources:
          limits: {nvidia.com/gpu: 2, memory: 16Gi, cpu: 500m}
        volumeMounts:
        - {name: data, mountPath: /data, readOnly: true}
        - {name: shm, mountPath: /dev/shm}
      volumes:
      - {name: data, hostPath: {path: /raid/data}}
      - {name: shm, emptyDir: {medium: Memory, sizeLimit: 8Gi}}
"""
RUN = Run(
    image=word("nvcr.io/nvidia/pytorch:24.01-py3"),
    name=word("train"),
    arguments=(
        word("python"),
        word("train.py"),
        word("--token"),
        word("abcdef123456"),
        Word(parts=(Expansion(source="$(EPOCHS)", kind="cluster", name="EPOCHS", quoted=True),)),
        word("$HOME"),
    ),
    environment=(
        Variable(name="EPOCHS", value=word("3")),
        Variable(name="HF_TOKEN", value=word("hunter2hunter2"), secret=True),
        Variable(name="KEY", secret=True, reference="secret:keys/wandb"),
    ),
    restart="Never",
    mounts=(
        RunMount(kind="hostPath", source=word("/raid/data"), target=word("/data"), read_only=True),
    ),
    gpus=(GpuAsk(how="resource", count=2, resource="nvidia.com/gpu"),),
    cpu_limit=500,
    memory_limit=16 * 2**30,
    shared_memory=8 * 2**30,
    annotations={"advisor/ignore": "IMG001: built on the node"},
    backoff_limit=4,
    project="team",
)
POD = "spec.template.spec"
ITEMS = [
    ("apiVersion", "batch/v1", 1, 1),
    ("kind", "Job", 2, 1),
    ("metadata.name", "train", 4, 3),
    ("metadata.namespace", "runai-team", 5, 3),
    ('metadata.annotations["advisor/ignore"]', "IMG001: built on the node", 6, 17),
    ("spec.backoffLimit", "4", 8, 3),
    (f"{POD}.restartPolicy", "Never", 11, 7),
    (f"{POD}.tolerations[0]", "key: nvidia.com/gpu, operator: Exists", 12, 21),
    (f"{POD}.containers[0].name", "main", 14, 9),
    (f"{POD}.containers[0].image", "nvcr.io/nvidia/pytorch:24.01-py3", 15, 9),
    (f"{POD}.containers[0].args", "python train.py --token [redacted] $(EPOCHS) $$HOME", 16, 9),
    (f"{POD}.containers[0].env[0]", "EPOCHS=3", 18, 11),
    (f"{POD}.containers[0].env[1]", "HF_TOKEN=[redacted]", 19, 11),
    (
        f"{POD}.containers[0].env[2]",
        "name: KEY, valueFrom: {secretKeyRef: {name: keys, key: wandb}}",
        20,
        11,
    ),
    (f'{POD}.containers[0].resources.limits["nvidia.com/gpu"]', "2", 23, 20),
    (f"{POD}.containers[0].resources.limits.memory", "16Gi", 23, 39),
    (f"{POD}.containers[0].resources.limits.cpu", "500m", 23, 53),
    (
        f"{POD}.containers[0].volumeMounts[0]",
        "name: data, mountPath: /data, readOnly: true",
        25,
        11,
    ),
    (f"{POD}.containers[0].volumeMounts[1]", "name: shm, mountPath: /dev/shm", 26, 11),
    (f"{POD}.volumes[0]", "name: data, hostPath: {path: /raid/data}", 28, 9),
    (f"{POD}.volumes[1]", "name: shm, emptyDir: {medium: Memory, sizeLimit: 8Gi}", 29, 9),
]


def test_a_job_with_all_its_fields() -> None:
    (job,) = with_places(manifest_jobs(JOB, "job.yaml"), JOB, "job.yaml")
    items = [
        (one.name, one.value, one.place.line, one.place.column) for one in job.items if one.place
    ]
    assert items == ITEMS
    assert msgspec.structs.replace(job, items=(), document=None) == JobSpec(
        id="manifest:job.yaml:Job/runai-team/train",
        label="Job runai-team/train",
        kind="Job",
        namespace="runai-team",
        images=(JobImage(reference="nvcr.io/nvidia/pytorch:24.01-py3"),),
        mounts=(JobMount(kind="hostPath", source="/raid/data", target="/data", read_only=True),),
        resources={"cpu": 500, "memory": 16 * 2**30, "nvidia.com/gpu": 2},
        accelerators=(AcceleratorNeed(count=2, resource="nvidia.com/gpu", how="resource request"),),
        tolerations=(Toleration(key="nvidia.com/gpu", operator="Exists"),),
        pull_secrets=(),
        ignores=(("IMG001", "built on the node"),),
        reader="manifest",
        place=Place(file="job.yaml", line=9, column=3),
        run=RUN,
    )


def pods(image: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "c", "image": image}]}}


def manifest(api_version: str, kind: str, spec: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "spec": spec}


SIMPLE = {"template": pods("a")}
ROLES = {"Master": {"replicas": 1, "template": pods("m")}, "Worker": {"replicas": 3, **SIMPLE}}
MASTER = ("x (Master)", "m", 1, False)
WORKER = ("x (Worker)", "a", 3, False)
RAY = {
    "headGroupSpec": {"template": pods("h")},
    "workerGroupSpecs": [{"groupName": "gpu", "replicas": 4, "template": pods("w")}],
}
RAY_ROLES = [("x (head)", "h", 1, False), ("x (gpu)", "w", 4, False)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (manifest("v1", "Pod", pods("a")["spec"]), [("x", "a", 1, False)]),
        (manifest("batch/v1", "Job", SIMPLE), [("x", "a", 1, False)]),
        (
            manifest("batch/v1", "CronJob", {"jobTemplate": {"spec": SIMPLE}}),
            [("x", "a", 1, False)],
        ),
        (manifest("apps/v1", "Deployment", {"replicas": 2, **SIMPLE}), [("x", "a", 2, False)]),
        (manifest("extensions/v1beta1", "Deployment", SIMPLE), [("x", "a", 1, False)]),
        (manifest("apps/v1", "StatefulSet", SIMPLE), [("x", "a", 1, False)]),
        (manifest("apps/v1", "DaemonSet", SIMPLE), [("x", "a", 1, False)]),
        (manifest("apps/v1", "ReplicaSet", SIMPLE), [("x", "a", 1, False)]),
        (manifest("v1", "ReplicationController", SIMPLE), [("x", "a", 1, False)]),
        (
            manifest("kubeflow.org/v1", "PyTorchJob", {"pytorchReplicaSpecs": ROLES}),
            [MASTER, WORKER],
        ),
        (manifest("kubeflow.org/v1", "TFJob", {"tfReplicaSpecs": ROLES}), [MASTER, WORKER]),
        (manifest("kubeflow.org/v2beta1", "MPIJob", {"mpiReplicaSpecs": ROLES}), [MASTER, WORKER]),
        (manifest("kubeflow.org/v1", "XGBoostJob", {"xgbReplicaSpecs": ROLES}), [MASTER, WORKER]),
        (manifest("kubeflow.org/v1", "JAXJob", {"jaxReplicaSpecs": ROLES}), [MASTER, WORKER]),
        (
            manifest("trainer.kubeflow.org/v1alpha1", "TrainJob", {"trainer": {"image": "a"}}),
            [("x", "a", 1, False)],
        ),
        (
            manifest(
                "jobset.x-k8s.io/v1alpha2",
                "JobSet",
                {"replicatedJobs": [{"name": "w", "replicas": 2, "template": {"spec": SIMPLE}}]},
            ),
            [("x (w)", "a", 2, False)],
        ),
        (manifest("ray.io/v1", "RayCluster", RAY), RAY_ROLES),
        (manifest("ray.io/v1", "RayJob", {"rayClusterSpec": RAY}), RAY_ROLES),
        (manifest("ray.io/v1", "RayService", {"rayClusterConfig": RAY}), RAY_ROLES),
        (
            manifest(
                "leaderworkerset.x-k8s.io/v1",
                "LeaderWorkerSet",
                {
                    "leaderWorkerTemplate": {
                        "leaderTemplate": pods("l"),
                        "workerTemplate": pods("w"),
                    }
                },
            ),
            [("x (leader)", "l", 1, False), ("x (worker)", "w", 1, False)],
        ),
        (
            manifest(
                "leaderworkerset.x-k8s.io/v1",
                "LeaderWorkerSet",
                {
                    "replicas": 2,
                    "leaderWorkerTemplate": {
                        "size": 4,
                        "leaderTemplate": pods("l"),
                        "workerTemplate": pods("w"),
                    },
                },
            ),
            [("x (leader)", "l", 2, False), ("x (worker)", "w", 6, False)],
        ),
        (
            manifest(
                "leaderworkerset.x-k8s.io/v1",
                "LeaderWorkerSet",
                {"leaderWorkerTemplate": {"size": 4, "workerTemplate": pods("w")}},
            ),
            [("x (worker)", "w", 4, False)],
        ),
        (manifest("run.ai/v1", "RunaiJob", SIMPLE), [("x", "a", 1, False)]),
        (
            manifest("run.ai/v2alpha1", "TrainingWorkload", {"image": {"value": "a"}}),
            [("x", "a", 1, False)],
        ),
        (manifest("example.com/v1", "Odd", {"deep": [SIMPLE]}), [("x", "a", 1, True)]),
        (
            manifest("example.com/v1", "Odd", {"driver": SIMPLE, "executor": SIMPLE}),
            [
                ("x (spec.driver.template)", "a", 1, True),
                ("x (spec.executor.template)", "a", 1, True),
            ],
        ),
        (manifest("v1", "Service", {"ports": [{"port": 80}]}), []),
        (manifest("v1", "ConfigMap", None), []),
        (
            {
                "apiVersion": "v1",
                "kind": "List",
                "items": [manifest("batch/v1", "Job", SIMPLE)] * 2,
            },
            [("x", "a", 1, False), ("x", "a", 1, False)],
        ),
    ],
)
def test_kinds(document: dict[str, Any], expected: list[tuple[str, str, int, bool]]) -> None:
    jobs = manifest_jobs(yaml.safe_dump(document), "f.yaml")
    found = [
        (job.label.partition(" ")[2], job.images[0].reference, job.replicas, job.guessed)
        for job in jobs
    ]
    assert found == expected
    assert len({job.id for job in jobs}) == len(jobs)


def item(name: str, value: str, *sets: Part, idle: str = "") -> Item:
    """A field without a position, written as the last step of its name."""
    return Item(name=name, written=name.rpartition(".")[2], value=value, sets=sets, idle=idle)


def test_the_items_of_a_role_leave_the_other_roles_out() -> None:
    text = yaml.safe_dump(manifest("kubeflow.org/v1", "PyTorchJob", {"pytorchReplicaSpecs": ROLES}))
    master, worker = manifest_jobs(text, "f.yaml")
    specs = "spec.pytorchReplicaSpecs"
    common = [
        item("apiVersion", "kubeflow.org/v1", idle="object-kind"),
        item("kind", "PyTorchJob", idle="object-kind"),
        item("metadata.name", "x", ("name",)),
    ]
    assert list(master.items) == [
        *common,
        item(f"{specs}.Master.replicas", "1", ("replicas",)),
        item(f"{specs}.Master.template.spec.containers[0].image", "m", ("image",)),
        item(f"{specs}.Master.template.spec.containers[0].name", "c", idle="container-name"),
        item(f"{specs}.Worker.replicas", "3", ("workers",)),
    ]
    assert worker.run is not None
    assert (worker.run.distributed, worker.run.workers) == ("pytorch", 3)


POD_SPEC = {
    "hostNetwork": True,
    "hostname": "box",
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db", "cache"]}],
    "dnsConfig": {"nameservers": ["9.9.9.9"], "options": [{"name": "ndots", "value": "2"}]},
    "nodeSelector": {"kubernetes.io/arch": "arm64"},
    "terminationGracePeriodSeconds": 5,
    "imagePullSecrets": [{"name": "hub"}],
    "securityContext": {"runAsUser": 1000, "supplementalGroups": [44], "runAsNonRoot": True},
    "volumes": [
        {"name": "a", "persistentVolumeClaim": {"claimName": "c"}},
        {"name": "b", "nfs": {"server": "s", "path": "/e", "readOnly": True}},
        {"name": "c", "emptyDir": {}},
        {"name": "d", "emptyDir": {"medium": "Memory"}},
        {"name": "e", "configMap": {"name": "conf"}},
        {"name": "f", "csi": {"driver": "efs.csi.aws.com"}},
    ],
    "initContainers": [{"name": "i", "image": "init"}],
    "containers": [
        {"name": "side", "image": "side"},
        {
            "name": "main",
            "image": "main",
            "imagePullPolicy": "IfNotPresent",
            "command": ["sh"],
            "workingDir": "/w",
            "stdin": True,
            "tty": True,
            "envFrom": [{"configMapRef": {"name": "cm"}}, {"secretRef": {"name": "s"}}],
            "ports": [
                {"containerPort": 80, "hostPort": 80},
                {"containerPort": 53, "protocol": "UDP"},
            ],
            "resources": {"limits": {"nvidia.com/mig-1g.5gb": 1, "rdma/ib": 1}},
            "livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "ok"]}, "periodSeconds": 3},
            "securityContext": {
                "runAsGroup": 100,
                "capabilities": {"add": ["IPC_LOCK"], "drop": ["ALL"]},
                "allowPrivilegeEscalation": False,
            },
            "volumeMounts": [
                {"name": name, "mountPath": f"/{name}"} for name in ("a", "b", "c", "d", "e", "f")
            ],
        },
    ],
}


def mount(kind: Any, source: str, target: str, **more: Any) -> RunMount:
    return RunMount(kind=kind, source=word(source), target=word(target), **more)


def test_the_run_of_a_pod() -> None:
    (job,) = manifest_jobs(yaml.safe_dump(manifest("v1", "Pod", POD_SPEC)), "f.yaml")
    assert [image.reference for image in job.images] == ["init", "side", "main"]
    assert job.run == Run(
        image=word("main"),
        name=word("x"),
        pull="missing",
        entrypoint=(word("sh"),),
        environment_sources=("config:cm", "secret:s"),
        working_directory=word("/w"),
        user=word("1000:100"),
        groups=("44",),
        hostname="box",
        host_entries=("db=10.0.0.1", "cache=10.0.0.1"),
        name_servers=("9.9.9.9",),
        resolver_options=("ndots:2",),
        health=HealthCheck(command=(word("ok"),), by_shell=True, interval=3.0),
        interactive=True,
        terminal=True,
        grace_seconds=5,
        mounts=(
            mount("claim", "c", "/a"),
            mount("nfs", "s:/e", "/b", read_only=True),
            mount("empty", "", "/c"),
            mount("tmpfs", "", "/d"),
            mount("config", "ConfigMap/conf", "/e"),
            mount("network-volume", "f", "/f", driver="efs.csi.aws.com"),
        ),
        ports=(PortMapping(container=80, host=80), PortMapping(container=53, protocol="udp")),
        gpus=(GpuAsk(how="resource", count=1, resource="nvidia.com/mig-1g.5gb", mig="1g.5gb"),),
        extended={"rdma/ib": 1},
        security=Security(
            capabilities_added=("IPC_LOCK",),
            capabilities_dropped=("ALL",),
            host_network=True,
            no_new_privileges=True,
            options=("runAsNonRoot=true",),
        ),
        platform="linux/arm64",
        pull_secrets=("hub",),
    )


def test_a_workload_of_runai() -> None:
    spec = {
        "image": {"value": "a"},
        "command": {"value": "python -c"},
        "arguments": {"value": "'print(1)'"},
        "gpuDevices": {"value": 2},
        "environment": {"items": {"A": {"value": "1"}}},
    }
    text = yaml.safe_dump(manifest("run.ai/v2alpha1", "InteractiveWorkload", spec))
    (job,) = manifest_jobs(text, "f.yaml")
    assert job.run == Run(
        image=word("a"),
        name=word("x"),
        service=True,
        entrypoint=(word("python"),),
        arguments=(word("-c"), word("print(1)")),
        environment=(Variable(name="A", value=word("1")),),
        gpus=(GpuAsk(how="resource", count=2),),
    )
    assert [(one.name, one.written, one.value) for one in job.items[-5:]] == [
        ("COMMAND", "arguments", "'print(1)'"),
        ("COMMAND", "command", "python -c"),
        ("--environment-variable", "A", "A=1"),
        ("--gpu-devices-request", "gpuDevices", "2"),
        ("--image", "image", "a"),
    ]
    assert [(one.place.line, one.place.column) for one in job.items[-5:] if one.place] == [
        (6, 3),
        (8, 3),
        (12, 7),
        (14, 3),
        (16, 3),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("just text", "f.yaml:1:1: no Kubernetes object: apiVersion and kind are missing (name"),
        ("- a\n- b\n", "f.yaml:1:1: no Kubernetes object: apiVersion and kind are missing (name"),
        (
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: 5\n",
            "f.yaml:6:5: `spec.containers[0].image`: expected `str | null`, got `int`",
        ),
        (
            "a: 1\n---\nkind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n"
            "  spec:\n    nodeSelector: {gpu: true}\n",
            "f.yaml:9:5: `items[0].spec.nodeSelector`: expected `str | null`, got `bool` (put it",
        ),
    ],
)
def test_refusals(text: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        manifest_jobs(text, "f.yaml")
    assert caught.value.line().startswith(line)


FIELDS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "spec",
        "template",
        "containers",
        "image",
        "name",
        "env",
        "value",
        "valueFrom",
        "volumes",
        "volumeMounts",
        "resources",
        "limits",
        "items",
        "annotations",
        "securityContext",
        "jobTemplate",
        "emptyDir",
    ]
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
    | st.sampled_from(
        ["v1", "Pod", "Job", "batch/v1", "List", "PyTorchJob", "kubeflow.org/v1", "1Gi"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(FIELDS | st.text(max_size=3), inner, max_size=5),
    ),
    max_leaves=20,
)
KINDS = [("v1", "Pod"), ("batch/v1", "Job"), ("kubeflow.org/v1", "MPIJob"), ("x/v1", "Odd")]


@given(st.sampled_from(KINDS), JSON, JSON, JSON)
def test_any_object_gives_jobs_or_one_error(
    kind: tuple[str, str], spec: Any, container: Any, metadata: Any
) -> None:
    pod = {"containers": [container], **(spec if isinstance(spec, dict) else {})}
    body = {"spec": pod, "template": {"spec": pod}} if kind[1] != "Pod" else pod
    text = msgspec.json.encode(
        {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, "spec": body}
    ).decode()
    read = result_or_refusal(lambda: with_places(manifest_jobs(text, "f.yaml"), text, "f.yaml"))
    assert isinstance(read, InputError) or all(job.run is not None for job in read)


def test_headers_of_a_probe_keep_their_secrets() -> None:
    text = """apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: c
    image: x
    livenessProbe: {httpGet: {port: 1, httpHeaders: [{name: Authorization, value: Bearer abc}]}}
"""
    (job,) = manifest_jobs(text, "f.yaml")
    assert [item.value for item in job.items if "httpHeaders" in item.name] == [
        "Authorization=[redacted]"
    ]
