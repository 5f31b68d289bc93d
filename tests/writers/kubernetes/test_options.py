"""Flags of runai that are fields of an object of Kubernetes and no part of a run."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.jobs.translation import Situation, Translation
from advisor.writers import write
from tests.writers.jobs import runai_job


def translated(command: str) -> Translation:
    return write(runai_job(f"runai {command}"), Situation(target="kubernetes"))


def fates(made: Translation) -> dict[str, tuple[str, str]]:
    return {entry.item.name: (entry.fate, entry.output) for entry in made.ledger}


def container(document: Any) -> Any:
    return document["spec"]["template"]["spec"]["containers"][0]


def test_rights_of_the_container() -> None:
    flags = "--allow-privilege-escalation --run-as-non-root"
    made = translated(f"training standard submit x -i r.x/i:1 {flags}")
    assert container(made.documents[0])["securityContext"] == {
        "allowPrivilegeEscalation": True,
        "runAsNonRoot": True,
    }
    off = translated("training standard submit x -i r.x/i:1 --allow-privilege-escalation=false")
    assert container(off.documents[0])["securityContext"] == {"allowPrivilegeEscalation": False}


@pytest.mark.parametrize(
    ("command", "kind", "spec"),
    [
        ("pytorch submit x -i r.x/i:1 --workers 2 --clean-pod-policy All --backoff-limit 3"
         " --min-replicas 1 --max-replicas 4",
         "PyTorchJob",
         {"runPolicy": {"cleanPodPolicy": "All", "backoffLimit": 3},
          "elasticPolicy": {"minReplicas": 1, "maxReplicas": 4}}),
        ("mpi submit x -i r.x/i:1 --workers 2 --slots-per-worker 4 --ssh-auth-mount-path /root/.ssh"
         " --launcher-creation-policy WaitForWorkersReady",
         "MPIJob",
         {"slotsPerWorker": 4, "sshAuthMountPath": "/root/.ssh",
          "launcherCreationPolicy": "WaitForWorkersReady"}),
    ],
)  # fmt: skip
def test_fields_of_a_distributed_job(command: str, kind: str, spec: dict[str, Any]) -> None:
    made = translated(f"training {command}")
    (job,) = made.documents
    own = {key: value for key, value in job["spec"].items() if not key.endswith("ReplicaSpecs")}
    assert (job["kind"], own) == (kind, spec)
    assert {fate for fate, _ in fates(made).values()} == {"mapped"}


def test_no_pod_leads_where_none_is_to() -> None:
    made = translated("training tf submit x -i r.x/i:1 --workers 5 --no-master")
    roles = made.documents[0]["spec"]["tfReplicaSpecs"]
    assert {role: body["replicas"] for role, body in roles.items()} == {"Worker": 5}
    assert fates(made)["--no-master"] == ("mapped", "")


@pytest.mark.parametrize(
    ("flag", "source", "claims"),
    [
        ("--new-pvc claimname=c,size=10G,path=/d,storageclass=fast,accessmode-rwm,ro",
         {"persistentVolumeClaim": {"claimName": "c"}},
         [{"accessModes": ["ReadWriteMany"], "storageClassName": "fast",
           "resources": {"requests": {"storage": "10G"}}}]),
        ("--new-pvc claimname=c,size=10G,path=/d,ephemeral",
         {"ephemeral": {"volumeClaimTemplate": {"spec": {
             "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10G"}}}}}},
         []),
    ],
)  # fmt: skip
def test_a_claim_that_is_made_with_the_job(
    flag: str, source: dict[str, Any], claims: list[Any]
) -> None:
    made = translated(f"training standard submit x -i r.x/i:1 -p team {flag}")
    *others, job = made.documents
    assert [(one["kind"], one["metadata"], one["spec"]) for one in others] == [
        ("PersistentVolumeClaim", {"name": "c", "namespace": "runai-team"}, claim)
        for claim in claims
    ]
    assert job["spec"]["template"]["spec"]["volumes"] == [{"name": "c", **source}]
    entry = {"name": "c", "mountPath": "/d", **({"readOnly": True} if claims else {})}
    assert container(job)["volumeMounts"] == [entry]
    assert fates(made)["--new-pvc"] == ("changed" if claims else "mapped", "volumes: c at /d")


def test_a_claim_of_the_first_version_is_named_after_the_job() -> None:
    made = translated("submit x -i r.x/i:1 --pvc fast:5Gi:/data")
    claim, job = made.documents
    assert (claim["metadata"]["name"], claim["spec"]["storageClassName"]) == ("x-data", "fast")
    assert container(job)["volumeMounts"] == [{"name": "x-data", "mountPath": "/data"}]


def test_runai_tries_a_failed_job_again() -> None:
    made = translated("training standard submit x -i r.x/i:1")
    assert made.documents[0]["spec"]["backoffLimit"] == 6
    made = translated("training standard submit x -i r.x/i:1 --backoff-limit 1")
    assert made.documents[0]["spec"]["backoffLimit"] == 1


def test_the_image_s_user_is_what_a_pod_has_anyhow() -> None:
    made = translated("training standard submit x -i r.x/i:1 --user-group-source fromTheImage")
    assert fates(made)["--user-group-source"] == ("mapped", "")
    made = translated("training standard submit x -i r.x/i:1 --user-group-source fromIdpToken")
    assert fates(made)["--user-group-source"] == ("no-equivalent", "")
