"""Twice the input is at most a little more than twice the work: counted in calls, which no other
load on the machine changes, and for the longest in seconds of a processor."""

from __future__ import annotations

import cProfile
import pstats
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.long_inputs import FILES, SCRIPTS, Make
from tests.cli.conftest import Advisor

COUNT = 60
MOST, MOST_SECONDS = 2.2, 5.5
VERBS = {
    "check": ("check", "--no-cluster"),
    "runai": ("translate", "--to", "runai-v2"),
    "kubernetes": ("translate", "--to", "kubernetes"),
}
LONGEST: dict[str, Make] = {
    "4,000 volumes": lambda count: SCRIPTS["-v /raid/d{0}:/m{0}"](count // 100),
    "arguments": lambda count: SCRIPTS["arguments"](count // 14),
    "one word": lambda count: f"docker run --gpus 1 a python {'x' * count}\n",
    "quotes": lambda count: f"docker run --gpus 1 a sh -c '{'echo a; ' * (count // 8)}'\n",
}
LONGEST_BYTES = 400_000
ATTEMPTS = 3


def calls(advisor: Advisor, kind: str, verb: tuple[str, ...], count: int) -> dict[str, int]:
    """How often each function is called for an input of that length."""
    file, make = FILES[kind]
    Path(file).write_text(make(count))
    profile = cProfile.Profile()
    profile.enable()
    ended = advisor(*verb, file)
    profile.disable()
    assert ended.code in (0, 1), ended.err
    counted: dict[tuple[str, int, str], tuple[int, int]] = vars(pstats.Stats(profile))["stats"]
    return {f"{module}:{line} {name}": many[1] for (module, line, name), many in counted.items()}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", FILES)
def test_twice_the_input_is_twice_the_calls(name: str, verb: str, advisor: Advisor) -> None:
    calls(advisor, name, VERBS[verb], 2)
    once, twice = (calls(advisor, name, VERBS[verb], count) for count in (COUNT, 2 * COUNT))
    grown = {
        function: (once.get(function, 0), many)
        for function, many in twice.items()
        if many > 2 * COUNT + MOST * max(once.get(function, 0), COUNT)
    }
    assert grown == {}


def seconds(folder: Path, text: str, *verb: str) -> float:
    """Of a processor, for one run on the text."""
    (folder / "run.sh").write_text(text)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        [sys.executable, "-m", "advisor", *verb, "run.sh"],
        cwd=folder,
        capture_output=True,
        timeout=600,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ended.returncode in (0, 1), ended.stderr[-500:]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("name", LONGEST)
def test_a_long_command_line_takes_time_in_proportion(name: str, tmp_path: Path) -> None:
    """Four times the input shows more than what else a processor does at the same time; where that
    is much, the best attempt counts."""
    make = LONGEST[name]
    tried = []
    for _ in range(ATTEMPTS):
        quarter, whole = (
            seconds(tmp_path, make(count), *VERBS["check"])
            for count in (LONGEST_BYTES // 4, LONGEST_BYTES)
        )
        tried.append(whole / quarter)
        if whole <= MOST_SECONDS * quarter:
            return
    pytest.fail(f"times the seconds of a quarter of it: {tried}")
