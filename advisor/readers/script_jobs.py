"""The commands of a script that are jobs."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Mapping
from importlib import import_module
from itertools import pairwise
from typing import NamedTuple

import msgspec

from advisor.errors import InputError
from advisor.facts.image_reference import names_registry
from advisor.findings.finding import Place
from advisor.jobs.spec import BUILT, JobSpec
from advisor.jobs.word import Word, joined, word
from advisor.readers.gpu_evidence import with_stated_gpus
from advisor.readers.hpc.docker_words import made_image
from advisor.readers.hpc.flags import HpcOption, amounts_of
from advisor.readers.hpc.reader import over_machines, podman_words, within
from advisor.readers.result import Outcome, ScriptContext, as_problem
from advisor.readers.shell.command import Script, ShellCommand
from advisor.readers.unread import (
    asking,
    made_elsewhere,
    placeholder,
    to_fill_in,
    unread,
    unwrapped,
)

MOST_DEFAULTS = 8
"""Defaults that are listed."""


class CommandReader(NamedTuple):
    """Commands that a folder of readers reads: `programs` is a regular expression without which
    there is none in a text. `module` has `is_command(words)`, and `read_command` for those."""

    programs: str
    module: str


COMMAND_READERS: tuple[CommandReader, ...] = (
    CommandReader("docker|podman|nerdctl", "advisor.readers.docker_run.reader"),
    CommandReader("runai", "advisor.readers.runai.reader"),
    CommandReader(
        "srun|sbatch|apptainer|singularity|enroot|shifter|ch-run", "advisor.readers.hpc.reader"
    ),
    CommandReader("/api/v1/workloads/", "advisor.readers.manifest.runai_request"),
)
"""The first whose command it is reads it; each is imported when it is needed."""

_BUILDERS = frozenset({"docker", "podman", "nerdctl"})
_PUSHES = frozenset({"--push", "--output=type=registry", "type=registry"})
_TOOLS = re.compile(
    "|".join(
        (r"kubectl|\boc (?:apply|create|run)\b", *(reader.programs for reader in COMMAND_READERS))
    ),
    re.IGNORECASE,
)


def mentions_tools(text: str) -> bool:
    """Whether there can be a job in shell text at all."""
    return _TOOLS.search(text) is not None


def script_jobs(
    script: Script,
    folder: str | None,
    *,
    top: str = "",
    prose: bool = False,
    directives: tuple[HpcOption, ...] = (),
) -> Outcome:
    """The jobs of the commands; env files are looked for from `folder` (None: none is read), not
    outside of `top`, and are never missed.

    In `prose` a command that cannot be read for what is left to fill in is an example and no fault.
    `directives` are the script's `#SBATCH` lines.
    """
    images: dict[str, str] = {}
    jobs: list[JobSpec] = []
    problems = [as_problem(p.error) for p in script.problems if mentions_tools(p.source)]
    notes: list[str] = []
    terminator = ""
    for command in script.commands:
        piped, terminator = terminator.startswith("|") and terminator != "||", command.terminator
        if (made := made_image([word.text for word in command.words])) is not None:
            images[made[0]] = made[1]
        context = ScriptContext(
            folder=folder,
            top=top,
            directives=directives,
            images=dict(images),
            exported=command.exported,
            directory=command.directory,
        )
        before = jobs[-1] if jobs else None
        found = _of_command(command, context, before, prose=prose, piped=piped)
        jobs += found.jobs
        problems += found.problems
        place = command.place
        notes += [f"{place.file}:{place.line}:{place.column}: {note}" for note in found.notes]
    if jobs:
        jobs, seen = _as_a_whole(jobs, script)
        notes += seen
    elif not notes:
        notes += made_elsewhere(script.commands)
    return Outcome(tuple(jobs), tuple(problems), tuple(notes))


def _of_command(
    command: ShellCommand,
    context: ScriptContext,
    before: JobSpec | None,
    *,
    prose: bool,
    piped: bool,
) -> Outcome:
    """What one command gives, its notes without a place; `before` is the last job so far."""
    something = to_fill_in(command) if prose else placeholder(command)
    asked = asking(command) if something else None
    command = asked or command
    try:
        job = _job(command, context)
    except InputError as error:
        if prose and something:
            return Outcome(notes=(_EXAMPLE.format(something),))
        return Outcome(problems=(as_problem(error),))
    if job is not None:
        filled = (_ASKED.format(something),) if asked else ()
        fed = (_INPUT,) if _reads_input(job, command, piped=piped) else ()
        return Outcome((job,), notes=(*filled, *fed, *command.repairs))
    if before is not None and _is_rest(command, before):
        return Outcome(notes=(_REST.format(command.words[0].text),))
    inner, message = _inner_jobs(command, context)
    note = message or ("" if inner else unread(command))
    return Outcome(tuple(inner), notes=(note,) if note else ())


def _as_a_whole(jobs: list[JobSpec], script: Script) -> tuple[list[JobSpec], list[str]]:
    """The jobs with what later commands of the script run in them, and what its text as a whole
    leaves open."""
    notes: list[str] = []
    if "exec" in {word.text for command in script.commands for word in command.words[:3]}:
        from advisor.readers.exec_commands import with_exec_commands

        jobs, notes = with_exec_commands(jobs, script.commands)
    if built := _built_images(script):
        jobs = [as_built(job) if job.run and job.run.image.text in built else job for job in jobs]
    file = jobs[0].place.file if jobs[0].place else ""
    if script.unread:
        notes.append(f"{file}: what {', '.join(script.unread)} sets is not known: {_SOURCED}")
    if taken := _defaults(script):
        notes.append(f"{file}: {taken}")
    return jobs, notes


def _built_images(script: Script) -> frozenset[str]:
    """The names of images that the script builds and pushes nowhere: they are on its machine alone.
    A name with a registry in it is taken to be pushed there."""
    built: set[str] = set()
    pushed: set[str] = set()
    for command in script.commands:
        words = [word.text for word in command.words]
        words = words[words[:1] == ["sudo"] :]
        if not words or posixpath.basename(words[0]) not in _BUILDERS:
            continue
        if "push" in words[1:3]:
            pushed.update(words[2:])
        elif "build" in words[1:3] and not _PUSHES.intersection(words):
            built.update(name for flag, name in pairwise(words) if flag in ("-t", "--tag"))
            built.update(word.removeprefix("--tag=") for word in words if word.startswith("--tag="))
    return frozenset(name for name in built - pushed if not names_registry(name))


def as_built(job: JobSpec) -> JobSpec:
    """The job with an image that is built on the machine; a pull policy of its own stays."""
    if job.run is None or job.run.pull:
        return job
    run = msgspec.structs.replace(job.run, pull="build")
    images = tuple(
        msgspec.structs.replace(image, pull_policy=BUILT)
        if image.reference == run.image.text
        else image
        for image in job.images
    )
    return msgspec.structs.replace(job, run=run, images=images)


def _is_rest(command: ShellCommand, job: JobSpec) -> bool:
    """Whether the line is flags alone, right below a job's command: the comment or empty line
    between them ends that."""
    first = command.words[0].text if command.words else ""
    file = job.place.file if job.place else ""
    return re.match(r"-{1,2}[a-z]", first) is not None and command.place.file == file


_REST = (
    "`{}` is no command, and what follows it is in none: a comment, a blank behind the backslash or"
    " an empty line ends the command before it; take that out"
)


def _reads_input(job: JobSpec, command: ShellCommand, *, piped: bool) -> bool:
    """Whether the job is given something on standard input that is not in its words."""
    run = job.run
    fed = piped or any(redirection.startswith("<") for redirection in command.redirections)
    if run is None or not fed or not (run.interactive or job.kind.startswith(_HPC)):
        return False
    text = command.given
    return text is None or text not in (*(run.entrypoint or ()), *run.arguments)


_INPUT = (
    "what it reads from standard input is not carried over: put it into the command, or into a"
    " file that the job can read"
)


def _inner_jobs(command: ShellCommand, context: ScriptContext) -> tuple[list[JobSpec], str]:
    """The jobs that a program in front starts, and a note on it."""
    jobs: list[JobSpec] = []
    front = command.words[0].text.rpartition("/")[2]
    for inner in unwrapped(command):
        try:
            job = _job(inner, within(context, command.words, inner.words))
        except InputError:
            return [], unread(command)
        jobs += [job] if job is not None else []
    joined = front in _LAUNCHERS and all(job.kind.startswith((*_HPC, "srun")) for job in jobs)
    left_out = jobs and not joined
    message = f"what `{front}` starts is read as a job; `{front}` itself is left out"
    return jobs, message if left_out else ""


_LAUNCHERS = frozenset({"srun", "sbatch", "mpirun", "mpiexec"})
_HPC = ("apptainer", "singularity", "enroot", "shifter")
"""Programs that are read together with the launcher in front of them."""


_SOURCED = (
    "it is not there, or outside of what is read; --set NAME=VALUE says what a variable holds"
)


def _defaults(script: Script) -> str:
    """What the script was read with, where its caller may say something else."""
    taken = [f"{name}={shlex.quote(value)}" for name, value in script.defaults.items()]
    if not taken:
        return ""
    shown = ", ".join(taken[:MOST_DEFAULTS]) + (", ..." if len(taken) > MOST_DEFAULTS else "")
    return (
        f"read with what it takes when nothing is given: {shown}; --set NAME=VALUE says otherwise"
    )


_ASKED = "{} stands for something of yours: the command asks for it"
_EXAMPLE = "an example that is not judged: {} stands for something of yours"


def _job(command: ShellCommand, context: ScriptContext) -> JobSpec | None:
    texts = [word.text for word in command.words]
    if not any(map(_TOOLS.search, texts)) or texts[1:] == ["run", "--help"]:
        return None
    words, places = _with_given(*_with_assignments(command), command.given)
    words = podman_words(words) or words
    for row in COMMAND_READERS:
        reader = import_module(row.module)
        if reader.is_command(words):
            if something := placeholder(command):
                place = command.place
                raise InputError(
                    f"{something} stands for something of yours",
                    where=f"{place.file}:{place.line}:{place.column}",
                    remedy="put the real value in its place",
                )
            job: JobSpec = reader.read_command(words, places, command, context)
            job = _from_folder(msgspec.structs.replace(job, template=command.template), command)
            return _within_slurm(_with_exports(job, command.exported), context)
    return None


_RELATIVE = re.compile(r"\.{1,2}(?:/|\Z)")


def _from_folder(job: JobSpec, command: ShellCommand) -> JobSpec:
    """The job with its relative mounts meant from the folder that the script has gone to."""
    run, folder = job.run, command.directory
    if run is None or folder is None:
        return job
    moved: dict[str, Word] = {}
    mounts = []
    for mount in run.mounts:
        first = mount.source.parts[0] if mount.source.parts else ""
        if isinstance(first, str) and _RELATIVE.match(first):
            below = re.sub(r"\A(?:\.(?:/+|\Z))+", "", first)
            source = joined((*folder.parts, f"/{below}" if below else "", *mount.source.parts[1:]))
            moved[mount.source.text] = source
            mount = msgspec.structs.replace(mount, source=source)
        mounts.append(mount)
    data = tuple(
        msgspec.structs.replace(mount, source=moved[mount.source].text)
        if mount.source in moved
        else mount
        for mount in job.mounts
    )
    run = msgspec.structs.replace(run, mounts=tuple(mounts))
    return msgspec.structs.replace(job, run=run, mounts=data)


def _with_assignments(command: ShellCommand) -> tuple[tuple[Word, ...], tuple[Place, ...]]:
    """The words with `NAME=value` in front of them, as the shell has them."""
    given = tuple(word(f"{name}=") + value for name, value in command.assignments)
    places = tuple(command.place for _ in given)
    return (*given, *command.words), (*places, *command.positions)


def _with_given(
    words: tuple[Word, ...], places: tuple[Place, ...], given: Word | None
) -> tuple[tuple[Word, ...], tuple[Place, ...]]:
    """The words with what a shell or Python at their end reads from a here-document behind `-c`."""
    texts = [word.text for word in words]
    reading = [n for n, text in enumerate(texts) if n and _READS_PROGRAM.fullmatch(text)]
    if given is None or not reading:
        return words, places
    at = reading[-1] + 1
    flags = [text for text in texts[at:] if text.startswith("-")]
    bare = [text for text in texts[at:] if text not in flags]
    if (bare and not {"-s", "-"} & {*flags}) or any(
        re.match("-[a-z]*[cm]", flag) for flag in flags
    ):
        return words, places
    kept = [
        word for word in words[at:] if word.text in flags and word.text not in ("-s", "-", "--")
    ]
    arguments = [word for word in words[at:] if word.text in bare]
    if arguments and "python" not in texts[at - 1]:
        arguments = [words[at - 1], *arguments]
    made = (*words[:at], *kept, word("-c"), given, *arguments)
    return made, (*places[:at], *(places[at - 1] for _ in made[at:]))


_READS_PROGRAM = re.compile(r"(?:.*/)?(?:(?:ba|z|k|da)?sh|python[\d.]*)")


def _with_exports(job: JobSpec, exported: Mapping[str, Word]) -> JobSpec:
    """The job with the values of `-e NAME` that the script had exported."""
    run = job.run
    names = {variable.name for variable in run.environment if not variable.value} if run else set()
    if run is None or not names & exported.keys():
        return job
    environment = tuple(
        msgspec.structs.replace(variable, value=exported[variable.name])
        if variable.value is None and variable.name in exported
        else variable
        for variable in run.environment
    )
    run = with_stated_gpus(msgspec.structs.replace(run, environment=environment))
    return msgspec.structs.replace(job, run=run)


def _within_slurm(job: JobSpec, context: ScriptContext) -> JobSpec:
    """A `docker run` of a batch script: with the GPUs that the script asks for on each machine in
    place of all or of those it was given, and on each of the machines where `srun` starts it."""
    run = job.run
    amounts = amounts_of(
        {directive.form: directive.value for directive in context.directives if directive.form}
    )
    if run is None or job.reader != "docker-run":
        return job
    if context.spread:
        job = over_machines(job, amounts)
        run = job.run or run
    if not amounts.gpus or len(run.gpus) != 1 or run.gpus[0].evidence:
        return job
    count = run.gpus[0].count
    given = {part.name for part in count.expansions} if isinstance(count, Word) else {str(count)}
    if not given or not given <= _OF_ALLOCATION:
        return job
    asking = [
        directive for directive in context.directives if directive.form.startswith(("gpus", "gres"))
    ]
    requests = [f"{directive.written.partition('=')[0]} {directive.value}" for directive in asking]
    evidence = f"batch script's {' '.join(requests)}"
    ask = msgspec.structs.replace(run.gpus[0], count=amounts.gpus, evidence=evidence)
    return msgspec.structs.replace(job, run=msgspec.structs.replace(run, gpus=(ask,)))


_OF_ALLOCATION = {"-1", "CUDA_VISIBLE_DEVICES", "SLURM_JOB_GPUS", "SLURM_STEP_GPUS"}
"""All GPUs, and the variables in which Slurm names those that it gave."""
