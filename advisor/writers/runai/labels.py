"""Labels and annotations as runai's flags."""

from __future__ import annotations

import re

from advisor.jobs.word import word
from advisor.writers.draft import Draft

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}")
_VALUE = re.compile(rf"(?:{_NAME})?")


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
    """What the shell puts in is taken to fit."""
    known = draft.word(value)
    return is_label(key, value) or (is_key(key) and known.literal is None)
