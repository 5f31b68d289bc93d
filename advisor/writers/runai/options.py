"""GPUs as runai's flags, and flags that no field of a job has, carried from one version to the
next."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from advisor.facts.quantity import memory_amount
from advisor.facts.workload import Toleration
from advisor.jobs.ledger import Fate
from advisor.jobs.word import Word, word
from advisor.readers.runai.flags import first_catalog
from advisor.writers.gpus import WHOLE, GpuNeed, gpu_need
from advisor.writers.names import object_name
from advisor.writers.open_values import NOT_KNOWN, naming, open_flags, open_options
from advisor.writers.runai.draft import CommandDraft
from advisor.writers.shell_text import quote_words


def second_gpus(draft: CommandDraft) -> None:
    """Whole devices, a share of one, or another resource."""
    need = gpu_need(draft.run, draft.situation)
    if need is None:
        _tell_none(draft)
    elif need.portion is not None:
        _tell(draft, need, *_share(draft, "portion", f"{need.portion:g}"))
    elif need.memory is not None:
        _tell(draft, need, *_share(draft, "memory", memory_amount(need.memory)))
    elif need.mig:
        _tell(draft, need, _slices(draft, need))
    elif need.resource == WHOLE:
        _tell(draft, need, draft.put("gpu-devices-request", draft.amount("gpus", need.number)))
    else:
        resource = word(f"{need.resource}=") + draft.amount("gpus", need.number)
        _tell(draft, need, draft.put("extended-resource", resource))


def first_gpus(draft: CommandDraft) -> None:
    """GPUs for v1, whose `--gpu` takes whole numbers and fractions."""
    need = gpu_need(draft.run, draft.situation)
    if need is None:
        _tell_none(draft)
    elif need.portion is not None:
        _tell(draft, need, draft.put("gpu", word(f"{need.portion:g}")))
    elif need.memory is not None:
        _tell(draft, need, draft.put("gpu-memory", word(memory_amount(need.memory))))
    elif need.mig and need.number != 1 and draft.has("extended-resource"):
        _tell(draft, need, _slices(draft, need))
    elif need.mig:
        flag = "mig-profile" if draft.has("mig-profile") else "mig"
        _tell(draft, need, draft.put(flag, word(need.mig)))
    elif need.resource == WHOLE:
        _tell(draft, need, draft.put("gpu", draft.amount("gpus", need.number)))
    elif draft.has("extended-resource"):
        resource = word(f"{need.resource}=") + draft.amount("gpus", need.number)
        _tell(draft, need, draft.put("extended-resource", resource))
    else:
        draft.tell("gpus", "no-equivalent", f"this dialect cannot ask for {need.resource}")


def _slices(draft: CommandDraft, need: GpuNeed) -> str:
    resource = word(f"nvidia.com/mig-{need.mig}=") + draft.amount("gpus", need.number)
    return draft.put("extended-resource", resource)


def _share(draft: CommandDraft, kind: str, amount: str) -> tuple[str, ...]:
    return (
        draft.put("gpu-devices-request", word("1")),
        draft.put("gpu-request-type", word(kind)),
        draft.put(f"gpu-{kind}-request", word(amount)),
    )


def _tell(draft: CommandDraft, need: GpuNeed, *outputs: str) -> None:
    draft.tell("gpus", need.fate, need.reason, " ".join(outputs))
    # What the target's GPU nodes repel a pod with.
    for toleration in draft.situation.tolerations:
        if toleration in draft.spec.tolerations:
            continue
        put_toleration(draft, toleration, added=True)


def _tell_none(draft: CommandDraft) -> None:
    if draft.run.gpus:
        draft.tell("gpus", "mapped", "no GPU is asked for")


def put_toleration(draft: CommandDraft, toleration: Toleration, *, added: bool) -> None:
    """One `--toleration`."""
    if not draft.has("toleration"):
        reason = "this dialect has no tolerations; ask the administrator how GPU nodes are reached"
        draft.tell("tolerations", "no-equivalent", reason, "", toleration.key, added=added)
        return
    pairs = (
        ("operator", toleration.operator),
        ("key", toleration.key),
        ("value", toleration.value),
        ("effect", toleration.effect),
    )
    text = ",".join(f"{name}={value}" for name, value in pairs if value)
    reason = "a taint of the target's GPU nodes" if added else "the same toleration"
    output = draft.put("toleration", word(text))
    draft.tell("tolerations", "mapped", reason, output, toleration.key, added=added)


_REFERENCES = frozenset(
    {"env-secret", "env-my-credentials", "image-pull-my-credentials", "env-pod-field-ref"}
)
"""Flags whose values only name where a secret is."""

_Pairs = dict[str, str]


_BY_POOL = (
    "nodes are chosen by pool or type here: ask the administrator for one of these nodes, and add"
    " `{} NAME` to the runai command"
)


def put_options(draft: CommandDraft) -> None:
    """Put the run's options, each in the spelling of the target."""
    old = draft.spec.kind == "deprecated"  # its flags are spelled as v1's
    source, target = "runai-v1" if old else draft.spec.reader, draft.situation.target
    for number, (name, value) in enumerate(draft.run.options):
        key = str(number)
        carried = _carried(name, value, source, target)
        if carried is not None and draft.has(carried[0]):
            flag, new = carried
            bare = new.literal == "true" and not draft.takes_value(flag)
            shown = new if flag in _REFERENCES else draft.concealed(new)
            output = draft.put(flag, None if bare else shown)
            draft.tell("options", "mapped", "the same here", output, key)
        elif draft.has(name):
            anew = _respelled(name, value) if target == "runai-v2" else None
            if anew is not None:
                output = draft.put(name, anew.value)
                draft.tell("options", anew.fate, anew.reason, output, key)
            else:
                reason = f"the value of --{name} is spelled differently here: write it anew"
                draft.tell("options", "unresolved", reason, "", key)
        else:
            reason = _LOST.get(name, f"runai {draft.subcommand} has no such flag")
            fate: Fate = "changed" if name in _LOST and name != _TIME else "no-equivalent"
            draft.tell("options", fate, reason, "", key)
    _put_unknown_options(draft)
    for toleration in draft.spec.tolerations:
        put_toleration(draft, toleration, added=False)
    if draft.spec.node_selector:
        first = draft.situation.target == "runai-v1"
        reason = _BY_POOL.format("--node-type" if first else "--node-pools")
        draft.tell("node_selector", "no-equivalent", reason)


def _put_unknown_options(draft: CommandDraft) -> None:
    """Flags that only the shell knows: those of runai are typed as they are; in place of others
    something that the shell refuses until it is told what they are here."""
    for item in draft.spec.items:
        if _UNKNOWN not in item.sets or ("name",) in item.sets:
            continue
        if draft.spec.reader.startswith("runai"):
            given = draft.word(item.value)
        else:
            given = open_flags(open_options(item.value))
        draft.groups.append((given,))
        reason = naming(NOT_KNOWN, item.value)
        draft.tell(_UNKNOWN[0], "unresolved", reason, quote_words((given,)))


_LOST = {
    "no-master": "a pod that leads is one of the number: one worker fewer is asked for",
    "serving-port": "a port like another",
    "active-deadline-seconds": "no job is stopped after a time: put `timeout SECONDS` in front of"
    " its command",
}
_TIME = "active-deadline-seconds"
_UNKNOWN = ("unknown_options",)


def _carried(name: str, value: Word, source: str, target: str) -> tuple[str, Word] | None:
    """The flag and value that mean the same in the target's version; None where none is known."""
    foreign = not source.startswith("runai")  # what a reader of those names, it names as v2 does
    if source == target or (foreign and target == "runai-v2"):
        return name, value
    table = {flag.name: flag.v2 for flag in first_catalog().flags if flag.v2}
    if target == "runai-v2":
        flag, fixed, new = table.get(name, "").partition("=")
        return (flag, word(new) if fixed else value) if flag else None
    for first, second in table.items():
        flag, fixed, new = second.partition("=")
        if flag == name and (not fixed or value.literal == new):
            return first, word("true") if fixed else value
    if any(flag.name == name and flag.value == "bool" for flag in first_catalog().flags):
        return name, value
    return (name, value) if foreign else None


class _Respelled(NamedTuple):
    """The value as the second version has it, and what that changes."""

    value: Word
    fate: Fate
    reason: str


def _respelled(name: str, value: Word) -> _Respelled | None:
    """A v1 flag's value for the v2 flag of the same name; None where that is not known."""
    convert = _CONVERSIONS.get(name)
    if convert is None or value.literal is None:
        return None
    given = dict(pair.partition("=")[::2] for pair in value.literal.split(","))
    return convert(given)


def _git_sync(given: _Pairs) -> _Respelled | None:
    repository = given.get("source", "")
    if not repository:
        return None
    last = repository.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
    made = {
        "name": object_name(last),
        "repository": repository,
        "path": given.get("target") or "/code",
        "rev": given.get("rev") or given.get("branch") or "master",
    }
    if given.keys() & {"username", "password"}:
        reason = (
            "a password is not given on the line any more: keep it as a credential of the project"
            " and add secret=NAME"
        )
        return _Respelled(_joined(made), "unresolved", reason)
    return _Respelled(_joined(made), "changed", "the same repository; rev names a branch as well")


def _bucket(given: _Pairs) -> _Respelled | None:
    bucket = given.get("bucket", "")
    if not (bucket and given.get("target")):
        return None
    made = {"name": object_name(bucket), "bucket": bucket, "path": given["target"]}
    if given.get("url"):
        made["url"] = given["url"]
    if given.keys() & {"key", "secret"}:
        reason = (
            "keys are not given on the line any more: keep them as an access key of the project"
            " and add accesskey=NAME"
        )
        return _Respelled(_joined(made), "unresolved", reason)
    return _Respelled(_joined(made), "changed", "the same bucket, by the names that v2 has")


def _joined(pairs: _Pairs) -> Word:
    return word(",".join(f"{key}={value}" for key, value in pairs.items()))


_CONVERSIONS: dict[str, Callable[[_Pairs], _Respelled | None]] = {
    "git-sync": _git_sync,
    "s3": _bucket,
}
