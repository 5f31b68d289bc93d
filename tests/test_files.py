from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.errors import AdvisorError
from advisor.facts.store import load_snapshot
from advisor.files import check_outputs, read_bytes, write_atomically
from advisor.readers.compose.dotenv import read_env_file
from advisor.rulebook.loader import load_rules
from advisor.views.schema import VARIABLES


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "a")
    write_atomically(path, b"content")
    assert read_bytes(path) == b"content"


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_atomically(str(tmp_path / "link"), b"x")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "target").read_bytes()) == (True, b"x")


def test_a_device_is_written_to_as_it_is() -> None:
    write_atomically("/dev/null", b"x")
    assert Path("/dev/null").is_char_device()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_atomically(str(path), "not bytes")  # type: ignore[arg-type]
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", b"old")]


def test_inputs_that_cannot_be_read(tmp_path: Path) -> None:
    assert _refusal(lambda: read_bytes(f"{tmp_path}/none")) == (
        f"{tmp_path}/none: there is no such file (check the path)"
    )
    assert _refusal(lambda: read_bytes(str(tmp_path))) == (
        f"{tmp_path}: this is a folder, a file is needed (name a file in it)"
    )
    assert _refusal(lambda: read_bytes("a\0b")) == "a\\x00b: cannot be read: embedded null byte"


def test_an_input_has_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert _refusal(lambda: read_bytes(str(tmp_path / "a"), most=4)) == (
        f"{tmp_path}/a: holds more than 4 bytes"
    )


@pytest.mark.parametrize("size", [4, 5])
def test_the_limit_is_the_last_size_that_is_read(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(b"12345"[:size])
    if size == 4:
        assert read_bytes(str(tmp_path / "a"), most=4) == b"1234"
    else:
        assert "more than 4 bytes" in _refusal(lambda: read_bytes(str(tmp_path / "a"), most=4))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("read", "most"),
    [
        (lambda path: read_bytes(path), 2**28),
        (lambda path: load_snapshot(path), 2**27),
    ],
    ids=["any input", "a snapshot"],
)
def test_what_is_endless_is_refused_before_it_fills_the_memory(
    tmp_path: Path, read: Callable[[str], object], most: int
) -> None:
    """A file of holes takes no room on the disk."""
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(most + 1)
    assert _refusal(lambda: read(str(path))) == f"{path}: holds more than {most:,} bytes"


def test_a_rule_file_has_a_limit(tmp_path: Path) -> None:
    (tmp_path / "LAB001.yaml").write_text("#" * (2**18 + 1))
    assert _refusal(lambda: load_rules([tmp_path], variables=VARIABLES)) == (
        f"{tmp_path}/LAB001.yaml:1:1: holds more than 262,144 bytes"
    )


def test_an_environment_file_has_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1\n" + "#" * 2**20)
    assert read_env_file(str(tmp_path / "a.env"), {}) is None
    (tmp_path / "a.env").write_text("A=1\n" + "#" * (2**20 - 4))
    assert read_env_file(str(tmp_path / "a.env"), {}) == {"A": "1"}


def test_outputs_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _refusal(lambda: check_outputs([str(tmp_path)])) == (
        f"{tmp_path}: this is a folder (name a file in it)"
    )
    assert _refusal(lambda: check_outputs([f"{tmp_path}/none/r.html"])) == (
        f"{tmp_path}/none/r.html: there is no folder {tmp_path}/none (make the folder first)"
    )
    assert _refusal(lambda: check_outputs([f"{tmp_path}/file/r.html"])) == (
        f"{tmp_path}/file/r.html: there is no folder {tmp_path}/file (make the folder first)"
    )


@pytest.mark.parametrize("second", ["{0}/a", "{0}/./a", "{0}/../{1}/a", "{0}/link"])
@pytest.mark.parametrize("present", [True, False])
def test_two_outputs_to_one_path_are_refused(tmp_path: Path, second: str, present: bool) -> None:
    if present:
        (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    path = second.format(tmp_path, tmp_path.name)
    assert _refusal(lambda: check_outputs([str(tmp_path / "a"), path])) == (
        f"{path}: two outputs go to one path"
        " (give each its own path, as in --format json=report.json)"
    )


def test_two_outputs_to_standard_output_are_refused() -> None:
    assert _refusal(lambda: check_outputs(["-", "-"])) == (
        "two outputs go to standard output"
        " (give each its own path, as in --format json=report.json)"
    )


def _refusal(call: object) -> str:
    assert callable(call)
    with pytest.raises(AdvisorError) as refused:
        call()
    return refused.value.line()


@pytest.mark.parametrize("spelling", ["in.sh", "./in.sh", "link.sh", "sub/../in.sh", "hard.sh"])
def test_an_output_never_replaces_an_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.sh").write_text("docker run x\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.sh").symlink_to("in.sh")
    (tmp_path / "hard.sh").hardlink_to(tmp_path / "in.sh")
    assert _refusal(lambda: check_outputs([spelling], ["in.sh"])) == (
        f"{spelling}: the output would replace the input in.sh (name another path)"
    )
    assert _refusal(lambda: check_outputs(["in.sh"], [spelling])) == (
        f"in.sh: the output would replace the input {spelling} (name another path)"
    )
    check_outputs(["out.sh", "-", "/dev/null"], ["in.sh", "-", "/dev/null"])
