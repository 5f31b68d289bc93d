"""A check of four jobs with every verdict, status, fate and oddity, and one that found nothing."""

from __future__ import annotations

from advisor.facts.source import Source
from advisor.findings.finding import Decision, Evidence, Finding, Gap, Place, Subject
from advisor.jobs.ledger import Entry, Item
from advisor.jobs.translation import Translation
from advisor.judging.assessment import NotAssessed, RuleSummary
from advisor.judging.check_report import CheckReport, JobCheck, Problem

_IMAGE = Subject(scope="image", id="image:nvcr.io/a/b:1", label="nvcr.io/a/b:1")
_DATA = Subject(scope="data", id="data:path:/raid/<b>&|", label="/raid/<b>&|")
_JOB = Subject(scope="job", id="job:train.sh:3", label="train_`x`")
_GAP = Gap(
    fact="image.registry_status",
    probe="registry",
    reason="no registry was asked",
    settle="docker manifest inspect NAME",
)


def _finding(rule: str, severity: str, status: str, subject: Subject, **fields: object) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,  # type: ignore[arg-type]
        status=status,  # type: ignore[arg-type]
        subject=subject,
        fingerprint=f"{rule}-{subject.id}",
        **{"message": f"{rule} says so of {subject.label}.", **fields},  # type: ignore[arg-type]
    )


_FINDINGS = (
    _finding(
        "DAT006",
        "error",
        "finding",
        _DATA,
        remedy="Copy it: `rsync -a /raid/<b> /STORAGE/`.",
        evidence=(Evidence(fact="use.location", value="on-machine", strength="presumed"),),
        place=Place(file="train.sh", line=4, column=5),
    ),
    _finding("JOB030", "warning", "finding", _JOB, place=Place(file="train.sh", line=3, column=12)),
    _finding("JOB041", "info", "finding", _JOB, place=Place(file="train.sh", line=3, column=12)),
    _finding("IMG013", "error", "unknown", _IMAGE, gaps=(_GAP,)),
    _finding("LAB001", "error", "error", _JOB, remedy="Correct the rule."),
    _finding(
        "JOB045",
        "warning",
        "suppressed",
        _JOB,
        reason="known (comment at train.sh:2)",
        place=Place(file="train.sh", line=4, column=1),
    ),
    _finding("JOB021", "info", "suppressed", _JOB, reason="in the baseline"),
)
_LEDGER = (
    Entry(
        item=Item(name="--gpus", written="--gpus", value="2"),
        fate="mapped",
        reason="the number of GPUs",
        output="--gpu 2",
    ),
    Entry(
        item=Item(name="--shm-size", written="--shm-size", value="16G"),
        fate="changed",
        reason="it takes no size",
        output="--large-shm",
    ),
    Entry(item=Item(name="--rm", written="--rm"), fate="no-equivalent", reason="nothing is lost"),
    Entry(
        item=Item(name="--volume", written="-v", value="/raid/<b>&|:/x"),
        fate="unresolved",
        reason="give --nfs",
    ),
)
_COMMAND = Translation(
    target="runai-v1",
    text="runai submit --name train-x --image nvcr.io/a/b:1 --gpu 2 -e A='`$x`'",
    ledger=_LEDGER,
    before=("# WANDB_API_KEY is a secret: type it in\nread -rs WANDB_API_KEY",),
    missing=("/x: give --nfs", "the project: give --project"),
)
_MANIFEST = Translation(
    target="kubernetes",
    text="apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: train-x\n",
)
_TRAIN = JobCheck(
    id="docker-run:train.sh:3:1",
    label="train_`x`",
    kind="docker run",
    reader="docker-run",
    verdict="runs after these changes",
    why="/raid/<b>&| must move to network storage. It can land on 2 nodes.",
    place=Place(file="train.sh", line=3, column=1),
    file="train.sh",
    lines={
        "3": "docker run --privileged -it \\",
        "4": "    -v '/raid/<b>&|':/x -e WANDB_API_KEY=[redacted] nvcr.io/a/b:1",
    },
    owner="ada",
    count=2,
    ready=1,
    nodes=("gpu-1", "gpu-2"),
    decisions=(
        Decision(subject=_IMAGE, topic="image", outcome="ok", rule="IMG001", use="train_`x`"),
        Decision(subject=_DATA, topic="data", outcome="move", rule="DAT006", use="train_`x`"),
    ),
    findings=_FINDINGS,
    translations=(_COMMAND, _MANIFEST),
)
_OTHERS = (
    JobCheck(
        id="manifest:jobs/big one.yaml:Job/big",
        label="Job big",
        kind="Job",
        reader="manifest",
        verdict="cannot run",
        why="No node meets 64 x nvidia.com/gpu.",
        file="jobs/big one.yaml",
        count=0,
        ready=0,
        findings=(
            _finding(
                "JOB001",
                "error",
                "finding",
                Subject(scope="job", id="job:big", label="Job big"),
                place=Place(file="jobs/big one.yaml", line=12, column=9),
            ),
        ),
    ),
    JobCheck(
        id="docker-run:command line:1:1",
        label="lab/web",
        kind="docker run",
        reader="docker-run",
        verdict="unknown",
        why="Not known: where lab/web is.",
        place=Place(file="command line", line=1, column=1),
        template="it stands in a loop",
        findings=(
            _finding(
                "IMG003",
                "warning",
                "unknown",
                Subject(scope="image", id="image:lab/web", label="lab/web"),
                place=Place(file="command line", line=1, column=12),
                gaps=(_GAP,),
            ),
        ),
    ),
    JobCheck(
        id="manifest:/abs/ok.yaml:Pod/fine",
        label="Pod fine",
        kind="Pod",
        reader="manifest",
        verdict="runs as it is",
        why="It can land on 2 nodes.",
        file="/abs/ok.yaml",
        count=2,
        ready=2,
    ),
)
CHECK = CheckReport(
    advisor="0.1.0",
    taken="2026-11-20T09:30:00Z",
    target="cluster prod",
    assumed="GPU nodes: 2",
    state="incomplete",
    jobs=(_TRAIN, *_OTHERS),
    surroundings=(
        _finding(
            "GPU002",
            "warning",
            "finding",
            Subject(scope="node", id="node:gpu-2", label="gpu-2"),
            remedy="Lift it: `kubectl uncordon gpu-2`.",
        ),
    ),
    problems=(Problem(what="no image", where="bad.sh:1:1", remedy="name one"),),
    not_assessed=(
        NotAssessed(fact=_GAP.fact, reason=_GAP.reason, rules=("IMG013",), subjects=("x",)),
    ),
    sources=(Source(probe="kubernetes", target="prod", status="failed", reason="timeout"),),
    rules={
        "DAT006": RuleSummary(
            title="Data is on machines",
            severity="error",
            why="A job can land anywhere.",
            links=("https://kubernetes.io/docs/concepts/storage/volumes/",),
        ),
        "JOB001": RuleSummary(title="Too many GPUs", severity="error", why="It waits for ever."),
        "JOB030": RuleSummary(title="Privileged", severity="warning", why="It may do anything."),
    },
    unmatched_ignores=("train.sh:9: IMG001: gone",),
    notes=("bad.sh: read as Latin 1",),
)
NOTHING = CheckReport(advisor="0.1.0", taken="", target="no cluster")
