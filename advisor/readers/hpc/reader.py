"""One command of srun, apptainer, enroot or shifter, as the `docker run` that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.launch import Launch, launched
from advisor.jobs.ledger import Item
from advisor.jobs.parts import Part
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.docker_run.command import skip_wrappers
from advisor.readers.docker_run.reader import read_docker_run
from advisor.readers.hpc.amounts import Amounts, amounts_of
from advisor.readers.hpc.flags import HpcOption, scan_options
from advisor.readers.hpc.images import image_of
from advisor.readers.masking import Veil, is_veiled

_PROGRAMS = {
    "srun": "slurm",
    "apptainer": "apptainer",
    "singularity": "apptainer",
    "enroot": "enroot",
    "shifter": "shifter",
}
_VERBS = {"apptainer": ("exec", "run", "shell"), "enroot": ("start",)}
_DIRECTIVE = re.compile(r"^[ \t]*#SBATCH[ \t]+(.*?)(?:[ \t]+#.*)?$", re.MULTILINE)
_HPC_ONLY = frozenset(
    {"--mpi", "--cuda-mpi", "--openmpi-pmi2", "--openmpi-pmix", "--nccl", "--cvmfs", "--scratch"}
)


class HpcContext(Record, frozen=True, kw_only=True):
    """What the script said before: `#SBATCH` lines, and the images that it made, by file."""

    directives: tuple[HpcOption, ...] = ()
    images: dict[str, str] = {}


class HpcCommand(Record, frozen=True, kw_only=True):
    """A command found: its program's table, the number of its first flag, and its verb."""

    program: str
    start: int
    verb: str = ""


def directives_of(text: str) -> tuple[HpcOption, ...]:
    """The `#SBATCH` lines of a script."""
    found: list[HpcOption] = []
    for match in _DIRECTIVE.finditer(text):
        options, _ = scan_options(match[1].split(), 0, "slurm")
        found += [msgspec.structs.replace(one, words=()) for one in options]
    return tuple(found)


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


def is_hpc(words: Sequence[Word]) -> bool:
    """Whether the words start a container with one of these programs."""
    return find_hpc(words) is not None


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


def read_hpc(
    words: tuple[Word, ...],
    places: tuple[Place, ...],
    context: HpcContext,
    *,
    place: Place,
    source: str,
) -> JobSpec:
    """The job of one command.

    Raises InputError for what `docker run` would refuse of it: a mount without a path, a command
    without an image.
    """
    found = find_hpc(words)
    assert found is not None
    veil = Veil(words)
    options, after = scan_options(veil.texts, found.start, found.program)
    if found.program == "slurm":
        own = {one.form or one.name for one in options}
        options = [one for one in context.directives if (one.form or one.name) not in own] + options
    made = _Made(veil)
    amounts = amounts_of({one.form: veil.plain(one.value) for one in options if one.form})
    image, after = _image(found, options, veil, after, context)
    for option in options:
        _FORMS.get(option.form, _nothing)(made, option, amounts)
    if found.program == "apptainer" and not any(one.form == "contained" for one in options):
        here = HpcOption(name="cwd", form="", value="$PWD", written="current directory")
        made.add(here, "-v", _here("{0}:{0}"), "-w", _here("{0}"))
    tail = [_settled(one, amounts) for one in words[after:]]
    image_words = [image, *tail]
    started = len(made.words)
    job = read_docker_run(
        (*made.words, *image_words),
        place=place,
        positions=tuple(place for _ in range(len(made.words) + len(image_words))),
        source=source,
    )
    program = words[found.start - (2 if found.verb else 1)].text
    job = msgspec.structs.replace(
        job,
        kind=" ".join(filter(None, (program, found.verb))),
        items=tuple(_items(job.items, made, started, after, words, places, place)),
    )
    if job.run is None:
        return job
    spread = _over_machines(job, amounts)
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
        if is_veiled(option.value):
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
    found: HpcCommand, options: list[HpcOption], veil: Veil, after: int, context: HpcContext
) -> tuple[Word, int]:
    """The image, and the number of the first word of the command."""
    stated = [one.value for one in options if one.form == "image"]
    named = [one.value for one in options if one.form == "container-name"]
    if found.program in ("slurm", "shifter"):
        return image_of(veil.plain((stated or named or [""])[-1]), context.images), after
    name = veil.plain(veil.texts[after]) if after < len(veil.texts) else ""
    return image_of(name, context.images), after + 1


def _settled(one: Word, amounts: Amounts) -> Word:
    """With the numbers that Slurm gives by its variables."""
    values = {
        "SLURM_NNODES": amounts.nodes,
        "SLURM_JOB_NUM_NODES": amounts.nodes,
        "SLURM_GPUS_ON_NODE": amounts.gpus,
        "SLURM_GPUS_PER_NODE": amounts.gpus,
        "SLURM_NTASKS_PER_NODE": amounts.tasks,
        "SLURM_NTASKS": None if amounts.tasks is None else amounts.tasks * amounts.nodes,
        "SLURM_CPUS_PER_TASK": amounts.cpus,
    }
    return one.settled({name: str(value) for name, value in values.items() if value is not None})


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
    name = re.sub(r"[^\w.-]", "-", option.value, flags=re.ASCII).strip("-._")
    made.add(option, *(("--name", name) if name and not is_veiled(option.value) else ()))


_FORMS: dict[str, _Form] = {
    "all-amd-gpus": _switch("--device", "/dev/kfd", "--device", "/dev/dri"),
    "all-gpus": _switch("--gpus", "all"),
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
        numbers = tuple(number - started - 1 + after for number in item.words)
        own = bool(item.words) and item.words[0] > started
        kept = tuple(number for number in numbers if number < len(words)) if own else ()
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
    if is_veiled(option.value):
        return Item(name=option.written, sets=(("unknown_options",),))
    if option.form in _COUNTED:
        return Item(name=option.written, idle="counted")
    return Item(name=option.written, sets=(("unknown_field",),))


_COUNTED = frozenset({"gpus", "gpus-per-node", "gpus-per-task", "gres"})
_IN_OTHERS = frozenset({"image", "container-name", "nodes", "tasks", "tasks-per-node", "contained"})
"""What stands in the image's word, or in the number of workers."""


def _over_machines(job: JobSpec, amounts: Amounts) -> JobSpec:
    """srun's tasks on several machines are mpirun's processes, unless a launcher starts them."""
    run: Run = job.run or Run(image=Word())
    if amounts.nodes < 2 or launched(run) is not None:
        return job
    tasks = amounts.tasks or 1
    words = (*(run.entrypoint or ()), *run.arguments)
    started = ("mpirun", "-np", str(amounts.nodes * tasks))
    changed = msgspec.structs.replace(
        run,
        entrypoint=None,
        arguments=(*map(word, started), *words) if words else (),
        distributed="mpi",
        workers=amounts.nodes,
        options=(*run.options, ("slots-per-worker", word(str(tasks)))),
    )
    told = (
        f"srun over {amounts.nodes} machines is one distributed job: its tasks are mpirun's"
        " processes, without the variables that Slurm sets"
    )
    launch = Launch(program="srun", nodes=amounts.nodes, slots=tasks, told=told)
    return msgspec.structs.replace(job, run=changed, launch=launch)
