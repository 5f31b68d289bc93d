"""How much a Slurm job asks for on each machine."""

from __future__ import annotations

import math
import re

from advisor.facts.record import Record

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
    return Amounts(
        nodes=None if _is_open(stated, each) else nodes,
        tasks=on_node,
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


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None


def _size(text: str | None) -> int | None:
    match = _SIZE.fullmatch(text.strip()) if text else None
    return int(float(match[1]) * _UNITS[match[2].upper()]) if match else None
