"""One thing to do, with what is typed for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from advisor.facts.record import Record

FOLDER = "plan"
"""Where commands take it that `advisor plan -o` has written to."""


class Command(Record, frozen=True, kw_only=True):
    """Lines for a shell. `label` says what they do, where a step has several."""

    text: str
    label: str = ""


class Step(Record, frozen=True, kw_only=True):
    """One thing to do. `id` is the same in every report of the same plan; `title` and `notes` are
    prose; `job` is the id of the job whose commands belong to it."""

    id: str
    topic: str
    title: str
    notes: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    owner: str = ""
    host: str = ""
    job: str = ""


def make_step(
    topic: str,
    key: str,
    *,
    title: str,
    notes: Iterable[str] = (),
    commands: Iterable[Command] = (),
    owner: str = "",
    host: str = "",
    job: str = "",
) -> Step:
    """Empty notes are left out; `key` tells the step from others of its topic."""
    return Step(
        id=f"{topic}-{short_hash(key)}",
        topic=topic,
        title=title,
        notes=tuple(note for note in notes if note),
        commands=tuple(commands),
        owner=owner,
        host=host,
        job=job,
    )


def short_hash(text: str) -> str:
    """Ten letters that stand for a text of any kind in an attribute."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
