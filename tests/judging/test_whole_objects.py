"""A manifest with several roles is written once, with what each of them needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import api
from advisor.assumption import parse_assumption
from advisor.jobs.translation import NfsExport, Situation, Target
from advisor.output.translation import remarks, render_text
from advisor.settings import Settings

HEAD = """\
apiVersion: kubeflow.org/v2beta1
kind: MPIJob
metadata:
  name: horovod
spec:
  mpiReplicaSpecs:
    Launcher:
      replicas: 1
      template:
        spec:
          containers:
          - name: l
            image: r.example/a:1
    Worker:
      replicas: 2
      template:
        spec:
          containers:
          - name: w
            image: r.example/b:1
            resources:
              limits:
                nvidia.com/gpu: 4
            volumeMounts:
            - name: d
              mountPath: /d
          volumes:
          - name: d
"""
ON_NODE = "            hostPath:\n              path: /raid/d\n"
WAITING = "            persistentVolumeClaim:\n              claimName: set-me-raid-d\n"


def test_roles_are_written_together(tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(HEAD + ON_NODE)
    settings = Settings(assume=parse_assumption("gpu-nodes=3"))
    report = api.translate([str(file)], "kubernetes", settings=settings)
    assert [job.translation.text for job in report.jobs] == [HEAD + WAITING, HEAD + WAITING]
    assert render_text(report) == HEAD + WAITING
    where = "give --nfs SERVER:/EXPORT=/raid/d or --data-claim CLAIM=/raid/d"
    assert list(remarks(report)) == [
        f"{file}:16: unresolved: volumes name: d, hostPath: {{path: /raid/d}}: the job can run"
        f" where this data is not, so it must be on network storage; {where}"
    ]


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (
            "runai-v2",
            "runai training mpi submit horovod --image r.example/b:1 --gpu-devices-request 4"
            " --workers 2 --nfs path=/vol/d,server=filer,mountpath=/d,readwrite"
            " --command -- mpirun -np 2 t\n",
        ),
        (
            "runai-v1",
            "runai submit-mpi --name horovod --image r.example/b:1 --gpu 4 --processes 2"
            " --volume /vol/d:/d:rw:filer --command -- mpirun -np 2 t\n",
        ),
    ],
)
def test_roles_are_one_command(tmp_path: Path, target: Target, text: str) -> None:
    file = tmp_path / "job.yaml"
    command = "image: r.example/a:1\n            command: [mpirun, -np, '2', t]"
    file.write_text(HEAD.replace("image: r.example/a:1", command) + ON_NODE)
    given = Situation(
        target=target, exports=(NfsExport(server="filer", export="/vol/d", path="/raid/d"),)
    )
    settings = Settings(assume=parse_assumption("gpu-nodes=3"))
    report = api.translate([str(file)], target, settings=settings, given=given)
    assert render_text(report) == text
    launcher, worker = report.jobs
    fates = {one.item.name.rpartition(".template.")[2]: one for one in launcher.translation.ledger}
    assert fates["spec.containers[0].image"].fate == "no-equivalent"
    assert fates["spec.containers[0].command"].fate == "mapped"
    assert {one.fate for one in worker.translation.ledger} == {"mapped"}
