"""The scripts of a plan in a real bash: what they leave alone, and what they notice.

rsync and docker are played by small programs, so that what they say can be any sort of trouble; the
tests with real servers run the same scripts with the real ones.
"""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import pytest

from advisor.planning.scripts import engines_of, plan_files
from tests.placement.samples import host, snapshot
from tests.planning.samples import bind, container, content, image, plan

HERE = platform.node().partition(".")[0] or "here"
RSYNC = """#!/bin/bash
# Numbers for either side, and no difference in any file.
args="$*"
case $args in
  *--list-only*) exit 0 ;;
  *--stats*" -- $OLD"*) echo "Number of files: $HERE_FILES"; echo "Total file size: 5 bytes" ;;
  *--stats*) echo "Number of files: $THERE_FILES"; echo "Total file size: 5 bytes" ;;
esac
"""
DOCKER = """#!/bin/bash
echo "$*" >>"$CALLS"
case "$*" in
  *"image inspect"*"$TARGET"*) [ -n "$TARGET_ID" ] && echo "$TARGET_ID" || exit 1 ;;
  *"image inspect"*) echo "$OWN_ID" ;;
esac
"""
SKOPEO = """#!/bin/bash
echo 'manifest unknown' >&2
exit 1
"""


def folder_of(tmp_path: Path) -> Path:
    used = image("lab/train:1", "a")
    job = container("train", used, bind(str(tmp_path / "old")))
    of = snapshot(None, host(HERE, job, images=(used,)))
    folder = tmp_path / "plan"
    for name, file in plan_files(plan(of), engines_of(of.hosts)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
        path.chmod(0o755)
    return folder


def run(tmp_path: Path, script: Path, *words: str, **variables: str) -> tuple[int, str]:
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    for name, text in (("rsync", RSYNC), ("docker", DOCKER), ("skopeo", SKOPEO)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path), **variables}
    ended = subprocess.run(
        ["bash", str(script), *words],
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("there", "code", "said"),
    [
        ("3", 0, "the same on both sides"),
        ("4", 1, "the new place holds more than the old one"),
        ("2", 1, "the new place holds more than the old one"),
    ],
)
def test_a_copy_is_complete_only_where_both_sides_count_the_same(
    tmp_path: Path, there: str, code: int, said: str
) -> None:
    (tmp_path / "old").mkdir()
    folder = folder_of(tmp_path)
    (script,) = [path for path in folder.rglob("*.sh") if "data" in path.name]
    found = run(
        tmp_path,
        script,
        "--verify",
        "--to",
        str(tmp_path / "new"),
        OLD=str(tmp_path / "old"),
        HERE_FILES="3",
        THERE_FILES=there,
    )
    assert found[0] == code, found[1]
    assert said in found[1]
    assert ("the same on both sides" in found[1]) == (code == 0)


@pytest.mark.parametrize(
    ("tagged", "left"), [("", False), (content("a"), False), (content("b"), True)]
)
def test_a_tag_that_names_other_content_is_left_as_it_is(
    tmp_path: Path, tagged: str, left: bool
) -> None:
    folder = folder_of(tmp_path)
    (script,) = [path for path in folder.rglob("*.sh") if "images" in path.name]
    calls = tmp_path / "calls"
    code, said = run(
        tmp_path,
        script,
        "--apply",
        CALLS=str(calls),
        TARGET="registry.example/lab/lab/train:1",
        TARGET_ID=tagged,
        OWN_ID=content("a"),
    )
    assert ("is the name of other content on this host: left as it is" in said) == left, said
    words = calls.read_text()
    assert (" tag " in f" {words}" or "push" in words) == (not left), (words, said)
    assert code == 1
