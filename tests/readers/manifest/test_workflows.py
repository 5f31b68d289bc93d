"""Workflows of Argo: a job for each step that runs something."""

from __future__ import annotations

from advisor.jobs.translation import Situation
from advisor.readers.manifest.reader import read_manifests
from advisor.writers import write

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
    train, tell = read_manifests(WORKFLOW, "f.yaml")
    assert (train.label, tell.label) == ("Workflow say (train)", "Workflow say (tell)")
    assert (train.refused, tell.refused) == ((), ())
    assert train.run is not None
    found = {one.target.text: (one.kind, one.source.text) for one in train.run.mounts}
    assert found == {"/d": ("claim", "data"), "/e": ("nfs", "filer:/vol")}
    assert train.run.cpu_limit == 4000


def test_what_the_workflow_puts_in_is_asked_for() -> None:
    train, _ = read_manifests(WORKFLOW, "f.yaml")
    text = write(train, Situation(target="runai-v2")).text
    assert "{{" not in text
    assert "--gpu-devices-request" in text
    assert '--gpus="${inputs_parameters_n:?' in text


def test_the_manifest_stays_what_it_is() -> None:
    train, _ = read_manifests(WORKFLOW, "f.yaml")
    translation = write(train, Situation(target="kubernetes"))
    assert translation.documents[0]["spec"]["templates"][1]["container"]["resources"] == {
        "limits": {"nvidia.com/gpu": "{{inputs.parameters.n}}", "cpu": 4}
    }


def test_each_field_says_what_it_sets() -> None:
    train, _ = read_manifests(WORKFLOW, "f.yaml")
    sets = {item.name: item.sets for item in train.items}
    assert sets["spec.templates[1].container.image"] == (("image",),)
    assert sets["spec.volumes[0]"] == (("mounts", "/d"),)
    assert sets["spec.templates[1].volumes[0]"] == (("mounts", "/e"),)
    assert sets["spec.templates[1].tolerations[0]"] == (("tolerations", "nvidia.com/gpu"),)
