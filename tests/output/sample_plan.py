"""A plan with every action, fate and kind of question, for the sample."""

from __future__ import annotations

from advisor.planning.plan import (
    Capacity,
    CapacityRow,
    NodeRow,
    Plan,
    ProductSupply,
    PullSecret,
    Question,
    Wave,
)
from advisor.planning.plan_items import (
    ClaimTarget,
    CommitStep,
    DataPlan,
    DataSource,
    FlagFate,
    Holder,
    ImagePlan,
    JobCommand,
    JobFlag,
    JobPlan,
    NfsTarget,
)

_DGX = Holder(machines=("dgx-01",), names=("llm-finetune:v3",))
_IMAGES = (
    ImagePlan(
        id="sha256:aa",
        label="llm-finetune:v3",
        names=("llm-finetune:v3",),
        subjects=("image:llm-finetune:v3",),
        content="sha256:aa",
        outcome="move",
        action="push",
        reason="it is only on dgx-01",
        holders=(_DGX,),
        users=("container:dgx-01/llm",),
        owners=("alice",),
        target="registry.lab.example/llm-finetune:v3-dgx-01",
        renamed="the same name stands for other content on workstation-7",
        source_host="dgx-01",
        size=24 * 2**30,
        push_bytes=11 * 2**30,
        at_most=True,
        order=1,
    ),
    ImagePlan(
        id="name:segmentation",
        label="segmentation:latest",
        outcome="move",
        action="push-from-node",
        holders=(Holder(machines=("dgx-02",), node=True),),
        target="registry.lab.example/segmentation:latest",
        source_node="dgx-02",
        by_hand="ctr -n k8s.io images push registry.lab.example/segmentation:latest",
    ),
    ImagePlan(id="name:pytorch", label="nvcr.io/nvidia/pytorch:24.08-py3", action="use"),
    ImagePlan(id="name:stay", label="toolbox:2024", action="stay", holders=(_DGX,)),
    ImagePlan(id="name:wait", label="arm:1", action="wait", holders=(_DGX,)),
    ImagePlan(id="name:ask", label="team/notebook", action="ask"),
)
_DATA = (
    DataPlan(
        id="dgx-01:/raid/datasets/imagenet",
        label="/raid/datasets/imagenet on dgx-01",
        kind="bind",
        action="copy",
        sources=(DataSource(machine="dgx-01", path="/raid/datasets/imagenet"),),
        source_host="dgx-01",
        source_path="/raid/datasets/imagenet",
        owners=("alice", "bob"),
        mount_path="/data/imagenet",
        other_paths=("/imagenet",),
        read_only=True,
        size=150 * 2**30,
        files=1_281_167,
        claim=ClaimTarget(
            name="data-imagenet", storage_class="filer", evidence="in use on two nodes"
        ),
    ),
    DataPlan(
        id="dgx-01:volume",
        label="named volume results on dgx-01",
        kind="named-volume",
        action="copy",
        sources=(DataSource(machine="dgx-01", path=""),),
        mount_path="/out",
        at_least=7 * 2**30,
        files=1,
        unmeasured="1 folder could not be read",
        claim=ClaimTarget(name="data-results"),
    ),
    DataPlan(
        id="nfs:/export/home",
        label="filer:/export/home",
        kind="nfs",
        action="use",
        mount_path="/home",
        nfs=NfsTarget(server="filer", export="/export/home"),
    ),
    DataPlan(id="claim:x", label="claim team/x", kind="claim", action="stay"),
    DataPlan(
        id="ws:/scratch/bob", label="/scratch/bob on workstation-7", kind="bind", action="ask"
    ),
    DataPlan(id="dgx-01:/dev/shm", label="/dev/shm on dgx-01", kind="bind", action="leave"),
)
_FLAGS = (
    JobFlag(
        written="--gpus",
        value="8",
        became=(
            FlagFate(target="runai-v1", fate="mapped", reason="same number", output="--gpu 8"),
            FlagFate(target="runai-v2", fate="mapped", reason="same number", output="--gpus 8"),
            FlagFate(target="kubernetes", fate="mapped", reason="same number", output="limits: 8"),
        ),
    ),
    JobFlag(
        written="--ipc",
        value="host",
        became=(
            FlagFate(target="runai-v1", fate="mapped", reason="same", output="--host-ipc"),
            FlagFate(target="runai-v2", fate="no-equivalent", reason="more shared memory instead"),
            FlagFate(target="kubernetes", fate="changed", reason="`hostIPC`", output="hostIPC"),
        ),
    ),
    JobFlag(
        written="added: project",
        became=(FlagFate(target="runai-v2", fate="unresolved", reason="give `--project`"),),
    ),
)
_JOBS = (
    JobPlan(
        id="container:dgx-01/llm",
        label="llm on dgx-01",
        kind="container",
        owner="alice",
        host="dgx-01",
        gpus=8,
        images=("sha256:aa",),
        data=("dgx-01:/raid/datasets/imagenet",),
        commands=(
            JobCommand(target="runai-v1", text="runai submit \\\n    --name llm"),
            JobCommand(
                target="runai-v2",
                text="runai training standard submit llm",
                before=("# a copy\nkubectl cp a b",),
                missing=("the project",),
            ),
            JobCommand(target="kubernetes", text="kind: Job\nmetadata:\n  name: llm\n"),
        ),
        today="docker start llm",
        command="docker run \\\n    --gpus 8 \\\n    llm-finetune:v3 train.sh",
        flags=_FLAGS,
    ),
    JobPlan(
        id="workload:Job/team/etl",
        label="Job team/etl",
        kind="Job",
        namespace="team",
        gpus=None,
        changes=("image etl:3 becomes registry.lab.example/etl:3",),
        today="kubectl -n team get job",
    ),
    JobPlan(id="workload:Job/team/fine", label="Job team/fine", kind="Job", namespace="team"),
)
_ROWS = (
    CapacityRow(
        resource="nvidia.com/gpu",
        kind="whole",
        asked=19,
        asked_now=3,
        jobs=4,
        stopped=2,
        stopped_jobs=("old-run on dgx-01",),
        uncounted=("etl",),
        there=8,
        allocatable=7,
        products=(
            ProductSupply(
                product="A100", nodes=1, capacity=8, allocatable=7, largest=8, largest_node="dgx-01"
            ),
        ),
        fits=False,
        largest_job="llm on dgx-01",
        largest_ask=8,
        largest_node="dgx-01",
        largest_there=8,
        too_large=("giant",),
        queue=("second",),
    ),
    CapacityRow(resource="nvidia.com/mig-1g.10gb", kind="mig-mixed", there=14, fits=True),
)
PLAN = Plan(
    registry="registry.lab.example",
    bandwidth=1000,
    images=_IMAGES,
    commits=(
        CommitStep(
            container="llm",
            id="c0ffee",
            host="dgx-01",
            target="registry.lab.example/saved/llm:from-dgx-01",
            owner="alice",
            changes=12,
            size=3 * 2**20,
            paths=("/root/eval.ipynb",),
        ),
    ),
    pull_secret=PullSecret(
        needed="yes",
        reason="The registry asks for a password.",
        name="pull-lab",
        command="kubectl -n NAMESPACE create secret generic pull-lab",
        namespaces=("team",),
    ),
    data=_DATA,
    jobs=_JOBS,
    capacity=Capacity(
        rows=_ROWS,
        nodes=(NodeRow(node="dgx-01", resource="nvidia.com/gpu", kind="whole", in_use=3),),
        notes=("1 node was left out.",),
    ),
    waves=(
        Wave(
            number=1,
            title="Pilot: llm on dgx-01",
            kind="pilot",
            owner="alice",
            jobs=("container:dgx-01/llm",),
            images=("sha256:aa",),
            data=("dgx-01:/raid/datasets/imagenet",),
            prerequisites=("1 image pushed",),
            questions=("Q1", "Q2"),
            bytes=161 * 2**30,
            seconds=1383,
            way_back="Start its container again.",
        ),
        Wave(
            number=2,
            title="The rest",
            kind="rest",
            jobs=("workload:Job/team/etl",),
            images=("name:segmentation",),
            data=("dgx-01:volume",),
            unknown_sizes=1,
        ),
    ),
    questions=(
        Question(
            id="Q1",
            owner="",
            text="How large is this? Its claim needs a size.",
            about=("named volume results on dgx-01",),
            settle="du -sb -- /var/lib/docker",
        ),
        Question(
            id="Q2",
            owner="alice",
            text="Is what was changed inside of this container worth keeping?",
            about=("llm on dgx-01",),
        ),
    ),
)
