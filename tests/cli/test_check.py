"""`advisor check`: what it prints, how it ends, and what it says of bad input."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Advisor

LINE = "docker run --gpus 1 -v /raid/x:/x:ro nvcr.io/nvidia/pytorch:24.05-py3"
TWO = ("--assume", "gpu-nodes=2", "--quiet")


def test_one_line_is_judged_and_translated(advisor: Advisor) -> None:
    ended = advisor("check", LINE, *TWO)
    assert (ended.code, ended.err) == (1, "")
    assert "runs after these changes: /raid/x must move to network storage" in ended.out
    assert "    runai training standard submit" in ended.out


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("--nfs", "filer:/vol/x=/raid/x"), "filer:/vol/x"),
        (("--nfs", "filer:/vol=/raid"), "filer:/vol/x"),
        (("--data-claim", "sets=/raid/x"), "claim sets"),
        (("--data-claim", "sets"), "claim sets"),
    ],
)
def test_data_with_a_named_place_is_a_step_and_no_error(
    advisor: Advisor, given: tuple[str, ...], named: str
) -> None:
    ended = advisor("check", LINE, *TWO, *given, "--format", "concise")
    assert (ended.code, ended.err) == (0, "")
    assert f"info DAT029 /raid/x has to be in {named} before job" in ended.out
    assert "DAT006" not in ended.out


USUAL = (
    LINE,
    "docker run -it --rm --gpus all -p 8888:8888 -v /raid/me:/work lab/jupyter:2 jupyter lab",
    "docker run -d --name llm --gpus '\"device=0,1\"' --ipc host -p 8000:8000"
    " -v /raid/models:/models -e HF_TOKEN=hf_x vllm/vllm-openai:v0.6 --model /models/a",
    "nvidia-docker run --shm-size 16g --ulimit memlock=-1 -v /home/ada:/home/ada"
    " -u 1000:1000 -w /home/ada lab/train:latest python train.py",
)


@pytest.mark.parametrize("line", USUAL)
def test_a_usual_command_takes_a_screen_verdict_first_then_what_to_type(
    advisor: Advisor, line: str
) -> None:
    lines = advisor("check", line, *TWO).out.splitlines()
    assert len(lines) <= 25
    verdict, command, first = (
        next(n for n, one in enumerate(lines) if one.startswith(begin))
        for begin in (
            ("  runs after", "  unknown: "),
            "    runai ",
            ("  unresolved", "  error ", "  warning "),
        )
    )
    assert verdict < command < first


def test_what_must_move_is_the_headline_though_something_else_is_unknown(advisor: Advisor) -> None:
    out = advisor("check", "docker run --gpus 1 -v /raid/x:/x lab/web", *TWO).out
    assert "unknown: /raid/x must move to network storage. Not known: where lab/web is." in out


def test_the_line_is_shown_with_a_caret_below_the_flag(advisor: Advisor) -> None:
    lines = advisor("check", LINE, *TWO, "--verbose").out.splitlines()
    number = next(n for n, line in enumerate(lines) if line.startswith("  1 | docker run"))
    shown, caret = lines[number], lines[number + 1]
    assert shown[caret.index("^") :].startswith("-v /raid/x")


def test_several_jobs_take_a_few_lines_each(advisor: Advisor, folder: Path) -> None:
    (folder / "run.sh").write_text(f"{LINE}\ndocker run lab/web\n", encoding="utf-8")
    out = advisor("check", "run.sh", *TWO).out
    assert out.partition("\n\n")[2].splitlines()[-6:] == [
        "run.sh:2  lab/web",
        "  unknown: Not known: where lab/web is.",
        "    runai training standard submit web --image lab/web",
        "  2 warnings, 7 rules not judged",
        "",
        "--verbose shows each finding, what was not carried over, and remedies",
    ]
    table = advisor("check", "run.sh", *TWO, "--verbose").out.splitlines()[3:6]
    assert [" ".join(line.split()) for line in table] == [
        "job where verdict findings",
        "nvcr.io/nvidia/pytorch:24.05-py3 run.sh:1 runs after these changes"
        " 1 error, 2 warnings, 1 info",
        "lab/web run.sh:2 unknown 2 warnings",
    ]


def test_all_formats_at_once(advisor: Advisor, folder: Path) -> None:
    formats = ("concise", "html", "markdown", "json", "sarif", "junit")
    wanted = [part for name in formats for part in ("--format", f"{name}=out.{name}")]
    ended = advisor("check", LINE, *TWO, *wanted)
    assert (ended.code, ended.out) == (1, "")
    assert all((folder / f"out.{name}").stat().st_size for name in formats)
    report = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert [job["verdict"] for job in report["jobs"]] == ["runs after these changes"]


@pytest.mark.parametrize(
    ("line", "more", "code"),
    [
        (LINE, ("--assume", "gpu-nodes=1"), 0),
        (LINE, ("--assume", "gpu-nodes=2"), 1),
        (LINE, ("--assume", "gpu-nodes=2", "--fail-on", "never"), 0),
        (LINE, ("--assume", "gpu-nodes=1", "--fail-on", "warning"), 0),
        (LINE, ("--assume", "gpu-nodes=1", "--fail-on", "unknown"), 0),
        (LINE, ("--fail-on", "unknown"), 3),
        (LINE, (), 0),
    ],
)
def test_it_ends_as_the_findings_say(
    advisor: Advisor, line: str, more: tuple[str, ...], code: int
) -> None:
    if "warning" in more or "unknown" in more:
        more = (*more, "--config", _quiet_rules())
    assert advisor("check", line, "--quiet", *more).code == code


def _quiet_rules() -> str:
    """Without the rules that warn of any directory that nobody looked at."""
    Path("quiet.toml").write_text("[rules.DAT018]\nseverity = 'info'\n", encoding="utf-8")
    return "quiet.toml"


def test_a_cluster_that_was_named_and_cannot_be_read_is_3(advisor: Advisor) -> None:
    ended = advisor("check", LINE, "--context", "nowhere", "--timeout", "1")
    assert ended.code == 3
    assert ended.err.startswith("advisor: ")
    assert ended.err.count("\n") == 1


def test_a_current_context_that_cannot_be_read_is_a_note(advisor: Advisor, folder: Path) -> None:
    (folder / "home" / ".kube").mkdir(parents=True)
    lists = "contexts: []\nclusters: []\nusers: []\n"
    config = f"apiVersion: v1\nkind: Config\ncurrent-context: gone\n{lists}"
    (folder / "home" / ".kube" / "config").write_text(config, encoding="utf-8")
    ended = advisor("check", LINE, "--timeout", "1")
    assert ended.code == 0
    assert "unknown: Not known: which nodes there are." in ended.out
    assert ended.err.startswith("note: kubernetes: ")


def test_nothing_to_check_is_usage(advisor: Advisor) -> None:
    ended = advisor("check")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "advisor: nothing to check: name a file, a folder, -, or quote a command"
        " (see: advisor check --help)\n"
    )


@pytest.mark.parametrize(
    "more",
    [
        ("--assume", "gpu-nodes=many"),
        ("--data-claim", "Not_A_Name"),
        ("--nfs", "filer"),
        ("--set", "novalue"),
        ("--format", "pdf"),
        ("--registry", "https://x"),
        ("--docker-host", "unix:///x.sock"),
        ("--no-cluster", "--context", "x"),
        ("--to", "swarm"),
        ("--timeout", "nan"),
        ("--config", ""),
        ("--registry", ""),
        ("--context", ""),
        ("--data-claim", ""),
    ],
)
def test_a_bad_option_is_one_line_and_2(advisor: Advisor, more: tuple[str, ...]) -> None:
    ended = advisor("check", LINE, *more)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "Traceback" not in ended.err


BAD: dict[str, bytes] = {
    "quote.sh": b"docker run 'nvcr.io/a/b:1\n",
    "flag.sh": b"docker run --gpsu 1 nvcr.io/a/b:1\n",
    "image.sh": b"docker run --gpus 1\n",
    "value.sh": b"docker run --cpus many nvcr.io/a/b:1\n",
    "twice.sh": b"docker run --rm --restart always nvcr.io/a/b:1\n",
    "tabs.yaml": b"apiVersion: v1\nkind: Pod\nspec:\n\tcontainers: []\n",
    "keys.yaml": b"apiVersion: v1\nkind: Pod\nkind: Job\nmetadata: {name: x}\n",
    "binary.yaml": b"apiVersion: v1\x00\x01\x02\xff\xfe",
    "deep.yaml": b"apiVersion: v1\nkind: Pod\nspec: " + b"[" * 5000,
    "bomb.yaml": b"apiVersion: v1\nkind: Pod\na: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (c + 1, c + 1, b",".join([b"*" + bytes([c])] * 9))
        for c in range(ord("a"), ord("j"))
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_and_the_other_judged(advisor: Advisor, folder: Path, name: str) -> None:
    (folder / name).write_bytes(BAD[name])
    (folder / "good.sh").write_text(f"{LINE}\n", encoding="utf-8")
    ended = advisor("check", name, "good.sh", *TWO, "--format", "json")
    assert ended.code == 2, ended.err
    report = json.loads(ended.out)
    assert [job["label"] for job in report["jobs"]] == ["nvcr.io/nvidia/pytorch:24.05-py3"]
    assert len(report["problems"]) == 1
    assert report["problems"][0]["where"].startswith(name)
    assert ended.err.count("\n") == 1
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf" + LINE.encode() + b"\n", LINE.encode() + b"\r\n"]
)
def test_a_mark_in_front_and_windows_lines_are_read(
    advisor: Advisor, folder: Path, content: bytes
) -> None:
    (folder / "run.sh").write_bytes(content)
    ended = advisor("check", "run.sh", *TWO, "--format", "json")
    assert [job["label"] for job in json.loads(ended.out)["jobs"]] == [
        "nvcr.io/nvidia/pytorch:24.05-py3"
    ]


def test_what_is_not_there_and_loops_of_links_are_told(advisor: Advisor, folder: Path) -> None:
    os.symlink(folder / "loop.sh", folder / "loop.sh")
    for name in ("none.sh", "loop.sh"):
        ended = advisor("check", name, *TWO)
        assert (ended.code, ended.err.count("\n")) == (2, 1)
        assert ended.err.startswith(f"advisor: {name}: ")


def test_a_folder_without_jobs_is_nothing_found(advisor: Advisor, folder: Path) -> None:
    (folder / "notes.md").write_text("nothing here\n", encoding="utf-8")
    ended = advisor("check", ".", *TWO)
    assert (ended.code, ended.out.splitlines()[0][:8]) == (0, "no jobs.")


def test_audit_takes_the_jobs_of_files(advisor: Advisor, folder: Path) -> None:
    (folder / "run.sh").write_text(f"{LINE} --privileged\n{LINE}\n", encoding="utf-8")
    (folder / "more.sh").write_text("docker run --gpus 64 nvcr.io/a/b:1\n", encoding="utf-8")
    ended = advisor("audit", "--demo", "--jobs", ".", "--format", "json")
    report = json.loads(ended.out)
    found = {one["rule"] for one in report["findings"] if one["status"] == "finding"}
    assert "JOB001" in found


def test_an_audit_loses_only_the_job_file_that_cannot_be_read(
    advisor: Advisor, folder: Path
) -> None:
    (folder / "run.sh").write_text("docker run --gpus 64 nvcr.io/a/b:1\n", encoding="utf-8")
    (folder / "bad.json").write_text("[" * 5000, encoding="utf-8")
    ended = advisor("audit", "--demo", "--jobs", ".", "--format", "json")
    report = json.loads(ended.out)
    assert ended.code == 3
    assert ended.err == "advisor: jobs: bad.json:1:251: nested more than 250 levels deep\n"
    assert report["state"] == "incomplete"
    assert "JOB001" in {one["rule"] for one in report["findings"] if one["status"] == "finding"}
    alone = advisor("audit", "--demo", "--jobs", "bad.json")
    assert (alone.code, alone.out) == (2, "")
    assert alone.err == "advisor: bad.json:1:251: nested more than 250 levels deep\n"


def test_one_line_a_finding(advisor: Advisor, folder: Path) -> None:
    (folder / "run.sh").write_text(f"cd /work\n{LINE}\n", encoding="utf-8")
    ended = advisor("check", "run.sh", "missing.sh", *TWO, "--format", "concise")
    lines = ended.out.splitlines()
    assert (
        lines[0] == "missing.sh error input there is no such file or folder, and it is no command"
    )
    assert len(lines) > 3
    form = re.compile(r"run\.sh:2:\d+ (error|warning|info|unknown) [A-Z]{3}\d{3} .+[.?]")
    assert [line for line in lines[1:] if not form.fullmatch(line)] == []


def test_audit_writes_sarif_and_junit(advisor: Advisor, folder: Path) -> None:
    advisor("audit", "--demo", "--format", "sarif=a.sarif", "--format", "junit=a.xml")
    log = json.loads((folder / "a.sarif").read_text(encoding="utf-8"))
    assert {result["level"] for result in log["runs"][0]["results"]} >= {"error", "warning"}
    assert (folder / "a.xml").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("jobs", "--engine", "dask://here:8786"), "jobs: with --engine only files and folders by"),
        (("-", "--engine", "dask://here:8786"), "standard input: with --engine only files and"),
        (("/srv", "--engine", "ray://here:1"), "--engine: 'ray://here:1' is no engine"),
        (("/srv", "--engine", "dask://here"), "--engine: 'dask://here' is no engine"),
    ],
)
def test_what_workers_elsewhere_cannot_do_is_refused(
    advisor: Advisor, arguments: tuple[str, ...], said: str
) -> None:
    code, out, error = advisor("check", *arguments)
    assert (code, out, error.count("\n"), said in error) == (2, "", 1, True), error


def test_a_port_that_the_shell_reckons_stands_as_it_was_written(advisor: Advisor) -> None:
    line = "docker run -p $((6006+fold)):6006/udp reg.example/a/b:1"
    out = advisor("check", line, *TWO, "--format", "concise").out
    assert "opens port $((6006+fold)):6006/udp; a pod has" in out
