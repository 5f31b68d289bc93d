"""Jobs that another program starts: behind it as words, or in one word as a text for a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from advisor.readers.shell.command import ShellCommand

_AS_WORDS = frozenset(
    {
        *("numactl", "taskset", "chrt", "systemd-run", "script", "unbuffer", "dbus-run-session"),
        *("ssh", "tmux", "screen", "srun", "mpirun", "mpiexec", "flock", "runuser", "su", "sg"),
        *("bash", "sh", "zsh", "dash", "ksh", "sbatch", "sudo", "nohup", "setsid", "timeout"),
    }
)
"""Programs that run the command among their words."""

_JOB = re.compile(
    r"(?:^|[\s;&|(])(?:sudo\s+)?(?:(?:nvidia-docker|docker|podman|podman-hpc|nerdctl)"
    r"(?:\s+container)?\s+(?:run|create)|runai(?:-[\w-]+)?(?:\s+[a-z]+){0,2}\s+submit"
    r"|(?:apptainer|singularity)\s+(?:exec|run|shell)|srun\b.*--container-image)\s"
)
_PROGRAMS = re.compile(
    r"(?:.*/)?(?:nvidia-docker|docker|podman|podman-hpc|nerdctl|runai(?:-[\w-]+)?|apptainer|singularity|enroot"
    r"|shifter)"
)


def unwrapped(command: ShellCommand) -> Iterator[ShellCommand]:
    """The commands that the program in front starts, where they may be jobs."""
    texts = [one.text for one in command.words]
    starters = {text.rpartition("/")[2] for text in texts[:3]}
    if not starters & _AS_WORDS:
        return
    for number, text in enumerate(texts[1:], start=1):
        if _PROGRAMS.fullmatch(text):
            words, positions = command.words[number:], command.positions[number:]
            yield replace(command, words=words, positions=positions, place=positions[0])
            return
        written = text.partition("=")[2] if text.startswith("--wrap=") else text
        if re.search(r"\s", written) and _JOB.search(f"{written} "):
            yield from _in_text(written, command, number)
            return


def _in_text(text: str, command: ShellCommand, number: int) -> Iterator[ShellCommand]:
    """Those of a text; each has the place of the word that it is in."""
    from advisor.readers.shell.commands import read_script

    place = command.positions[number]
    script = read_script(text, file=place.file, line=place.line, column=place.column)
    for one in script.commands:
        positions = tuple(place for _ in one.words)
        yield replace(
            one,
            positions=positions,
            place=place,
            source=command.source,
            end_line=command.end_line,
            exported=command.exported,
            template=command.template or one.template,
        )
