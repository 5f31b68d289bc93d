"""Environment variables, labels and annotations as runai's flags."""

from __future__ import annotations

import re

from advisor.jobs.ledger import Fate
from advisor.jobs.run import Variable
from advisor.jobs.word import word
from advisor.writers.kinds import is_indexed
from advisor.writers.open_values import OpenValue, open_flags, place_variable, shell_name
from advisor.writers.runai.draft import CommandDraft
from advisor.writers.shell_text import quote_words

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}")
_VALUE = re.compile(rf"(?:{_NAME})?")


def put_environment(draft: CommandDraft) -> None:
    """Every variable with `-e`; what cannot be repeated refers to the shell."""
    for variable in draft.run.environment:
        if variable.reference:
            _put_reference(draft, variable)
        else:
            _put_variable(draft, variable)
    if draft.spec.launch is None and is_indexed(draft.spec):
        _put_index(draft)
    for file in draft.run.environment_files:
        _put_open_set(draft, "environment_files", file.text, file.text, "-e NAME=VALUE")
    for source in draft.run.environment_sources:
        kind, _, name = source.partition(":")
        by_key = kind == "secret" and draft.has("env-secret")
        each = f"--env-secret NAME={name},key=KEY" if by_key else "-e NAME=VALUE"
        _put_open_set(draft, "environment_sources", source, f"{_KINDS[kind]} {name}", each)


def _put_index(draft: CommandDraft) -> None:
    """The number that each pod of an Indexed Job is told by its controller, and no other pod."""
    open_ = OpenValue("JOB_COMPLETION_INDEX", "the number of this run, from 0")
    output = draft.put_variable(word(f"{open_.name}=") + draft.open(open_))
    known = open_.name in draft.situation.values
    reason = "no run has a number of its own: submit one for each number"
    reason += "" if known else f", with --set {open_.name}=VALUE"
    draft.tell("completion_mode", "changed" if known else "unresolved", reason, output)
    for field in ("completions", "parallelism"):
        draft.tell(field, "changed", "one run a command: submit one for each number")


_KINDS = {"secret": "Secret", "config": "ConfigMap"}


def _put_open_set(draft: CommandDraft, field: str, key: str, holder: str, each: str) -> None:
    """Flags that have yet to be given for all that a file or an object holds, of which nothing is
    known: until then the shell refuses the command, so that no job runs without its variables."""
    name = f"VARIABLES_{_FOREIGN.sub('_', holder.rpartition(' ')[2]).strip('_').upper()}"
    given = draft.situation.values.get(name)
    if given is not None:
        draft.groups.append(tuple(map(word, given.split())))
        draft.tell(field, "changed", "as the flags that were given say", given, key)
        return
    asked = open_flags(OpenValue(name, f"{each} for each variable of {holder}, or nothing"))
    draft.groups.append((asked,))
    reason = f"what {holder} holds is not known: give --set {name}='{each} ...', or --set {name}="
    draft.tell(field, "unresolved", reason, quote_words((asked,)), key)


_FOREIGN = re.compile(r"[^A-Za-z0-9]+")


def _put_variable(draft: CommandDraft, variable: Variable) -> None:
    placed = place_variable(variable)
    if placed.value is None:
        draft.tell("environment", placed.fate, placed.reason, "", placed.name)
        return
    output = draft.put_variable(draft.word(placed.name) + word("=") + placed.value)
    draft.tell("environment", placed.fate, placed.reason, output, placed.name)
    if placed.secret:
        draft.need_secret(placed.secret)


def _put_reference(draft: CommandDraft, variable: Variable) -> None:
    """A Secret's key or a pod's field where there is a flag, else the shell has to know it."""
    name = variable.name
    kind, _, place = variable.reference.partition(":")
    if kind == "secret" and (draft.has("env-secret") or draft.situation.dialect != "early"):
        secret, _, key = place.partition("/")
        if draft.has("env-secret"):
            output = draft.put("env-secret", word(f"{name}={secret},key={key}"))
        else:
            output = draft.put_variable(word(f"{name}=SECRET:{secret},{key}"))
        fate: Fate = "changed" if variable.optional else "mapped"
        lost = ", which must be there here: a pod does not start without it"
        reason = "from the same Secret" + (lost if variable.optional else "")
        draft.tell("environment", fate, reason, output, name)
    elif kind == "field" and draft.has("env-pod-field-ref") and _has_field(draft, place):
        output = draft.put("env-pod-field-ref", word(f"{name}={place}"))
        draft.tell("environment", "mapped", "from the same field of the pod", output, name)
    else:
        open_ = OpenValue(shell_name(name), f"what {kind} {place} has")
        output = draft.put_variable(word(f"{name}=") + draft.open(open_))
        if open_.name in draft.situation.values:
            draft.tell("environment", "changed", "as it was given", output, name)
            return
        reason = f"{open_.what} cannot be named here: give --set {open_.name}=VALUE, or let the"
        draft.tell("environment", "unresolved", f"{reason} shell have it", output, name)


def _has_field(draft: CommandDraft, place: str) -> bool:
    """Whether a pod of Run:ai has the field: of labels and annotations only those that the job
    brings, and those of the operator of a distributed job."""
    match = _OF_METADATA.fullmatch(place)
    if match is None or (draft.run.distributed and match[1].startswith("training.kubeflow.org/")):
        return True
    return match[1] in draft.run.labels or match[1] in draft.run.annotations


_OF_METADATA = re.compile(r"metadata\.(?:labels|annotations)\['([^']+)'\]")


def is_label(key: str, value: str) -> bool:
    """Whether Kubernetes takes the pair as a label; an annotation may hold any value."""
    return bool(_KEY.fullmatch(key) and _VALUE.fullmatch(value))


def is_key(key: str) -> bool:
    """Whether Kubernetes takes the key of a label or an annotation."""
    return _KEY.fullmatch(key) is not None


def put_labels(draft: CommandDraft) -> None:
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


def _fits(draft: CommandDraft, key: str, value: str) -> bool:
    """Whether it is a valid label; a value that the shell fills in is taken for valid."""
    known = draft.word(value)
    return is_label(key, value) or (is_key(key) and known.literal is None)
