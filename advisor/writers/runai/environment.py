"""Environment variables as runai's flags."""

from __future__ import annotations

from advisor.jobs.run import Variable
from advisor.jobs.word import word
from advisor.writers.draft import Draft
from advisor.writers.shell_text import variable_word
from advisor.writers.variables import place_variable, shell_name


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
