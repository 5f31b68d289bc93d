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
LEAD = "The namespace of Job team/train enforces the Pod Security level"
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
        (VOLUME, MOUNT, "folders of the node"),
        ("      hostNetwork: true", "", "namespaces of the host"),
        ("", ", securityContext: {privileged: true}", "privileged containers"),
        (
            "",
            ", securityContext: {capabilities: {add: [SYS_PTRACE, CHOWN]}}",
            "the capabilities SYS_PTRACE",
        ),
    ],
)
@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_what_a_level_refuses(
    pod: str, container: str, what: str, level: str, tmp_path: Path
) -> None:
    said = refused(JOB % (pod, container), tmp_path, {LEVEL: level})
    assert said == [f"{LEAD} {level}, which refuses {what}."]


GIVEN_UP = "allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: {type: %s}"
PLAIN = (
    "no allowPrivilegeEscalation: false, no capabilities.drop: [ALL], no runAsNonRoot: true, "
    "no seccompProfile"
)


@pytest.mark.parametrize(
    ("context", "what"),
    [
        ("", PLAIN),
        ("capabilities: {add: [CHOWN]}", f"{PLAIN}, capability CHOWN"),
        (f"{GIVEN_UP % 'RuntimeDefault'}, capabilities: {{drop: [ALL]}}", ""),
        (f"{GIVEN_UP % 'Unconfined'}, capabilities: {{drop: [ALL]}}", "no seccompProfile"),
    ],
)
def test_what_only_restricted_refuses(context: str, what: str, tmp_path: Path) -> None:
    text = JOB % ("", f", securityContext: {{{context}}}" if context else "")
    assert refused(text, tmp_path, {LEVEL: "baseline"}) == []
    said = refused(text, tmp_path, {LEVEL: "restricted"})
    assert said == ([f"{LEAD} restricted, which refuses a pod with {what}."] if what else [])


@pytest.mark.parametrize(
    "labels", [{}, {LEVEL: "privileged"}, {"pod-security.kubernetes.io/warn": "baseline"}]
)
def test_where_nothing_is_enforced(labels: dict[str, str], tmp_path: Path) -> None:
    assert refused(JOB % (VOLUME, MOUNT), tmp_path, labels) == []
