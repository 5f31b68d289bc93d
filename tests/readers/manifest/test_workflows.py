"""Workflows of Argo and tasks of Tekton: a job for each step that runs something."""

from __future__ import annotations

from advisor.jobs.translation import Situation
from advisor.writers import write
from tests.readers.manifest.whole_files import manifest_jobs

WORKFLOW = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: say-}
spec:
  entrypoint: all
  volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
  templates:
  - name: all
    steps: [[{name: a, template: train}]]
  - name: train
    tolerations: [{key: nvidia.com/gpu, operator: Exists}]
    volumes: [{name: e, nfs: {server: filer, path: /vol}}]
    container:
      image: reg.example/a/b:{{workflow.parameters.tag}}
      args: [train, "--gpus={{inputs.parameters.n}}"]
      resources: {limits: {nvidia.com/gpu: "{{inputs.parameters.n}}", cpu: 4}}
      volumeMounts: [{name: d, mountPath: /d}, {name: e, mountPath: /e}]
  - name: tell
    script: {image: "python:3", command: [python], source: print(1)}
""".replace("b:{{workflow.parameters.tag}}", "b:1")


def test_each_step_is_a_job() -> None:
    train, tell = manifest_jobs(WORKFLOW, "f.yaml")
    assert (train.label, tell.label) == ("Workflow say (train)", "Workflow say (tell)")
    assert (train.refused, tell.refused) == ((), ())
    assert train.run is not None
    found = {one.target.text: (one.kind, one.source.text) for one in train.run.mounts}
    assert found == {"/d": ("claim", "data"), "/e": ("nfs", "filer:/vol")}
    assert train.run.cpu_limit == 4000


def test_what_the_workflow_puts_in_is_asked_for() -> None:
    train, _ = manifest_jobs(WORKFLOW, "f.yaml")
    text = write(train, Situation(target="runai-v2")).text
    assert "{{" not in text
    assert "--gpu-devices-request" in text
    assert '--gpus="${inputs_parameters_n:?' in text


def test_the_manifest_stays_what_it_is() -> None:
    train, _ = manifest_jobs(WORKFLOW, "f.yaml")
    translation = write(train, Situation(target="kubernetes"))
    assert translation.documents[0]["spec"]["templates"][1]["container"]["resources"] == {
        "limits": {"nvidia.com/gpu": "{{inputs.parameters.n}}", "cpu": 4}
    }


def test_each_field_says_what_it_sets() -> None:
    train, _ = manifest_jobs(WORKFLOW, "f.yaml")
    sets = {item.name: item.sets for item in train.items}
    assert sets["spec.templates[1].container.image"] == (("image",),)
    assert sets["spec.volumes[0]"] == (("mounts", "/d"),)
    assert sets["spec.templates[1].volumes[0]"] == (("mounts", "/e"),)
    assert sets["spec.templates[1].tolerations[0]"] == (("tolerations", "nvidia.com/gpu"),)


PARAMETERS = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: say}
spec:
  entrypoint: all
  arguments: {parameters: [{name: image, value: "reg.example/a/b:1"}, {name: data, value: s3://d}]}
  templates:
  - name: all
    inputs: {parameters: [{name: from, default: "{{workflow.parameters.data}}"}]}
    dag:
      tasks:
      - {name: a, template: train, arguments: {parameters: [
          {name: image, value: "{{workflow.parameters.image}}"}, {name: rate, value: 1},
          {name: from, value: "{{inputs.parameters.from}}/raw"}]}}
      - {name: b, template: train, arguments: {parameters: [
          {name: image, value: "{{workflow.parameters.image}}"}, {name: rate, value: 2},
          {name: from, value: "{{inputs.parameters.from}}/raw"}]}}
  - name: train
    inputs: {parameters: [{name: image}, {name: rate, default: 3}, {name: from}]}
    script:
      image: "{{inputs.parameters.image}}"
      command: [bash, -e]
      source: "train --rate {{inputs.parameters.rate}} {{inputs.parameters.from}}"
"""


def test_parameters_that_the_workflow_tells_are_put_in_and_scripts_are_run() -> None:
    (job,) = manifest_jobs(PARAMETERS, "f.yaml")
    assert [image.reference for image in job.images] == ["reg.example/a/b:1"]
    assert write(job, Situation(target="runai-v2")).text == (
        "runai training standard submit say-train --image reg.example/a/b:1 --restart-policy Never"
        " --command -- bash -e -c 'train --rate '"
        '"${inputs_parameters_rate:?what the workflow puts in for inputs.parameters.rate}"'
        "' s3://d/raw'"
    )
    translation = write(job, Situation(target="kubernetes"))
    assert {entry.fate for entry in translation.ledger} == {"mapped"}
    (document,) = translation.documents
    assert document["spec"]["templates"][1]["script"]["image"] == (  # type: ignore[index]
        "{{inputs.parameters.image}}"
    )


TASK = """
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  params: [{name: rate, default: "3"}, {name: data}, {name: none, default: ""}]
  volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]
  stepTemplate: {env: [{name: HOME, value: "/tmp$(params.none)"}]}
  steps:
  - name: fit
    image: reg.example/a/b:1
    computeResources: {limits: {nvidia.com/gpu: 2}}
    volumeMounts: [{name: d, mountPath: /d}]
    script: |
      #!/usr/bin/env python3
      fit($(params.rate), "$(params.data)")
  - {name: tell, image: "busybox", args: [say]}
"""
PIPELINE = """
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: p}
spec:
  params: [{name: tag, value: "7"}]
  pipelineSpec:
    tasks:
    - name: fit
      taskSpec: {steps: [{name: s, image: "reg.example/a/b:$(params.tag)", command: [fit]}]}
"""


def test_steps_of_a_task_are_jobs() -> None:
    fit, tell = manifest_jobs(TASK, "f.yaml")
    assert (fit.label, tell.label) == ("Task t (fit)", "Task t (tell)")
    assert (fit.refused, tell.refused) == ((), ())
    assert write(fit, Situation(target="runai-v2")).text == (
        "runai training standard submit t-fit --image reg.example/a/b:1 --gpu-devices-request 2"
        " -e HOME=/tmp --existing-pvc claimname=data,path=/d --restart-policy Never --command --"
        " python3 -c 'fit(3, \"'"
        '"${params_data:?what the workflow puts in for params.data}"'
        "'\")\n'"
    )
    (document,) = write(fit, Situation(target="kubernetes")).documents
    assert document["spec"]["steps"][0]["image"] == "reg.example/a/b:1"  # type: ignore[index]
    (job,) = manifest_jobs(PIPELINE, "f.yaml")
    assert (job.label, job.images[0].reference) == (
        "PipelineRun p (fit.s)",
        "reg.example/a/b:7",
    )


def test_a_service_of_knative_serves_and_needs_no_name_for_its_container() -> None:
    text = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: hello}
spec: {template: {spec: {containers: [{image: reg.example/a, ports: [{containerPort: 80}]}]}}}
"""
    (job,) = manifest_jobs(text, "f.yaml")
    assert job.refused == ()
    assert write(job, Situation(target="runai-v2")).text == (
        "runai inference submit hello --image reg.example/a --serving-port container=80"
    )


def test_copies_of_a_job_in_a_set_run_together() -> None:
    text = """
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {name: s}
spec:
  replicatedJobs:
  - name: w
    replicas: 2
    template: {spec: {template: {spec: {containers: [{name: c, image: reg.example/a}]}}}}
"""
    (job,) = manifest_jobs(text, "f.yaml")
    assert "--parallelism 2" in write(job, Situation(target="runai-v2")).text
