"""Whole results of checks: verdicts, decisions, findings with their places, translations."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import api
from advisor.checking import single_jobs
from advisor.checking.checker import ENOUGH_FOR_PROCESSES, Checker, with_claims
from advisor.configuration.settings import Ignore, Settings, parse_assumption
from advisor.facts.host import Container, Filesystem, Mount
from advisor.facts.snapshot import Snapshot
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.judging.check_report import VERDICTS, CheckReport, JobCheck
from advisor.readers.specs import read_specs
from tests.checking.test_view_examiner import unshared
from tests.placement.samples import cluster, host, image, node, snapshot
from tests.readers.manifest.whole_files import manifest_jobs

SEED = (
    "docker run --runtime=nvidia --shm-size 16G -it --rm -e HOSTNAME=`hostname` \\\n"
    "    -v /raid/public/my_datasets:/root/dataset:ro \\\n"
    "    nvcr.io/nvidia/pytorch:19.12-py3\n"
)


@pytest.fixture(scope="module")
def book() -> object:
    return api.load_rulebook(Settings())


def assuming(shape: str, **fields: object) -> Settings:
    return msgspec.structs.replace(Settings(assume=parse_assumption(shape)), **fields)


def found(check: JobCheck) -> list[tuple[str, str, int, int]]:
    """Findings as rule, severity, line and column, in the order of the report."""
    return [
        (one.rule, one.severity, one.place.line, one.place.column)
        for one in check.findings
        if one.status == "finding" and one.place is not None
    ]


def decided(check: JobCheck) -> dict[str, tuple[str, str]]:
    return {one.subject.id: (one.outcome, one.rule) for one in check.decisions}


def check_text(text: str, path: Path, settings: Settings, **options: object) -> CheckReport:
    path.write_text(text, encoding="utf-8")
    return api.check([str(path)], settings=settings, **options)  # type: ignore[arg-type]


def test_the_seed_on_one_node(tmp_path: Path) -> None:
    report = check_text(SEED, tmp_path / "train.sh", assuming("gpu-nodes=1"))
    (job,) = report.jobs
    assert (job.verdict, job.why, job.count) == (
        "runs after these changes",
        "it has to be submitted in another form. It can land on 1 node.",
        1,
    )
    assert decided(job) == {
        "image:nvcr.io/nvidia/pytorch:19.12-py3": ("ok", "IMG001"),
        "data:path:/raid/public/my_datasets": ("stay", "DAT004"),
    }
    assert found(job) == [
        ("DAT018", "warning", 2, 5),
        ("JOB012", "warning", 1, 12),
        ("DAT004", "info", 2, 5),
        ("JOB020", "info", 1, 29),
        ("JOB041", "info", 1, 44),
        ("JOB046", "info", 1, 1),
    ]


def test_the_seed_on_two_nodes(tmp_path: Path) -> None:
    report = check_text(SEED, tmp_path / "train.sh", assuming("gpu-nodes=2"))
    (job,) = report.jobs
    assert (job.verdict, job.why, job.count) == (
        "runs after these changes",
        "/raid/public/my_datasets must move to network storage; "
        "it has to be submitted in another form. It can land on 2 nodes.",
        2,
    )
    assert decided(job) == {
        "image:nvcr.io/nvidia/pytorch:19.12-py3": ("ok", "IMG001"),
        "data:path:/raid/public/my_datasets": ("move", "DAT006"),
    }
    assert job.lines == {
        "1": "docker run --runtime=nvidia --shm-size 16G -it --rm -e HOSTNAME=`hostname` \\",
        "2": "    -v /raid/public/my_datasets:/root/dataset:ro \\",
        "3": "    nvcr.io/nvidia/pytorch:19.12-py3",
    }


def test_without_a_cluster_nothing_passes(tmp_path: Path) -> None:
    report = check_text(SEED, tmp_path / "train.sh", Settings())
    (job,) = report.jobs
    assert (job.verdict, job.why) == ("unknown", "Not known: which nodes there are.")
    unknown = {one.rule for one in job.findings if one.status == "unknown"}
    assert {"DAT002", "JOB001", "JOB004"} <= unknown
    settled = {gap.settle for one in job.findings for gap in one.gaps if one.rule == "JOB001"}
    assert "" not in settled


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("docker run --gpus 16 nvcr.io/a/b:1", "JOB001"),
        ("docker run --cpus 100 nvcr.io/a/b:1", "JOB002"),
        ("docker run -m 2t nvcr.io/a/b:1", "JOB003"),
    ],
)
def test_what_no_node_has_cannot_run(line: str, rule: str) -> None:
    settings = assuming("gpu-nodes=2,gpus-per-node=8,cpus=64,memory=512Gi")
    (job,) = api.check([line], settings=settings).jobs
    assert job.verdict == "cannot run"
    errors = {
        one.rule for one in job.findings if one.severity == "error" and one.status == "finding"
    }
    assert errors == {rule}


def test_shares_of_cards_are_not_the_most_that_several_gpus_could_be() -> None:
    """The demo has a node with 16 units of time-sliced cards; whole cards go up to 8."""
    (job,) = api.check(["runai submit x -i nvcr.io/a/b:1 -g 16"], api.demo_snapshot()).jobs
    (message,) = [one.message for one in job.findings if one.rule == "JOB001"]
    assert message == (
        "x asks for 16 GPUs in one pod, and no node has more than 8 of the kind it asks for."
    )


def _manifest(extra: str = "", image: str = "registry.lab/train:1.2") -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: train\nspec:\n  containers:\n"
        f"    - name: main\n      image: {image}\n{extra}"
        "      resources:\n        limits: {nvidia.com/gpu: 1}\n"
    )


def test_a_manifest_may_run_as_it_is(tmp_path: Path) -> None:
    report = check_text(_manifest(), tmp_path / "pod.yaml", assuming("gpu-nodes=2"))
    (job,) = report.jobs
    assert (job.verdict, job.why, job.translations) == (
        "runs as it is",
        "It can land on 2 nodes.",
        (),
    )


def test_findings_of_a_manifest_are_at_its_fields(tmp_path: Path) -> None:
    report = check_text(
        _manifest("      securityContext: {privileged: true}\n", image="train"),
        tmp_path / "pod.yaml",
        assuming("gpu-nodes=2"),
    )
    (job,) = report.jobs
    places = {(rule, line, column) for rule, _, line, column in found(job)}
    assert {("IMG010", 8, 7), ("JOB030", 9, 25)} <= places
    assert job.lines["8"] == "      image: train"


CLAIM = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers: [{name: a, image: r.example/a:1, volumeMounts: [{name: d, mountPath: /d}]}]
  volumes: [{name: d, persistentVolumeClaim: {claimName: sets}}]
"""
SUBMIT = "runai training submit t -i r.example/a:1 --existing-pvc claimname=sets,path=/d"


@pytest.mark.parametrize(
    ("text", "given", "source"),
    [
        (CLAIM, {}, "default/sets"),
        (CLAIM, {"namespace": "lab"}, "lab/sets"),
        (CLAIM.replace("name: p", "name: p, namespace: own"), {"namespace": "lab"}, "own/sets"),
        (f"{SUBMIT} -p vision", {}, "runai-vision/sets"),
        (SUBMIT, {"project": "vision"}, "runai-vision/sets"),
        (SUBMIT, {}, "sets"),
    ],
)
def test_the_namespace_of_a_claim(text: str, given: dict[str, str], source: str) -> None:
    situation = Situation(target="runai-v2", **given)  # type: ignore[arg-type]
    (job,) = read_specs([text] if text.startswith("runai") else []).jobs or manifest_jobs(
        text, "p.yaml"
    )
    assert [one.source for one in with_claims(job, situation).mounts] == [source]


def test_a_claim_of_no_project_is_not_said_to_be_absent() -> None:
    (job,) = api.check([SUBMIT], snapshot(cluster(node("gpu-1", gpus=8)))).jobs
    assert (job.verdict, job.why) == ("unknown", "Not known: where claim sets is.")
    (told,) = [one for one in job.findings if one.rule == "DAT003"]
    assert told.remedy == (
        "Name the project with `--project`: the namespace of the claim depends on it. `kubectl get"
        " pvc -A --field-selector metadata.name=sets` lists the claims of that name."
    )


def test_a_path_beside_a_compose_file_is_at_its_line(tmp_path: Path) -> None:
    text = (
        "services:\n  a:\n    image: r.example/a:1\n    command: run\n    volumes: ['./src:/x']\n"
    )
    (job,) = check_text(text, tmp_path / "compose.yaml", assuming("gpu-nodes=2")).jobs
    assert ("DAT006", 5, 15) in {(rule, line, column) for rule, _, line, column in found(job)}


def test_the_hosts_of_a_snapshot_say_where_image_and_data_are() -> None:
    disk = Filesystem(mount_point="/raid", type="xfs", device="/dev/md0")
    filer = Filesystem(mount_point="/mnt", type="nfs4", device="filer:/vol")
    container = Container(
        id="c",
        name="old",
        image="lab/train:1",
        image_id="sha256:" + "a" * 64,
        mounts=(
            Mount(kind="bind", source="/raid/data", target="/d", filesystem=disk),
            Mount(kind="bind", source="/mnt/sets", target="/s", filesystem=filer),
        ),
        layer_changes=0,
    )
    seen = snapshot(
        cluster(node("gpu-1", gpus=8), node("gpu-2", gpus=8)),
        host("dgx", container, images=(image("lab/train:1"),)),
    )
    line = "docker run --gpus 1 -v /raid/data:/d -v /mnt/sets:/s:ro lab/train:1"
    (job,) = api.check([line], seen).jobs
    assert decided(job) == {
        "image:docker.io/lab/train:1": ("move", "IMG006"),
        "data:path:/raid/data": ("move", "DAT006"),
        "data:path:/mnt/sets": ("ok", "DAT001"),
    }


def test_other_jobs_of_the_snapshot_are_not_judged() -> None:
    container = Container(id="c", name="old", image="other:1", image_id="", layer_changes=3)
    seen = snapshot(cluster(node("gpu-1", gpus=8)), host("dgx", container))
    report = api.check(["docker run --gpus 1 nvcr.io/a/b:1"], seen)
    subjects = {one.subject.label for job in report.jobs for one in job.findings}
    assert not any("other" in label or "old" in label for label in subjects)


def test_what_surrounds_a_gpu_job_is_told_once() -> None:
    nodes = (node("gpu-1", gpus=8, unschedulable=True), node("cpu-1"))
    lines = ["docker run --gpus 1 nvcr.io/a/b:1", "docker run --gpus 2 nvcr.io/a/c:1"]
    report = api.check(lines, snapshot(cluster(*nodes)))
    told = [(one.rule, one.subject.label) for one in report.surroundings if one.status == "finding"]
    assert told.count(("GPU002", "gpu-1")) == 1
    assert all(rule.startswith("GPU") for rule, _ in told)
    assert api.check(["docker run nvcr.io/a/b:1"], snapshot(cluster(*nodes))).surroundings == ()


def test_comments_suppress_on_their_line_and_those_that_meet_nothing_are_told(
    tmp_path: Path,
) -> None:
    script = (
        "# advisor: ignore JOB030 a lab machine\n"
        "docker run --privileged --gpus 1 nvcr.io/a/b:1\n"
        "docker run --privileged --gpus 1 nvcr.io/a/b:1  # advisor: ignore JOB021\n"
        "# advisor: ignore JOB047 nothing of the kind\n"
        "docker run nvcr.io/a/c:1\n"
    )
    path = tmp_path / "run.sh"
    report = check_text(script, path, assuming("gpu-nodes=2"))
    status = [
        (job.place.line, one.rule, one.status, one.reason)
        for job in report.jobs
        for one in job.findings
        if job.place and one.rule in ("JOB030", "JOB021")
    ]
    assert sorted(status) == [
        (2, "JOB021", "finding", ""),
        (2, "JOB030", "suppressed", f"a lab machine (comment at {path}:1)"),
        (3, "JOB021", "suppressed", f"no reason given (comment at {path}:3)"),
        (3, "JOB030", "finding", ""),
    ]
    assert report.unmatched_ignores == (f"{path}:4: JOB047: nothing of the kind",)


def test_comments_in_a_manifest(tmp_path: Path) -> None:
    text = _manifest(image="train  # advisor: ignore IMG010 built on every node")
    report = check_text(text, tmp_path / "pod.yaml", assuming("gpu-nodes=2"))
    status = {one.rule: one.status for one in report.jobs[0].findings}
    assert (status["IMG010"], status["IMG011"]) == ("suppressed", "finding")
    assert report.unmatched_ignores == ()


def test_an_annotation_suppresses_in_its_job_and_is_told_where_it_does_not(tmp_path: Path) -> None:
    text = _manifest("      volumeMounts: []\n", image="train").replace(
        "  name: train\n",
        '  name: train\n  annotations: {advisor/ignore: "IMG010: built here; DAT006: gone"}\n',
        1,
    )
    path = tmp_path / "pod.yaml"
    report = check_text(text, path, assuming("gpu-nodes=2"))
    silent = {one.rule: one.reason for one in report.jobs[0].findings if one.status == "suppressed"}
    assert silent == {"IMG010": "built here"}
    assert report.unmatched_ignores == (f"{path}: Pod train: DAT006: gone",)


def test_the_configuration_and_a_baseline_suppress() -> None:
    line = "docker run --privileged --gpus 1 nvcr.io/a/b:1"
    ignore = Ignore(rule="JOB030", subject="job:*", reason="lab")
    settings = assuming("gpu-nodes=2", ignore=(ignore,))
    first = api.check([line], settings=settings)
    reasons = {one.rule: one.reason for one in first.jobs[0].findings if one.status == "suppressed"}
    assert (reasons, first.unmatched_ignores) == ({"JOB030": "lab"}, ())
    known = frozenset(one.fingerprint for one in first.jobs[0].findings)
    second = api.check([line], settings=settings, baseline=known)
    assert not [one for one in second.jobs[0].findings if one.status == "finding"]


def test_fingerprints_differ_and_outlive_lines_that_move(tmp_path: Path) -> None:
    script = "docker run --gpus 1 nvcr.io/a/b:1\ndocker run --gpus 1 nvcr.io/a/b:1\n"
    path = tmp_path / "run.sh"

    def prints(text: str) -> list[str]:
        report = check_text(text, path, assuming("gpu-nodes=2"))
        return [one.fingerprint for job in report.jobs for one in job.findings]

    before = prints(script)
    assert len(set(before)) == len(before)
    assert prints(f"# a comment\n\n{script}") == before


def test_an_input_that_cannot_be_read_leaves_the_others_judged(tmp_path: Path) -> None:
    (tmp_path / "good.sh").write_text("docker run --gpus 1 nvcr.io/a/b:1\n", encoding="utf-8")
    (tmp_path / "bad.sh").write_text("docker run --gpsu 1 x\n", encoding="utf-8")
    report = api.check([str(tmp_path)], settings=assuming("gpu-nodes=1"))
    assert [job.label for job in report.jobs] == ["nvcr.io/a/b:1"]
    (problem,) = report.problems
    assert problem.where == f"{tmp_path}/bad.sh:1:12"
    assert api.check_exit_code(report, "never") == api.ExitCode.USAGE


def test_no_value_of_a_secret_is_in_a_report(tmp_path: Path) -> None:
    secret = "c0ffee" * 6 + "0123"
    script = f"docker run -e WANDB_API_KEY={secret} --gpus 1 nvcr.io/a/b:1\n"
    (tmp_path / "run.sh").write_text(script, encoding="utf-8")
    manifest = _manifest(
        f"      env:\n        - name: WANDB_API_KEY\n          value: {secret}\n"
        f"        - {{name: HF_TOKEN, value: {secret}}}\n"
    )
    (tmp_path / "pod.yaml").write_text(manifest, encoding="utf-8")
    service = (
        "services:\n  train:\n    image: nvcr.io/a/b:1\n    privileged: true\n"
        f"    environment:\n      WANDB_API_KEY: {secret}\n"
    )
    (tmp_path / "compose.yaml").write_text(service, encoding="utf-8")
    report = api.check(
        [str(tmp_path)],
        settings=assuming("gpu-nodes=2"),
        targets=("runai-v1", "runai-v2", "kubernetes"),
    )
    assert len(report.jobs) == 3
    shown = {job.reader: job.lines.get("4") for job in report.jobs}
    assert shown["compose"] == "    privileged: true"
    assert {one.rule for job in report.jobs for one in job.findings} >= {"JOB045"}
    assert secret not in msgspec.json.encode(report).decode()


_NAMES = st.sampled_from(["train-a", "train-b", "Bad_Name", "ab"])
_IMAGES = st.sampled_from(["nvcr.io/a/b:1", "lab/train", "localhost:5000/x:2"])
_DATA = st.sampled_from(
    ["", "-v /raid/x:/x", "-v /etc:/e:ro", "-v vol:/v", "-v /var/run/docker.sock:/s"]
)
_FLAGS = st.sampled_from(["", "--privileged", "--gpus all", "--gpus 2", "--ipc host", "-u 1000"])
_JOBS = st.tuples(_NAMES, _DATA, _FLAGS, _IMAGES)


@pytest.mark.slow
@given(st.lists(_JOBS, min_size=2, max_size=6))
def test_jobs_together_are_judged_as_each_is_alone(
    book: api.Rulebook, drawn: list[tuple[str, ...]]
) -> None:
    """Jobs that are alike but for their names share their examination; none may notice. The other
    side shares none."""
    lines = [
        f"docker run --name {name}{number} {data} {flags} {image}"
        for number, (name, data, flags, image) in enumerate(drawn)
    ]
    settings = assuming("gpu-nodes=2,gpus-per-node=8")
    together = api.check(lines, settings=settings, rulebook=book)
    unshared_book = unshared(book)
    alone = [api.check([line], settings=settings, rulebook=unshared_book).jobs[0] for line in lines]
    assert [_without_prints(job) for job in together.jobs] == [
        _without_prints(job) for job in alone
    ]


def _without_prints(job: JobCheck) -> JobCheck:
    """Two of the same command get fingerprints of their own."""
    bare = tuple(msgspec.structs.replace(one, fingerprint="") for one in job.findings)
    return msgspec.structs.replace(job, findings=bare)


def _many(folder: Path) -> None:
    for number in range(ENOUGH_FOR_PROCESSES + 10):
        text = _manifest(image=f"{('lab/', 'nvcr.io/nvidia/')[number % 2]}train:{number % 7}")
        (folder / f"pod-{number}.yaml").write_text(text, encoding="utf-8")
    line = "docker run --gpus all -v /raid/x:/x --privileged lab/train:{}\n"
    (folder / "train.sh").write_text("".join(map(line.format, range(9))), encoding="utf-8")
    (folder / "odd\nname.yaml").write_text(_manifest(image="lab/odd"), encoding="utf-8")
    (folder / "broken.yaml").write_text("kind: Pod\nkind: Job\n", encoding="utf-8")


def _checked(folder: Path, processes: int, places: int | None, *rules: Ignore) -> CheckReport:
    settings = msgspec.structs.replace(assuming("gpu-nodes=2"), ignore=rules)
    checker: Checker = single_jobs._checker(None, settings, None, (), None, places)
    return msgspec.structs.replace(checker, processes=processes).check_specs([str(folder)])


@pytest.mark.slow
def test_many_inputs_give_the_same_report_on_all_cores(tmp_path: Path) -> None:
    """Also where the same is missing in more places than are told singly, in several lots."""
    _many(tmp_path)
    for number in range(60):
        line = f"docker run -v volume-{number}:/v lab/other-{number}\n"
        (tmp_path / f"run-{number}.sh").write_text(line, encoding="utf-8")
    whole = _checked(tmp_path, 1, None)
    assert any(" more" in one.settle for one in whole.not_assessed)
    assert _checked(tmp_path, 2, None) == whole


def _counted(job: JobCheck) -> JobCheck:
    findings = (
        msgspec.structs.replace(
            one, message="", remedy="", evidence=(), gaps=(), links=(), place=None
        )
        for one in job.findings
        if one.status != "unknown"
    )
    bare = msgspec.structs.replace(job, place=None, nodes=(), lines={})
    return msgspec.structs.replace(bare, findings=tuple(findings), decisions=(), translations=())


@pytest.mark.slow
@pytest.mark.parametrize(
    "ignored",
    [(), (Ignore(rule="IMG010", subject="image:lab/train:*", reason="ours"),)],
    ids=["nothing ignored", "some ignored"],
)
def test_many_jobs_are_counted_as_they_are_told_in_full(
    tmp_path: Path, ignored: tuple[Ignore, ...]
) -> None:
    """Only the most urgent are told in full; verdicts and counts of the others are the same."""
    _many(tmp_path)
    whole, short = _checked(tmp_path, 1, None, *ignored), _checked(tmp_path, 2, 5, *ignored)
    assert [_counted(job) for job in short.jobs] == [_counted(job) for job in whole.jobs]
    urgent = sorted(range(len(whole.jobs)), key=lambda n: VERDICTS.index(whole.jobs[n].verdict))
    assert [short.jobs[n] for n in urgent[:5]] == [whole.jobs[n] for n in urgent[:5]]
    assert (short.problems, short.notes, short.unmatched_ignores) == (
        whole.problems,
        whole.notes,
        whole.unmatched_ignores,
    )


def test_an_empty_check_is_whole() -> None:
    report = api.check([], Snapshot(advisor="0.1.0", taken=""))
    assert (report.jobs, report.problems, report.target) == ((), (), "no cluster")


def test_a_command_is_written_with_the_name_that_a_registry_has(tmp_path: Path) -> None:
    digest = f"registry.lab/x@sha256:{'ab' * 32}"
    held = msgspec.structs.replace(
        image("mine:1", digests=(digest,)), tags=("mine:1", "registry.lab/x:9")
    )
    of = snapshot(cluster(node("a", gpus=1), node("b", gpus=1)), host("h", images=(held,)))
    text = "docker run --rm --gpus 1 mine:1 python train.py\n"
    (job,) = check_text(text, tmp_path / "train.sh", Settings(), snapshot=of).jobs
    (written,) = job.translations
    assert "registry.lab/x:9" in written.text
    assert not any("docker push" in step for step in written.before)
    assert [(one.outcome, one.registry_name) for one in job.decisions] == [
        ("ok", "registry.lab/x:9")
    ]


def test_each_copy_has_a_place_of_its_own_and_the_verdict_says_where() -> None:
    given = Situation(
        target="runai-v2",
        exports=(NfsExport(server="filer", export="/vol/x", path="/raid/ckpt"),),
        claims=(ClaimMapping(claim="sets", path="/raid/scans"),),
    )
    command = "docker run -v /raid/ckpt:/c -v /raid/scans:/s nvcr.io/nvidia/pytorch:24.05-py3"
    settings = assuming("gpu-nodes=4,gpus-per-node=8")
    (check,) = api.check([command], Snapshot(advisor="t", taken=""), settings, given=given).jobs
    remedies = [one.remedy for one in check.findings if one.rule == "DAT029"]
    assert remedies == [
        "Copy it once, with filer:/vol/x mounted at /STORAGE/filer/vol/x, if it is not there yet:"
        " `rsync -aH --numeric-ids /raid/ckpt/ /STORAGE/filer/vol/x/`.",
        "Copy it once, with claim sets mounted at /STORAGE/sets, if it is not there yet:"
        " `rsync -aH --numeric-ids /raid/scans/ /STORAGE/sets/`.",
    ]
    assert "/raid/ckpt has to be copied to filer:/vol/x first" in check.why
    assert "/raid/scans has to be copied to claim sets first" in check.why
    assert "network storage" not in check.why


@pytest.mark.parametrize(
    ("script", "remedy"),
    [
        (
            'if [ -n "$X" ]; then docker run img; fi',
            "Submit what this branch starts where it is the one that is taken; each other branch"
            " with a container is a job of its own.",
        ),
        (
            "for x in $XS; do docker run img $x; done",
            "Submit each run as a job of its own, or as one job with several pods (`--parallelism N"
            " --completions N`), and let the queue take the place of the loop.",
        ),
    ],
)
def test_a_template_is_told_what_it_is(script: str, remedy: str, tmp_path: Path) -> None:
    file = tmp_path / "a.sh"
    file.write_text(f"{script}\n")
    (check,) = api.check([str(file)], settings=Settings()).jobs
    assert [one.remedy for one in check.findings if one.rule == "JOB053"] == [remedy]
