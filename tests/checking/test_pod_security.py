"""Jobs that the Pod Security of their namespace refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import api
from advisor.facts.cluster import Cluster, Namespace
from advisor.facts.snapshot import Snapshot

JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: train, namespace: team}
spec:
  template:
    spec:
      restartPolicy: Never
%s
      containers:
        - {name: a, image: "reg.example/a:1"%s}
"""
VOLUME = "      volumes: [{name: d, hostPath: {path: /raid}}]"
MOUNT = ", volumeMounts: [{name: d, mountPath: /data}]"
LEVEL = "pod-security.kubernetes.io/enforce"


def refused(text: str, folder: Path, labels: dict[str, str]) -> list[str]:
    file = folder / "job.yaml"
    file.write_text(text)
    cluster = Cluster(context="c", namespaces=(Namespace(name="team", labels=labels),))
    snapshot = Snapshot(advisor="test", taken="2026-11-30T00:00:00Z", cluster=cluster)
    (job,) = api.check([str(file)], snapshot).jobs
    return [one.message for one in job.findings if one.rule == "JOB057"]


@pytest.mark.parametrize(
    ("pod", "container", "what"),
    [
        (VOLUME, MOUNT, "folders of the node (/raid)"),
        ("      hostNetwork: true", "", "namespaces of the host"),
        ("", ", securityContext: {privileged: true}", "privileged containers"),
        (
            "",
            ", securityContext: {capabilities: {add: [SYS_PTRACE, CHOWN]}}",
            "the capabilities SYS_PTRACE",
        ),
        ("", ", securityContext: {capabilities: {add: [CHOWN]}}", ""),
        ("", "", ""),
    ],
)
@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_what_a_level_refuses(
    pod: str, container: str, what: str, level: str, tmp_path: Path
) -> None:
    said = refused(JOB % (pod, container), tmp_path, {LEVEL: level})
    lead = "The namespace of Job team/train enforces the Pod Security level"
    assert said == ([f"{lead} {level}, which refuses {what}."] if what else [])


@pytest.mark.parametrize(
    "labels", [{}, {LEVEL: "privileged"}, {"pod-security.kubernetes.io/warn": "baseline"}]
)
def test_where_nothing_is_enforced(labels: dict[str, str], tmp_path: Path) -> None:
    assert refused(JOB % (VOLUME, MOUNT), tmp_path, labels) == []
