"""What the pod that leads a distributed job has of its own: v2's `--master-` flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from advisor.jobs.run import Run
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.writers.amounts import core_amount, memory_amount
from advisor.writers.draft import Draft
from advisor.writers.gpus import WHOLE, gpu_need
from advisor.writers.shell_text import quote_word
from advisor.writers.variables import conceal, place_variable

_OWN: tuple[Callable[[Run], object], ...] = (
    lambda run: (run.entrypoint, run.arguments),
    lambda run: run.environment,
    lambda run: (run.gpus, run.extended),
    lambda run: (run.cpu_request, run.cpu_limit, run.memory_request, run.memory_limit),
    lambda run: run.restart,
    lambda run: _claims(run),
)
_POLICIES = {"always": "Always", "onfailure": "OnFailure", "never": "Never"}


def is_apart(leader: Run, others: Run) -> bool:
    """Whether the leading pod has something else than the others of what flags can say."""
    return any(own(leader) != own(others) for own in _OWN)


def put_leader(draft: Draft) -> None:
    """All that the leading pod says of itself: whether it gets the rest from the others is not
    documented."""
    leader = draft.run.leader
    if leader is None:
        return
    for flag, value in _flags(draft, leader):
        if draft.has(flag):
            output = draft.put(flag, value)
            draft.tell(f"--{flag}", "mapped", "of the pod that leads", output)
    if draft.run.gpus and not leader.gpus and draft.has("master-gpu-devices-request"):
        reason = "the pod that leads has no GPU, which no number says: it may get what the rest get"
        draft.tell("--master-gpu-devices-request", "changed", reason, added=True)


def _flags(draft: Draft, leader: Run) -> Iterator[tuple[str, Word | None]]:
    yield from _gpus(draft, leader)
    for flag, text in (
        ("master-cpu-core-request", _amount(leader.cpu_request, core_amount)),
        ("master-cpu-core-limit", _amount(leader.cpu_limit, core_amount)),
        ("master-cpu-memory-request", _amount(leader.memory_request, memory_amount)),
        ("master-cpu-memory-limit", _amount(leader.memory_limit, memory_amount)),
        ("master-restart-policy", _POLICIES.get(leader.restart.lower(), "")),
    ):
        if text:
            yield flag, word(text)
    for name, amount in leader.extended.items():
        yield "master-extended-resource", word(f"{name}={amount}")
    for variable in leader.environment:
        placed = place_variable(variable)
        if placed.value is not None and not variable.reference:
            yield "master-environment-variable", draft.word(f"{placed.name}=") + placed.value
            if placed.secret:
                draft.need_secret(placed.secret)
    if _claims(draft.run) and not _claims(leader):
        yield "master-no-pvcs", None
    yield from _command(draft, leader)


def _gpus(draft: Draft, leader: Run) -> Iterator[tuple[str, Word]]:
    need = gpu_need(leader, draft.situation)
    if need is None:
        return
    if need.portion is not None:
        yield "master-gpu-portion-request", word(f"{need.portion:g}")
    elif need.mig:
        yield "master-extended-resource", word(f"nvidia.com/mig-{need.mig}={need.number}")
    elif need.resource != WHOLE:
        yield "master-extended-resource", word(f"{need.resource}={need.number}")
    elif need.memory is None:
        yield "master-gpu-devices-request", word(str(need.number))


def _command(draft: Draft, leader: Run) -> Iterator[tuple[str, Word]]:
    start = leader.entrypoint or ()
    words, holders = conceal((*start, *leader.arguments))
    for holder in holders:
        draft.need_secret(holder)
    for flag, part in (
        ("master-command", words[: len(start)]),
        ("master-args", words[len(start) :]),
    ):
        if part:
            yield flag, _line(part)


def _line(words: Sequence[Word]) -> Word:
    """The words in one text, as a shell would split it again."""
    parts: list[str | Expansion] = []
    for number, one in enumerate(words):
        parts += [" "] if number else []
        parts += ["''"] if not one.parts else []
        parts += [part if _is_shell_s(part) else _quoted(part) for part in one.parts]
    return joined(parts)


def _is_shell_s(part: str | Expansion) -> bool:
    return isinstance(part, Expansion) and part.kind != "cluster"


def _quoted(part: str | Expansion) -> str:
    return quote_word(word(part.source if isinstance(part, Expansion) else part))


def _amount(value: int | None, spelled: Callable[[int], str]) -> str:
    return "" if value is None else spelled(value)


def _claims(run: Run) -> bool:
    return any(mount.kind == "claim" for mount in run.mounts)
