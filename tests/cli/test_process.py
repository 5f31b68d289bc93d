"""Whole processes: signals, closed pipes, streams, what is imported."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Advisor

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "advisor"]
HEAVY = ("cel_expr_python", "docker", "jinja2", "kubernetes", "msgspec", "requests", "rich", "yaml")


@pytest.fixture
def clean(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has no cluster and no settings."""
    kept = ("PATH", "LANG", "VIRTUAL_ENV")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    return {**inherited, "HOME": str(tmp_path / "home")}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_at_once_and_leaves_nothing(
    tmp_path: Path, clean: dict[str, str], number: signal.Signals
) -> None:
    (tmp_path / "old.html").write_text("old")
    outputs = ("--format", "html=old.html", "--format", "json=new.json")
    arguments = ("audit", "--no-cluster", "--timeout", "60", *outputs)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--docker-host", f"tcp://127.0.0.1:{port}"],
            cwd=tmp_path,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        accepted, _ = silent.accept()
        with accepted:
            started = time.monotonic()
            process.send_signal(number)
            out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (130, b"", b"advisor: interrupted\n")
    assert time.monotonic() - started < 50
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("old.html", "old")]


def test_several_interruptions_are_one(tmp_path: Path, clean: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [*COMMAND, "audit", "--no-cluster", "--timeout", "60", "--docker-host", host],
            cwd=tmp_path,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        accepted, _ = silent.accept()
        with accepted:
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (130, b"", b"advisor: interrupted\n")


def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path, clean: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*COMMAND, "rules", "list", "--format", "markdown"],
        cwd=tmp_path,
        env=clean,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("redirection", "code", "message"),
    [
        (">/dev/full", 2, "advisor: standard output: cannot be written: no space left on device\n"),
        (">&-", 2, "advisor: standard output: cannot be written: bad file descriptor\n"),
        (">&- <&-", 2, "advisor: standard output: cannot be written: bad file descriptor\n"),
        ("2>/dev/full --nothing", 2, ""),
    ],
)
@pytest.mark.parametrize("command", ["--help", "rules list", "translate 'docker run a/b:1'"])
def test_streams_that_cannot_be_used(
    tmp_path: Path, clean: dict[str, str], command: str, redirection: str, code: int, message: str
) -> None:
    if "--nothing" in redirection and command == "--help":
        command = "audit"
    ended = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m advisor {command} {redirection}"],
        cwd=tmp_path,
        env=clean,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (code, message)


def test_a_closed_standard_input_is_no_empty_one(tmp_path: Path, clean: dict[str, str]) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m advisor check - <&-"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    told = "advisor: standard input: cannot be read: bad file descriptor\n"
    assert (ended.returncode, ended.stderr) == (2, told)


@pytest.mark.parametrize(
    "arguments",
    [
        ("snapshot", "--demo", "-o", "s.json"),
        ("audit", "--demo"),
        ("merge", "a.json", "-o", "s.json"),
        ("translate", "docker run a/b:1", "-o", "job.sh"),
    ],
)
def test_a_current_folder_that_is_gone(
    tmp_path: Path, clean: dict[str, str], arguments: tuple[str, ...]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    ended = subprocess.run(
        ["/bin/sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *COMMAND, *arguments],
        cwd=gone,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    told = "advisor: the current folder cannot be used: no such file or directory"
    line = f"{told} (change to one that is there)\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", line)


def test_snapshots_go_through_pipes(tmp_path: Path, clean: dict[str, str]) -> None:
    def run(*arguments: str, given: bytes = b"") -> bytes:
        return subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, env=clean, input=given, stdout=-1, check=True
        ).stdout

    saved = run("snapshot", "--demo")
    merged = run("merge", "-", given=saved)
    live = run("audit", "--demo", "--exit-zero", "--format", "json")
    assert merged == saved
    assert run("report", "-", "--exit-zero", "--format", "json", given=merged) == live


def test_piped_text_is_plain(tmp_path: Path, clean: dict[str, str]) -> None:
    ended = subprocess.run(
        [*COMMAND, "audit", "--demo"],
        cwd=tmp_path,
        env={**clean, "TERM": "xterm-256color"},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr, b"\x1b" in ended.stdout) == (1, b"", False)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["audit", "--help"]])
def test_nothing_heavy_is_imported_for_a_help(clean: dict[str, str], arguments: list[str]) -> None:
    code = (
        "import sys; from advisor.cli.process import run\n"
        f"code = run({arguments!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True
    )
    assert ended.stderr == "[]\n"


def test_what_one_line_does_not_need_is_not_imported(clean: dict[str, str]) -> None:
    """Processes and threads for many files, and the writer of manifests."""
    unneeded = ("concurrent.futures", "multiprocessing", "advisor.writers.kubernetes.writer")
    code = (
        "import sys; from advisor.cli.process import run\n"
        "code = run(['check', 'docker run --gpus 1 -v /r:/x a/b:1', '--assume', 'gpu-nodes=2'])\n"
        f"print([name for name in {unneeded!r} if name in sys.modules], file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True
    )
    assert ended.stderr == "[]\n"


def test_a_debugging_run_shows_the_traceback(tmp_path: Path, clean: dict[str, str]) -> None:
    code = (
        "from advisor.cli.process import _internal\n"
        "try: 1 / 0\n"
        "except Exception as error: print(_internal(error))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**clean, "ADVISOR_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (ended.stdout, ended.stderr.splitlines()[0]) == (
        "70\n",
        "Traceback (most recent call last):",
    )


@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [
        (("audit", "--demo", "--format", "json"), ""),
        (("audit", "--demo", "--format", "json"), "1"),
        (("snapshot", "--demo"), "1"),
    ],
)
def test_a_slow_reader_that_does_not_block_gets_everything(
    advisor: Advisor,
    tmp_path: Path,
    clean: dict[str, str],
    arguments: tuple[str, ...],
    unbuffered: str,
) -> None:
    expected = advisor(*arguments).out.encode()
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=tmp_path,
        env={**clean, "PYTHONUNBUFFERED": unbuffered},
        stdout=writing,
        stderr=subprocess.PIPE,
    )
    os.close(writing)
    time.sleep(0.5)
    with os.fdopen(reading, "rb") as stream:
        assert stream.read() == expected
    assert process.communicate(timeout=60)[1] == b""


def test_a_disk_that_fills_up_within_the_output_is_said(
    tmp_path: Path, clean: dict[str, str]
) -> None:
    limited = f"ulimit -f 8; trap '' XFSZ; {sys.executable} -m advisor rules list --format json"
    ended = subprocess.run(
        ["/bin/bash", "-c", f"{limited} >out"],
        cwd=tmp_path,
        env={**clean, "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    reason = "advisor: standard output: cannot be written: file too large\n"
    assert (ended.returncode, ended.stderr) == (2, reason)


@pytest.mark.parametrize(
    ("variable", "code", "said"),
    [
        (b"X=\xc3\xa9", 0, ""),
        (
            b"X=\xe9",
            2,
            "advisor: command line: not UTF-8 text (type it as UTF-8, or name a file)\n",
        ),
    ],
)
def test_a_locale_without_letters_changes_no_value(
    tmp_path: Path, clean: dict[str, str], variable: bytes, code: int, said: str
) -> None:
    line = b"docker run -e %s -e Y=$Y a.example/b:1" % variable
    ended = subprocess.run(
        [*COMMAND, "translate", line, "--set", b"Y=\xc3\xb6"],
        cwd=tmp_path,
        env={**clean, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.decode()) == (code, said)
    if code == 0:
        assert ended.stdout.decode().split("-e")[1:] == [" X='é' ", " Y='ö'\n"]
