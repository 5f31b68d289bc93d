"""Environment variables, labels and annotations as runai's flags."""

from __future__ import annotations

import re

from advisor.jobs.run import Variable
from advisor.jobs.word import word
from advisor.writers.draft import Draft
from advisor.writers.shell_text import variable_word
from advisor.writers.variables import place_variable, shell_name

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}")
_VALUE = re.compile(rf"(?:{_NAME})?")


def put_environment(draft: Draft) -> None:
    """Every variable with `-e`; what cannot be repeated refers to the shell."""
    for variable in draft.run.environment:
        if variable.reference:
            _put_reference(draft, variable)
        else:
            _put_variable(draft, variable)
    for file in draft.run.environment_files:
        reason = f"{file.text} could not be read; its variables have to be given one by one with -e"
        draft.tell("environment_files", "unresolved", reason, "", file.text)
    for source in draft.run.environment_sources:
        kind, _, name = source.partition(":")
        reason = (
            f"all variables of the {_KINDS[kind]} {name} at once cannot be taken; {_EACH[kind]}"
        )
        draft.tell("environment_sources", "unresolved", reason, "", source)


_KINDS = {"secret": "Secret", "config": "ConfigMap"}
_EACH = {
    "secret": "name each with --env-secret NAME=SECRET,key=KEY, which v2 has",
    "config": "give each with -e NAME=VALUE",
}


def _put_variable(draft: Draft, variable: Variable) -> None:
    placed = place_variable(variable)
    if placed.value is None:
        draft.tell("environment", placed.fate, placed.reason, "", placed.name)
        return
    output = draft.put_variable(draft.word(placed.name) + word("=") + placed.value)
    draft.tell("environment", placed.fate, placed.reason, output, placed.name)
    if placed.secret:
        draft.need_secret(placed.secret)


def _put_reference(draft: Draft, variable: Variable) -> None:
    """A Secret's key or a pod's field where there is a flag, else the shell has to know it."""
    name = variable.name
    kind, _, place = variable.reference.partition(":")
    if kind == "secret" and draft.has("env-secret"):
        secret, _, key = place.partition("/")
        output = draft.put("env-secret", word(f"{name}={secret},key={key}"))
        draft.tell("environment", "mapped", "from the same Secret", output, name)
    elif kind == "field" and draft.has("env-pod-field-ref"):
        output = draft.put("env-pod-field-ref", word(f"{name}={place}"))
        draft.tell("environment", "mapped", "from the same field of the pod", output, name)
    else:
        holder = shell_name(name)
        output = draft.put_variable(word(f"{name}=") + variable_word(holder))
        reason = (
            f"a value from {kind} {place} cannot be named here: the shell that submits must have"
            f" it in {holder}"
        )
        draft.tell("environment", "unresolved", reason, output, name)


def is_label(key: str, value: str) -> bool:
    """Whether Kubernetes takes the pair as a label; an annotation may hold any value."""
    return bool(_KEY.fullmatch(key) and _VALUE.fullmatch(value))


def is_key(key: str) -> bool:
    """Whether Kubernetes takes the key of a label or an annotation."""
    return _KEY.fullmatch(key) is not None


def put_labels(draft: Draft) -> None:
    """Labels, those that Kubernetes refuses as annotations."""
    for key, value in draft.run.labels.items():
        flag = "label" if _fits(draft, key, value) else "annotation"
        if not is_key(key) or not draft.has(flag):
            reason = (
                "this dialect sets no labels" if is_key(key) else "no key that Kubernetes takes"
            )
            draft.tell("labels", "no-equivalent", reason, "", key)
            continue
        output = draft.put(flag, draft.concealed(word(f"{key}=") + draft.word(value)))
        if flag == "label":
            draft.tell("labels", "mapped", "a label of the pods", output, key)
        else:
            reason = "an annotation: a label of Kubernetes cannot hold this value"
            draft.tell("labels", "changed", reason, output, key)
    for key, value in draft.run.annotations.items():
        if not is_key(key) or not draft.has("annotation"):
            draft.tell_lost("annotations", key)
            continue
        output = draft.put("annotation", draft.concealed(word(f"{key}=") + draft.word(value)))
        if draft.spec.reader == "docker-run":
            reason = "an annotation of the pods, which the container's runtime does not read"
            draft.tell("annotations", "changed", reason, output, key)
        else:
            draft.tell("annotations", "mapped", "an annotation of the pods", output, key)


def _fits(draft: Draft, key: str, value: str) -> bool:
    """Whether it is a valid label; a value that the shell fills in is taken for valid."""
    known = draft.word(value)
    return is_label(key, value) or (is_key(key) and known.literal is None)
