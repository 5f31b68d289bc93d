"""Run:ai's own objects, as the commands of v2 that submit the same."""

from __future__ import annotations

import pytest
import yaml

from advisor.errors import InputError
from advisor.jobs.translation import Situation
from advisor.readers.manifest.reader import read_manifests
from advisor.writers import write
from tests.readers.manifest.whole_files import manifest_jobs


def command(kind: str, spec: dict[str, object], version: str = "v2alpha1", **beside: object) -> str:
    document = {
        "apiVersion": f"run.ai/{version}",
        "kind": kind,
        "metadata": {"name": "w", "namespace": "runai-vision"},
        "spec": {"image": {"value": "reg.example/team/fit:1"}, **spec},
        **beside,
    }
    (job,) = manifest_jobs(yaml.safe_dump(document, sort_keys=False), "w.yaml")
    return write(job, Situation(target="runai-v2")).text.strip()


def boxed(**values: object) -> dict[str, object]:
    return {key: {"value": value} for key, value in values.items()}


def items(**values: object) -> dict[str, object]:
    return {"items": {key: {"value": value} for key, value in values.items()}}


TRAINING = "runai training standard submit w --image reg.example/team/fit:1 --project vision"


@pytest.mark.parametrize(
    ("spec", "flags"),
    [
        (boxed(gpu="1"), "--gpu-devices-request 1"),
        (boxed(gpu=2), "--gpu-devices-request 2"),
        ({"gpu": 2}, "--gpu-devices-request 2"),
        ({"compute": {"gpuDevicesRequest": 2}}, "--gpu-devices-request 2"),
        (boxed(gpu="0"), ""),
        (
            boxed(gpu="0.5"),
            "--gpu-devices-request 1 --gpu-request-type portion --gpu-portion-request 0.5",
        ),
        (
            boxed(gpuMemory="10Gi"),
            "--gpu-devices-request 1 --gpu-request-type memory --gpu-memory-request 10Gi",
        ),
        (boxed(migProfile="1g.5gb"), "--extended-resource nvidia.com/mig-1g.5gb=1"),
        (
            boxed(cpu="2", cpuLimit="4", memory="8Gi", memoryLimit="20Gi"),
            "--cpu-core-request 2 --cpu-core-limit 4 --cpu-memory-request 8Gi --cpu-memory-limit"
            " 20Gi",
        ),
        (boxed(largeShm=True, hostIpc=True), "--large-shm --host-ipc"),
        (boxed(largeShm=False, stdin=False), ""),
        (boxed(runAsUser=True, runAsUid=1000, runAsGid=100), "--run-as-uid 1000 --run-as-gid 100"),
        (boxed(runAsUser=True), "--run-as-user"),
        (boxed(supplementalGroups="10;20"), "--supplemental-groups 10,20"),
        (boxed(capabilities="SYS_ADMIN,IPC_LOCK"), "--capability SYS_ADMIN --capability IPC_LOCK"),
        (boxed(nodePools="a b"), "--node-pools a --node-pools b"),
        (boxed(nodeType="dgx"), "--node-type dgx"),
        (
            {"extendedResources": items(**{"rdma/hca": 2})},
            "--extended-resource rdma/hca=2",
        ),
        ({"environment": items(A="1", B="x y")}, "-e A=1 -e B='x y'"),
        ({"environment": {"items": [{"name": "A", "value": "1"}]}}, "-e A=1"),
        ({"labels": items(team="a")}, "--label team=a"),
        (
            {"pvcs": items(p={"claimName": "sets", "existingPvc": True, "path": "/sets"})},
            "--existing-pvc claimname=sets,path=/sets",
        ),
        (
            {
                "pvcs": items(
                    p={
                        "claimName": "new",
                        "size": "5Gi",
                        "storageClass": "fast",
                        "path": "/n",
                        "accessModes": {"readWriteMany": True},
                    }
                )
            },
            "--new-pvc claimname=new,storageclass=fast,size=5Gi,accessmode-rwm,path=/n",
        ),
        (
            {"volumes": items(v={"path": "/x", "nfsServer": "nas", "mountPath": "/d"})},
            "--nfs path=/x,server=nas,mountpath=/d,readwrite",
        ),
        (
            {"ports": items(p={"container": 8888, "external": 30080, "serviceType": "NodePort"})},
            "--port service-type=NodePort,container=8888,external=30080",
        ),
        ({"ports": items(p={"container": 8888})}, "--external-url container=8888"),
        (
            {"tolerations": items(t={"key": "gpu", "operator": "Exists", "effect": "NoSchedule"})},
            "--toleration operator=Exists,key=gpu,effect=NoSchedule",
        ),
        (boxed(completions=3, parallelism=2), "--runs 3 --parallelism 2"),
        (boxed(backoffLimit=2), "--backoff-limit 2"),
        (boxed(ttlAfterFinish=3600), "--auto-deletion-time-after-completion 3600s"),
        (boxed(terminationGracePeriodSeconds=60), "--termination-grace-period 60s"),
        (boxed(preemptible=True), "--preemptibility preemptible"),
        (boxed(nonPreemptible=True), "--preemptibility non-preemptible"),
        (boxed(arguments="--lr 0.1"), "-- --lr 0.1"),
        (boxed(arguments="'a b' c", command="python fit.py"), "--command -- python fit.py 'a b' c"),
    ],
)
def test_fields(spec: dict[str, object], flags: str) -> None:
    assert command("TrainingWorkload", spec) == f"{TRAINING} {flags}".strip()


@pytest.mark.parametrize("version", ["v1alpha1", "v2alpha1"])
@pytest.mark.parametrize(
    ("kind", "spec", "beside", "expected"),
    [
        ("InteractiveWorkload", boxed(gpu=1), {}, "workspace submit w {} --gpu-devices-request 1"),
        (
            "InferenceWorkload",
            boxed(minScale=1, maxScale=3, metric="concurrency", target=40),
            {},
            "inference submit w {} --min-replicas 1 --max-replicas 3 --metric concurrency"
            " --metric-threshold 40",
        ),
        (
            "DistributedWorkload",
            {"distributedFramework": "MPI", **boxed(numWorkers=3, gpuDevices=8)},
            {},
            "training mpi submit w {} --gpu-devices-request 8 --workers 3",
        ),
        (
            "DistributedWorkload",
            {"distributedFramework": "PyTorch", **boxed(workers=3, gpuDevices=8)},
            {"masterSpec": boxed(gpuDevices=1, command="python lead.py")},
            "training pytorch submit w {} --gpu-devices-request 8 --workers 3"
            " --master-gpu-devices-request 1 --master-command 'python lead.py'",
        ),
        (
            "TrainingWorkload",
            boxed(mpi=True, processes=4),
            {},
            "training mpi submit w {} --workers 4",
        ),
    ],
)
def test_kinds(
    kind: str, spec: dict[str, object], beside: dict[str, object], expected: str, version: str
) -> None:
    shared = "--image reg.example/team/fit:1 --project vision"
    assert command(kind, spec, version, **beside) == f"runai {expected.format(shared)}"


def test_a_value_that_runai_refuses_is_told_with_its_place() -> None:
    with pytest.raises(InputError) as caught:
        command("TrainingWorkload", boxed(memoryLimit="8g"))
    assert caught.value.line() == (
        "w.yaml:9:3: --cpu-memory-limit: not a Kubernetes quantity: '8g': '8g'"
    )


def test_a_template_of_others_is_no_job() -> None:
    text = yaml.safe_dump(
        {
            "apiVersion": "run.ai/v2alpha1",
            "kind": "TrainingWorkload",
            "metadata": {"name": "w"},
            "spec": {"usage": "Template", "gpu": {"value": "1"}},
        }
    )
    read = read_manifests(text, "w.yaml")
    assert (read.jobs, read.unread) == (
        (),
        (
            "w.yaml:1:1: TrainingWorkload w is a template, which starts nothing: what is submitted"
            " with it takes from it what it does not say itself",
        ),
    )


def test_what_a_shell_fills_in_is_asked_for() -> None:
    body = {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "TrainingWorkload",
        "metadata": {"name": "$JOB"},
        "spec": boxed(image="r.x/i:${TAG}", cpu="$CPU", arguments="$WORDS --job ${RUNAI_JOB_NAME}"),
    }
    left = frozenset({"JOB", "TAG", "CPU", "WORDS"})
    (job,) = read_manifests(yaml.safe_dump(body), "w.yaml", left=left).jobs
    assert job.refused == ()
    assert write(job, Situation(target="runai-v2")).text == (
        'runai training standard submit job-"${JOB:?the value of JOB}" --image'
        ' r.x/i:"${TAG:?the value of TAG}" --cpu-core-request "${CPU:?the value of CPU}" --'
        " \"${WORDS:?the value of WORDS}\" --job '${RUNAI_JOB_NAME}'"
    )


def test_labels_of_the_object_choose_how_it_is_scheduled() -> None:
    labels = {"kai.scheduler/preemptibility": "preemptible", "priorityClassName": "low", "own": "x"}
    document = {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "TrainingWorkload",
        "metadata": {"name": "w", "labels": labels},
        "spec": {"image": {"value": "i"}},
    }
    (job,) = manifest_jobs(yaml.safe_dump(document, sort_keys=False), "w.yaml")
    translation = write(job, Situation(target="runai-v2"))
    assert translation.text == (
        "runai training standard submit w --image i --preemptibility preemptible --priority low"
    )
    fates = {entry.item.written: entry.fate for entry in translation.ledger}
    assert [fates[name] for name in labels] == ["mapped", "mapped", "no-equivalent"]


def test_a_prefix_takes_the_place_of_the_name() -> None:
    text = command("InteractiveWorkload", boxed(jobNamePrefix="jupyter"))
    assert text == (
        "runai workspace submit --image reg.example/team/fit:1 --project vision"
        " --name-prefix jupyter"
    )


def test_an_image_that_a_template_names_is_asked_for() -> None:
    document = {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "InteractiveWorkload",
        "metadata": {"name": "w"},
        "spec": {"baseWorkload": "usual"},
    }
    (job,) = manifest_jobs(yaml.safe_dump(document), "w.yaml")
    written = write(job, Situation(target="kubernetes"))
    container = written.documents[0]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "SET_ME_IMAGE"
    assert "unresolved" in {entry.fate for entry in written.ledger}


def test_a_field_of_several_flags_is_shown_as_it_stands() -> None:
    """A list as its entries, secrets taken out; a part of a GPU as the part, not as its flags."""
    document = {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "TrainingWorkload",
        "metadata": {"name": "w"},
        "spec": boxed(image="i", gpu="0.5", nodePools=["a100", "https://ann:hunter2@pool"]),
    }
    (job,) = manifest_jobs(yaml.safe_dump(document), "w.yaml")
    shown = {item.written: item.value for item in job.items}
    assert (shown["gpu"], shown["nodePools"]) == ("0.5", "a100, https://[redacted]@pool")


def test_what_a_flag_cannot_say_of_an_entry_is_told() -> None:
    text = """
apiVersion: run.ai/v2alpha1
kind: TrainingWorkload
metadata: {name: w}
spec:
  image: {value: reg.example/a/b:1}
  environment: {items: {A: {value: {credential: {name: c}}}, B: {value: "SECRET:keys,b"}}}
  configMaps: {items: {a: {value: {configMap: c, mountPath: /d, subPath: x}}}}
  pvcs: {items: {p: {value: {claimName: c, existingPvc: true, path: /data, readOnly: true}}}}
"""
    (job,) = manifest_jobs(text, "w.yaml")
    made = write(job, Situation(target="runai-v2"))
    assert made.text == (
        "runai training standard submit w --image reg.example/a/b:1 --env-secret B=keys,key=b"
        " --configmap-map-volume name=c,path=/d --existing-pvc claimname=c,path=/data"
    )
    told = {entry.item.written: entry.fate for entry in made.ledger if entry.fate != "mapped"}
    assert told == {"A": "no-equivalent", "subPath": "no-equivalent", "p": "changed"}
    assert "readOnly: true" in write(job, Situation(target="kubernetes")).text


def test_a_serving_port_is_no_type_of_a_service() -> None:
    port = items(port1={"container": 8000, "protocol": "http", "serviceType": "ServingPort"})
    assert command("InferenceWorkload", {"ports": port}) == (
        "runai inference submit w --image reg.example/team/fit:1 --project vision"
        " --serving-port container=8000,protocol=http"
    )


def test_what_is_said_of_all_ports_and_of_the_user_is_in_the_ledger() -> None:
    spec = {"serviceType": {"value": "NodePort"}, "username": {"value": "ada"}}
    document = {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "TrainingWorkload",
        "metadata": {"name": "w"},
        "spec": {"image": {"value": "reg.example/team/fit:1"}, **spec},
    }
    (job,) = manifest_jobs(yaml.safe_dump(document), "w.yaml")
    entries = write(job, Situation(target="runai-v2")).ledger
    fates = {entry.item.written or entry.item.name: entry.fate for entry in entries}
    assert (fates["serviceType"], fates["username"]) == ("mapped", "mapped")
