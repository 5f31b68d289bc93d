"""Objects with several roles: each role is judged alone, the object is written as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from advisor.checking.job_examiner import JobTarget
from advisor.findings.finding import STRICTEST, Outcome
from advisor.jobs.ledger import Item, Part, stated_parts
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target, Translation
from advisor.judging.check_report import JobCheck

Outcomes = Mapping[str, Outcome]


class _Role(NamedTuple):
    """One job of an object, what was decided of its things, and what it was written as."""

    job: JobSpec
    outcomes: Outcomes
    check: JobCheck


def whole_objects(
    jobs: Sequence[JobSpec],
    outcomes: Sequence[Outcomes],
    checks: Sequence[JobCheck],
    target: JobTarget,
) -> tuple[JobCheck, ...]:
    """The checks, with the translations of roles of one object made together.

    A manifest is changed for the data and images of all roles; a distributed job is one `runai`
    command.
    """
    groups: dict[int, list[int]] = {}
    for number, job in enumerate(jobs):
        if job.document is not None and checks[number].translations:
            groups.setdefault(id(job.document), []).append(number)
    made = list(checks)
    for numbers in groups.values():
        if len(numbers) > 1:
            roles = [_Role(jobs[number], outcomes[number], checks[number]) for number in numbers]
            for number, translations in zip(numbers, _translations(roles, target), strict=True):
                made[number] = replace(checks[number], translations=translations)
    return tuple(made)


def _translations(roles: Sequence[_Role], target: JobTarget) -> Iterator[tuple[Translation, ...]]:
    """The translations of each role to its targets, in the order of both."""
    from advisor.writers import write

    together = _together([role.outcomes for role in roles])
    one_command = all(role.job.run and role.job.run.distributed in _KINDS for role in roles)
    started = [role.job for role in roles if role.job.role.lower() in _OF_COMMAND]
    counted = started if one_command and started else [role.job for role in roles]
    leader = next((job for job in counted if job.accelerators), counted[0])
    for role in roles:
        made = []
        for alone in role.check.translations:
            jobs = [role.job for role in roles]
            situation = target.situation(leader, alone.target, together, others=jobs)
            if alone.target == "kubernetes":
                made.append(_manifest(role.job, situation))
            elif one_command:
                # The role whose words and amounts are the command's own: the workers', who are the
                # most, where it starts them or flags can say what the pod that leads has instead.
                workers = [job for job in jobs if job.role.lower() == _WORKER]
                starts = situation.target == "runai-v1" and situation.dialect != "early"
                leads = starts or _leader(jobs, situation.target) is not None
                main = workers[0] if workers and leads else leader
                command = _command(jobs, main, situation)
                whole = write(command, situation)
                own = role.job is main
                made.append(whole if own else _follower(command, role.job, whole, situation))
            else:
                made.append(alone)
        yield tuple(made)


def _together(outcomes: Sequence[Outcomes]) -> dict[str, Outcome]:
    """The strictest of each."""
    together: dict[str, Outcome] = {}
    for own in outcomes:
        for key, outcome in own.items():
            both = {outcome, together.get(key, outcome)}
            together[key] = next(outcome for outcome in STRICTEST if outcome in both)
    return together


def _manifest(job: JobSpec, situation: Situation) -> Translation:
    from advisor.writers import write

    translation = write(job, situation)
    own = tuple(entry for entry in translation.missing if _is_of(entry, translation))
    return replace(translation, missing=own)


def _is_of(missing: str, translation: Translation) -> bool:
    return any(
        missing.startswith(f"{entry.item.name}: ")
        for entry in translation.ledger
        if entry.fate == "unresolved"
    )


def _leader(jobs: Sequence[JobSpec], target: Target) -> Run | None:
    if target != "runai-v2":
        return None
    leading = (job.run for job in jobs if job.role.lower() in _LEADING)
    return next(leading, None)


def _command(jobs: Sequence[JobSpec], main: JobSpec, situation: Situation) -> JobSpec:
    """One role, with what the leading one has of its own. Where no flags can say that, it runs what
    it says itself, else what another says (mpirun's)."""
    from advisor.writers.runai.leader import is_apart

    runs = [job.run for job in (main, *jobs) if job.run is not None]
    leader = _leader(jobs, situation.target)
    if leader is not None and leader is not runs[0]:
        run = replace(runs[0], leader=leader if is_apart(leader, runs[0]) else None)
    else:
        launchers = [job.run for job in jobs if job.role.lower() == _LAUNCHER and job.run]
        telling = (run for run in (*launchers, *runs) if run.entrypoint or run.arguments)
        words = next(telling, runs[0])
        run = replace(runs[0], entrypoint=words.entrypoint, arguments=words.arguments)
        if words.entrypoint != runs[0].entrypoint or words.arguments != runs[0].arguments:
            main = replace(main, items=tuple(map(_without_command, main.items)))
    return replace(main, run=run)


def _without_command(item: Item) -> Item:
    """The item of a role whose own command is not the one that is typed."""
    kept = (("other_role",) if part[0] in _COMMAND else part for part in item.sets)
    return replace(item, sets=tuple(dict.fromkeys(kept)))


def _follower(
    main: JobSpec, role: JobSpec, whole: Translation, situation: Situation
) -> Translation:
    """The whole command, with the ledger of a role that it was not made from."""
    from advisor.writers import write

    lost: Part = ("other_pod",) if whole.subcommand == _ONE_POD else ("other_role",)
    items = tuple(_as_of_command(item, main, role, lost) for item in role.items)
    if main.role.lower() in _OF_COMMAND and role.role.lower() not in _OF_COMMAND:
        items = tuple(_absent(item, role.role) if item.name == "kind" else item for item in items)
    ledger = write(replace(main, items=items), situation).ledger
    entries = [
        replace(entry, item=item)
        for entry, item in zip(ledger[: len(items)], role.items, strict=True)
    ]
    return replace(whole, ledger=tuple(entries), before=(), missing=())


def _as_of_command(item: Item, main: JobSpec, role: JobSpec, lost: Part) -> Item:
    """The item with what it sets of the command's run: the same, what the leading pod has of its
    own, or nothing of it."""
    if main.run is None or role.run is None:
        return item
    leads = main.run.leader is role.run
    parts: list[Part] = []
    for part in item.sets:
        if leads and part[0] in OWN_OF_LEADER:
            parts.append(("leader", *part))
        elif _at(part, role) == _at(part, main):
            parts.append(part)
        else:
            parts.append(lost)
    return replace(item, sets=tuple(parts))


def _absent(kind: Item, role: str) -> Item:
    """The item of the object's kind for a role that no command starts."""
    return replace(kind, value=f"{kind.value} ({role})", sets=(("absent_role",),))


def _at(part: Part, job: JobSpec) -> object:
    """What a job says under a part, all that there is of it for a field as a whole."""
    if part[0] in ("tolerations", "node_selector"):
        return job.tolerations, job.node_selector
    stated = stated_parts(job.run) if job.run is not None else {}
    return {key: value for key, value in stated.items() if key[: len(part)] == part}


_WORKER = "worker"
_LAUNCHER = "launcher"
_COMMAND = ("entrypoint", "arguments")
_LEADING = frozenset({"master", "launcher", "chief"})
_OF_COMMAND = frozenset({_WORKER, *_LEADING})
_KINDS = frozenset({"pytorch", "tensorflow", "xgboost", "jax", "mpi"})
_ONE_POD = "submit"
OWN_OF_LEADER = frozenset(
    {"arguments", "cpu_limit", "cpu_request", "entrypoint", "environment", "extended", "gpus"}
    | {"memory_limit", "memory_request", "restart"}
)
"""What flags of v2 can say of the leading pod alone."""
