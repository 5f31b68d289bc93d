"""`--master-` flags as the template of the pod that leads."""

from __future__ import annotations

from typing import Any

from advisor.jobs.translation import Situation, Translation
from advisor.writers import write
from tests.writers.jobs import runai_job

COMMAND = (
    "runai training pytorch submit x -i r.x/img:1 --workers 2 -g 2 --cpu-core-request 4 -e B=2"
    " --existing-pvc claimname=c,path=/d"
)


def translated(more: str) -> Translation:
    return write(runai_job(f"{COMMAND} {more} -- c.py"), Situation(target="kubernetes"))


def pod(made: Translation, role: str) -> dict[str, Any]:
    (job,) = made.documents
    template: Any = job["spec"]
    found: dict[str, Any] = template["pytorchReplicaSpecs"][role]["template"]["spec"]
    return found


def test_only_the_leading_pod_is_changed() -> None:
    made = translated(
        "--master-gpu-devices-request 1 --master-cpu-core-limit 2 --master-no-pvcs"
        " --master-restart-policy OnFailure --master-extended-resource rdma/hca=1"
        " --master-environment-variable A=1 --master-command 'python \"a b\"' --master-args -v"
    )
    assert pod(made, "Master") == {
        "restartPolicy": "OnFailure",
        "containers": [
            {
                "name": "pytorch",
                "image": "r.x/img:1",
                "command": ["python", "a b"],
                "args": ["-v"],
                "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
                "resources": {"limits": {"nvidia.com/gpu": 1, "cpu": "2", "rdma/hca": 1}},
            }
        ],
    }
    assert pod(made, "Worker") == pod(translated(""), "Worker")
    of_leader = [one for one in made.ledger if one.item.name.startswith("--master-")]
    assert {(one.fate, one.reason) for one in of_leader} == {("mapped", "of the pod that leads")}


def test_without_such_flags_the_roles_are_alike() -> None:
    made = translated("")
    assert pod(made, "Master") == pod(made, "Worker")


def test_a_secret_is_not_written_down() -> None:
    made = translated("--master-environment-variable API_TOKEN=hunter2hunter2")
    assert pod(made, "Master") == pod(made, "Worker")
    assert "hunter2" not in made.text + repr(made.ledger)
    fates = {one.item.name: one.fate for one in made.ledger}
    assert fates["--master-environment-variable"] == "unresolved"
