"""The one command of the text this product comes from, as a manifest."""

from __future__ import annotations

from advisor.facts.workload import Toleration
from advisor.findings.finding import Outcome
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.writers import write
from tests.writers.jobs import docker_job, told
from tests.writers.kubernetes_samples import DATA, SEED

TOLERATION = Toleration(key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")
ONE_NODE: dict[str, Outcome] = {"image": "ok", DATA: "stay"}
TWO_NODES: dict[str, Outcome] = {"image": "ok", DATA: "move"}
HEAD = """\
apiVersion: v1
kind: Pod
metadata:
  name: pytorch
  labels:
    app.kubernetes.io/name: pytorch
spec:
  restartPolicy: Never
"""
CONTAINER = """\
  containers:
  - name: main
    image: nvcr.io/nvidia/pytorch:19.12-py3
    stdin: true
    tty: true
    env:
    - name: HOSTNAME
      value: SET_ME_HOSTNAME
    resources:
      limits:
        nvidia.com/gpu: 1
    volumeMounts:
    - name: dataset
      mountPath: /root/dataset
      readOnly: true
    - name: shared-memory
      mountPath: /dev/shm
  volumes:
  - name: dataset
"""
SHARED_MEMORY = """\
  - name: shared-memory
    emptyDir:
      medium: Memory
      sizeLimit: 16Gi
"""
HOSTNAME = (
    "HOSTNAME: `hostname` is only known to a shell, and a manifest has none: give --set"
    " HOSTNAME=VALUE, or put the value in place of SET_ME_HOSTNAME"
)


def test_on_one_node_the_data_stays() -> None:
    situation = Situation(target="kubernetes", outcomes=ONE_NODE, tolerations=(TOLERATION,))
    translation = write(docker_job(SEED), situation)
    tolerations = (
        "  tolerations:\n  - key: nvidia.com/gpu\n    operator: Exists\n    effect: NoSchedule\n"
    )
    host_path = "    hostPath:\n      path: /raid/public/my_datasets\n      type: Directory\n"
    assert translation.text == HEAD + tolerations + CONTAINER + host_path + SHARED_MEMORY
    assert told(translation) == [
        ("docker run", "mapped", ""),
        ("--runtime", "changed", "containers[0].resources.limits.nvidia.com/gpu: 1"),
        ("--shm-size", "mapped", "volumes: shared-memory (emptyDir 16Gi)"),
        ("--interactive", "mapped", "containers[0].stdin: true"),
        ("--tty", "mapped", "containers[0].tty: true"),
        ("--rm", "changed", ""),
        ("--env", "unresolved", "containers[0].env: HOSTNAME"),
        ("--volume", "mapped", "volumes: dataset (hostPath) at /root/dataset"),
        ("IMAGE", "mapped", "containers[0].image: nvcr.io/nvidia/pytorch:19.12-py3"),
        ("added: name", "mapped", "metadata.name: pytorch"),
        ("added: tolerations", "mapped", "nvidia.com/gpu"),
        ("added: kind", "mapped", "Pod"),
    ]
    assert (translation.before, translation.missing) == ((), (HOSTNAME,))


def test_on_two_nodes_the_pod_waits_for_the_data() -> None:
    situation = Situation(target="kubernetes", outcomes=TWO_NODES)
    translation = write(docker_job(SEED), situation)
    absent = "    persistentVolumeClaim:\n      claimName: set-me-raid-public-my-datasets\n"
    assert translation.text == HEAD + CONTAINER + absent + SHARED_MEMORY
    assert translation.missing == (
        HOSTNAME,
        "/root/dataset: the job can run where this data is not, so it must be on network"
        " storage; give --nfs SERVER:/EXPORT=/raid/public/my_datasets or --data-claim"
        " CLAIM=/raid/public/my_datasets; until then the pod waits for a claim that is not there,"
        " set-me-raid-public-my-datasets",
    )


def test_on_two_nodes_with_an_export_and_the_variable_settled() -> None:
    export = NfsExport(server="nas.example", export="/exports/raid", path="/raid")
    situation = Situation(
        target="kubernetes", outcomes=TWO_NODES, exports=(export,), values={"HOSTNAME": "box"}
    )
    translation = write(docker_job(SEED), situation)
    nfs = "    nfs:\n      server: nas.example\n      path: /exports/raid/public/my_datasets\n"
    container = CONTAINER.replace("SET_ME_HOSTNAME", "box")
    assert translation.text == HEAD + container + nfs + SHARED_MEMORY
    assert (translation.before, translation.missing) == ((), ())


def test_a_claim_comes_with_the_steps_that_fill_it() -> None:
    situation = Situation(
        target="kubernetes", outcomes=TWO_NODES, claims=(ClaimMapping(claim="datasets"),)
    )
    translation = write(docker_job(SEED), situation)
    claim = "    persistentVolumeClaim:\n      claimName: datasets\n"
    assert translation.text == HEAD + CONTAINER + claim + SHARED_MEMORY
    (step,) = translation.before
    comment, run, *rest = step.split("\n")
    assert comment == (
        "# copy /raid/public/my_datasets into the claim datasets, unless its data is there already"
    )
    assert run.startswith(
        "kubectl run fill-datasets --restart=Never --image=nvcr.io/nvidia/pytorch:19.12-py3"
        " --overrides='{"
    )
    assert rest == [
        "kubectl wait --for=condition=Ready --timeout=10m pod/fill-datasets",
        "kubectl exec fill-datasets -- mkdir -p /claim/",
        "tar c -C /raid/public/my_datasets . | kubectl exec -i fill-datasets -- tar x -C /claim/",
        "kubectl delete pod fill-datasets",
    ]
