"""Containers that only sleep, and the `docker exec` that gives them their work."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from advisor.facts.secrecy import looks_secret, redact_words
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.run import Run, Variable
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word, word
from advisor.readers.docker_run.items import COMMAND
from advisor.readers.gpu_evidence import with_stated_gpus
from advisor.readers.shell.command import ShellCommand

_IDLE = re.compile(
    r"(?:/\S*/)?(?:sleep(?: (?:infinity|inf|\d+[smhd]?))?|tail -[fF] /dev/null|cat|top"
    r"|(?:ba|z|da)?sh(?: -[il]+)?)"
    r"|(?:/\S*/)?(?:ba|da)?sh -l?c (?:sleep (?:infinity|inf|\d+)|tail -f /dev/null"
    r"|while (?:true|:|\[ 1 \]) ?; ?do sleep \d+ ?; ?done)"
)
_SHELL = re.compile(r"(?:/\S*/)?(?:ba|z|da|fi)?sh(?: -[il]+)?")
_VALUED = frozenset(
    {"-e", "--env", "--env-file", "-u", "--user", "-w", "--workdir", "--detach-keys"}
)


class _Exec(NamedTuple):
    """One `docker exec`: the container it names, its options with a value, its command. A name
    that only a run tells (`$CID`) has no `literal`."""

    container: Word
    options: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    place: Place


def with_exec_commands(
    jobs: Sequence[JobSpec], commands: Iterable[ShellCommand]
) -> tuple[list[JobSpec], list[str]]:
    """The jobs, each that only sleeps with the command that is run in it, and notes on them."""
    executed = [execution for command in commands if (execution := _exec(command)) is not None]
    made: list[JobSpec] = []
    notes: list[str] = []
    for job in jobs:
        mine = [execution for execution in executed if _owner(execution, jobs) is job]
        work = [execution for execution in mine if not _SHELL.fullmatch(_text(execution.words))]
        created = any(("created",) in item.sets for item in job.items)
        if not work or job.run is None or not (_sleeps(job.run) or (created and _idles(job.run))):
            made.append(job)
            notes += [f"{_where(each)}: {_BESIDE.format(each.container.text)}" for each in work]
            continue
        made.append(_with_work(job, job.run, work))
        message = "only sleeps; what docker exec starts in it is read as its command"
        notes.append(f"{_where(work[-1])}: the container {work[-1].container.text} {message}")
    return made, notes


_BESIDE = "what docker exec starts in the container {} besides its own command is not carried over"


def _where(execution: _Exec) -> str:
    place = execution.place
    return f"{place.file}:{place.line}:{place.column}"


def _exec(command: ShellCommand) -> _Exec | None:
    words = list(command.words)
    texts = [word.text for word in words]
    at = next((n for n, text in enumerate(texts[:3]) if text in ("docker", "podman")), len(texts))
    at += 2 if texts[at + 1 : at + 2] == ["container"] else 1
    if texts[at : at + 1] != ["exec"]:
        return None
    at += 1
    options: list[tuple[str, Word]] = []
    while at < len(words) and texts[at].startswith("-"):
        name, joined, value = texts[at].partition("=")
        if joined:
            options.append((name, word(value)))
        elif name in _VALUED and at + 1 < len(words):
            options.append((name, words[at + 1]))
            at += 1
        at += 1
    if at + 1 >= len(words):
        return None
    return _Exec(words[at], tuple(options), tuple(words[at + 1 :]), command.place)


def _owner(execution: _Exec, jobs: Sequence[JobSpec]) -> JobSpec | None:
    """The job whose container it is: that of the name, or else, of an id that only a run tells, the
    last that was started in the background."""
    before = [job for job in jobs if job.place and job.place.line <= execution.place.line]
    runs = [(job, job.run) for job in reversed(before) if job.run is not None]
    named = [job for job, run in runs if run.name and run.name.text == execution.container.text]
    if not named and execution.container.literal is None:
        named = [job for job, run in runs if run.detached]
    return named[0] if named else None


def _sleeps(run: Run) -> bool:
    """Whether the container waits for commands; a shell of its own does where it is detached."""
    words = (*(run.entrypoint or ()), *run.arguments)
    if not words:
        return run.detached and run.terminal
    return run.detached and _IDLE.fullmatch(_text(words)) is not None


def _idles(run: Run) -> bool:
    """Whether a container that is created first, and started later, has no work of its own."""
    words = (*(run.entrypoint or ()), *run.arguments)
    return not words or _IDLE.fullmatch(_text(words)) is not None


def _text(words: Iterable[Word]) -> str:
    return " ".join(word.text for word in words)


def _with_work(job: JobSpec, run: Run, work: Sequence[_Exec]) -> JobSpec:
    words = work[0].words if len(work) == 1 else _one_after_another(work)
    options = [option for execution in work for option in execution.options]
    folders = [value for name, value in options if name in ("-w", "--workdir")]
    users = [value for name, value in options if name in ("-u", "--user")]
    settled = replace(
        run,
        entrypoint=None,
        arguments=words,
        environment=(*run.environment, *_variables(options)),
        working_directory=folders[-1] if folders else run.working_directory,
        user=users[-1] if users else run.user,
    )
    items = _items(job.items, words, work[-1].place)
    return fill_placement(replace(job, run=with_stated_gpus(settled), items=items))


def _one_after_another(work: Sequence[_Exec]) -> tuple[Word, ...]:
    """Commands of which each waits for the one before, as one line of a shell."""
    parts: list[Word] = []
    for number, execution in enumerate(work):
        for first, each in enumerate(execution.words):
            blank = " && " if number and not first else " " if first else ""
            literal = each.literal
            parts.append(word(blank) + (each if literal is None else word(shlex.quote(literal))))
    line = Word()
    for part in parts:
        line = line + part
    return (word("sh"), word("-c"), line)


def _variables(options: Iterable[tuple[str, Word]]) -> Iterator[Variable]:
    for name, value in options:
        key, given, text = value.text.partition("=")
        if name in ("-e", "--env") and given and value.literal is not None:
            yield Variable(name=key, value=word(text), secret=looks_secret(key, text))


def _items(items: Sequence[Item], words: Sequence[Word], place: Place) -> tuple[Item, ...]:
    """The ledger's words for the command are those that are run."""
    mine: dict[str, Any] = {
        "value": " ".join(redact_words([word.text for word in words])[0]),
        "place": place,
        "sets": (("arguments",),),
        "expansions": tuple(part for word in words for part in word.expansions),
    }
    if not any(item.name == COMMAND for item in items):
        return (*items, Item(name=COMMAND, **mine))
    return tuple(replace(item, **mine) if item.name == COMMAND else item for item in items)
