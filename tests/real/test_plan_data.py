"""The copy scripts of a plan, run word for word: everything arrives, and nothing is in danger."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from docker.types import Mount

from advisor import api
from advisor.output.plan_view import arrange_plan
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.part import temporary_directory
from tests.real.parts.ssh_server import SshServer
from tests.real.plan_scene import REGISTRY, advisor, build_on, run_script

ODD = (
    "plain",
    "two words",
    "-rf",
    "--delete",
    'it\'s "quoted"',
    "$(touch PWNED)",
    "`touch PWNED`",
    "new\nline",
    "tab\tand\x1b[31mred",
    "ünï—code",
    "back\\slash",
    "*?[a]",
    "latin-\udce9",
)
FOLDER = "da ta; $(touch PWNED) 'x'\n-y"


class Copy(NamedTuple):
    """The folder that a container has bound, the script that copies it, an empty place for it."""

    source: Path
    script: Path
    target: Path


@pytest.fixture
def copy(docker_daemon: DockerDaemon, tmp_path: Path) -> Iterator[Copy]:
    source = tmp_path / FOLDER
    source.mkdir()
    build_on(docker_daemon, "lab/train:1", "scratch", {"train": b"train"})
    docker_daemon.create_container(
        "lab/train:1", name="train", mounts=[Mount("/data", str(source), type="bind")]
    )
    shape = "--assume=gpu-nodes=2,gpus-per-node=4"
    host = f"--docker-host={docker_daemon.host}"
    advisor("snapshot", "--no-cluster", host, "-o", "s.json", cwd=tmp_path)
    advisor("plan", "s.json", shape, f"--registry={REGISTRY}", "-o", "plan", cwd=tmp_path)
    (script,) = (tmp_path / "plan").glob("30-data-*.sh")
    with temporary_directory("copied") as target:
        yield Copy(source, script, target / "data")


def fill(folder: Path) -> None:
    for number, name in enumerate(ODD):
        (folder / name).write_text(f"content {number}\n")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "empty").mkdir()
    os.link(folder / "plain", folder / "deep" / "linked")
    (folder / "deep" / "pointer").symlink_to("../plain")
    (folder / "dangling").symlink_to("/nowhere/at all")
    with (folder / "sparse").open("wb") as stream:
        stream.truncate(64 * 2**20)
    os.chmod(folder / "-rf", 0o640)
    os.utime(folder / "plain", (1_500_000_000, 1_500_000_000))
    many = folder / "many"
    many.mkdir()
    for number in range(10_000):
        (many / f"{number:05d}").write_bytes(b"%d" % number)


def picture(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder: kind, mode, time and content, and which files are one."""
    found: dict[str, tuple[object, ...]] = {}
    first: dict[int, str] = {}
    for path in sorted(folder.rglob("*"), key=lambda one: os.fsencode(one)):
        status = path.lstat()
        name = str(path.relative_to(folder))
        same = first.setdefault(status.st_ino, name)
        content: object = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        found[name] = (status.st_mode, int(status.st_mtime), same, content)
    return found


def test_everything_arrives_as_it_is(copy: Copy) -> None:
    fill(copy.source)
    to = ("--to", str(copy.target))
    dry = run_script(copy.script, *to)
    assert not copy.target.exists()
    bulk = run_script(copy.script, *to, "--apply")
    (copy.source / "late").write_text("written while the bulk was copied\n")
    early = run_script(copy.script, *to, "--verify")
    final = run_script(copy.script, *to, "--final", "--checksum")
    after = picture(copy.target)
    again = run_script(copy.script, *to, "--final", "--apply")

    assert [run[0] for run in (dry, bulk, early, final, again)] == [0, 0, 1, 0, 0], early
    assert ["the same on both sides" in said for _, said in (final, again)] == [True, True]
    assert after == picture(copy.source)
    assert picture(copy.target) == after
    assert (copy.target / "sparse").stat().st_blocks * 512 < 2**20
    assert list(copy.script.parent.parent.rglob("PWNED")) == []


def test_the_reports_own_commands_copy_and_compare(copy: Copy, tmp_path: Path) -> None:
    fill(copy.source)
    assumed = api.Settings(assume=api.parse_assumption("gpu-nodes=2,gpus-per-node=4"))
    view = arrange_plan(api.audit(api.load_snapshots([str(tmp_path / "s.json")]), assumed))
    assert view is not None
    (step,) = [one for wave in view.waves for one in wave.steps if one.topic == "data"]
    bulk, final = (command.text for command in step.commands)

    def typed(line: str) -> subprocess.CompletedProcess[str]:
        """As it stands in the report, past the pod that would mount the claim."""
        assert "--namespace NAMESPACE" in line
        return subprocess.run(
            ["bash", "-euc", line.replace("--namespace NAMESPACE", f"--to {copy.target}")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    passes = [typed(bulk), typed(bulk), typed(final)]
    assert [one.returncode for one in passes] == [0] * 3, passes
    assert "the same on both sides" in passes[-1].stdout
    assert picture(copy.target) == picture(copy.source)
    assert list(tmp_path.rglob("PWNED")) == []


def test_a_copy_that_is_killed_goes_on(copy: Copy) -> None:
    content = os.urandom(24 * 2**20)
    (copy.source / "large").write_bytes(content)
    to = ("--to", str(copy.target))
    with subprocess.Popen(
        [str(copy.script), *to, "--apply", "--limit", "512"], start_new_session=True
    ) as running:
        deadline = time.monotonic() + 120
        while not any(path.stat().st_size for path in copy.target.rglob("*large*")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGTERM)
    assert not (copy.target / "large").exists()
    assert list(copy.target.rglob("*large*")) != []

    resumed = run_script(copy.script, *to, "--final", "--checksum")

    assert resumed[0] == 0, resumed
    assert (copy.target / "large").read_bytes() == content
    assert {path.name for path in copy.target.iterdir()} <= {"large", ".rsync-aside"}


def test_what_is_there_already_is_left_alone(copy: Copy) -> None:
    (copy.source / "mine").write_text("mine\n")
    copy.target.mkdir()
    (copy.target / "somebody's").write_text("theirs\n")
    before = picture(copy.target)

    code, said = run_script(copy.script, "--to", str(copy.target), "--apply")

    assert (code, said[-1].partition(" holds ")[2]) == (
        2,
        "files that this script did not put there: give an empty folder",
    )
    assert picture(copy.target) == before


def test_work_that_is_newer_in_the_new_place_survives(copy: Copy) -> None:
    (copy.source / "notes").write_text("old\n")
    to = ("--to", str(copy.target))
    run_script(copy.script, *to, "--apply")
    (copy.target / "notes").write_text("newer than the old place\n")
    future = time.time() + 60
    os.utime(copy.target / "notes", (future, future))

    code, said = run_script(copy.script, *to, "--final")

    assert (copy.target / "notes").read_text() == "newer than the old place\n"
    assert (code, said[-2]) == (1, "PROBLEM  1 entries differ")


def test_another_machine_is_refused(copy: Copy, tmp_path: Path) -> None:
    text = copy.script.read_text().replace("\nhost=", "\nhost=other-")
    moved = copy.script.with_name("30-other.sh")
    moved.write_text(text)
    shutil.copymode(copy.script, moved)
    code, said = run_script(moved, "--to", str(tmp_path / "x"), "--apply")
    assert (code, said[0].endswith("run it there, or give --from")) == (2, True)


def test_a_place_on_another_machine_is_reached_by_ssh(copy: Copy, ssh_server: SshServer) -> None:
    (copy.source / "it's $(odd)").write_text("x\n")
    to = ("--to", f"{ssh_server.user}@127.0.0.1:{copy.target}")

    runs = [
        run_script(copy.script, *to, *mode, **ssh_server.environment())
        for mode in (("--apply",), ("--final", "--checksum"))
    ]

    assert [code for code, _ in runs] == [0, 0], runs
    expected = {path.name for path in copy.source.iterdir()} | {".rsync-aside"}
    assert {path.name for path in copy.target.iterdir()} == expected
