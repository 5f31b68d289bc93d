"""Flags of runai that no field of a job has, carried from one version to the next."""

from __future__ import annotations

import re

from advisor.facts.secrecy import redact_text
from advisor.jobs.word import Word, word
from advisor.readers.runai.flags import first_catalog
from advisor.writers.draft import Draft
from advisor.writers.runai.gpus import put_toleration
from advisor.writers.runai.values import respelled

_REFERENCES = frozenset(
    {"env-secret", "env-my-credentials", "image-pull-my-credentials", "env-pod-field-ref"}
)
"""Flags whose values only name where a secret is."""

_PATH = re.compile(r"(?:^|,)path=([^,]+)")


def put_options(draft: Draft) -> None:
    """Each as the target spells it."""
    old = draft.spec.kind == "deprecated"  # its flags are spelled as v1's
    source, target = "runai-v1" if old else draft.spec.reader, draft.situation.target
    for name, value in draft.run.options:
        field = f"--{name}"
        keys = _keys(value)
        carried = _carried(name, value, source, target)
        if carried is not None and draft.has(carried[0]):
            flag, new = carried
            bare = new.literal == "true" and not draft.takes_value(flag)
            shown = new if flag in _REFERENCES else draft.concealed(new)
            output = draft.put(flag, None if bare else shown)
            draft.tell(field, "mapped", "the same here", output, *keys)
        elif draft.has(name):
            anew = respelled(name, value) if target == "runai-v2" else None
            if anew is not None:
                draft.tell(field, anew.fate, anew.reason, draft.put(name, anew.value), *keys)
            else:
                reason = f"the value of --{name} is spelled differently here: write it anew"
                draft.tell(field, "unresolved", reason, "", *keys)
        else:
            reason = f"runai {draft.subcommand} has no such flag"
            draft.tell(field, "no-equivalent", reason, "", *keys)
    for toleration in draft.spec.tolerations:
        put_toleration(draft, toleration, added=False)
    if draft.spec.node_selector:
        reason = "nodes are chosen by pool or type here: ask the administrator for --node-pools"
        draft.tell("node_selector", "no-equivalent", reason)


def _keys(value: Word) -> tuple[str, ...]:
    """What tells several flags of a name apart; a switch is there once."""
    if value.literal == "true":
        return ()
    return (redact_text(value.text)[0], *_PATH.findall(value.text))


def _carried(name: str, value: Word, source: str, target: str) -> tuple[str, Word] | None:
    """The flag and value that mean the same in the target's version; None where none is known."""
    if source == target or not source.startswith("runai"):
        return name, value
    table = {flag.name: flag.v2 for flag in first_catalog().flags if flag.v2}
    if target == "runai-v2":
        flag, fixed, new = table.get(name, "").partition("=")
        return (flag, word(new) if fixed else value) if flag else None
    for first, second in table.items():
        flag, fixed, new = second.partition("=")
        if flag == name and (not fixed or value.literal == new):
            return first, word("true") if fixed else value
    return None
