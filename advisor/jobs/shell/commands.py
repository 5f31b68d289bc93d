"""Shell text of any of the three dialects -> commands."""

from __future__ import annotations

from advisor.jobs.shell.command import Script, ShellCommand
from advisor.jobs.shell.position import Positions


def shell_commands(
    text: str, *, file: str, line: int = 1, column: int = 1
) -> tuple[ShellCommand, ...]:
    """The commands of `text`, which starts at that line and column of `file`.

    InputError for the first one that cannot be read.
    """
    script = read_script(text, file=file, line=line, column=column)
    for problem in script.problems:
        raise problem.error
    return script.commands


def read_script(text: str, *, file: str, line: int = 1, column: int = 1) -> Script:
    """The same, with what cannot be read beside what can."""
    from advisor.jobs.shell.bash_script import read_bash

    text = text.replace("\r\n", "\n")
    positions = Positions(text, file=file, line=line, column=column)
    return read_bash(text, positions)
