"""Images and data of the sample: all five outcomes of both."""

from __future__ import annotations

from advisor.findings.finding import Decision, Evidence, Gap, Outcome, Subject, Topic
from advisor.judging.assessment import Thing

_GPU_NODES = ("dgx-01", "dgx-02")


def subject(topic: Topic, name: str) -> Subject:
    return Subject(scope=topic, id=f"{topic}:{name}", label=name)


def decision(
    topic: Topic,
    name: str,
    outcome: Outcome,
    rule: str,
    *,
    use: str = "",
    owner: str = "",
    location: str = "",
    count: int | None = 2,
    ready: int | None = None,
    nodes: tuple[str, ...] = (),
    message: str = "",
    evidence: tuple[Evidence, ...] = (),
    gaps: tuple[Gap, ...] = (),
) -> Decision:
    return Decision(
        subject=subject(topic, name),
        topic=topic,
        outcome=outcome,
        rule=rule,
        use=use,
        owner=owner,
        location=location,
        count=count,
        ready=ready,
        nodes=nodes,
        message=message,
        evidence=evidence,
        gaps=gaps,
    )


HOSTILE = "<img src=x onerror=alert(1)>|`x`\x1b[31m\u202e[red]\n# 'single' & \"double\" {{ 7*7 }}"
"""A name no format may act on."""

_LLM = "llm-finetune:v3"
_NOTEBOOK = "team/notebook"
_NVCR = "nvcr.io/nvidia/pytorch:24.08-py3"
_SEG = "segmentation:latest"
_ARM = "edge/inference:arm64"
_PINNED = "registry.lab.example/vision/detector:1.2"

IMAGES = (
    Thing(
        subject=subject("image", _LLM),
        topic="image",
        kind="image",
        outcome="move",
        rule="IMG001",
        location="local-only",
        message=f"`{_LLM}` is only on dgx-01 while 2 nodes can take the job `finetune`.",
        remedy=f"Tag it for your registry and push it: `docker push REGISTRY/{_LLM}`.",
        machines=("dgx-01.lab.example",),
        users=("finetune", "eval-nightly"),
        owners=("alice",),
        size=14_730_000_000,
        decisions=(
            decision(
                "image",
                _LLM,
                "move",
                "IMG001",
                use="finetune",
                owner="alice",
                location="local-only",
                ready=1,
                nodes=_GPU_NODES,
                message="It is only on dgx-01 and 2 nodes can take the job.",
                evidence=(
                    Evidence(
                        fact="image.digests",
                        value="[]",
                        source="docker dgx-01.lab.example",
                    ),
                    Evidence(fact="use.eligible.count", value="2", source="kubernetes context lab"),
                ),
            ),
            decision(
                "image",
                _LLM,
                "stay",
                "IMG002",
                use="eval-nightly",
                owner="alice",
                location="local-only",
                count=1,
                nodes=("dgx-01",),
                message="The job is pinned to dgx-01, where the image is.",
            ),
        ),
    ),
    Thing(
        subject=subject("image", _SEG),
        topic="image",
        kind="image",
        outcome="move",
        rule="IMG001",
        location="local-only",
        message=f"`{_SEG}` is only on workstation-7, which is not a node of the cluster.",
        remedy=f"Push it to a registry: `docker push REGISTRY/{_SEG}`.",
        machines=("workstation-7",),
        users=("segment",),
        owners=("bob",),
        size=6_100_000_000,
        decisions=(decision("image", _SEG, "move", "IMG001", use="segment", owner="bob"),),
    ),
    Thing(
        subject=subject("image", HOSTILE),
        topic="image",
        kind="image",
        outcome="move",
        rule="IMG001",
        location="local-only",
        message=f"{HOSTILE} is only on workstation-7.",
        remedy="Give it a name that a registry takes.",
        machines=("workstation-7",),
        users=(HOSTILE,),
        owners=(HOSTILE,),
    ),
    Thing(
        subject=subject("image", _NOTEBOOK),
        topic="image",
        kind="image",
        outcome="unknown",
        rule="IMG003",
        location="unknown",
        message=f"`{_NOTEBOOK}` may be on Docker Hub or a local build; nobody lists it.",
        remedy="Write the registry into the name.",
        users=("notebook",),
        owners=("carol",),
        decisions=(
            decision(
                "image",
                _NOTEBOOK,
                "unknown",
                "IMG003",
                use="notebook",
                owner="carol",
                location="unknown",
                gaps=(
                    Gap(
                        fact="image.registry_status",
                        probe="registry",
                        reason="no registry was asked",
                        settle="advisor audit --check-registry",
                    ),
                ),
            ),
        ),
    ),
    Thing(
        subject=subject("image", _ARM),
        topic="image",
        kind="image",
        outcome="blocked",
        rule="IMG005",
        location="registry-claimed",
        message="No node has the architecture arm64 that the job asks for.",
        remedy="Build the image for amd64 too, or add an arm64 node.",
        machines=("workstation-7",),
        users=("edge-test",),
        size=912_000_000,
        decisions=(
            decision("image", _ARM, "blocked", "IMG005", use="edge-test", count=0, ready=0),
        ),
    ),
    Thing(
        subject=subject("image", "toolbox:2024"),
        topic="image",
        kind="image",
        outcome="stay",
        rule="IMG002",
        location="local-only",
        message="The only job that uses it is pinned to dgx-01, where the image is.",
        remedy="Submit with `--image-pull-policy IfNotPresent`. A second node changes this.",
        machines=("dgx-01.lab.example",),
        users=("convert",),
        size=2_200_000_000,
        decisions=(
            decision(
                "image", "toolbox:2024", "stay", "IMG002", use="convert", count=1, nodes=("dgx-01",)
            ),
        ),
    ),
    Thing(
        subject=subject("image", _NVCR),
        topic="image",
        kind="image",
        outcome="ok",
        rule="IMG000",
        location="registry-claimed",
        message="A repository digest shows that it is in nvcr.io.",
        remedy="Check that the cluster can pull it.",
        machines=("dgx-01.lab.example", "dgx-01"),
        size=21_000_000_000,
        decisions=(
            decision(
                "image",
                _NVCR,
                "ok",
                "IMG000",
                location="registry-claimed",
                evidence=(
                    Evidence(
                        fact="image.digest",
                        value="sha256:8f1e",
                        source="docker dgx-01.lab.example",
                        strength="claimed",
                    ),
                ),
            ),
        ),
    ),
    Thing(
        subject=subject("image", _PINNED),
        topic="image",
        kind="image",
        outcome="ok",
        rule="IMG000",
        location="registry-claimed",
        message="Its name holds a registry.",
        machines=("dgx-01",),
        users=("detector",),
        size=4_000_000_000,
    ),
)

DATA = (
    Thing(
        subject=subject("data", "/raid/datasets/imagenet"),
        topic="data",
        kind="bind",
        outcome="move",
        rule="DAT001",
        location="on-machine",
        message="`/raid/datasets/imagenet` is on an ext4 disk of dgx-01.",
        remedy="Copy it to network storage and mount that at the same path everywhere.",
        machines=("dgx-01.lab.example",),
        users=("finetune", "eval-nightly", "segment", "detector", "resnet-a", "resnet-b"),
        owners=("alice", "bob"),
        size=1_400_000_000_000,
        files=1_281_167,
        decisions=(
            decision(
                "data",
                "/raid/datasets/imagenet",
                "move",
                "DAT001",
                use="finetune",
                owner="alice",
                location="on-machine",
                ready=1,
                nodes=_GPU_NODES,
                evidence=(
                    Evidence(
                        fact="data.holders[0].filesystem",
                        value="ext4",
                        source="mountinfo of dgx-01.lab.example",
                    ),
                ),
            ),
        ),
    ),
    Thing(
        subject=subject("data", "/scratch/bob"),
        topic="data",
        kind="bind",
        outcome="unknown",
        rule="DAT003",
        location="unknown",
        message="Whether `/scratch/bob` is a network filesystem could not be established.",
        remedy="Run `findmnt -T /scratch/bob` on workstation-7.",
        machines=("workstation-7",),
        users=("segment",),
        owners=("bob",),
        at_least=3 * 2**30,
        files=12,
        decisions=(
            decision(
                "data",
                "/scratch/bob",
                "unknown",
                "DAT003",
                use="segment",
                owner="bob",
                location="unknown",
                evidence=(
                    Evidence(
                        fact="data.kind", value="bind", source="the usual case", strength="presumed"
                    ),
                ),
                gaps=(
                    Gap(
                        fact="data.holders[0].network",
                        probe="docker",
                        reason="the mount table could not be read",
                        settle="advisor audit --docker-host ssh://you@workstation-7",
                    ),
                ),
            ),
        ),
    ),
    Thing(
        subject=subject("data", "research/big-claim"),
        topic="data",
        kind="claim",
        outcome="blocked",
        rule="DAT009",
        location="on-machine",
        message="The claim is bound to a volume on a node that is gone.",
        remedy="Restore the node or the data.",
        users=("archive",),
    ),
    Thing(
        subject=subject("data", "/opt/licenses"),
        topic="data",
        kind="hostPath",
        outcome="stay",
        rule="DAT002",
        location="on-machine",
        message="Only dgx-01 can take the job, and the path is there.",
        remedy="Nothing today. A second node changes this.",
        machines=("dgx-01",),
        users=("convert",),
        size=4096,
    ),
    Thing(
        subject=subject("data", "nas.lab.example:/export/home"),
        topic="data",
        kind="nfs",
        outcome="ok",
        rule="DAT000",
        location="outside",
        message="It is on NFS: use it directly.",
        users=("notebook",),
    ),
)
