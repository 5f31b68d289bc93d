"""The words of a `docker run` that flags of HPC programs stand for, the image names among them, and
the variables that their programs would have set."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

from advisor.jobs.word import Veil, Word, asked_for, is_veiled, word
from advisor.readers.hpc.flags import OPTIONS, Amounts, HpcOption

_FILE = re.compile(r"(?:[./~$].*|.*\.(?:sqsh|sif|simg|img|squashfs|sqfs))")
_MOST_STEPS = 3
"""From a container over its file to what that was pulled from."""
_DOCKER = re.compile(r"docker:(?://)?", re.IGNORECASE)


def image_of(name: str, known: dict[str, str], *, of_container: bool = False) -> Word:
    """The image that a name stands for. One of a file or `of_container`, the name of a container on
    the machine, which no cluster can pull, is asked for loudly, unless `known` says what it was
    made of."""
    typed = name
    for _ in range(_MOST_STEPS):
        name = known.get(name, known.get(name.rpartition("/")[2], name))
    docker = _DOCKER.match(name)
    plain = name[docker.end() :] if docker else name
    foreign = not docker and re.match(r"[a-z]+://", name)
    named = docker or (not _FILE.fullmatch(plain) and not (of_container and name == typed))
    if not foreign and named and plain:
        return word(plain.rpartition("@")[2].replace("#", "/") if "#" in plain else plain)
    if variable := re.fullmatch(r"\$\{?([A-Za-z_]\w*)\}?", name):
        return asked_for(variable[1], "an image in a registry")
    what = f" with what is in {name}" if name else ""
    return asked_for("IMAGE", f"an image in a registry{what}")


def made_image(texts: Sequence[str]) -> tuple[str, str] | None:
    """The file or name that a command makes (`enroot import`, `apptainer pull`), and from what."""
    program = texts[0].rpartition("/")[2] if texts else ""
    verb = texts[1] if len(texts) > 1 else ""
    sources = [text for text in texts[2:] if _DOCKER.match(text)]
    others = [text for text in texts[2:] if not text.startswith("-") and text not in sources]
    flags = dict(itertools.pairwise(texts))
    if program in ("apptainer", "singularity") and verb in ("pull", "build") and sources:
        name = _DOCKER.sub("", sources[0]).rpartition("/")[2]
        return (others[0] if others else f"{name.replace(':', '_')}.sif"), sources[0]
    if program in ("apptainer", "singularity") and verb == "instance" and len(others) > 2:
        return f"instance://{others[-1]}", others[-2]
    if program == "enroot" and verb == "import" and sources:
        name = _DOCKER.sub("", sources[0]).rpartition("#")[2]
        default = f"{re.sub(r'[/:]', '+', name)}.sqsh"
        return flags.get("-o") or flags.get("--output") or default, sources[0]
    if program == "enroot" and verb == "create" and others:
        made = flags.get("-n") or flags.get("--name")
        stem = re.sub(r"\.sqsh$", "", others[-1].rpartition("/")[2])
        return made or stem, others[-1]
    return None


class Made:
    """A `docker run` in the making; each of its words knows the option it came from."""

    def __init__(self, veil: Veil) -> None:
        self.veil = veil
        self.words: list[Word] = [word("docker"), word("run")]
        self.owners: dict[int, HpcOption] = {}
        self.others: list[HpcOption] = []

    def add(self, option: HpcOption, *words: Word | str) -> None:
        """Words that an option stands for; without any it is only noted."""
        if not words:
            self.others.append(option)
        for piece in words:
            self.owners[len(self.words)] = option
            self.words.append(self.veil.word(piece) if isinstance(piece, str) else piece)


_Form = Callable[[Made, HpcOption, Amounts], None]


def _nothing(made: Made, option: HpcOption, _: Amounts) -> None:
    made.add(option)


def _flag(flag: str) -> _Form:
    return lambda made, option, _: made.add(option, flag, option.value)


def _switch(*words: str) -> _Form:
    return lambda made, option, _: made.add(option, *words)


def _gpus(made: Made, option: HpcOption, amounts: Amounts) -> None:
    if amounts.gpus is None and is_veiled(option.value):
        made.add(option, "--gpus", option.value.rpartition(":")[2])
    elif amounts.gpus and "--gpus" not in [word.text for word in made.words]:
        made.add(option, "--gpus", str(amounts.gpus))
    else:
        made.add(option)


def _all_gpus(made: Made, option: HpcOption, amounts: Amounts) -> None:
    """Add `--gpus` with the number that the script's head asks for, else with `all`."""
    if amounts.gpus is None:
        made.add(option, "--gpus", "all")
    else:
        _gpus(made, option, amounts)


def _cpus(made: Made, option: HpcOption, amounts: Amounts) -> None:
    made.add(option, *(("--cpus", str(amounts.cpus)) if amounts.cpus else ()))


def _memory(made: Made, option: HpcOption, amounts: Amounts) -> None:
    made.add(option, *(("--memory", str(amounts.memory)) if amounts.memory else ()))


def _mounts(made: Made, option: HpcOption, _: Amounts) -> None:
    words: list[str] = []
    for mount in re.split(r"[,;]", option.value):
        source, _colon, rest = mount.partition(":")
        target, _colon, mode = rest.partition(":")
        if source:
            relative = re.match(r"[\w-]", source) is not None and not is_veiled(source[:1])
            source = f"./{source}" if relative else source  # no program but docker has volumes
            read_only = ":ro" if "ro" in re.split(r"[+,:]", mode) else ""
            words += ["-v", f"{source}:{target or source}{read_only}"]
    made.add(option, *words)


def _environment(made: Made, option: HpcOption, _: Amounts) -> None:
    pairs = [
        name for name in option.value.split(",") if name and name not in ("ALL", "NONE", "NIL")
    ]
    made.add(option, *(text for pair in pairs for text in ("-e", pair)))


def _name(made: Made, option: HpcOption, _: Amounts) -> None:
    name = re.sub(r"[^\w.-]", "-", option.value.partition("[")[0], flags=re.ASCII)
    name = name.strip("-._")
    name = option.value if is_veiled(option.value) else name
    made.add(option, *(("--name", name) if name else ()))


_FORMS: dict[str, _Form] = {
    OPTIONS: lambda made, option, _: made.add(option, option.value),
    "all-amd-gpus": _switch("--device", "/dev/kfd", "--device", "/dev/dri"),
    "all-gpus": _all_gpus,
    "bind": _mounts,
    "container-env": lambda made, option, _: made.add(
        option, *(text for name in option.value.split(",") if name for text in ("-e", name))
    ),
    "cpus": _cpus,
    "cpus-per-gpu": _cpus,
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


def add_words(made: Made, option: HpcOption, amounts: Amounts) -> None:
    """A flag as words of docker; one that sets nothing of a container is kept for the ledger."""
    _FORMS.get(option.form, _nothing)(made, option, amounts)


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


def settled(given: Word, amounts: Amounts) -> Word:
    """The word with Slurm's variables replaced by the numbers that Slurm would give."""
    return given.settled(_slurm_values(amounts))


_RANKS = ("SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID")
_OF_SLURM = re.compile(r"\$\{?(SLURM_\w+)(?!\w|:?-)")
"""But for those that the text has a default for."""


def add_slurm_variables(made: Made, tail: Sequence[Word], amounts: Amounts) -> None:
    """The variables that the program's own text reads, and that only Slurm would set in it."""
    texts = [part for piece in tail for part in piece.parts if isinstance(part, str)]
    values = _slurm_values(amounts)
    for name in dict.fromkeys(name for text in texts for name in _OF_SLURM.findall(text)):
        option = HpcOption(name=name, form="", value=name, written="variable of Slurm")
        asked = asked_for(name, f"what Slurm would set {name} to")
        value = word(values[name]) if name in values else asked
        made.add(option, "-e", word(f"{name}=") + value)


def add_exported(
    made: Made, exported: Mapping[str, Word], amounts: Amounts, *, clean: bool
) -> None:
    """The script's exported variables, which the container has as well; only those named for it
    where it starts with a `clean` environment."""
    for name, value in exported.items():
        inner = _CONTAINERS_OWN.sub("", name)
        if _OF_THE_HOST.fullmatch(name) or (clean and inner == name):
            continue
        option = HpcOption(name=name, form="", value=name, written="export")
        made.add(option, "-e", word(f"{inner}=") + settled(value, amounts))


def is_clean(option: HpcOption) -> bool:
    """Whether the container gets none of the variables outside."""
    return option.name in ("cleanenv", "clearenv", "containall") or option.value == "NONE"


def bound_by_variable(exported: Mapping[str, Word], veil: Veil) -> HpcOption | None:
    """The mounts that the script names in a variable of the program, as the option that does so."""
    name = next((name for name in exported if _BIND_VARIABLE.fullmatch(name)), "")
    if not name:
        return None
    return HpcOption(name=name, form="mounts", value=veil.cover(exported[name]), written=name)


_BIND_VARIABLE = re.compile(r"(?:APPTAINER|SINGULARITY)_BIND(?:PATH)?")
_CONTAINERS_OWN = re.compile(r"(?:APPTAINER|SINGULARITY)ENV_")
_OF_THE_HOST = re.compile(
    r"PATH|LD_LIBRARY_PATH|HOME|TMPDIR|MODULEPATH"
    r"|(?:SLURM|PBS|SGE|APPTAINER|SINGULARITY|ENROOT)_\w+"
)
