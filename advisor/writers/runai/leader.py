"""What the pod that leads a distributed job has of its own: v2's `--master-` flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from advisor.facts.quantity import core_amount, memory_amount
from advisor.jobs.ledger import Part
from advisor.jobs.run import Run
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.writers.gpus import WHOLE, gpu_need
from advisor.writers.ledger import Account
from advisor.writers.open_values import conceal, place_variable
from advisor.writers.runai.draft import CommandDraft
from advisor.writers.shell_text import quote_word

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


def put_leader(draft: CommandDraft) -> None:
    """Put the flags of the leading pod. All of them are written: whether it takes the rest from
    the other pods is not documented."""
    leader = draft.run.leader
    if leader is None:
        return
    for part, flag, value in _flags(draft, leader):
        if draft.has(flag):
            own = ("leader", *part)
            draft.accounts.append(Account(own, "mapped", _OWN_FLAG, draft.put(flag, value)))
    if draft.run.gpus and not leader.gpus and draft.has("master-gpu-devices-request"):
        reason = "the pod that leads has no GPU, which no number says: it may get what the rest get"
        draft.tell("master-gpu-devices-request", "changed", reason, added=True)


_OWN_FLAG = "of the pod that leads, by a flag of its own"
_OwnFlag = tuple[Part, str, Word | None]


def _flags(draft: CommandDraft, leader: Run) -> Iterator[_OwnFlag]:
    """The flags for the leading pod alone: the part of the run, the flag, and its value."""
    gpus = _gpus(draft, leader)
    if gpus is not None:
        yield ("gpus",), *gpus
    for field, flag, amount, spelled in (
        ("cpu_request", "master-cpu-core-request", leader.cpu_request, core_amount),
        ("cpu_limit", "master-cpu-core-limit", leader.cpu_limit, core_amount),
        ("memory_request", "master-cpu-memory-request", leader.memory_request, memory_amount),
        ("memory_limit", "master-cpu-memory-limit", leader.memory_limit, memory_amount),
    ):
        if amount is not None:
            yield (field,), flag, draft.amount(field, amount, spelled)
    policy = _POLICIES.get(leader.restart.lower(), "")
    if policy:
        yield ("restart",), "master-restart-policy", word(policy)
    for name, count in leader.extended.items():
        number = draft.amount("extended", count, key=name)
        yield ("extended", name), "master-extended-resource", word(f"{name}=") + number
    for variable in leader.environment:
        placed = place_variable(variable)
        if placed.value is not None and not variable.reference:
            pair = draft.word(f"{placed.name}=") + placed.value
            yield ("environment", placed.name), "master-environment-variable", pair
            if placed.secret:
                draft.need_secret(placed.secret)
    if _claims(draft.run) and not _claims(leader):
        yield ("mounts",), "master-no-pvcs", None
    yield from _command(draft, leader)


def _gpus(draft: CommandDraft, leader: Run) -> tuple[str, Word] | None:
    need = gpu_need(leader, draft.situation)
    if need is None:
        return None
    if need.portion is not None:
        return "master-gpu-portion-request", word(f"{need.portion:g}")
    number = draft.amount("gpus", need.number)
    if need.mig:
        return "master-extended-resource", word(f"nvidia.com/mig-{need.mig}=") + number
    if need.resource != WHOLE:
        return "master-extended-resource", word(f"{need.resource}=") + number
    return ("master-gpu-devices-request", number) if need.memory is None else None


def _command(draft: CommandDraft, leader: Run) -> Iterator[_OwnFlag]:
    start = leader.entrypoint or ()
    words, holders = conceal((*start, *leader.arguments))
    for holder in holders:
        draft.need_secret(holder)
    for field, flag, own in (
        ("entrypoint", "master-command", words[: len(start)]),
        ("arguments", "master-args", words[len(start) :]),
    ):
        if own:
            # The words in one text, as a shell would split it again.
            parts: list[str | Expansion] = []
            for number, piece in enumerate(own):
                parts += [" "] if number else []
                parts += ["''"] if not piece.parts else []
                parts += [part if _is_shell_s(part) else _quoted(part) for part in piece.parts]
            yield (field,), flag, joined(parts)


def _is_shell_s(part: str | Expansion) -> bool:
    return isinstance(part, Expansion) and part.kind != "cluster"


def _quoted(part: str | Expansion) -> str:
    return quote_word(word(part.source if isinstance(part, Expansion) else part))


def _claims(run: Run) -> bool:
    return any(mount.kind == "claim" for mount in run.mounts)
