"""Commands that say too much, too long, or nothing that is text."""

from __future__ import annotations

import os
import time

from advisor.probes.docker.remote import MOST_OUTPUT, CommandResult, SubprocessRunner

RUNNER = SubprocessRunner(dict(os.environ))


def run(script: str, stdin: str = "", timeout: float = 120) -> CommandResult:
    return RUNNER.run(["sh", "-c", script], stdin=stdin, timeout=timeout)


def test_what_a_command_leaves() -> None:
    assert run("cat; echo bad >&2; exit 3", "in") == CommandResult(3, "in", "bad\n")
    assert run("printf '\\377'").output == "\udcff"


def test_output_without_an_end_is_given_up() -> None:
    for stream in ("", " >&2"):
        code, output, errors = run(f"exec yes{stream}")
        assert (code, output, errors) == (None, "", f"sh said more than {MOST_OUTPUT:,} bytes")


def test_a_command_that_hangs_is_ended() -> None:
    started = time.monotonic()
    assert run("exec sleep 60", timeout=0.2).errors == "sh gave no answer within 0.2 s"
    assert time.monotonic() - started < 50


def test_input_that_nobody_reads_is_no_error() -> None:
    assert run("exit 0", "x" * 1_000_000).code == 0


def test_a_command_that_is_not_there() -> None:
    code, _, errors = RUNNER.run(["no-such-command"], stdin="", timeout=1)
    assert (code, "no-such-command" in errors) == (None, True)


def test_a_line_without_an_end_is_heard_in_parts() -> None:
    heard: list[int] = []
    RUNNER.follow(
        ["sh", "-c", "head -c 200000 /dev/zero"],
        stdin="",
        timeout=120,
        heard=lambda line: heard.append(len(line)),
    )
    assert heard == [65536, 65536, 65536, 3392]
