"""Each job before and after: today's command, what replaces it, and every flag explained."""

from __future__ import annotations

from advisor.facts.record import Record
from advisor.jobs.ledger import FATES, Fate
from advisor.jobs.translation import Target
from advisor.output.wording import TARGET_NAMES
from advisor.planning.plan import FlagFate, JobCommand, JobFlag, JobPlan, Plan

FATE_LABELS: dict[Fate, str] = {
    "mapped": "same",
    "changed": "differs",
    "no-equivalent": "left out",
    "unresolved": "yours to give",
}
FATE_TONES: dict[Fate, str] = {
    "mapped": "ok",
    "changed": "move",
    "no-equivalent": "blocked",
    "unresolved": "unknown",
}
_ADDED = "added: "


class Reason(Record, frozen=True, kw_only=True):
    """Why, and for which targets; no target is named where it holds for all."""

    targets: tuple[Target, ...] = ()
    text: str


class FlagRow(Record, frozen=True, kw_only=True):
    """A flag of today, or something that was added for the cluster, with its fate in each form.

    `became` is in the order of TARGET_NAMES, None where that form says nothing of it."""

    flag: JobFlag
    added: str
    fate: Fate
    became: tuple[FlagFate | None, ...]
    reasons: tuple[Reason, ...]


class JobView(Record, frozen=True, kw_only=True):
    """A job with labels for the ids in it."""

    job: JobPlan
    number: int
    images: tuple[str, ...]
    data: tuple[str, ...]
    commands: tuple[JobCommand, ...]
    rows: tuple[FlagRow, ...]
    open: int


def arrange_jobs(plan: Plan) -> tuple[JobView, ...]:
    """Jobs that get a command or have to be edited, those on Docker hosts first."""
    images = {image.id: image.label for image in plan.images}
    data = {place.id: place.label for place in plan.data}
    concerned = [job for job in plan.jobs if job.commands or job.changes]
    ordered = sorted(concerned, key=lambda job: not job.commands)
    return tuple(_view(job, number, images, data) for number, job in enumerate(ordered, start=1))


def _view(job: JobPlan, number: int, images: dict[str, str], data: dict[str, str]) -> JobView:
    by_target = {command.target: command for command in job.commands}
    return JobView(
        job=job,
        number=number,
        images=tuple(images[key] for key in job.images if key in images),
        data=tuple(data[key] for key in job.data if key in data),
        commands=tuple(by_target[target] for target in TARGET_NAMES if target in by_target),
        rows=tuple(_row(flag) for flag in job.flags),
        open=sum(_worst(flag) != "mapped" for flag in job.flags),
    )


def _row(flag: JobFlag) -> FlagRow:
    by_target = {fate.target: fate for fate in flag.became}
    return FlagRow(
        flag=flag,
        added=flag.written.removeprefix(_ADDED) if flag.written.startswith(_ADDED) else "",
        fate=_worst(flag),
        became=tuple(by_target.get(target) for target in TARGET_NAMES),
        reasons=_reasons(flag),
    )


def _worst(flag: JobFlag) -> Fate:
    return min((fate.fate for fate in flag.became), key=FATES.index, default="mapped")


def _reasons(flag: JobFlag) -> tuple[Reason, ...]:
    texts: dict[str, list[Target]] = {}
    for fate in flag.became:
        texts.setdefault(fate.reason, []).append(fate.target)
    if len(texts) == 1:
        return tuple(Reason(text=text) for text in texts)
    return tuple(Reason(text=text, targets=tuple(targets)) for text, targets in texts.items())
