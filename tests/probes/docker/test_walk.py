"""Counting files: both ways count the same, and what `du` and `find` count."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from multiprocessing import get_context
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.facts.host import Measurement
from advisor.probes.docker.measuring import measure_there, measuring_script
from advisor.probes.docker.remote import SubprocessRunner
from advisor.probes.docker.walk import Tally, measure_here

Count = Callable[..., Tally]
ODD = ("plain", "two words", "-rf", "new\nline", "$(true)", "*?[a]\\", "latin-\udce9", "ünï")


def here(root: str, **options: object) -> Tally:
    return measure_here(root, **{"seconds": 60, **options})  # type: ignore[arg-type]


def there(root: str, **options: object) -> Tally:
    runner = SubprocessRunner(os.environ)
    found = measure_there(runner, ["sh", "-s"], root, **{"seconds": 60, **options})  # type: ignore[arg-type]
    assert isinstance(found, Tally), found
    return found


both = pytest.mark.parametrize("count", [here, there])


def oracle(root: Path) -> Measurement:
    """What `du` says of blocks, and the lengths that `find` prints, each inode once."""
    used = subprocess.run(["du", "-sxB1", root], capture_output=True, check=True).stdout
    words = ["find", str(root), "-xdev", "!", "-type", "d", "-printf", "%i %s\\n"]
    lines = subprocess.run(words, capture_output=True, check=True).stdout.split(b"\n")[:-1]
    sizes = dict(line.split() for line in lines)
    return Measurement(
        path=str(root),
        size=sum(map(int, sizes.values())),
        allocated=int(used.split()[0]),
        files=len(sizes),
        complete=True,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "a 'quoted' *[name]"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "empty").mkdir()
    for number, name in enumerate(ODD):
        (root / name).write_bytes(b"x" * number * 3000)
    os.link(root / "-rf", root / "deep" / "linked")
    os.link(root / "-rf", root / "deep" / "er" / "linked again")
    (root / "deep" / "up").symlink_to("..")
    (root / "dangling").symlink_to("/nowhere/at all")
    os.mkfifo(root / "pipe")
    with (root / "sparse").open("wb") as stream:
        stream.truncate(64 * 2**20)
    return root


@both
def test_a_tree_with_everything(count: Count, tree: Path) -> None:
    assert count(str(tree)).measurement(str(tree)) == oracle(tree)


@both
def test_a_file_and_an_empty_folder(count: Count, tree: Path) -> None:
    for path in (tree / "plain", tree / "empty", tree / "sparse"):
        assert count(str(path)).measurement(str(path)) == oracle(path)


@both
def test_a_place_that_is_gone_is_not_known(count: Count, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert count(gone).measurement(gone) == Measurement(
        path=gone, reason="it is not there any more"
    )


@both
def test_another_filesystem_below_is_not_entered(count: Count) -> None:
    """/dev has /dev/shm, among others, on it."""
    found = count("/dev").measurement("/dev")
    assert not found.complete
    assert "below it, not entered" in found.reason
    with Path("/proc/self/mountinfo").open() as table:
        points = {line.split()[4] for line in table}
    inside = {point for point in points if point.startswith("/dev/")}
    assert found.reason.startswith(f"{len(inside)} mount"), inside


@both
def test_a_mount_of_the_same_device_is_not_entered_either(count: Count, tree: Path) -> None:
    point = tree / "mount *[point]"
    point.mkdir()
    (point / "file").write_bytes(b"x" * 10_000)
    without = count(str(tree), mounts=[str(point)]).measurement(str(tree))
    shutil.rmtree(point)
    rest = oracle(tree)
    assert without == Measurement(
        path=str(tree),
        size=rest.size,
        allocated=rest.allocated,
        files=rest.files,
        reason="1 mount below it, not entered",
    )


def in_a_fork(root: str, count: Count) -> Measurement:
    """Counted by somebody who is not root."""

    def work() -> None:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        pipe.send(count(root).measurement(root))

    result, pipe = get_context("fork").Pipe()
    process = get_context("fork").Process(target=work)
    process.start()
    process.join(30)
    assert result.poll(), process.exitcode
    found: Measurement = result.recv()
    return found


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that others may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in folder.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)


@both
def test_what_may_not_be_read_makes_a_lower_bound(count: Count, public: Path) -> None:
    (public / "open").write_bytes(b"x" * 5)
    for name, mode in (("closed", 0o700), ("listed", 0o744)):
        (public / name).mkdir()
        (public / name / "hidden").write_bytes(b"x" * 7)
        (public / name / "too").write_bytes(b"x" * 7)
        (public / name).chmod(mode if os.getuid() == 0 else {0o700: 0, 0o744: 0o444}[mode])
    found = in_a_fork(str(public), count)
    folders = [public, public / "closed", public / "listed", public / "open"]
    assert found == Measurement(
        path=str(public),
        size=5,
        allocated=sum(path.lstat().st_blocks * 512 for path in folders),
        files=1,
        unreadable=2,
        reason="2 folders could not be read",
    )


@both
def test_a_closed_root_is_a_lower_bound_of_nothing(count: Count, public: Path) -> None:
    root = public / "closed"
    root.mkdir(mode=0o700 if os.getuid() == 0 else 0)
    found = in_a_fork(str(root), count)
    assert (found.size, found.files, found.complete) == (0, 0, False)
    assert found.reason == "1 folder could not be read"


def test_more_names_than_can_be_remembered() -> None:
    tally = Tally(60)
    tally.crowded = True
    tally.device = 1
    assert tally.measurement("/d").reason == "more than 1,000,000 files have several names"
    assert not tally.measurement("/d").complete


@pytest.mark.parametrize("depth", [300])
def test_a_deep_tree_holds_few_folders_open(tmp_path: Path, depth: int) -> None:
    folder = tmp_path
    for _ in range(depth):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x")
    found = here(str(tmp_path)).measurement(str(tmp_path))
    assert found == oracle(tmp_path)


def test_the_time_runs_out_here(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / str(number)).touch()
    found = here(str(tmp_path), seconds=0).measurement(str(tmp_path))
    assert found.reason == "time ran out after 0 s (give more with --measure-timeout)"
    assert not found.complete
    assert found.files is not None
    assert 0 < found.files < 3000


def test_a_filesystem_that_hangs_does_not_hold_the_walk_up(tmp_path: Path) -> None:
    """The reader never comes back: what was counted until then is a lower bound."""
    for number in range(2000):
        (tmp_path / str(number)).touch()

    back = Event()

    def hang(files: int) -> None:
        del files
        back.wait(60)

    started = time.monotonic()
    found = here(str(tmp_path), seconds=1, heard=hang).measurement(str(tmp_path))
    back.set()
    assert time.monotonic() - started < 50
    assert found.reason == "time ran out after 1 s (give more with --measure-timeout)"


def slow_find(folder: Path, text: str) -> SubprocessRunner:
    """A machine whose `find` prints the text for a folder, then waits."""
    script = folder / "find"
    script.write_text(f'#!/bin/sh\n[ "$1" = / ] || {{ {text}; exec sleep 100; }}\n')
    script.chmod(0o755)
    return SubprocessRunner({"PATH": f"{folder}:{os.environ['PATH']}"})


def test_the_time_runs_out_there(tmp_path: Path) -> None:
    runner = slow_find(tmp_path, "echo d 5 1 2 0 8; echo f 5 2 1 70 8")
    found = measure_there(runner, ["sh", "-s"], "/data", seconds=1)
    assert isinstance(found, Tally)
    assert found.measurement("/data") == Measurement(
        path="/data",
        size=70,
        allocated=8192,
        files=1,
        reason="time ran out after 1 s (give more with --measure-timeout)",
    )


def test_nothing_is_left_there_when_nobody_listens_any_more(tmp_path: Path) -> None:
    """As after Ctrl-C: what prints entries ends with the first number that nobody takes."""
    marker = f"d {os.getpid()} 1 2 0 8"
    script = tmp_path / "find"
    script.write_text(f'#!/bin/sh\n[ "$1" = / ] || exec yes "{marker}"\n')
    script.chmod(0o755)
    with subprocess.Popen(
        ["sh", "-s"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(measuring_script("/data", seconds=60).encode())
        child.stdin.close()
        assert child.stdout.readline().startswith(b"at ")
        child.stdout.close()
        child.wait(20)
    table = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert [line for line in table.stdout.splitlines() if marker in line] == []


@pytest.mark.parametrize(
    ("find", "reason"),
    [("exit 1", "its find has no -printf"), ('case "$1" in /) ;; *) kill -9 $PPID;; esac', "")],
)
def test_a_machine_that_cannot_count_says_why(tmp_path: Path, find: str, reason: str) -> None:
    script = tmp_path / "find"
    script.write_text(f"#!/bin/sh\n{find}\n")
    script.chmod(0o755)
    runner = SubprocessRunner({"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    found = measure_there(runner, ["sh", "-s"], "/data", seconds=5)
    if reason:
        assert found == reason
    else:
        assert isinstance(found, Tally)
        assert not found.measurement("/data").complete


def test_a_connection_that_fails_says_why() -> None:
    runner = SubprocessRunner({"PATH": os.environ["PATH"]})
    words = ["sh", "-c", "echo 'ssh: connect: refused' >&2; exit 255"]
    assert measure_there(runner, words, "/data", seconds=5) == "ssh: connect: refused"
    assert measure_there(runner, ["/no/ssh"], "/data", seconds=5) == (
        "[Errno 2] No such file or directory: '/no/ssh'"
    )


@both
def test_a_place_inside_of_another_is_not_walked_again(count: Count, tmp_path: Path) -> None:
    inner, outer = tmp_path / "a *[b]" / "inner", tmp_path / "a *[b]"
    inner.mkdir(parents=True)
    for folder in (inner, outer):
        (folder / "file").write_bytes(b"x" * 9000)
    before = oracle(outer)
    known = {str(inner): count(str(inner))}
    (inner / "later").touch()
    assert count(str(outer), known=known).measurement(before.path) == before


@both
def test_files_that_two_places_share_count_once(count: Count, tree: Path) -> None:
    known: dict[str, Tally] = {}
    for path in (tree / "deep" / "er", tree / "deep", tree):
        known[str(path)] = count(str(path), known=known)
        assert known[str(path)].measurement(str(path)) == oracle(path)


shapes = st.recursive(
    st.integers(0, 9000) | st.sampled_from(["link", "symlink"]),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


def grow(folder: Path, shape: object, first: list[Path]) -> None:
    """Folders are mappings, numbers files of that length, links are of the file before."""
    if isinstance(shape, dict):
        folder.mkdir()
        for name, inner in shape.items():
            grow(folder / name, inner, first)
    elif shape == "link" and first:
        os.link(first[-1], folder)
    elif isinstance(shape, int):
        folder.write_bytes(b"x" * shape)
        first.append(folder)
    else:
        folder.symlink_to("..")


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from("abcd"), shapes, max_size=4), st.data())
@settings(max_examples=40, deadline=None)
def test_any_tree(shape: dict[str, object], data: st.DataObject) -> None:
    """Whatever the tree, and whichever of its folders were counted before."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "root"
        grow(root, shape, [])
        folders = [str(path) for path in root.rglob("*") if path.is_dir() and not path.is_symlink()]
        chosen: Collection[str] = data.draw(st.sets(st.sampled_from(folders))) if folders else ()
        for count in (here, there):
            known: dict[str, Tally] = {}
            for path in sorted(chosen, key=lambda path: (-path.count("/"), path)):
                known[path] = count(path, known=known)
                assert known[path].measurement(path) == oracle(Path(path))
            assert count(str(root), known=known).measurement(str(root)) == oracle(root)
