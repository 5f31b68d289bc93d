"""A small mixed cluster and two Docker hosts, with every outcome, severity, status and oddity."""

from __future__ import annotations

from advisor.facts.source import Redaction, Refusal, Source
from advisor.judging.assessment import (
    AcceleratorSummary,
    Assessment,
    HostSummary,
    NodeSummary,
    NotAssessed,
    RuleSummary,
    Verdict,
)
from tests.output.sample_findings import FINDINGS
from tests.output.sample_plan import PLAN
from tests.output.sample_things import DATA, IMAGES

_GPU = AcceleratorSummary(
    resource="nvidia.com/gpu",
    kind="whole",
    capacity=8,
    allocatable=8,
    product="NVIDIA-A100-SXM4-80GB",
)
_MIG = (
    AcceleratorSummary(
        resource="nvidia.com/gpu", kind="mig-mixed", capacity=4, allocatable=3, product="A100"
    ),
    AcceleratorSummary(
        resource="nvidia.com/mig-1g.10gb", kind="mig-mixed", capacity=14, allocatable=14
    ),
    AcceleratorSummary(
        resource="nvidia.com/mig-3g.40gb", kind="mig-mixed", capacity=4, allocatable=4
    ),
)
_CPU_NODES = tuple(
    NodeSummary(
        name=f"cpu-{number}",
        gpu=False,
        ready=True,
        architecture="amd64",
        cpu=64000,
        memory=256 * 2**30,
    )
    for number in (1, 2, 3)
)
NODES = (
    NodeSummary(
        name="dgx-01",
        gpu=True,
        ready=True,
        accelerators=(_GPU,),
        taints=("nvidia.com/gpu=present:NoSchedule",),
        architecture="amd64",
        cpu=256000,
        memory=1024 * 2**30,
        machine="dgx-01.lab.example",
    ),
    NodeSummary(
        name="dgx-02",
        gpu=True,
        ready=True,
        schedulable=False,
        accelerators=_MIG,
        architecture="amd64",
        cpu=256000,
        memory=1024 * 2**30,
    ),
    *_CPU_NODES,
)
HOSTS = (
    HostSummary(
        name="dgx-01.lab.example",
        url="ssh://admin@dgx-01.lab.example",
        engine="docker",
        version="27.3.1",
        images=41,
        containers=12,
        gpus=8,
        node="dgx-01",
    ),
    HostSummary(
        name="workstation-7",
        url="unix:///run/podman/podman.sock",
        engine="podman",
        version="4.3.1",
        images=None,
        containers=3,
        gpus=None,
    ),
)
VERDICTS = (
    Verdict(
        topic="image",
        outcome="move",
        count=2,
        ready=1,
        nodes=("dgx-01", "dgx-02"),
        sentence="Images must move to an image repository before the jobs move.",
        why=(
            "2 GPU nodes can take a job, so an image that is only on one of them is missing on the "
            "other. dgx-02 is cordoned today, which does not change the answer."
        ),
    ),
    Verdict(
        topic="data",
        outcome="unknown",
        count=2,
        ready=1,
        nodes=("dgx-01", "dgx-02"),
        sentence="Some data must move to network storage; for some it could not be established.",
        why=(
            "2 GPU nodes can take a job. The mount table of workstation-7 could not be read, so "
            "where two of its paths are kept is not known."
        ),
        settle="advisor audit --docker-host ssh://you@workstation-7",
    ),
)
NOT_ASSESSED = (
    NotAssessed(
        fact="hosts[workstation-7].mounts",
        probe="docker",
        reason="the mount table cannot be read over a local podman socket of another user",
        settle="advisor audit --docker-host ssh://you@workstation-7",
        rules=("DAT001", "DAT004"),
        subjects=("/scratch/bob", "/data/shared"),
    ),
    NotAssessed(
        fact="cluster.storage_classes",
        probe="kubernetes",
        reason="403 Forbidden: list storageclasses.storage.k8s.io",
        settle="kubectl apply -f deploy/clusterrole.yaml",
        rules=("STO001", "STO002", "STO004"),
    ),
)
SOURCES = (
    Source(
        probe="kubernetes",
        target="https://10.0.0.1:6443 (context lab)",
        status="partial",
        reason="1 of 14 reads was refused",
        refused=(
            Refusal(
                resource="storage.k8s.io/storageclasses",
                verb="list",
                reason="403 Forbidden",
                facts=("cluster.storage_classes",),
            ),
        ),
        seconds=1.42,
    ),
    Source(probe="docker", target="ssh://admin@dgx-01.lab.example", status="ok", seconds=0.8),
    Source(
        probe="docker",
        target="tcp://10.0.0.99:2376",
        status="failed",
        reason="connection refused",
        seconds=10.0,
    ),
)
RULES = {
    "GPU002": RuleSummary(
        title="GPU node is cordoned",
        severity="warning",
        why="A cordoned node takes no new job, but it comes back: it counts for where jobs land.",
        links=("https://kubernetes.io/docs/concepts/architecture/nodes/",),
        passed=1,
    ),
    "GPU006": RuleSummary(
        title="MIG is in mixed mode",
        severity="info",
        why="Each slice size is a resource of its own, so a job asks for one by name.",
    ),
    "IMG001": RuleSummary(
        title="Image is only on machines and jobs can land on several",
        severity="error",
        why="A node that does not have the image cannot start the job.",
        links=("https://kubernetes.io/docs/concepts/containers/images/",),
        passed=1,
    ),
    "IMG004": RuleSummary(
        title="Image has no tag, or `latest`",
        severity="warning",
        why="The name means another image tomorrow.",
        passed=4,
    ),
    "DAT001": RuleSummary(
        title="Data is only on machines and jobs can land on several",
        severity="error",
        why="A job that lands elsewhere sees an empty folder, or another one.",
    ),
    "STO001": RuleSummary(
        title="No class serves files to many nodes", severity="error", why="Shared data needs one."
    ),
    "GPU001": RuleSummary(
        title="No GPU node", severity="error", why="Nothing could run.", passed=1
    ),
    "GPU009": RuleSummary(
        title="No feature discovery", severity="info", why="Labels help to choose.", passed=2
    ),
}
SAMPLE = Assessment(
    advisor="0.1.0",
    taken="2026-11-20T09:30:00Z",
    target="cluster lab (5 nodes) and 2 Docker hosts",
    state="incomplete",
    verdicts=VERDICTS,
    images=IMAGES,
    data=DATA,
    findings=FINDINGS,
    not_assessed=NOT_ASSESSED,
    nodes=NODES,
    hosts=HOSTS,
    sources=SOURCES,
    redactions=(
        Redaction(path="hosts[dgx-01].containers[*].env", redactor="values", count=214),
        Redaction(path="hosts[dgx-01].containers[llm].command", redactor="secrets"),
    ),
    rules=RULES,
    unmatched_ignores=("IMG009 on image:old/*: retired in spring",),
    notes=(
        "34 system workloads in kube-system and gpu-operator were left out.",
        "Secrets are never read: whether a pull secret exists is not known.",
    ),
    plan=PLAN,
)
EMPTY = Assessment(advisor="0.1.0", taken="2026-11-20T09:30:00Z", target="nothing")
"""An audit that saw nothing: it must not look like a pass."""
