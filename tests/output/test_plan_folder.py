"""The plan as a folder: only ours is rewritten, and nothing is left half-written."""

from __future__ import annotations

import json
import resource
import signal
from hashlib import sha256
from pathlib import Path

import pytest

from advisor.errors import InputError, OutputError
from advisor.output.plan_folder import LIST, load_copies, write_folder
from tests.placement.samples import host, snapshot
from tests.planning.samples import image, plan

ONE = snapshot(None, host("dgx", images=(image("lab/a:1", "a"),)))
TWO = snapshot(None, host("ws", images=(image("lab/b:1", "b"),)))
FIRST = [LIST, "10-images-dgx.sh", "40-pull-secrets.sh", "README.md", "common.sh"]


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_new_folder(tmp_path: Path) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path / "plan"))
    assert names(tmp_path) == sorted(f"plan/{name}" for name in FIRST)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "plan").iterdir()}
    assert {name: oct(mode) for name, mode in modes.items()} == {
        name: "0o755" if name[0].isdigit() else "0o644" for name in FIRST
    }


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path))
    assert names(tmp_path) == sorted(FIRST)


def test_a_later_plan_rewrites_what_is_ours_only(tmp_path: Path) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "10-images-dgx.log").write_text("done\n")
    (tmp_path / "notes").write_text("mine\n")
    write_folder(plan(TWO), TWO, str(tmp_path))
    second = [name.replace("-dgx", "-ws") for name in FIRST]
    assert names(tmp_path) == sorted([*second, "logs/10-images-dgx.log", "notes"])
    assert (tmp_path / "notes").read_text() == "mine\n"


def test_a_folder_with_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine\n")
    with pytest.raises(OutputError, match="not empty and holds no plan"):
        write_folder(plan(ONE), ONE, str(tmp_path))
    assert names(tmp_path) == ["notes"]


def test_a_list_cannot_reach_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / LIST).write_text('{"files": ["../outside", "/etc/passwd", "a/b/c", 5]}')
    write_folder(plan(ONE), ONE, str(folder))
    assert outside.read_text() == "mine\n"


def listed(folder: Path, **files: str) -> None:
    """A list in the folder by which a plan wrote these files."""
    digests = {name: [sha256(text.encode()).hexdigest()] for name, text in files.items()}
    (folder / LIST).write_text(json.dumps({"files": digests}))


def test_only_what_the_list_says_word_for_word_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work\n")
    (tmp_path / "old.sh").write_text("echo old\n")
    listed(tmp_path, **{"thesis.tex": "something else\n", "old.sh": "echo old\n"})
    write_folder(plan(ONE), ONE, str(tmp_path))
    assert names(tmp_path) == sorted([*FIRST, "thesis.tex"])
    (tmp_path / LIST).write_text('{"files": ["thesis.tex", "README.md"]}')
    (tmp_path / "README.md").unlink()
    (tmp_path / "common.sh").unlink()
    for name in FIRST:
        if name[0].isdigit():
            (tmp_path / name).unlink()
    write_folder(plan(TWO), TWO, str(tmp_path))
    assert (tmp_path / "thesis.tex").read_text() == "years of work\n"


def test_a_file_that_was_changed_since_stays_and_nothing_is_written(tmp_path: Path) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path))
    script = tmp_path / "10-images-dgx.sh"
    script.write_text("mine now\n")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OutputError, match=r"10-images-dgx.sh: this file is not as a plan wrote it"):
        write_folder(plan(ONE), ONE, str(tmp_path))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["10-images-dgx.sh", "README.md"])
def test_no_link_is_followed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / name).symlink_to(outside)
    listed(folder, **{name: "mine\n"})
    with pytest.raises(OutputError, match="not as a plan wrote it"):
        write_folder(plan(ONE), ONE, str(folder))
    assert (outside.read_text(), (folder / name).is_symlink()) == ("mine\n", True)


def test_no_folder_behind_a_link_is_written_to_or_emptied(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.yaml").write_text("mine\n")
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "manifests").symlink_to(outside)
    listed(folder, **{"manifests/x.yaml": "mine\n"})
    write_folder(plan(ONE), ONE, str(folder))
    assert (outside / "x.yaml").read_text() == "mine\n"
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(OutputError, match="link: this is a link"):
        write_folder(plan(ONE), ONE, str(tmp_path / "link"))


def test_a_list_behind_a_link_makes_no_plan_folder(tmp_path: Path) -> None:
    (tmp_path / "list").write_text('{"files": {}}')
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / LIST).symlink_to(tmp_path / "list")
    with pytest.raises(OutputError, match="holds no plan"):
        write_folder(plan(ONE), ONE, str(folder))


def test_a_signal_within_waits_for_the_whole_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path))
    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append((number, state())))
    unlink = Path.unlink

    def state() -> list[str]:
        return [name for name in names(tmp_path) if "images" in name]

    def interrupted(path: Path, missing_ok: bool = False) -> None:
        signal.raise_signal(signal.SIGTERM)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", interrupted)
    try:
        write_folder(plan(TWO), TWO, str(tmp_path))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [(signal.SIGTERM, ["10-images-ws.sh"])]


def test_a_plan_that_was_killed_midway_is_ours_to_finish(tmp_path: Path) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path / "a"))
    write_folder(plan(TWO), TWO, str(tmp_path / "b"))
    first, second = (json.loads((tmp_path / one / LIST).read_bytes())["files"] for one in "ab")
    both = {name: [*first.get(name, ()), *second.get(name, ())] for name in {**first, **second}}
    (tmp_path / "a" / LIST).write_text(json.dumps({"files": both}))
    (tmp_path / "b" / "10-images-ws.sh").replace(tmp_path / "a" / "10-images-ws.sh")
    write_folder(plan(TWO), TWO, str(tmp_path / "a"))
    assert names(tmp_path / "a") == sorted(name.replace("-dgx", "-ws") for name in FIRST)


def test_a_disk_that_is_full_leaves_the_old_plan(tmp_path: Path) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path / "plan"))
    before = {path: path.read_bytes() for path in (tmp_path / "plan").iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        with pytest.raises(OutputError, match="cannot be written: file too large"):
            write_folder(plan(TWO), TWO, str(tmp_path / "plan"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path: path.read_bytes() for path in (tmp_path / "plan").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


@pytest.mark.parametrize("path", ["missing/plan", "file", "nul\0byte"])
def test_places_that_cannot_be(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_folder(plan(ONE), ONE, str(tmp_path / path))


def test_what_copy_scripts_noted_is_read(tmp_path: Path) -> None:
    write_folder(plan(ONE), ONE, str(tmp_path))
    state = tmp_path / "state"
    state.mkdir()
    notes = {
        "complete-a": "2026-11-25T10:00:00Z /mnt/new",
        "complete-b": "",
        "complete-c": "sometime",
        "30-data-01": "'/raid/d' '/mnt/new'",
    }
    for name, text in notes.items():
        (state / name).write_text(f"{text}\n" if text else "")
    assert load_copies([str(tmp_path), str(tmp_path)]) == {"a": "2026-11-25T10:00:00Z"}


def test_a_folder_without_a_plan_tells_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this folder holds no plan"):
        load_copies([str(tmp_path)])
