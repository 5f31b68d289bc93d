"""One command of srun, apptainer, enroot or shifter, as the `docker run` that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.launch import Launch, launched
from advisor.jobs.ledger import Item
from advisor.jobs.parts import Part
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Expansion, Word, asked_for, joined, word
from advisor.readers.docker_run.command import skip_wrappers
from advisor.readers.docker_run.items import COMMAND
from advisor.readers.docker_run.reader import read_docker_run
from advisor.readers.hpc.amounts import Amounts, amounts_of
from advisor.readers.hpc.flags import HpcOption, scan_options
from advisor.readers.hpc.images import image_of
from advisor.readers.masking import Veil, is_veiled
from advisor.readers.result import ScriptContext
from advisor.readers.shell.command import ShellCommand

_PROGRAMS = {
    "srun": "slurm",
    "apptainer": "apptainer",
    "singularity": "apptainer",
    "enroot": "enroot",
    "shifter": "shifter",
}
_VERBS = {"apptainer": ("exec", "run", "shell"), "enroot": ("start",)}
_HPC_ONLY = frozenset(
    {"--mpi", "--cuda-mpi", "--openmpi-pmi2", "--openmpi-pmix", "--nccl", "--cvmfs", "--scratch"}
)


def within(context: ScriptContext, words: Sequence[Word], started: Sequence[Word]) -> ScriptContext:
    """What counts for a command that `srun` or `mpirun` starts: their flags too."""
    texts = [one.text for one in words]
    number, _ = skip_wrappers(texts)
    name = texts[number].rpartition("/")[2] if number < len(texts) else ""
    if name == "srun":
        own, _ = scan_options(Veil(words).texts, number + 1, "slurm")
        own = [msgspec.structs.replace(one, words=()) for one in own]
        head = tuple(with_head(context.directives, own))
        return context._replace(directives=head, spread=True)
    if name in ("mpirun", "mpiexec") and len(started) < len(words):
        launcher = tuple(words[number : len(words) - len(started)])
        return context._replace(launcher=launcher)
    return context


class HpcCommand(Record, frozen=True, kw_only=True):
    """A command found: its program's table, the number of its first flag, and its verb."""

    program: str
    start: int
    verb: str = ""


def find_hpc(words: Sequence[Word]) -> HpcCommand | None:
    """None when the words start no container with one of these programs."""
    texts = [one.text for one in words]
    number, _ = skip_wrappers(texts)
    name = texts[number].rpartition("/")[2] if number < len(texts) else ""
    program = _PROGRAMS.get(name)
    if program is None:
        return None
    if program not in _VERBS:
        options, _ = scan_options(texts, number + 1, program)
        has_image = any(option.form in ("image", "container-name") for option in options)
        return HpcCommand(program=program, start=number + 1) if has_image else None
    at = number + 1
    while at < len(texts) and texts[at].startswith("-"):
        at += 1
    verb = texts[at] if at < len(texts) else ""
    return HpcCommand(program=program, start=at + 1, verb=verb) if verb in _VERBS[program] else None


def is_command(words: Sequence[Word]) -> bool:
    """Whether the words start a container with one of these programs."""
    return find_hpc(words) is not None


def whole_script(text: str, head: Sequence[HpcOption]) -> tuple[Word, ...] | None:
    """A batch script that runs in a container itself, as the `srun` that does the same; None for
    another."""
    image = next((one.value for one in head if one.form == "image"), "")
    if not image:
        return None
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()
    return tuple(map(word, ("srun", "--container-image", image, "bash", "-c", body)))


def podman_words(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """`podman-hpc run` as podman's own, in as many words; None for anything else."""
    for number, one in enumerate(words):
        if one.text.rpartition("/")[2] == "podman-hpc":
            made = [*words[:number], word("podman")]
            for each in words[number + 1 :]:
                same = word("--rm") if each.text in _HPC_ONLY else each
                made.append(word("--gpus=all") if each.text == "--gpu" else same)
            return tuple(made)
        if not re.fullmatch(r"[A-Za-z_]\w*=.*", one.text, re.DOTALL):
            return None
    return None


class _Made:
    """A `docker run` in the making; each of its words knows the option it came from."""

    def __init__(self, veil: Veil) -> None:
        self.veil = veil
        self.words: list[Word] = [word("docker"), word("run")]
        self.owners: dict[int, HpcOption] = {}
        self.others: list[HpcOption] = []

    def add(self, option: HpcOption, *words: Word | str) -> None:
        """Words that an option stands for; without any it is only told of."""
        if not words:
            self.others.append(option)
        for one in words:
            self.owners[len(self.words)] = option
            self.words.append(self.veil.word(one) if isinstance(one, str) else one)


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
    place = command.place
    found = find_hpc(words)
    assert found is not None
    veil = Veil(words)
    own, after = scan_options(veil.texts, found.start, found.program)
    options = with_head(context.directives, own)
    made = _Made(veil)
    amounts = amounts_of({one.form: veil.plain(one.value) for one in options if one.form})
    image, after = _image(found, own, veil, after, context)
    for option in options:
        _FORMS.get(option.form, _nothing)(made, option, amounts)
    forms = {one.form for one in own}
    if found.program == "apptainer" and "contained" not in forms:
        folder = context.directory or _here("{0}")
        here = HpcOption(name="cwd", form="", value=folder.text, written="current directory")
        made.add(here, "-v", folder + word(":") + folder, "-w", folder)
    if found.program != "enroot" and not any(map(_is_clean, own)):
        _add_exported(made, context.exported)
    tail = [_settled(one, amounts) for one in (*_launcher(context, amounts), *words[after:])]
    _add_slurm_variables(made, tail, amounts)
    image_words = [image, *tail]
    started = len(made.words)
    job = read_docker_run(
        (*made.words, *image_words),
        place=place,
        positions=tuple(place for _ in range(len(made.words) + len(image_words))),
        source=command.source,
    )
    program = words[found.start - (2 if found.verb else 1)].text
    launcher = len(tail) - len(words[after:])
    job = msgspec.structs.replace(
        job,
        kind=" ".join(filter(None, (program, found.verb))),
        items=tuple(_items(job.items, made, started + launcher, after, words, places, place)),
    )
    if found.verb not in ("run", "start") and "entrypoint" not in forms:
        job = _without_entrypoint(job)
    if job.run is None:
        return job
    spread = job if "terminal" in forms else over_machines(job, amounts)
    counted = _counted_items(made, spread, lambda option: _place_of(option, places, place))
    return msgspec.structs.replace(spread, items=(*spread.items, *counted))


def _place_of(option: HpcOption, places: tuple[Place, ...], place: Place) -> Place:
    return places[option.words[0]] if option.words else place


def _counted_items(
    made: _Made, job: JobSpec, place_of: Callable[[HpcOption], Place]
) -> Iterator[Item]:
    """An item for each number of machines or tasks."""
    assert job.run is not None
    spread = {"nodes": ("workers",), "tasks": ("options", "0"), "tasks-per-node": ("options", "0")}
    for option in made.others:
        if option.form not in spread:
            continue
        sets: tuple[Part, ...] = ()
        if is_veiled(option.value) and not job.run.distributed:
            sets = (("unknown_options",),)
        elif job.run.distributed:
            sets = (spread[option.form],)
        elif launched(job.run) is None and option.value != "1":
            sets = (("hpc_tasks",),)
        yield Item(
            name=option.written,
            written=option.written,
            value=made.veil.plain(option.value),
            place=place_of(option),
            words=option.words,
            sets=sets,
            idle="" if sets else "counted",
        )


def _here(form: str) -> Word:
    """`$PWD` in double quotes, in place of each `{0}`."""
    here = Expansion(source="$PWD", kind="variable", name="PWD", quoted=True)
    pieces: list[str | Expansion] = []
    for number, text in enumerate(form.split("{0}")):
        pieces += [here, text] if number else [text]
    return joined(pieces)


def _image(
    found: HpcCommand, options: list[HpcOption], veil: Veil, after: int, context: ScriptContext
) -> tuple[Word, int]:
    """The image, and the number of the first word of the command."""
    stated = [one.value for one in options if one.form == "image"]
    named = [one.value for one in options if one.form == "container-name"]
    if found.program in ("slurm", "shifter"):
        name = veil.plain((stated or named or [""])[-1])
        return image_of(name, context.images, of_container=not stated), after
    name = veil.plain(veil.texts[after]) if after < len(veil.texts) else ""
    return image_of(name, context.images, of_container=found.program == "enroot"), after + 1


def _slurm_values(amounts: Amounts) -> dict[str, str]:
    tasks = None
    if amounts.tasks is not None and amounts.nodes is not None:
        tasks = amounts.tasks * amounts.nodes
    each = None if amounts.gpus is None else amounts.gpus // (amounts.tasks or 1)
    values = {
        "SLURM_NNODES": amounts.nodes,
        "SLURM_JOB_NUM_NODES": amounts.nodes,
        "SLURM_GPUS_ON_NODE": amounts.gpus,
        "SLURM_GPUS_PER_NODE": amounts.gpus,
        "SLURM_NTASKS_PER_NODE": amounts.tasks,
        "SLURM_NTASKS": tasks,
        "SLURM_NPROCS": tasks,
        "SLURM_CPUS_PER_TASK": amounts.task_cpus,
        "SLURM_GPUS_PER_TASK": each,
    }
    alone = amounts.nodes == 1 and amounts.tasks in (None, 1)
    if alone:
        values |= dict.fromkeys(_RANKS, 0)
    return {name: str(value) for name, value in values.items() if value is not None}


def _settled(one: Word, amounts: Amounts) -> Word:
    """With the numbers that Slurm gives by its variables."""
    return one.settled(_slurm_values(amounts))


_RANKS = ("SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID")
_OF_SLURM = re.compile(r"\$\{?(SLURM_\w+)")


def _add_slurm_variables(made: _Made, tail: Sequence[Word], amounts: Amounts) -> None:
    """The variables that the program's own text reads, and that only Slurm would set in it."""
    texts = [part for one in tail for part in one.parts if isinstance(part, str)]
    values = _slurm_values(amounts)
    for name in dict.fromkeys(name for text in texts for name in _OF_SLURM.findall(text)):
        option = HpcOption(name=name, form="", value=name, written="variable of Slurm")
        asked = asked_for(name, f"what Slurm would set {name} to")
        value = word(values[name]) if name in values else asked
        made.add(option, "-e", word(f"{name}=") + value)


def _add_exported(made: _Made, exported: Mapping[str, Word]) -> None:
    """The script's exported variables, which the container has as well."""
    for name, value in exported.items():
        inner = _CONTAINERS_OWN.sub("", name)
        if _OF_THE_HOST.fullmatch(inner):
            continue
        option = HpcOption(name=name, form="", value=name, written="export")
        made.add(option, "-e", word(f"{inner}=") + value)


def _is_clean(option: HpcOption) -> bool:
    """Whether the container gets none of the variables outside."""
    return option.name in ("cleanenv", "clearenv", "containall") or option.value == "NONE"


_CONTAINERS_OWN = re.compile(r"(?:APPTAINER|SINGULARITY)ENV_")
_OF_THE_HOST = re.compile(
    r"PATH|LD_LIBRARY_PATH|HOME|TMPDIR|MASTER_(?:ADDR|PORT)|MODULEPATH"
    r"|(?:SLURM|PBS|SGE|APPTAINER|SINGULARITY|ENROOT)_\w+"
)


def _launcher(context: ScriptContext, amounts: Amounts) -> Iterator[Word]:
    """The words of the launcher in front; on one machine without the file of the machines."""
    words = iter(context.launcher)
    for one in words:
        if amounts.nodes == 1 and one.text.lstrip("-") in ("hostfile", "machinefile", "f"):
            next(words, None)
        else:
            yield one


def _without_entrypoint(job: JobSpec) -> JobSpec:
    """The words take the place of the image's entrypoint, which these programs do not run."""
    run = job.run
    if run is None or not run.arguments:
        return job
    items = tuple(
        msgspec.structs.replace(one, sets=(("entrypoint",),)) if one.name == COMMAND else one
        for one in job.items
    )
    run = msgspec.structs.replace(run, entrypoint=run.arguments, arguments=())
    return msgspec.structs.replace(job, run=run, items=items)


def with_head(head: Sequence[HpcOption], own: Sequence[HpcOption]) -> list[HpcOption]:
    """The command's own flags, and those of the script's head that they do not take the place of.
    One way of asking for GPUs takes that of another."""

    def kind(option: HpcOption) -> str:
        return "gpus" if option.form in _COUNTED else option.form or option.name

    given = {kind(one) for one in own if one.form != "all-gpus"}
    return [one for one in head if kind(one) not in given] + list(own)


_Form = Callable[[_Made, HpcOption, Amounts], None]


def _nothing(made: _Made, option: HpcOption, _: Amounts) -> None:
    made.add(option)


def _flag(flag: str) -> _Form:
    return lambda made, option, _: made.add(option, flag, option.value)


def _switch(*words: str) -> _Form:
    return lambda made, option, _: made.add(option, *words)


def _gpus(made: _Made, option: HpcOption, amounts: Amounts) -> None:
    if amounts.gpus is None and is_veiled(option.value):
        made.add(option, "--gpus", option.value.rpartition(":")[2])
    elif amounts.gpus and "--gpus" not in [one.text for one in made.words]:
        made.add(option, "--gpus", str(amounts.gpus))
    else:
        made.add(option)


def _all_gpus(made: _Made, option: HpcOption, amounts: Amounts) -> None:
    """As many as the script's head asks for, else all."""
    if amounts.gpus is None:
        made.add(option, "--gpus", "all")
    else:
        _gpus(made, option, amounts)


def _cpus(made: _Made, option: HpcOption, amounts: Amounts) -> None:
    made.add(option, *(("--cpus", str(amounts.cpus)) if amounts.cpus else ()))


def _memory(made: _Made, option: HpcOption, amounts: Amounts) -> None:
    made.add(option, *(("--memory", str(amounts.memory)) if amounts.memory else ()))


def _mounts(made: _Made, option: HpcOption, _: Amounts) -> None:
    words: list[str] = []
    for one in re.split(r"[,;]", option.value):
        source, _colon, rest = one.partition(":")
        target, _colon, mode = rest.partition(":")
        if source:
            read_only = ":ro" if "ro" in re.split(r"[+,:]", mode) else ""
            words += ["-v", f"{source}:{target or source}{read_only}"]
    made.add(option, *words)


def _environment(made: _Made, option: HpcOption, _: Amounts) -> None:
    pairs = [one for one in option.value.split(",") if one and one not in ("ALL", "NONE", "NIL")]
    made.add(option, *(text for one in pairs for text in ("-e", one)))


def _name(made: _Made, option: HpcOption, _: Amounts) -> None:
    name = re.sub(r"[^\w.-]", "-", option.value.partition("[")[0], flags=re.ASCII)
    name = name.strip("-._")
    name = option.value if is_veiled(option.value) else name
    made.add(option, *(("--name", name) if name else ()))


_FORMS: dict[str, _Form] = {
    "all-amd-gpus": _switch("--device", "/dev/kfd", "--device", "/dev/dri"),
    "all-gpus": _all_gpus,
    "bind": _mounts,
    "cpus": _cpus,
    "directory": _flag("--workdir"),
    "environment": _environment,
    "environment-file": _flag("--env-file"),
    "export": _environment,
    "gpus": _gpus,
    "gpus-per-node": _gpus,
    "gpus-per-task": _gpus,
    "gres": _gpus,
    "mem": _memory,
    "mem-per-cpu": _memory,
    "mem-per-gpu": _memory,
    "modules": lambda made, option, _: made.add(
        option, *(("--gpus", "all") if "gpu" in option.value else ())
    ),
    "mount": _flag("--mount"),
    "mounts": _mounts,
    "name": _name,
    "node-cpus": _cpus,
    "read-only": _switch("--read-only"),
    "terminal": _switch("-it"),
    "workdir": _flag("--workdir"),
}


def _items(
    read: tuple[Item, ...],
    made: _Made,
    started: int,
    after: int,
    words: tuple[Word, ...],
    places: tuple[Place, ...],
    place: Place,
) -> Iterator[Item]:
    """An item for each flag and word of the command that was typed."""
    by_option: dict[int, list[Item]] = {}
    for item in read:
        owner = next((made.owners[number] for number in item.words if number in made.owners), None)
        if owner is not None:
            by_option.setdefault(id(owner), []).append(item)
            continue
        numbers = (number - started - 1 + after for number in item.words)
        kept = tuple(number for number in numbers if after <= number < len(words))
        at = places[kept[0]] if kept else place
        yield msgspec.structs.replace(item, words=kept, place=at)
    silent = [one for one in made.others if one.form not in _IN_OTHERS]
    for option in dict.fromkeys((*made.owners.values(), *silent)):
        found = by_option.get(id(option), [_silent(option)])
        sets = tuple(dict.fromkeys(part for item in found for part in item.sets))
        yield msgspec.structs.replace(
            found[0],
            sets=sets,
            idle="" if sets else found[0].idle,
            written=option.written,
            value=made.veil.plain(option.value),
            place=_place_of(option, places, place),
            words=option.words,
        )


def _silent(option: HpcOption) -> Item:
    """One that stands for no words: counted in another, or what no run has."""
    if option.form and is_veiled(option.value):
        return Item(name=option.written, sets=(("unknown_options",),))
    if option.form in _COUNTED:
        return Item(name=option.written, idle="counted")
    if option.form == "array":
        return Item(name=option.written, sets=(("array",),))
    return Item(name=option.written, sets=(("unknown_field",),))


_COUNTED = frozenset({"all-gpus", "gpus", "gpus-per-node", "gpus-per-task", "gres"})
_IN_OTHERS = frozenset({"image", "container-name", "nodes", "tasks", "tasks-per-node", "contained"})
"""What stands in the image's word, or in the number of workers."""


def over_machines(job: JobSpec, amounts: Amounts) -> JobSpec:
    """srun's tasks on several machines are mpirun's processes, unless a launcher starts them."""
    run: Run = job.run or Run(image=Word())
    if amounts.nodes == 1 or launched(run) is not None:
        return job
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
    told = (
        f"srun over {machines} is one distributed job: its tasks are mpirun's processes, without"
        " the variables that Slurm sets"
    )
    launch = Launch(program="srun", nodes=amounts.nodes, slots=tasks, told=told)
    return msgspec.structs.replace(job, run=changed, launch=launch)
