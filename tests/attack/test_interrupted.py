"""SIGTERM in the middle of writing: each output is whole or not there, and nothing else is left."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WRITING = {
    "plan": ("plan", "s.json", "-o", "out"),
    "report": ("report", "s.json", "--format", "html=out/a.html", "--format", "json=out/a.json"),
    "snapshot": ("snapshot", "--demo", "-o", "out/s.json.zst"),
}
MOMENTS = (0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95)
"""Parts of the time that a whole run takes; writing is what comes last."""


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def can_be_interrupted(process: subprocess.Popen[bytes]) -> bool:
    """Waits until it takes SIGTERM for an interruption; False where it ended before that."""
    caught = 0
    while process.poll() is None and not caught >> (signal.SIGTERM - 1) & 1:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        time.sleep(0.002)
    return process.poll() is None


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("name", WRITING)
def test_what_is_interrupted_leaves_whole_files_or_none(name: str, tmp_path: Path) -> None:
    words = WRITING[name]
    assert start(tmp_path, "snapshot", "--demo", "-o", "s.json").wait(300) == 0
    (tmp_path / "out").mkdir()
    started = time.monotonic()
    assert start(tmp_path, *words).wait(300) in (0, 1)
    lasts = time.monotonic() - started
    whole = contents(tmp_path / "out")
    assert whole
    codes = []
    for moment in MOMENTS:
        for path in sorted((tmp_path / "out").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        started = time.monotonic()
        with start(tmp_path, *words) as process:
            if can_be_interrupted(process):
                time.sleep(max(0, started + lasts * moment - time.monotonic()))
                process.send_signal(signal.SIGTERM)
            codes.append(process.wait(300))
        left = contents(tmp_path / "out")
        assert {file for file in left if left[file] != whole.get(file)} == set()
        assert name != "plan" or left.keys() in (set(), whole.keys())
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "s.json"]
    assert {*codes} <= {0, 1, 130}
    assert 130 in codes
