"""HPC programs among the words of a command, their flags (`rules/catalog/hpc_flags.yaml`) and those
of a batch script's head, its `#SBATCH`, `#PBS`, `#$` or `#BSUB` lines; and how much a Slurm job
asks for on each machine."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from msgspec.structs import replace

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.jobs.word import Word
from advisor.readers.docker_run.command import skip_wrappers

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", re.IGNORECASE)
_TIME = re.compile(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", re.ASCII)
_UNITS = {"K": 2**10, "": 2**20, "M": 2**20, "G": 2**30, "T": 2**40}


class Amounts(Record, frozen=True, kw_only=True):
    """Amounts of one machine, and the number of machines in `nodes`.

    None means not stated; for `nodes` it means that only the shell knows.

    `task_cpus` are those of one task.
    """

    nodes: int | None = 1
    tasks: int | None = None
    gpus: int | None = None
    cpus: int | None = None
    task_cpus: int | None = None
    memory: int | None = None
    seconds: int | None = None


def amounts_of(stated: dict[str, str]) -> Amounts:
    """By the forms of the flags; what is left to the shell counts as not said."""
    tasks, each = _number(stated.get("tasks")), _number(stated.get("tasks-per-node"))
    nodes = _number(stated.get("nodes", "").split("-")[-1]) or 1
    if "nodes" not in stated and tasks and each:
        nodes = math.ceil(tasks / each)
    on_node = each or (math.ceil(tasks / nodes) if tasks else None)
    gpus = _gpus(stated, nodes, on_node or 1)
    cpus = _number(stated.get("cpus"))
    of_node = _number(stated.get("node-cpus"))
    if cpus is None and (share := _number(stated.get("cpus-per-gpu"))) is not None and gpus:
        of_node = share * gpus
    memory = _size(stated.get("mem"))
    if memory is None and (share := _size(stated.get("mem-per-cpu"))) is not None:
        memory = share * (cpus or 1) * (on_node or 1)
    if memory is None and (share := _size(stated.get("mem-per-gpu"))) is not None and gpus:
        memory = share * gpus
    alone = FIRST_MACHINE.form in stated
    return Amounts(
        nodes=1 if alone else None if _is_open(stated, each) else nodes,
        tasks=None if alone else on_node,
        gpus=gpus,
        cpus=of_node if cpus is None else cpus * (on_node or 1),
        task_cpus=cpus,
        memory=memory or None,
        seconds=_seconds(stated.get("time")),
    )


def _seconds(text: str | None) -> int | None:
    """`MINUTES`, `MINUTES:SECONDS`, `HOURS:MINUTES:SECONDS`, each of the last with `DAYS-`."""
    match = _TIME.fullmatch(text.strip()) if text else None
    if match is None:
        return None
    days, *fields = (int(field or 0) for field in match.groups())
    given = [field for field in match.groups()[1:] if field is not None]
    steps = (3600, 60, 1) if match[1] or len(given) == 3 else (60, 1)
    seconds = sum(amount * step for amount, step in zip(fields, steps, strict=False))
    return days * 86400 + seconds or None


def _is_open(stated: dict[str, str], each: int | None) -> bool:
    """Whether the shell decides the number of machines, or that of the tasks that says it."""
    deciding = stated.get("nodes", stated.get("tasks", "") if each else "")
    return "$" in deciding


def _gpus(stated: dict[str, str], nodes: int, tasks: int) -> int | None:
    for form, share in (("gpus-per-node", 1), ("gpus", nodes)):
        if form in stated:
            number = _counted(stated[form])
            return None if number is None else math.ceil(number / share)
    if "gres" in stated:
        counts = [
            _counted(request) for request in stated["gres"].split(",") if request.startswith("gpu")
        ]
        return None if not counts or None in counts else sum(count or 0 for count in counts)
    number = _counted(stated["gpus-per-task"]) if "gpus-per-task" in stated else None
    return None if number is None else number * tasks


def _counted(text: str) -> int | None:
    """`gpu:a100:4`, `a100:4`, `4`; one where only the kind is named."""
    last = re.sub(r"\(.*?\)", "", text).rpartition(":")[2]
    if last.isdecimal():
        return int(last)
    return None if "$" in last or not last else 1


def kinds_of(option: HpcOption) -> str:
    """The kinds of GPU that a request names (`gpu:a100:4`, `a100:4`), `3g.40gb` of a slice too."""
    found: list[str] = []
    for request in option.value.split(",") if option.form in COUNTED else ():
        name, *rest = re.sub(r"\(.*?\)", "", request).split(":")
        words = rest if name == "gpu" else [name, *rest] if option.form != "gres" else []
        found += [each for each in words[:1] if re.fullmatch(r"\w*[A-Za-z][\w.-]*", each)]
    return ", ".join(found)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None


def _size(text: str | None) -> int | None:
    match = _SIZE.fullmatch(text.strip()) if text else None
    return int(float(match[1]) * _UNITS[match[2].upper()]) if match else None


class HpcFlag(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One flag; the table's head says what each key means."""

    short: str = ""
    form: str = ""
    part: str = ""


class ProgramFlags(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The flags of one program by their long names."""

    text: dict[str, HpcFlag]
    bool: dict[str, HpcFlag]


class BatchHead(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The flags of a batch system other than Slurm, by their form; the table's head says more."""

    flags: dict[str, str]
    words: dict[str, int] = {}
    resources: dict[str, str]


class HpcCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table rules/catalog/hpc_flags.yaml."""

    sources: dict[str, str]
    programs: dict[str, ProgramFlags]
    batch: dict[str, BatchHead]


@cache
def hpc_flags(program: str) -> ProgramFlags:
    """The table, read once; RuleError when it does not load."""
    return load_catalog("hpc_flags", HpcCatalog).programs[program]


@cache
def batch_heads() -> dict[str, BatchHead]:
    """By how their lines begin. Raises RuleError when the table does not load."""
    return load_catalog("hpc_flags", HpcCatalog).batch


class HpcOption(Record, frozen=True, kw_only=True):
    """A flag that was met. `words` are the numbers of its words, none for one of a directive."""

    name: str
    form: str
    value: str
    written: str
    part: str = ""
    words: tuple[int, ...] = ()


OPTIONS = "OPTIONS"
"""The form of a word that stands for flags that only the shell knows."""


def scan_options(
    texts: Sequence[str],
    start: int,
    program: str,
    stands_for_options: Callable[[int], bool] = lambda _: False,
) -> tuple[list[HpcOption], int]:
    """The flags from a word on, and the number of the first word that is none."""
    flags = hpc_flags(program)
    letters = {flag.short: name for name, flag in (*flags.text.items(), *flags.bool.items())}
    options: list[HpcOption] = []
    at = start
    while at < len(texts):
        text = texts[at]
        if stands_for_options(at):
            word = {"name": OPTIONS, "form": OPTIONS, "written": OPTIONS, "value": text}
            options.append(HpcOption(**word, words=(at,)))
            at += 1
            continue
        if not text.startswith("-") or text in ("-", "--"):
            break
        if text.startswith("--"):
            name, equals, value = text[2:].partition("=")
        else:
            name, value = letters.get(text[1], text[1]), text[2:].removeprefix("=")
            equals = value
        words: tuple[int, ...] = (at,)
        if name in flags.text and not equals and at + 1 < len(texts):
            value, words = texts[at + 1], (at, at + 1)
        flag = flags.text.get(name) or flags.bool.get(name) or HpcFlag()
        written = f"--{name}" if len(name) > 1 else f"-{name}"
        known = {"form": flag.form, "part": flag.part}
        options.append(HpcOption(name=name, value=value, written=written, words=words, **known))
        at = words[-1] + 1
    return options, at + 1 if texts[at : at + 1] == ["--"] else at


FIRST_MACHINE = HpcOption(name="alone", form="alone", value="1", written="sbatch")
"""Said of a batch script that runs in a container itself: Slurm starts it once, on the first of its
machines."""

COUNTED = frozenset({"all-gpus", "gpus", "gpus-per-node", "gpus-per-task", "gres"})


def with_head(head: Sequence[HpcOption], own: Sequence[HpcOption]) -> list[HpcOption]:
    """The command's own flags, and those of the script's head that they do not take the place of.
    One way of asking for GPUs takes that of another."""

    def kind(option: HpcOption) -> str:
        return "gpus" if option.form in COUNTED else option.form or option.name

    given = {kind(option) for option in own if option.form != "all-gpus"}
    return [option for option in head if kind(option) not in given] + list(own)


_LINE = re.compile(r"(?P<mark>#(?:SBATCH|PBS|\$|BSUB))[ \t]+(?P<flags>-.*?)(?:[ \t]+#.*)?")
_ANY = re.compile(r"^[ \t]*#(?:SBATCH|PBS|\$|BSUB)[ \t]+-", re.MULTILINE)


def directives_of(text: str) -> tuple[HpcOption, ...]:
    """The flags of the head, which ends at the first command."""
    return tuple(_found(text)) if _ANY.search(text) else ()


def _found(text: str) -> Iterator[HpcOption]:
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            return
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        words = _words(match["flags"])
        if match["mark"] == "#SBATCH":
            options, _ = scan_options(words, 0, "slurm")
            yield from (replace(option, words=()) for option in options)
        else:
            yield from _stated(words, batch_heads()[match["mark"]])


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text.rstrip("\\ "))
    except ValueError:
        return text.split()


def _stated(words: Sequence[str], head: BatchHead) -> Iterator[HpcOption]:
    at = 0
    while at < len(words):
        name, value = words[at][1:2], words[at][2:]
        if words[at][1:] in head.words:
            name, value = words[at][1:], ""
        form = head.flags.get(name)
        at += 1
        if form is not None and not value and at < len(words):
            value = " ".join(words[at : at + head.words.get(name, 1)])
            at += head.words.get(name, 1)
        if form == "resources":
            yield from _resources(f"-{name}", value, head)
            continue
        if name == "gpu":
            number = re.search(r"num=(\d+)", value)
            value = number[1] if number else "1"
        value = value.rpartition(" ")[2] if form == "cpus" else value
        yield HpcOption(name=name, form=form or "", value=value, written=f"-{name}")


def _resources(flag: str, text: str, head: BatchHead) -> Iterator[HpcOption]:
    """`select=2:ngpus=4:mem=8gb,walltime=1:00:00`: parted by commas, a chunk's by colons."""
    for piece in text.split(","):
        name, _, value = piece.partition("=")
        chunk = re.split(r":(?=[A-Za-z_])", value) if name in ("select", "nodes") else [value]
        pairs = [(name, chunk[0]), *(each.partition("=")[::2] for each in chunk[1:])]
        for key, amount in pairs:
            form = head.resources.get(key, "")
            if form == "nodes" and not amount.isdecimal():
                form = ""
            yield HpcOption(name=key, form=form, value=amount, written=f"{flag} {key}")


_PROGRAMS = {
    "srun": "slurm",
    "apptainer": "apptainer",
    "singularity": "apptainer",
    "enroot": "enroot",
    "shifter": "shifter",
}
_VERBS = {"apptainer": ("exec", "run", "shell"), "enroot": ("start",)}


class HpcCommand(Record, frozen=True, kw_only=True):
    """A command found: its program's table, the number of its first flag, and its verb."""

    program: str
    start: int
    verb: str = ""


def find_hpc(words: Sequence[Word]) -> HpcCommand | None:
    """None when the words start no container with one of these programs."""
    texts = [word.text for word in words]
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
