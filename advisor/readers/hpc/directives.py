"""What the head of a batch script asks for: its `#SBATCH`, `#PBS`, `#$` or `#BSUB` lines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from advisor.readers.hpc.flags import BatchHead, HpcOption, batch_heads, scan_options

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
            yield from (replace(one, words=()) for one in options)
        else:
            yield from _stated(words, batch_heads()[match["mark"]])


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
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
    for one in text.split(","):
        name, _, value = one.partition("=")
        chunk = re.split(r":(?=[A-Za-z_])", value) if name in ("select", "nodes") else [value]
        pairs = [(name, chunk[0]), *(each.partition("=")[::2] for each in chunk[1:])]
        for key, amount in pairs:
            form = head.resources.get(key, "")
            if form == "nodes" and not amount.isdecimal():
                form = ""
            yield HpcOption(name=key, form=form, value=amount, written=f"{flag} {key}")
