"""Models that are served: KServe's objects, and others whose controllers make the pods."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import api
from advisor.jobs.translation import Situation, Target
from advisor.readers.specs import read_specs
from advisor.writers import write
from tests.readers.manifest.whole_files import manifest_jobs

SERVED = """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: llama}
spec:
  predictor:
    minReplicas: 1
    maxReplicas: 3
    model:
      modelFormat: {name: huggingface}
      storageUri: s3://models/llama
      args: [--model_name=llama]
      resources: {limits: {nvidia.com/gpu: "1"}}
  transformer:
    containers:
    - {name: kserve-container, image: "reg.example/a/b:1", ports: [{containerPort: 8080}]}
"""
OLDER = """
apiVersion: serving.kubeflow.org/v1alpha2
kind: InferenceService
metadata: {name: iris}
spec: {default: {predictor: {custom: {container: {image: u/iris, ports: [{containerPort: 5000}]}}}}}
"""


def texts(content: str, target: Target) -> list[str]:
    jobs = manifest_jobs(content, "f.yaml")
    return [write(job, Situation(target=target)).text for job in jobs]


def test_each_component_is_a_job_that_serves() -> None:
    assert texts(SERVED, "runai-v2") == [
        'runai inference submit llama --image "${IMAGE:?the image of the runtime that serves'
        ' huggingface}" --gpu-devices-request 1 --min-replicas 1 --max-replicas 3'
        " -- --model_name=llama",
        "runai inference submit llama-transformer --image reg.example/a/b:1"
        " --serving-port container=8080",
    ]
    assert texts(OLDER, "runai-v2") == [
        "runai inference submit iris --image u/iris --serving-port container=5000"
    ]


def test_the_manifest_stays_and_nothing_is_refused_of_it() -> None:
    predictor, transformer = manifest_jobs(SERVED, "f.yaml")
    assert (predictor.refused, transformer.refused) == ((), ())
    (document,) = write(predictor, Situation(target="kubernetes")).documents
    assert "image" not in document["spec"]["predictor"]["model"]


def test_what_the_runtime_did_is_told() -> None:
    predictor, _ = manifest_jobs(SERVED, "f.yaml")
    ledger = write(predictor, Situation(target="runai-v2")).ledger
    fates = {entry.item.written: entry.fate for entry in ledger if entry.fate != "mapped"}
    assert fates == {"name": "changed", "storageUri": "no-equivalent"}


UNREAD = """
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata: {name: llama}
spec: {model: {uri: "hf://m/l"}, replicas: 1}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec: {hosts: [a]}
---
apiVersion: apps.nvidia.com/v1alpha1
kind: NIMService
metadata: {name: nim}
spec: {image: {repository: nvcr.io/nim/x}}
"""


def test_objects_whose_controllers_make_the_pods_are_told(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(UNREAD)
    found = read_specs([str(file)])
    told = [note.partition(" is not read: ")[0] for note in found.notes]
    assert (found.jobs, found.problems) == ((), ())
    assert told == [f"{file}:2:1: LLMInferenceService llama", f"{file}:12:1: NIMService nim"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("runai-v2", "--serving-port container=8000,protocol=http"),
        ("runai-v1", "--port 8000:8000 --service-type portforward"),
        ("kubernetes", "targetPort: 8000"),
    ],
)
def test_the_serving_port_reaches_every_target(target: Target, expected: str) -> None:
    (job,) = read_specs(
        ["runai inference submit a -i b --serving-port=container=8000,protocol=http"]
    ).jobs
    assert expected in write(job, Situation(target=target)).text


MPI = """
apiVersion: kubeflow.org/v2beta1
kind: MPIJob
metadata: {name: pi}
spec:
  slotsPerWorker: 1
  sshAuthMountPath: /home/mpi/.ssh
  runPolicy: {ttlSecondsAfterFinished: 60}
  mpiReplicaSpecs:
    Launcher:
      template: {spec: {containers: [{name: l, image: a/b, command: [mpirun, -n, "2", /pi]}]}}
    Worker:
      replicas: 2
      template: {spec: {containers: [{name: w, image: a/b, command: [/usr/sbin/sshd, -De]}]}}
"""


def test_of_an_mpi_job_the_first_version_gets_what_mpirun_runs(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(MPI)
    targets: tuple[Target, ...] = ("runai-v1", "runai-v2")
    found = {
        target: [one.translation.text for one in api.translate([str(file)], target).jobs]
        for target in targets
    }
    assert found["runai-v1"][:1] == [
        "runai submit-dist mpi --name pi --image a/b --workers 2 --slots-per-worker 1"
        " --ttl-after-finish 60s --command -- mpirun -n 2 /pi"
    ]
    assert "--ssh-auth-mount-path /home/mpi/.ssh" in found["runai-v2"][0]
    assert "--auto-deletion-time-after-completion 60s" in found["runai-v2"][0]


INLINE = """
apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceService
metadata: {name: llm}
spec:
  template: {containers: [{name: main, image: a/b:1, args: [--eager]}]}
  prefill: {template: {containers: [{name: main, image: a/b:2}]}}
"""


def test_pod_specs_in_an_object_of_an_unknown_kind_are_jobs() -> None:
    assert texts(INLINE, "runai-v2") == [
        "runai inference submit llm-spec-template --image a/b:1 -- --eager",
        "runai inference submit llm-spec-prefill-template --image a/b:2",
    ]
    (document,) = write(
        manifest_jobs(INLINE, "f.yaml")[0], Situation(target="kubernetes")
    ).documents
    assert document["spec"]["prefill"] == {  # type: ignore[index]
        "template": {"containers": [{"name": "main", "image": "a/b:2"}]}
    }


SHOWN = """
```bash
cat <<EOF | oc apply -f -
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: m}
spec: {predictor: {containers: [{name: c, image: a/b:1}]}}
EOF
docker run ... a/b:1
```
"""


def test_a_here_document_on_a_page_is_read_and_dots_are_no_job(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(SHOWN)
    found = read_specs([str(file)])
    assert [(job.label, job.place and job.place.line) for job in found.jobs] == [
        ("InferenceService m", 7)
    ]
    assert found.problems == ()
    assert found.notes == (
        f"{file}:9:1: an example that is not judged: ... stands for something of yours",
    )


OF_A_RUNTIME = """
apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: {name: vllm}
spec:
  supportedModelFormats: [{name: vLLM}]
  containers:
  - {name: proxy, image: a/proxy:1}
  - name: kserve-container
    image: a/vllm:1
    command: [serve]
    args: ["--name={{.Name}}"]
    env: [{name: HOME, value: /tmp}]
"""
BY_RUNTIME = """
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: llama}
spec:
  predictor:
    model:
      {modelFormat: {name: vLLM}, runtime: vllm, storageUri: "pvc://models", args: [--eager]}
"""


def test_a_runtime_gives_its_container_to_the_model_that_names_it() -> None:
    assert texts(OF_A_RUNTIME + BY_RUNTIME, "runai-v2") == [
        "runai inference submit llama --image a/vllm:1 -e HOME=/tmp"
        " --existing-pvc claimname=models,path=/mnt/models --command -- serve --name=llama --eager"
    ]
    (job,) = manifest_jobs(OF_A_RUNTIME + BY_RUNTIME, "f.yaml")
    assert [mount.source for mount in job.mounts] == ["/models"]
    ledger = write(job, Situation(target="runai-v2")).ledger
    assert {
        entry.item.written: entry.fate for entry in ledger if entry.fate == "no-equivalent"
    } == {}
    (document,) = write(job, Situation(target="kubernetes")).documents
    assert "containers" not in document["spec"]["predictor"]  # type: ignore[index]


def test_a_runtime_alone_is_one_that_serves_and_stays_what_it_is() -> None:
    (job,) = manifest_jobs(OF_A_RUNTIME, "f.yaml")
    translation = write(job, Situation(target="runai-v2"))
    assert translation.text.startswith("runai inference submit vllm --image a/proxy:1")
    (document,) = write(job, Situation(target="kubernetes")).documents
    assert document["kind"] == "ServingRuntime"
