"""One command of srun, apptainer, enroot or shifter, as the `docker run` that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from advisor.findings.finding import Place
from advisor.jobs.launch import launched
from advisor.jobs.ledger import Item, Part
from advisor.jobs.run import Launch, Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Expansion, Veil, Word, is_veiled, joined, word
from advisor.readers.docker_run.command import skip_wrappers
from advisor.readers.docker_run.items import COMMAND
from advisor.readers.docker_run.reader import option_words, read_docker_run
from advisor.readers.gpu_evidence import with_named_gpus
from advisor.readers.hpc.docker_words import (
    Made,
    add_exported,
    add_slurm_variables,
    add_words,
    bound_by_variable,
    image_of,
    is_clean,
    settled,
)
from advisor.readers.hpc.flags import (
    COUNTED,
    FIRST_MACHINE,
    Amounts,
    HpcOption,
    amounts_of,
    find_hpc,
    kinds_of,
    scan_options,
    with_head,
)
from advisor.readers.result import ScriptContext
from advisor.readers.shell.command import Script, ShellCommand

_HPC_ONLY = frozenset(
    {"--mpi", "--cuda-mpi", "--openmpi-pmi2", "--openmpi-pmix", "--nccl", "--cvmfs", "--scratch"}
)


def within(context: ScriptContext, words: Sequence[Word], started: Sequence[Word]) -> ScriptContext:
    """What counts for a command that `srun` or `mpirun` starts: their flags too."""
    texts = [word.text for word in words]
    number, _ = skip_wrappers(texts)
    name = texts[number].rpartition("/")[2] if number < len(texts) else ""
    if name in ("srun", "sbatch"):
        veil = Veil(words)
        own, _ = scan_options(veil.texts, number + 1, "slurm")
        own = [_with_stated(option, veil, context) for option in own if option.name != "wrap"]
        own = [
            msgspec.structs.replace(option, words=(), value=veil.plain(option.value))
            for option in own
        ]
        head = tuple(with_head(context.directives, own))
        return context._replace(directives=head, spread=context.spread or name == "srun")
    if name in ("mpirun", "mpiexec") and len(started) < len(words):
        launcher = tuple(words[number : len(words) - len(started)])
        return context._replace(launcher=launcher)
    return context


def is_command(words: Sequence[Word]) -> bool:
    """Whether the words start a container with one of these programs."""
    return find_hpc(words) is not None


def whole_script(text: str, file: str, head: Sequence[HpcOption]) -> Script | None:
    """A batch script that runs in a container itself, as the `srun` that does the same; None for
    another."""
    image = next((option.value for option in head if option.form == "image"), "")
    if not image:
        return None
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()
    words = [*map(word, ("srun", "--container-image", image, "bash", "-c", body))]
    named = sorted({*_ARGUMENT.findall(body)})
    if named:
        sources = (
            ("$@",) if "@" in named else tuple(f"${at}" for at in range(1, int(named[-1]) + 1))
        )
        words.append(word("bash"))
        words += [
            joined((Expansion(source=source, kind="variable", name=source[1:], quoted=True),))
            for source in sources
        ]
    place = Place(file=file, line=1, column=1)
    places = tuple(place for _ in words)
    command = ShellCommand(words=tuple(words), positions=places, place=place, source="", end_line=1)
    return Script(commands=(command,))


_ARGUMENT = re.compile(r"\$\{?([1-9@])")
"""What a batch script is given by who submits it."""


def podman_words(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """`podman-hpc run` as podman's own, in as many words; None for anything else."""
    for number, given in enumerate(words):
        if given.text.rpartition("/")[2] == "podman-hpc":
            made = [*words[:number], word("podman")]
            for each in words[number + 1 :]:
                same = word("--rm") if each.text in _HPC_ONLY else each
                made.append(word("--gpus=all") if each.text == "--gpu" else same)
            return tuple(made)
        if not re.fullmatch(r"[A-Za-z_]\w*=.*", given.text, re.DOTALL):
            return None
    return None


def read_command(
    words: tuple[Word, ...],
    places: tuple[Place, ...],
    command: ShellCommand,
    context: ScriptContext,
) -> JobSpec:
    """The job of one command.

    Raises InputError for what `docker run` would refuse of it: a mount without a path, a command
    without an image.
    """
    return _Reading(words, places, command, context).job()


class _Reading:
    """One command on its way to a job: as the words of a `docker run`, then as what that makes."""

    def __init__(
        self,
        words: tuple[Word, ...],
        places: tuple[Place, ...],
        command: ShellCommand,
        context: ScriptContext,
    ) -> None:
        hpc = find_hpc(words)
        assert hpc is not None
        self._hpc, self._words, self._places = hpc, words, places
        self._command, self._context = command, context
        self._veil = Veil(words)
        given, self._after = scan_options(
            self._veil.texts, hpc.start, hpc.program, option_words(self._veil)
        )
        self._own = [_with_stated(option, self._veil, context) for option in given]
        self._options = with_head(context.directives, self._own)
        self._amounts = amounts_of(
            {option.form: self._veil.plain(option.value) for option in self._options if option.form}
        )
        if hpc.program != "slurm" and not (context.spread or context.launcher):
            self._options, self._amounts = _without_tasks(self._options, self._amounts)
        self._made = Made(self._veil)

    def job(self) -> JobSpec:
        """The command as a job, each word of it an item."""
        hpc, amounts = self._hpc, self._amounts
        image = self._image()
        self._add_docker_words()
        launcher = tuple(settled(piece, amounts) for piece in _launcher(self._context, amounts))
        tail = (*launcher, *(settled(piece, amounts) for piece in self._words[self._after :]))
        add_slurm_variables(self._made, tail, amounts)
        started = len(self._made.words) + len(launcher)
        docker_words = (*self._made.words, image, *tail)
        job = read_docker_run(
            docker_words,
            place=self._command.place,
            positions=tuple(self._command.place for _ in docker_words),
            source=self._command.source,
        )
        program = self._words[hpc.start - (2 if hpc.verb else 1)].text
        job = msgspec.structs.replace(
            job,
            kind=" ".join(filter(None, (program, hpc.verb))),
            items=tuple(self._items(job.items, started)),
        )
        forms = {option.form for option in self._own}
        if hpc.verb not in ("run", "start") and "entrypoint" not in forms:
            job = _without_entrypoint(job)
        job = with_named_gpus(job)
        if job.run is None:
            return job
        if "terminal" not in forms:
            job = over_machines(job, amounts)
        if job.run is not None and amounts.seconds is not None:
            limit = ("active-deadline-seconds", word(str(amounts.seconds)))
            run = msgspec.structs.replace(job.run, options=(*job.run.options, limit))
            job = msgspec.structs.replace(job, run=run)
        return msgspec.structs.replace(job, items=(*job.items, *self._counted_items(job)))

    def _image(self) -> Word:
        """The image; the word that names it is none of the command."""
        stated = [option.value for option in self._own if option.form == "image"]
        named = [option.value for option in self._own if option.form == "container-name"]
        images, program = self._context.images, self._hpc.program
        if program in ("slurm", "shifter"):
            name = self._veil.plain((stated or named or [""])[-1])
            return image_of(name, images, of_container=not stated)
        texts = self._veil.texts[self._after :]
        self._after += 1
        name = self._veil.plain(texts[0]) if texts else ""
        return image_of(name, images, of_container=program == "enroot")

    def _add_docker_words(self) -> None:
        """The words of `docker run` for the options, and for what the program does without any."""
        for option in self._options:
            add_words(self._made, option, self._amounts)
        contained = any(option.form == "contained" for option in self._own)
        exported, is_apptainer = self._context.exported, self._hpc.program == "apptainer"
        if is_apptainer and (bound := bound_by_variable(exported, self._veil)):
            add_words(self._made, bound, self._amounts)
        if is_apptainer and not contained:
            folder = self._context.directory or _here("{0}")
            here = HpcOption(name="cwd", form="", value=folder.text, written="current directory")
            mounted = folder + word(":") + folder
            given = any(_PWD.sub("$PWD", each.text) == mounted.text for each in self._made.words)
            self._made.add(here, *(() if given else ("-v", mounted)), "-w", folder)
        if self._hpc.program != "enroot":
            clean = any(map(is_clean, self._own))
            add_exported(self._made, exported, self._amounts, clean=clean)

    def _items(self, read: tuple[Item, ...], started: int) -> Iterator[Item]:
        """An item for each flag and word of the command that was typed; `started` words stand in
        front of the image and the command in the `docker run` that was read."""
        owners, after = self._made.owners, self._after
        by_option: dict[int, list[Item]] = {}
        for item in read:
            owner = next((owners[number] for number in item.words if number in owners), None)
            if owner is not None:
                by_option.setdefault(id(owner), []).append(item)
                continue
            numbers = (number - started - 1 + after for number in item.words)
            kept = tuple(number for number in numbers if after <= number < len(self._words))
            at = self._places[kept[0]] if kept else self._command.place
            yield msgspec.structs.replace(item, words=kept, place=at)
        silent = [option for option in self._made.others if option.form not in _IN_OTHERS]
        for option in dict.fromkeys((*owners.values(), *silent)):
            items = by_option.get(id(option), [_silent(option)])
            sets = tuple(dict.fromkeys(part for item in items for part in item.sets))
            first = items[0]
            item = self._item(option, sets, idle="" if sets else first.idle)
            yield msgspec.structs.replace(item, name=first.name, expansions=first.expansions)

    def _counted_items(self, job: JobSpec) -> Iterator[Item]:
        """An item for each number of machines or tasks, the time limit and the kind of GPU."""
        assert job.run is not None
        last: Part = ("options", str(len(job.run.options) - 1))
        for option in self._made.others:
            if option.form == "time":
                known = amounts_of({"time": self._veil.plain(option.value)}).seconds is not None
                yield self._item(option, (last if known else ("active_deadline_seconds",),))
            if option.form not in _SPREAD:
                continue
            sets: tuple[Part, ...] = ()
            if is_veiled(option.value) and not job.run.distributed:
                sets = (("unknown_options",),)
            elif job.run.distributed:
                part = _SPREAD[option.form]
                slots = dict(job.run.options).get("slots-per-worker")
                sets = (part,) if part == _WORKERS or slots is not None else ()
            elif launched(job.run) is None and option.value != "1":
                alone = FIRST_MACHINE in self._options
                sets = (("hpc_first_machine" if alone else "hpc_tasks",),)
            yield self._item(option, sets, idle="" if sets else "counted")
        for option in self._options:
            if kind := kinds_of(option):
                item = self._item(option, (("slurm_gpu_kind",),))
                yield msgspec.structs.replace(item, value=kind, words=())

    def _item(self, option: HpcOption, sets: tuple[Part, ...], idle: str = "") -> Item:
        """What was typed for an option."""
        return Item(
            name=option.written,
            written=option.written,
            value=self._veil.plain(option.value),
            place=self._places[option.words[0]] if option.words else self._command.place,
            words=option.words,
            sets=sets,
            idle=idle,
        )


_PWD = re.compile(r"\$\(pwd\)|`pwd`|\$\{PWD\}")
_WORKERS: Part = ("workers",)
_SPREAD: dict[str, Part] = {
    "nodes": _WORKERS,
    "tasks": ("options", "0"),
    "tasks-per-node": ("options", "0"),
}
"""The part of a distributed run that each number of machines or tasks sets."""


def _with_stated(option: HpcOption, veil: Veil, context: ScriptContext) -> HpcOption:
    """The option with the script's own numbers in place of the variables that Slurm sets."""
    stated = amounts_of({option.form: option.value for option in context.directives})
    value = settled(veil.word(option.value), stated).literal if is_veiled(option.value) else None
    return option if value is None else msgspec.structs.replace(option, value=value)


def _without_tasks(options: list[HpcOption], amounts: Amounts) -> tuple[list[HpcOption], Amounts]:
    """Options and amounts of a command that runs once, where tasks count as processors."""
    if (amounts.tasks or 1) == 1:
        return options, amounts
    counted = [
        msgspec.structs.replace(option, form="node-cpus")
        if option.form.startswith("tasks")
        else option
        for option in options
    ]
    cpus = amounts.cpus or amounts.tasks
    return counted, msgspec.structs.replace(amounts, tasks=None, cpus=cpus)


def _here(form: str) -> Word:
    """`$PWD` in double quotes, in place of each `{0}`."""
    here = Expansion(source="$PWD", kind="variable", name="PWD", quoted=True)
    pieces: list[str | Expansion] = []
    for number, text in enumerate(form.split("{0}")):
        pieces += [here, text] if number else [text]
    return joined(pieces)


def _launcher(context: ScriptContext, amounts: Amounts) -> Iterator[Word]:
    """The words of the launcher in front; on one machine without the file of the machines."""
    words = iter(context.launcher)
    for piece in words:
        if amounts.nodes == 1 and piece.text.lstrip("-") in ("hostfile", "machinefile", "f"):
            next(words, None)
        else:
            yield piece


def _without_entrypoint(job: JobSpec) -> JobSpec:
    """The words take the place of the image's entrypoint, which these programs do not run."""
    run = job.run
    if run is None or not run.arguments:
        return job
    items = tuple(
        msgspec.structs.replace(item, sets=(("entrypoint",),)) if item.name == COMMAND else item
        for item in job.items
    )
    run = msgspec.structs.replace(run, entrypoint=run.arguments, arguments=())
    return msgspec.structs.replace(job, run=run, items=items)


def _silent(option: HpcOption) -> Item:
    """One that stands for no words: counted in another, or what no run has."""
    if option.form and (is_veiled(option.value) or "$" in option.value):
        return Item(name=option.written, sets=(("unknown_options",),))
    if option.form in COUNTED:
        return Item(name=option.written, idle="counted")
    if option.form == "array":
        return Item(name=option.written, sets=(("array",),))
    part = "slurm_whole" if (option.form, option.value) == ("mem", "0") else option.part
    return Item(name=option.written, sets=((part or "unknown_field",),))


_IN_OTHERS = frozenset(
    {"alone", "image", "container-name", "nodes", "tasks", "tasks-per-node", "contained", "time"}
)
"""What stands in the image's word, or in the number of workers."""


def over_machines(job: JobSpec, amounts: Amounts) -> JobSpec:
    """srun's tasks on several machines are mpirun's processes, unless a launcher starts them."""
    run: Run = job.run or Run(image=Word())
    if amounts.nodes == 1 or run.distributed:
        return job
    if by_words := launched(run):
        by_head = launched(run, amounts.nodes) if by_words[0].workers is None else None
        return msgspec.structs.replace(job, run=by_head[0], launch=by_head[1]) if by_head else job
    tasks = amounts.tasks or 1
    words = (*(run.entrypoint or ()), *run.arguments)
    counted = () if amounts.nodes is None else ("-np", str(amounts.nodes * tasks))
    started = ("mpirun", *counted)
    made = (*map(word, started), *words) if words else ()
    changed = msgspec.structs.replace(
        run,
        entrypoint=made if run.entrypoint else None,
        arguments=() if run.entrypoint else made,
        distributed="mpi",
        workers=amounts.nodes,
        options=(*run.options, ("slots-per-worker", word(str(tasks)))),
    )
    machines = f"{amounts.nodes or 'several'} machines"
    message = (
        f"srun over {machines} is one distributed job: its tasks are mpirun's processes, without"
        " the variables that Slurm sets"
    )
    launch = Launch(program="srun", nodes=amounts.nodes, slots=tasks, told=message)
    return msgspec.structs.replace(job, run=changed, launch=launch)
