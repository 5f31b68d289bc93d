"""The ledger: what became of every flag and field of the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.jobs.ledger import FATES, Entry, Item
from advisor.jobs.numbers import FALSE
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Target
from advisor.writers.account import Account
from advisor.writers.account_index import AccountIndex
from advisor.writers.equivalents import Verdict, verdict_on_field
from advisor.writers.file_keys import is_left_out
from advisor.writers.item_fields import item_equivalent, item_field

ADDED = "added"
_JOINT = "; "
_OF_CLIENT = frozenset(
    {
        "--help",
        "--debug",
        "--quiet",
        "--verbose",
        "--loglevel",
        "--config-file",
        "--config-path",
        "--dry-run",
    }
)
_OF_OBJECT = frozenset({"apiVersion", "kind"})
_CONTAINER_NAME = "container_name"
_ENGINES = ("docker", "podman", "nerdctl", "nvidia-docker", "podman-remote")
_PROGRAM = re.compile(rf"(?:{'|'.join(_ENGINES)}) (run|create)")


def ledger(spec: JobSpec, accounts: Sequence[Account], target: Target) -> tuple[Entry, ...]:
    """An entry for every item, in their order, then those for what was added."""
    index = AccountIndex(accounts)
    entries = [_entry(item, spec, index, target) for item in spec.items]
    added = [
        Entry(
            item=Item(name=f"{ADDED}: {account.field}"),
            fate=account.fate,
            reason=account.reason,
            output=account.output,
        )
        for account in accounts
        if account.added
    ]
    return tuple(entries + added)


def missing(accounts: Sequence[Account], entries: Sequence[Entry]) -> tuple[str, ...]:
    """What the user has yet to give, each with what it is for."""
    unresolved = [account for account in accounts if account.fate == "unresolved"]
    lines = [
        f"{account.keys[0]}: {account.reason}" if account.keys else account.reason
        for account in unresolved
    ]
    told = {account.reason for account in unresolved}
    longest = max((reason.count(_JOINT) for reason in told), default=0) + 1
    lines += [
        f"{entry.item.name} {entry.item.value}".strip() + f": {entry.reason}"
        for entry in entries
        if entry.fate == "unresolved" and told.isdisjoint(_stretches(entry.reason, longest))
    ]
    return tuple(dict.fromkeys(lines))


def _stretches(reason: str, longest: int) -> Iterator[str]:
    """The reasons that can have been joined to this one, of up to so many pieces each."""
    pieces = reason.split(_JOINT)
    for start in range(len(pieces)):
        for length in range(1, longest + 1):
            yield _JOINT.join(pieces[start : start + length])


def _entry(item: Item, spec: JobSpec, accounts: AccountIndex, target: Target) -> Entry:
    if is_left_out(item, spec):
        return Entry(item=item, fate="no-equivalent", reason=_ONE_CONTAINER)
    equivalent = item_equivalent(item, spec.reader)
    case = equivalent.case(item.value, target) if equivalent else None
    if equivalent and _is_off(item):
        return Entry(item=item, fate="mapped", reason="off, as it is without the flag")
    if case is not None:
        return Entry(item=item, fate=case[0], reason=case[1])
    if _is_needless_runtime(item, spec):
        reason = "GPUs are asked for by their number, and need no runtime to be named"
        return Entry(item=item, fate="mapped", reason=reason)
    field = "gpus" if _stands_for_gpus(item, spec) else item_field(item, spec.reader)
    if field == _ENVIRONMENT_FILES and _was_read(item, spec):
        own = accounts.of_file(item.value)
        return _joined(item, own) if own else Entry(item=item, fate="mapped", reason=_NO_VARIABLES)
    carried = _CARRIED_AS.get(item.name, item.name)
    own = accounts.of_item(item, field) or accounts.of_item(item, carried)
    if own:
        return _joined(item, own)
    if field == _CONTAINER_NAME:
        reason = "the one container gets a name of the target's own; nothing is lost"
        return Entry(item=item, fate="mapped", reason=reason)
    verdict = equivalent.of(target) if equivalent else _verdict_on(field, target)
    return _by_default(item, verdict)


def _verdict_on(field: str, target: Target) -> Verdict | None:
    """What docker's flag for the field gets, unless that says it is carried over."""
    verdict = verdict_on_field(field, target) if field else None
    return None if verdict is None or verdict[0] == "mapped" else verdict


_ONE_CONTAINER = (
    "a submitted job has one container, and this is of another: start it from the job's own"
    " command, or submit it as a workload of its own"
)


def _stands_for_gpus(item: Item, spec: JobSpec) -> bool:
    """A device that stands for a GPU is no device any more; nvidia-docker gives GPUs unasked."""
    gpus = spec.run.gpus if spec.run else ()
    if item.name == "nvidia-docker run":
        return any(ask.how == "runtime" for ask in gpus)
    device = item_field(item, spec.reader) == "devices"
    return device and any(item.value in ask.devices for ask in gpus)


def _is_needless_runtime(item: Item, spec: JobSpec) -> bool:
    """`--runtime nvidia` beside a flag that asks for GPUs."""
    gpus = spec.run.gpus if spec.run else ()
    runtime = item.name.rsplit(".", 1)[-1] in ("--runtime", "runtime")
    named = runtime and item.value.rsplit("/", 1)[-1].startswith("nvidia")
    return named and bool(gpus) and all(ask.how != "runtime" for ask in gpus)


def _was_read(item: Item, spec: JobSpec) -> bool:
    """Whether the variables of an env file are among the run's own."""
    return spec.run is not None and item.value not in {
        file.text for file in spec.run.environment_files
    }


_ENVIRONMENT_FILES = "environment_files"
_NO_VARIABLES = "the file gives no variable that another does not give anew"
_CARRIED_AS = {"--pvc": "--pvc-new"}


def _is_off(item: Item) -> bool:
    """A switch that says false."""
    return item.name in _SWITCHES and item.value in FALSE


_SWITCHES = frozenset(
    {
        "--rm",
        "--detach",
        "--interactive",
        "--tty",
        "--privileged",
        "--read-only",
        "--init",
        "--publish-all",
        "--oom-kill-disable",
        "--no-healthcheck",
        "--use-api-socket",
        "--quiet",
    }
)


def _joined(item: Item, accounts: Sequence[Account]) -> Entry:
    """One entry for all, with the fate that needs most attention."""
    fate = min((account.fate for account in accounts), key=FATES.index)
    reasons = dict.fromkeys(account.reason for account in accounts)
    outputs = dict.fromkeys(account.output for account in accounts if account.output)
    return Entry(item=item, fate=fate, reason=_JOINT.join(reasons), output=" ".join(outputs))


def _by_default(item: Item, verdict: Verdict | None) -> Entry:
    program = _PROGRAM.fullmatch(item.name)
    if verdict is not None:
        return Entry(item=item, fate=verdict[0], reason=verdict[1])
    if program and program[1] == "create":
        reason = "a submitted job starts as soon as there is room for it"
        return Entry(item=item, fate="changed", reason=reason)
    if program or item.name.startswith("runai "):
        return Entry(item=item, fate="mapped", reason="the command that starts the job")
    if item.name in _OF_OBJECT:
        return Entry(item=item, fate="mapped", reason="the command stands for the object's kind")
    if item.name in _OF_CLIENT:
        reason = "it concerns the command's own messages and settings; nothing is lost"
        return Entry(item=item, fate="no-equivalent", reason=reason)
    if item.name == "OPTIONS":
        reason = "what the shell puts in here is not known; give it with --set NAME=VALUE"
        return Entry(item=item, fate="unresolved", reason=reason)
    reason = f"nothing here does what {item.name} does; it is left out"
    return Entry(item=item, fate="no-equivalent", reason=reason)
