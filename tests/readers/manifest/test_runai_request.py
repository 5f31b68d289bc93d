"""Requests to Run:ai's REST API, as the commands of v2 that submit the same."""

from __future__ import annotations

import pytest

from advisor.jobs.translation import Situation
from advisor.readers.result import Outcome
from advisor.readers.script_jobs import script_jobs
from advisor.readers.shell.commands import read_script
from advisor.writers import write


def read(script: str) -> Outcome:
    return script_jobs(read_script(script, file="submit.sh"), None)


def commands(script: str) -> list[str]:
    result = read(script)
    assert not result.problems
    return [write(job, Situation(target="runai-v2")).text.strip() for job in result.jobs]


BODY = """{
  "name": "fit", "projectId": "12", "clusterId": "c-1",
  "spec": {
    "image": "reg.example/fit:1", "command": "python", "args": "fit.py --epochs 3",
    "environmentVariables": [
      {"name": "A", "value": "1"}, {"name": "HF", "secret": {"name": "hf", "key": "token"}}
    ],
    "compute": {"gpuDevicesRequest": 2, "cpuCoreRequest": 0.5, "largeShmRequest": true},
    "storage": {
      "pvc": [
        {"claimName": "sets", "path": "/sets", "existingPvc": true},
        {"claimName": "out", "path": "/out", "claimInfo": {"size": "5G",
          "accessModes": {"readWriteMany": true}}}
      ],
      "nfs": [{"path": "/vol/a", "server": "filer", "mountPath": "/a", "readOnly": true}]
    }
  }
}"""
FLAGS = (
    "--image reg.example/fit:1 --gpu-devices-request 2 --cpu-core-request 0.5 --large-shm -e A=1"
    " --env-secret HF=hf,key=token --existing-pvc claimname=sets,path=/sets"
    " --nfs path=/vol/a,server=filer,mountpath=/a"
    " --new-pvc claimname=out,size=5G,accessmode-rwm,path=/out"
)


@pytest.mark.parametrize(
    ("endpoint", "submit"),
    [
        ("trainings", "training standard"),
        ("workspaces", "workspace"),
        ("distributed", "training pytorch"),
        ("inferences", "inference"),
    ],
)
def test_the_endpoint_says_which_kind_it_is(endpoint: str, submit: str) -> None:
    script = f"curl -X POST https://runai.example/api/v1/workloads/{endpoint} -d '{BODY}'"
    assert commands(script) == [
        f"runai {submit} submit fit {FLAGS} --command -- python fit.py --epochs 3"
    ]


def test_a_body_of_a_here_document_has_the_values_of_the_script() -> None:
    script = """GPUS=4
curl "$URL/api/v1/workloads/trainings" --json @- <<EOF
{"name": "fit", "spec": {"image": "$IMAGE", "compute": {"gpuDevicesRequest": $GPUS}}}
EOF
"""
    assert commands(script) == [
        "runai training standard submit fit"
        ' --image "${IMAGE:?the value of IMAGE}" --gpu-devices-request 4'
    ]


def test_a_body_in_a_file_is_asked_for() -> None:
    script = "curl https://runai.example/api/v1/workloads/trainings -d @body.json"
    result = read(script)
    assert [where for _, where, _ in result.problems] == ["submit.sh:1:58"]


def test_other_requests_are_no_jobs() -> None:
    script = "curl https://runai.example/api/v1/workloads/trainings/7 -d '{}'"
    assert commands(script) == []
