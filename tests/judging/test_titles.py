"""How messages name a job: `job train`, but `Pod train`."""

from __future__ import annotations

from pathlib import Path

from advisor import api
from advisor.configuration.settings import Assumption, Settings

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: x}
spec: {containers: [{name: a, image: img, volumeMounts: [{name: d, mountPath: /d}]}],
  volumes: [{name: d, hostPath: {path: /raid}}]}
"""
COMPOSE = "services: {x: {image: img, volumes: ['/raid:/d']}}\n"


def test_alike_or_not_each_is_named_as_it_is(tmp_path: Path) -> None:
    for name, text in (("pod.yaml", POD), ("compose.yaml", COMPOSE)):
        (tmp_path / name).write_text(text)
    commands = [f"docker run --name {name} -v /raid:/d img" for name in ("one", "two")]
    files = [str(tmp_path / "pod.yaml"), str(tmp_path / "compose.yaml")]
    report = api.check(
        [*commands, *files], settings=Settings(assume=Assumption(gpu_nodes=1, cpu_nodes=1))
    )
    said = [
        finding.message.partition(", and ")[2].partition(" can land")[0]
        for check in report.jobs
        for finding in check.findings
        if finding.rule == "DAT006"
    ]
    assert said == ["job one", "job two", "Pod x", "service x"]
