"""Findings of the sample: every severity and every status."""

from __future__ import annotations

from advisor.findings.finding import Evidence, Finding, Gap, Place, Subject


def _image(name: str) -> Subject:
    return Subject(scope="image", id=f"image:{name}", label=name)


FINDINGS = (
    Finding(
        rule="IMG001",
        severity="error",
        status="finding",
        subject=_image("llm-finetune:v3"),
        message="`llm-finetune:v3` is only on dgx-01 while 2 nodes can take the job `finetune`.",
        remedy="Tag it for your registry and push it.",
        evidence=(
            Evidence(fact="image.digests", value="[]", source="docker dgx-01.lab.example"),
            Evidence(
                fact="use.machines",
                value="dgx-01",
                source="docker dgx-01.lab.example",
                strength="claimed",
            ),
        ),
        links=("https://kubernetes.io/docs/concepts/containers/images/",),
        fingerprint="a1",
        owner="alice",
    ),
    Finding(
        rule="IMG001",
        severity="error",
        status="finding",
        subject=_image("segmentation:latest"),
        message="`segmentation:latest` is only on workstation-7, which is no node.",
        remedy="Tag it for your registry and push it.",
        evidence=(Evidence(fact="image.digests", value="[]", source="podman workstation-7"),),
        fingerprint="a2",
        owner="bob",
    ),
    Finding(
        rule="DAT001",
        severity="error",
        status="finding",
        subject=Subject(
            scope="data", id="data:/raid/datasets/imagenet", label="/raid/datasets/imagenet"
        ),
        message="`/raid/datasets/imagenet` is on an ext4 disk of dgx-01.",
        remedy="Copy it to network storage and mount that at the same path everywhere.",
        evidence=(
            Evidence(
                fact="data.filesystems",
                value="ext4",
                source="mountinfo of dgx-01.lab.example",
                strength="presumed",
            ),
        ),
        fingerprint="a3",
    ),
    Finding(
        rule="GPU002",
        severity="warning",
        status="finding",
        subject=Subject(scope="node", id="node:dgx-02", label="dgx-02"),
        message="dgx-02 is cordoned.",
        remedy="Uncordon it when the work on it is done: `kubectl uncordon dgx-02`.",
        evidence=(
            Evidence(fact="node.unschedulable", value="true", source="kubernetes context lab"),
        ),
        fingerprint="a4",
    ),
    Finding(
        rule="IMG004",
        severity="warning",
        status="finding",
        subject=_image("segmentation:latest"),
        message="`segmentation:latest` is a moving name.",
        remedy="Give it a tag that does not move.",
        place=Place(file="jobs/segment.sh", line=12, column=3),
        fingerprint="a5",
    ),
    Finding(
        rule="GPU006",
        severity="info",
        status="finding",
        subject=Subject(scope="node", id="node:dgx-02", label="dgx-02"),
        message="dgx-02 offers MIG slices of 2 sizes.",
        remedy="Ask for a slice by its resource name.",
        fingerprint="a6",
    ),
    Finding(
        rule="STO001",
        severity="error",
        status="unknown",
        subject=Subject(scope="cluster", id="cluster", label="cluster lab"),
        message="Whether a class serves files to many nodes could not be established.",
        gaps=(
            Gap(
                fact="cluster.storage_classes",
                probe="kubernetes",
                reason="403 Forbidden",
                settle="kubectl apply -f deploy/clusterrole.yaml",
            ),
        ),
        fingerprint="a7",
    ),
    Finding(
        rule="SITE01",
        severity="warning",
        status="error",
        subject=_image("llm-finetune:v3"),
        message="The rule stopped: no such overload of `size(int)`.",
        fingerprint="a8",
    ),
    Finding(
        rule="IMG004",
        severity="warning",
        status="suppressed",
        subject=_image("team/notebook"),
        message="`team/notebook` has no tag.",
        remedy="Give it a tag that does not move.",
        fingerprint="a9",
        reason="rebuilt every night on purpose",
    ),
    Finding(
        rule="GPU001",
        severity="error",
        status="ok",
        subject=Subject(scope="cluster", id="cluster", label="cluster lab"),
        message="",
        fingerprint="b1",
    ),
)
