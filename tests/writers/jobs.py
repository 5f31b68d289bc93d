"""Jobs read from one command, and what became of them in few words."""

from __future__ import annotations

from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Translation
from advisor.readers.docker_run.reader import read_docker_run
from advisor.readers.runai.reader import read_runai
from advisor.readers.shell.commands import read_script


def docker_job(text: str) -> JobSpec:
    """The job of the first command in `text`."""
    command = read_script(text, file="job.sh", dialect="bash").commands[0]
    return read_docker_run(
        command.words, place=command.place, positions=command.positions, source=command.source
    )


def runai_job(text: str) -> JobSpec:
    """The job of the first command in `text`."""
    command = read_script(text, file="job.sh", dialect="bash").commands[0]
    return read_runai(
        command.words, place=command.place, positions=command.positions, source=command.source
    )


def told(translation: Translation) -> list[tuple[str, str, str]]:
    """Name, fate and output of every entry."""
    return [(entry.item.name, entry.fate, entry.output) for entry in translation.ledger]


def reason(translation: Translation, name: str) -> str:
    """Why the first entry of that name is as it is."""
    return next(entry.reason for entry in translation.ledger if entry.item.name == name)
