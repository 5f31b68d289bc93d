"""How many GPUs a job works with, where it is only given all that a machine has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from advisor.catalogs import load_catalog
from advisor.jobs.run import GpuAsk, Run, Variable
from advisor.jobs.spec import JobSpec


class DeviceRuntime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A docker runtime that hands devices out by a variable."""

    runtime: str
    variable: str
    vendor: str
    resource: str


class GpuEvidenceCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Runtimes, variables and words that tell a number of accelerators."""

    runtimes: tuple[DeviceRuntime, ...]
    lists: frozenset[str]
    numbers: frozenset[str]
    flags: frozenset[str]
    totals: frozenset[str]
    machines: frozenset[str]
    factors: frozenset[str]
    settings: frozenset[str]

    def device_runtime(self, name: str, variables: Collection[str]) -> DeviceRuntime | None:
        """The runtime of that name or path (`nvidia-container-runtime`); without a name one whose
        variable is there, since it may be the daemon's usual one."""
        plain = name.rsplit("/", 1)[-1]
        if not plain:
            told = (runtime for runtime in self.runtimes if runtime.variable in variables)
            return next(told, None)
        named = (runtime for runtime in self.runtimes if plain.startswith(runtime.runtime))
        return next(named, None)


_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_ID = re.compile(r"\d{1,3}|(?:GPU|MIG)-[\w/-]+", re.ASCII)
_RANGE = re.compile(r"(\d{1,3})-(\d{1,3})", re.ASCII)
_OF_A_SHELL = frozenset({"-c", "-lc", "-ec", "-xc", "-exc"})


class Evidence(NamedTuple):
    """A number of GPUs and the words that tell it."""

    number: int
    words: str


@cache
def evidence_table() -> GpuEvidenceCatalog:
    """The table, read once."""
    return load_catalog("gpu_evidence", GpuEvidenceCatalog)


def with_stated_gpus(run: Run) -> Run:
    """The run with the number that its variables and its command tell, in place of all GPUs."""
    if [ask.count for ask in run.gpus] != [-1]:
        return run
    evidence = stated_number(run)
    if evidence is None:
        return run
    return replace(
        run, gpus=(replace(run.gpus[0], count=evidence.number, evidence=evidence.words),)
    )


_COMMAND = "COMMAND"
"""What the ledger calls the words of a command."""


def with_named_gpus(job: JobSpec) -> JobSpec:
    """The job with the GPUs that its command names, where nothing asks for any: whoever gets a
    whole machine has all that it has."""
    run = job.run
    evidence = None if run is None or run.gpus else stated_number(run)
    if run is None or evidence is None:
        return job
    ask = GpuAsk(how="--gpus", count=evidence.number, evidence=evidence.words)
    items = tuple(
        replace(item, sets=(*item.sets, ("gpus",))) if item.name == _COMMAND else item
        for item in job.items
    )
    return replace(job, run=replace(run, gpus=(ask,)), items=items)


def stated_number(run: Run) -> Evidence | None:
    """The largest number that the run tells; None where it tells none."""
    # The command's words, those of a line that it gives to a shell among them.
    stated = [*(run.entrypoint or ()), *run.arguments]
    texts = [str(getattr(word, "text", "")) for word in stated]
    lines = [text for before, text in pairwise(texts) if before in _OF_A_SHELL]
    words = [*texts, *(word for line in lines for word in line.split())]
    candidates = [*_of_variables(run.environment), *_of_words(words)]
    return max(candidates, key=lambda evidence: evidence.number, default=None)


def _of_variables(variables: Iterable[Variable]) -> Iterator[Evidence]:
    table = evidence_table()
    for variable in variables:
        text = (
            variable.value.literal if variable.value is not None and not variable.secret else None
        )
        if text is None:
            continue
        number = None
        if variable.name in table.lists:
            number = number_of_ids(text)
        elif variable.name in table.numbers and _NUMBER.fullmatch(text):
            number = int(text)
        if number:
            yield Evidence(number, f"{variable.name}={text}")


def number_of_ids(text: str) -> int | None:
    """How many devices `0,2`, `0-3` or UUIDs name; None for what is no list of them."""
    ids: set[str] = set()
    for part in (piece.strip() for piece in text.split(",") if piece.strip()):
        span = _RANGE.fullmatch(part)
        if span and int(span[1]) <= int(span[2]):
            ids.update(map(str, range(int(span[1]), int(span[2]) + 1)))
        elif _ID.fullmatch(part):
            ids.add(part)
        else:
            return None
    return len(ids) or None


def _of_words(words: Sequence[str]) -> Iterator[Evidence]:
    table = evidence_table()
    product, shown, machines = 1, [], _machines(words)
    for word, following in pairwise([*words, ""]):
        name, joined, value = word.partition("=")
        number = value if joined else following
        if not _NUMBER.fullmatch(number):
            ids = number_of_ids(value) if joined and name in table.lists else None
            if ids:
                yield Evidence(ids, word)
            continue
        written = word if joined else f"{word} {following}"
        if name in table.factors:
            product *= int(number)
            shown.append(written)
        elif name in table.flags or (joined and name in table.settings | table.numbers):
            yield Evidence(
                max(int(number) // (machines if name in table.totals else 1), 1), written
            )
        elif joined and name in table.lists:
            yield Evidence(1, word)
    if shown:
        yield Evidence(product, " ".join(shown))


def _machines(words: Sequence[str]) -> int:
    """Over how many machines the command counts, 1 where it does not say."""
    names = evidence_table().machines
    for word, following in pairwise([*words, ""]):
        name, joined, value = word.partition("=")
        number = value if joined else following
        if name in names and _NUMBER.fullmatch(number):
            return int(number)
    return 1
