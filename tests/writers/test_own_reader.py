"""A reader that nobody has told the ledger of: its items name what they set, and that is enough."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from advisor import api
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Part
from advisor.jobs.run import GpuAsk, Run, RunMount
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target
from advisor.jobs.word import Expansion, Word, word
from advisor.readers import script_jobs
from advisor.readers.result import ScriptContext
from advisor.readers.shell.command import ShellCommand
from advisor.writers import write
from tests.writers.read_back import TARGETS, faults, uncovered


def read_launch(text: str) -> JobSpec:
    """`launch container=IMAGE memory=BYTES gpus=N data=SOURCE:TARGET swap=BYTES`."""
    given = dict(one.partition("=")[::2] for one in shlex.split(text)[1:])
    source, _, target = given["data"].partition(":")
    memory = given["memory"]
    left = Word(parts=(Expansion(source=memory, kind="variable", name=memory[1:]),))
    run = Run(
        image=word(given["container"]),
        memory_limit=left if memory.startswith("$") else int(memory),
        gpus=(GpuAsk(how="launch", count=int(given["gpus"])),),
        mounts=(RunMount(kind="bind", source=word(source), target=word(target)),),
    )
    sets: dict[str, Part] = {
        "container": ("image",),
        "memory": ("memory_limit",),
        "gpus": ("gpus",),
        "data": ("mounts", target),
        "swap": ("memory_swap",),
    }
    items = [Item(name=name, value=value, sets=(sets[name],)) for name, value in given.items()]
    started = Item(name="launch", idle="program")
    return JobSpec(
        id="launch",
        label="launch",
        kind="launch",
        reader="launch",
        run=run,
        items=(started, *items),
    )


def is_command(words: Sequence[Word]) -> bool:
    return words[0].text == "launch"


def read_command(
    _: Sequence[Word], __: Sequence[Place], command: ShellCommand, ___: ScriptContext
) -> JobSpec:
    return read_launch(command.source)


def fates(job: JobSpec, target: Target) -> dict[str, tuple[str, str]]:
    outcomes = Situation(target=target, outcomes={"image": "ok", "data:/raid/x": "stay"})
    ledger = write(job, outcomes).ledger
    own = [entry for entry in ledger if not entry.item.name.startswith("added")]
    return {entry.item.name: (entry.fate, entry.output) for entry in own}


TEXT = "launch container=reg.example/a/b:1 memory={} gpus=2 data=/raid/x:/x swap=0"


def test_its_ledger_is_right() -> None:
    job = read_launch(TEXT.format(2**30))
    assert uncovered(job) == []
    assert fates(job, "runai-v2") == {
        "launch": ("mapped", ""),
        "container": ("mapped", "--image reg.example/a/b:1"),
        "memory": ("mapped", "--cpu-memory-limit 1Gi"),
        "gpus": ("mapped", "--gpu-devices-request 2"),
        "data": ("mapped", "--host-path path=/raid/x,mount=/x,readwrite"),
        "swap": ("no-equivalent", ""),
    }


def test_what_it_leaves_to_the_shell_fails_loudly() -> None:
    job = read_launch(TEXT.format("$MEMORY"))
    fate, output = fates(job, "runai-v2")["memory"]
    assert fate == "unresolved"
    assert output.startswith('--cpu-memory-limit "${MEMORY_LIMIT:?the memory limit')
    assert fates(job, "kubernetes")["memory"] == (
        "unresolved",
        "containers[0].resources.limits.memory: SET_ME_MEMORY_LIMIT",
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("memory", [str(2**30), "$MEMORY"])
def test_what_it_claims_is_read_back(memory: str, target: Target) -> None:
    assert list(faults(read_launch(TEXT.format(memory)), target)) == []


def test_one_line_registers_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = (*script_jobs.COMMAND_READERS, script_jobs.CommandReader("launch", __name__))
    monkeypatch.setattr(script_jobs, "COMMAND_READERS", rows)
    monkeypatch.setattr(script_jobs, "_TOOLS", re.compile("|".join(row.programs for row in rows)))
    script = tmp_path / "launch.sh"
    script.write_text(TEXT.format(2**30))
    (job,) = api.read_jobs([str(script)]).jobs
    assert (job.reader, [image.reference for image in job.images]) == ("launch", [])
