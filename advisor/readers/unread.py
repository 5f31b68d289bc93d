"""Commands of a script that speak of a job and cannot be read as one."""

from __future__ import annotations

import re

from advisor.readers.shell.command import ShellCommand

_STARTERS = frozenset(
    {
        *("alias", "bash", "dash", "eval", "flock", "ksh", "parallel", "pdsh", "runuser", "sbatch"),
        *("screen", "script", "sh", "srun", "ssh", "su", "tmux", "trap", "watch", "xargs", "zsh"),
    }
)
"""Programs that run the command they are given as words."""

_JOB = re.compile(
    r"\b(?P<job>(?:nvidia-docker|docker|podman|nerdctl)(?:\s+container)?\s+(?:run|create)"
    r"|runai(?:\s+[a-z]+){0,2}\s+submit)\b"
)


def placeholder(command: ShellCommand) -> str:
    """The first `<something>` that a reader is to replace, which a shell takes for redirections."""
    for redirection in command.redirections:
        if re.match(r"<\s*[A-Za-z]", redirection):
            found = re.search(rf"{re.escape(redirection)}(?: [\w.:/-]+)*>", command.source)
            if found:
                return found[0]
    return ""


def hidden_job(command: ShellCommand) -> str:
    """What is said of a job among the words of a program that would start it; empty for none."""
    words = [one.text for one in command.words]
    found = _JOB.search(" ".join(words[1:]))
    starters = [word.rsplit("/", 1)[-1] for word in words[:3]]
    starter = next((name for name in starters if name in _STARTERS), "")
    if found is None or not starter:
        return ""
    job = re.sub(r"\s+", " ", found["job"])
    return f"the `{job}` that `{starter}` starts is not read: give it as a command of its own"
