"""Variables of the container: literal, from a Secret, from a ConfigMap made of a file; and secrets
in an object that stays what it is.

There words of a command come from a Secret, other fields get a placeholder, and what a server wrote
of an earlier version goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from advisor.facts.secrecy import MARK, VALUE_KEYS, looks_secret, redact_named, redact_words
from advisor.facts.secret_shapes import without_shapes
from advisor.jobs.run import Variable
from advisor.jobs.withholding import holder_name, withheld_words
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.objects.roles import Path
from advisor.writers.kubernetes.draft import PLACEHOLDER, Body, ManifestDraft
from advisor.writers.names import object_name
from advisor.writers.open_values import NEWER_NAME, OLD_NAME, place_variable, shell_name
from advisor.writers.shell_text import variable_word

_PATH = "containers[0].env"
_NAME = re.compile(r"[ -<>-~]+")  # printable ASCII without `=`, as the API wants it
_ANY_VALUE = "x1"
_KEY_FOREIGN = re.compile(r"[^-._a-zA-Z0-9]+")


def put_environment(draft: ManifestDraft) -> None:
    """Every variable in order, then what files and other objects give."""
    for variable in draft.run.environment:
        _put_variable(draft, variable)
    sources = [_source(source) for source in draft.run.environment_sources]
    if sources:
        output = draft.put(draft.container, "envFrom", sources, "containers[0]")
        for source in draft.run.environment_sources:
            draft.tell("environment_sources", "mapped", "the same source", output, source)
    for number, file in enumerate(draft.run.environment_files):
        _put_file(draft, file, number)


def finish_environment(draft: ManifestDraft) -> None:
    """The list itself, and the command that makes the Secret it refers to."""
    if draft.variables:
        draft.container["env"] = list(draft.variables.values())
    if draft.secrets:
        words: list[str | Word] = [*draft.kubectl(), "create", "secret", "generic"]
        words.append(secret_name(draft))
        words += [
            word(f"--from-literal={key}=") + variable_word(holder)
            for key, holder in draft.secrets.items()
        ]
        holders = ", ".join(dict.fromkeys(draft.secrets.values()))
        draft.step(f"the Secret, from the shell's own {holders}", *words)


def secret_name(draft: ManifestDraft) -> str:
    """The Secret that holds what must not be written down."""
    return object_name(f"{draft.name}-secrets")


def put_secret(draft: ManifestDraft, name: str, holder: str = "") -> str:
    """A variable whose value comes from the job's Secret; `holder` is the shell's variable."""
    key = _KEY_FOREIGN.sub("_", name)
    if name in draft.variables:
        return key
    draft.secrets[key] = holder or shell_name(name)
    reference = {"secretKeyRef": {"name": secret_name(draft), "key": key}}
    draft.variables[name] = {"name": name, "valueFrom": reference}
    return key


def from_secrets(draft: ManifestDraft, value: Word) -> Word:
    """The value with what secret variables of the shell hold taken from the job's Secret."""
    parts: list[str | Expansion] = []
    for part in value.parts:
        if isinstance(part, Expansion) and is_secret(part):
            put_secret(draft, part.name)
            parts.append(cluster_reference(part.name))
        else:
            parts.append(part)
    return joined(parts)


def is_secret(expansion: Expansion) -> bool:
    """Whether the shell's variable holds a secret: a script gives it one, or its name says so."""
    named = expansion.kind == "variable" and looks_secret(expansion.name, _ANY_VALUE)
    return expansion.withheld or named


def cluster_reference(name: str) -> Expansion:
    """A variable of the container that Kubernetes fills in."""
    return Expansion(source=f"$({name})", kind="cluster", name=name)


def _put_variable(draft: ManifestDraft, variable: Variable) -> None:
    name = draft.text(draft.word(variable.name), "environment", variable.name)
    if not _NAME.fullmatch(name):
        reason = "Kubernetes takes only printable ASCII without = as the name of a variable"
        draft.tell("environment", "no-equivalent", reason, "", variable.name)
        return
    draft.variables.pop(name, None)
    if variable.reference:
        draft.variables[name] = {"name": name, "valueFrom": _reference(variable.reference)}
        draft.tell("environment", "mapped", "the same reference", f"{_PATH}: {name}", variable.name)
        return
    _put_value(draft, variable, name)


def _put_value(draft: ManifestDraft, variable: Variable, name: str) -> None:
    placed = place_variable(variable)
    if placed.value is None:
        draft.tell("environment", placed.fate, placed.reason, "", variable.name)
    elif (holder := _holder(variable)) or placed.secret or _is_bare_secret(variable):
        key = put_secret(draft, name, holder)
        reason = f"its value is not written down: it comes from the Secret {secret_name(draft)}"
        output = f"{_PATH}: {name} from {secret_name(draft)}/{key}"
        draft.tell("environment", "changed", reason, output, variable.name)
    elif variable.value is None:
        _put_unset(draft, name, variable.name)
    else:
        whole = from_secrets(draft, variable.value)
        value = draft.text(whole, "environment", variable.name, expanded=True)
        draft.variables[name] = {"name": name, "value": value}
        draft.tell("environment", "mapped", _origin(variable), f"{_PATH}: {name}", variable.name)
    if name in draft.variables and not OLD_NAME.fullmatch(name):
        draft.tell("environment", "changed", NEWER_NAME, f"{_PATH}: {name}", variable.name)


def _is_bare_secret(variable: Variable) -> bool:
    return variable.secret and (variable.value is None or variable.value.literal is None)


def _holder(variable: Variable) -> str:
    """The shell's variable that is the whole value, where that is a secret."""
    parts = variable.value.parts if variable.value is not None else ()
    only = parts[0] if len(parts) == 1 else ""
    if not isinstance(only, Expansion) or only.kind != "variable" or not only.name.isidentifier():
        return ""
    return only.name if variable.secret or is_secret(only) else ""


def _origin(variable: Variable) -> str:
    return f"from {variable.file}" if variable.file else "the same variable"


def _put_unset(draft: ManifestDraft, name: str, key: str) -> None:
    """A variable that docker copies from the shell."""
    known = draft.situation.values.get(name)
    value = PLACEHOLDER + shell_name(name) if known is None else known
    draft.variables[name] = {"name": name, "value": value}
    if known is None:
        reason = (
            f"docker copies it from the shell, and a manifest has none: give --set {name}=VALUE, or"
            f" put the value in place of {value}"
        )
        draft.tell("environment", "unresolved", reason, f"{_PATH}: {name}", key)
    else:
        reason = "the value that was given"
        draft.tell("environment", "mapped", reason, f"{_PATH}: {name}", key)


def _put_file(draft: ManifestDraft, file: Word, number: int) -> None:
    """A ConfigMap made of the file where it is; with secrets in it, a Secret is the place."""
    name = object_name(f"{draft.name}-environment{f'-{number}' if number else ''}")
    draft.container.setdefault("envFrom", []).append({"configMapRef": {"name": name}})
    option = joined(("--from-env-file=", *file.parts))
    draft.step(
        f"the variables of {file.text}; with secrets in it make a Secret instead, and refer to it"
        " by secretRef",
        *(*draft.kubectl(), "create", "configmap", name),
        option,
    )
    reason = f"a ConfigMap made of the file: {name}"
    output = f"containers[0].envFrom: {name}"
    draft.tell("environment_files", "changed", reason, output, file.text)


def _reference(text: str) -> Body:
    kind, _, rest = text.partition(":")
    name, _, key = rest.rpartition("/")
    forms: dict[str, dict[str, Any]] = {
        "secret": {"secretKeyRef": {"name": name, "key": key}},
        "config": {"configMapKeyRef": {"name": name, "key": key}},
        "field": {"fieldRef": {"fieldPath": rest}},
        "resource": {"resourceFieldRef": {"resource": rest}},
    }
    return forms[kind]


def _source(text: str) -> Body:
    kind, _, name = text.partition(":")
    return {"secretRef" if kind == "secret" else "configMapRef": {"name": name}}


LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_COMMANDS = ("command", "args")


class Withheld(NamedTuple):
    """A secret that was taken out of the field at `path`. `holder` is the variable that has to
    give it, `placed` whether it does: else a placeholder stands in the field."""

    path: Path
    holder: str
    placed: bool


def drop_last_applied(document: Any) -> None:
    """The copy of the whole object that kubectl keeps in an annotation, which it makes anew."""
    metadata = document.get("metadata") if isinstance(document, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)


def withhold_command(container: Body, path: Path) -> Iterator[Withheld]:
    """The words of a container without their secrets, which variables `$(NAME)` stand for."""
    lists = {key: container.get(key) for key in _COMMANDS}
    words = {
        key: value
        for key, value in lists.items()
        if isinstance(value, list) and all(isinstance(text, str) for text in value)
    }
    flat = [text for value in words.values() for text in value]
    if redact_words(flat)[1] == 0:
        return
    shown = list(withheld_words([word(text) for text in flat]))
    for key, value in words.items():
        own, shown = shown[: len(value)], shown[len(value) :]
        container[key] = [
            _in_cluster(shown_word, before) for shown_word, before in zip(own, value, strict=True)
        ]
        for shown_word in own:
            yield from (Withheld((*path, key), part.name, True) for part in shown_word.expansions)


def _in_cluster(value: Word, before: str) -> str:
    if not value.expansions:
        return before
    return "".join(
        f"$({part.name})" if isinstance(part, Expansion) else part for part in value.parts
    )


def withhold_fields(value: Any, path: Path = ()) -> Iterator[Withheld]:
    """Every other field of a part of an object, changed in place."""
    if isinstance(value, dict):
        under = path[-1] if path and isinstance(path[-1], str) else ""
        stated = value.get("name", value.get("key", under))
        for key in list(value):
            entry = value[key]
            if isinstance(entry, str):
                named = stated if key in VALUE_KEYS and isinstance(stated, str) else ""
                value[key], holders = _placeheld(named or str(key), entry)
                yield from (Withheld((*path, key), holder, False) for holder in holders)
            elif isinstance(entry, list) and all(isinstance(part, str) for part in entry):
                if key in VALUE_KEYS and isinstance(stated, str):
                    value[key] = [_placeheld(stated, part)[0] for part in entry]
                else:
                    value[key] = list(_placeheld_words(entry, str(key)))
                if value[key] != entry:
                    yield Withheld((*path, key), holder_name(str(key)), False)
            else:
                yield from withhold_fields(entry, (*path, key))
            if isinstance(key, str) and without_shapes(key, MARK) != key:
                value[PLACEHOLDER + "KEY"] = value.pop(key)
    elif isinstance(value, list):
        for number, element in enumerate(value):
            yield from withhold_fields(element, (*path, number))


def _placeheld(name: str, text: str) -> tuple[str, tuple[str, ...]]:
    shown = redact_named(name, text)
    if shown == text:
        return text, ()
    holder = holder_name(name)
    return shown.replace(MARK, PLACEHOLDER + holder), (holder,)


def _placeheld_words(words: list[str], key: str) -> Iterator[str]:
    for text in redact_words(words)[0]:
        yield text.replace(MARK, PLACEHOLDER + holder_name(key))
