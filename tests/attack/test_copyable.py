"""Nothing that is there to be copied runs what a name says: every block of every output goes
through a real bash, in which the commands that advisor writes are stand-ins."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt

from advisor import api
from advisor.jobs.translation import ClaimMapping, Situation
from advisor.writers.shell_text import comment

HOSTILE = (
    "x\ntouch PWNED\n#",
    "x$(touch PWNED)",
    "x`touch PWNED`",
    "x'; touch PWNED; '",
    'x"; touch PWNED; "',
    "x # y\n touch PWNED",
    "x\x1b]0;t\x07\r\ntouch PWNED",
    "x\u202e\u2028touch PWNED\u2029",
    "x\n```\ntouch PWNED\n```",
    "x</pre>\ntouch PWNED",
)
STUBS = ("docker", "kubectl", "runai", "podman", "skopeo", "tar", "rsync", "ssh", "mpirun")
TARGETS = ("runai-v1", "runai-v2", "kubernetes")


def run(script: str, folder: Path) -> bool:
    """Whether bash, with stand-ins for all that is called, made the file of the attack."""
    commands = folder / "bin"
    commands.mkdir(exist_ok=True)
    for name in STUBS:
        (commands / name).write_text("#!/bin/sh\ncat >/dev/null 2>&1 </dev/null\nexit 0\n")
        (commands / name).chmod(0o755)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    subprocess.run(
        ["bash", "-c", script],
        cwd=work,
        env={"PATH": f"{commands}:/usr/bin:/bin", "HOME": str(work)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return any(one.name.startswith("PWNED") for one in work.rglob("*"))


def commands_with(name: str) -> list[str]:
    """A command for each place that may hold the name."""
    word = shlex.quote(name)
    flags = (
        f"-v {shlex.quote(f'/d/{name}:/d')}",
        f"-v {shlex.quote(f'/d:/{name}')}",
        f"--mount {shlex.quote(f'type=bind,source=/d/{name},target=/d')}",
        f"--env-file {word}",
        f"--label {shlex.quote(f'note={name}')}",
        f"--annotation {shlex.quote(f'note={name}')}",
        f"-w {shlex.quote(f'/{name}')}",
        f"-e {shlex.quote(f'A={name}')}",
        f"-e {shlex.quote(f'TOKEN={name}')}",
        f"--health-cmd {word}",
        f"--entrypoint {word}",
        f"--user {word}",
        f"--hostname {word}",
    )
    images = [f"docker run --gpus 1 {flag} reg.example.com/a/b:1 python t.py" for flag in flags]
    return [
        *images,
        f"docker run reg.example.com/a/b:1 python {word}",
        f"docker run reg.example.com/a/b:1 bash -c {word}",
        f"docker run reg.example.com/a/b:1 --password {word}",
    ]


def situation(target: str) -> Situation:
    return msgspec.structs.replace(
        Situation(target="kubernetes"),
        target=target,
        claims=(ClaimMapping(claim="data"),),
        registry="reg.example.com/moved",
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_translation_with_its_steps(name: str, target: str, tmp_path: Path) -> None:
    report = api.translate(commands_with(name), target, given=situation(target))  # type: ignore[arg-type]
    texts = [one.translation for one in report.jobs]
    assert len(texts) > 5
    assert [one.text for one in texts if target != "kubernetes" and run(one.text, tmp_path)] == []
    steps = [step for one in texts for step in one.before]
    assert [step for step in steps if run(step, tmp_path)] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_blocks_of_a_check(name: str, tmp_path: Path) -> None:
    report = api.check(
        commands_with(name), targets=("runai-v2", "kubernetes"), given=situation("runai-v2")
    )
    page = api.render_check(report, "html")
    blocks = re.findall(r"<(?:pre|code)[^>]*>(.*?)</(?:pre|code)>", page, re.DOTALL)
    tokens = MarkdownIt().parse(api.render_check(report, "markdown"))
    fences = [one.content for one in tokens if one.type == "fence" and "yaml" not in one.info]
    shown = [_unescaped(one) for one in blocks] + fences
    assert shown
    commands = [one for one in shown if one.lstrip().startswith(("#", *STUBS, "read"))]
    assert commands
    assert [one for one in commands if run(one, tmp_path)] == []


def _unescaped(text: str) -> str:
    from html import unescape

    return unescape(re.sub(r"<[^>]*>", "", text))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_comment_is_one_line_that_drives_no_terminal(name: str) -> None:
    made = comment(name)
    assert made.startswith("# ")
    assert made.isprintable()
    assert len(made.splitlines()) == 1


def test_the_stand_in_would_tell(tmp_path: Path) -> None:
    assert run("# copy /d/x\ntouch PWNED", tmp_path)
