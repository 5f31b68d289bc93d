"""What only a person can settle, made from everything that is not known."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from advisor.facts.quantity import format_bytes
from advisor.planning.image_content import Decisions
from advisor.planning.plan import CommitStep, DataPlan, ImagePlan, JobPlan, Question


class _Asked(NamedTuple):
    """One thing to ask of one owner; equal kinds and texts become one question. `concerns` are ids
    of the images, places and jobs that wait for the answer."""

    kind: str
    owner: str
    text: str
    about: str
    concerns: frozenset[str]
    settle: str = ""


def plan_questions(
    images: Sequence[ImagePlan],
    commits: Sequence[CommitStep],
    data: Sequence[DataPlan],
    jobs: Sequence[JobPlan],
    decisions: Decisions,
) -> tuple[tuple[Question, ...], dict[str, frozenset[str]]]:
    """Questions by owner, the admin's (without an owner) first; and by the id of each the ids of
    the images, places and jobs that it concerns."""
    asked = [
        *_of_images(images, decisions),
        *_of_commits(commits, jobs),
        *_of_data(data, decisions),
        *_of_paths(data),
        *_of_jobs(jobs),
    ]
    grouped: dict[tuple[str, str, str], list[_Asked]] = defaultdict(list)
    for question in asked:
        grouped[question.owner, question.kind, question.text].append(question)
    in_order = {f"Q{number}": grouped[key] for number, key in enumerate(sorted(grouped), start=1)}
    questions = tuple(
        Question(
            id=key,
            owner=same[0].owner,
            text=same[0].text,
            about=tuple(dict.fromkeys(question.about for question in same)),
            settle=next((question.settle for question in same if question.settle), ""),
        )
        for key, same in in_order.items()
    )
    concerned = {
        key: frozenset[str]().union(*(question.concerns for question in same))
        for key, same in in_order.items()
    }
    return questions, concerned


def _of_images(images: Iterable[ImagePlan], decisions: Decisions) -> Iterator[_Asked]:
    for image in images:
        if image.action == "hold":
            yield from _of_held(image)
        if image.action != "ask":
            continue
        gaps = [
            gap
            for subject in image.subjects
            for decision in decisions.get(subject, ())
            if decision.outcome == "unknown"
            for gap in decision.gaps
        ]
        for owner in image.owners or ("",):
            yield _Asked(
                "image",
                owner,
                _unknown_image(gaps[0].reason if gaps else ""),
                image.label,
                frozenset({image.id}),
                gaps[0].settle if gaps else "",
            )


def _of_held(image: ImagePlan) -> Iterator[_Asked]:
    for owner in image.owners or ("",):
        yield _Asked(
            "held",
            owner,
            f"Is there a secret in this image? {image.reason} It is not pushed before it was built"
            " anew without it, or IMG022 is ignored for it in advisor.toml.",
            image.label,
            frozenset({image.id}),
            f"docker image inspect --format '{{{{.Config.Env}}}}' {shlex.quote(image.label)}",
        )


def _unknown_image(reason: str) -> str:
    return f"Is this image in a registry, and under which name? {_sentence(reason)}".strip()


def _sentence(reason: str) -> str:
    return f"Not known because {reason}." if reason else ""


def _of_commits(commits: Iterable[CommitStep], jobs: Sequence[JobPlan]) -> Iterator[_Asked]:
    for step in commits:
        about = f"{step.container} on {step.host}"
        yield _Asked(
            "commit",
            step.owner,
            "Is what was changed inside of this container worth keeping? It is in no image; it is"
            " lost when the container is removed.",
            about,
            frozenset(job.id for job in jobs if job.label == about),
            f"docker diff {shlex.quote(step.container)}",
        )


def _of_data(data: Iterable[DataPlan], decisions: Decisions) -> Iterator[_Asked]:
    for place in data:
        for owner in place.owners or ("",):
            if place.action == "ask":
                yield _unknown_place(place, owner, decisions)
            if place.other_paths and place.action in ("copy", "use"):
                text = "Some jobs have this data at another path. May it be at the same for all?"
                paths = ", ".join((place.mount_path, *place.other_paths))
                yield _Asked("path", owner, text, f"{place.label} ({paths})", frozenset({place.id}))
        if place.action == "copy" and not place.inside:
            yield from _of_copy(place)


def _unknown_place(place: DataPlan, owner: str, decisions: Decisions) -> _Asked:
    gaps = [
        gap
        for subject in place.subjects
        for decision in decisions.get(subject, ())
        if decision.outcome == "unknown"
        for gap in decision.gaps
    ]
    reason = _sentence(gaps[0].reason if gaps else "")
    return _Asked(
        "data",
        owner,
        f"Where are these files, and does anybody still need them? {reason}".strip(),
        place.label,
        frozenset({place.id}),
        gaps[0].settle if gaps else "",
    )


def _of_copy(place: DataPlan) -> Iterator[_Asked]:
    own = frozenset({place.id})
    if place.claim is not None and not place.claim.storage_class:
        text = "Which storage that every node can mount shall this be copied to?"
        yield _Asked("storage", "", text, place.label, own, "kubectl get storageclasses")
    if place.size is None:
        path = shlex.quote(place.source_path)
        text = "How large is this? Its claim needs a size."
        settle = f"du -sb -- {path}  # or: advisor snapshot --measure-data"
        yield _Asked("size", "", f"{text}{_counted_so_far(place)}", place.label, own, settle)


def _counted_so_far(place: DataPlan) -> str:
    """What measuring found, and why that is not all."""
    if place.at_least is not None:
        return f" It is at least {format_bytes(place.at_least)}: {place.unmeasured}."
    return f" It was not measured: {place.unmeasured}." if place.unmeasured else ""


def _of_paths(data: Iterable[DataPlan]) -> Iterator[_Asked]:
    """One path on two machines with different files: nobody but their owners can tell."""
    by_path: dict[str, list[DataPlan]] = defaultdict(list)
    for place in data:
        if place.source_path and place.source_host and place.kind in ("bind", "hostPath"):
            by_path[place.source_path].append(place)
    for path, group in sorted(by_path.items()):
        if len(group) < 2 or any(place.action == "leave" for place in group):
            continue
        hosts = ", ".join(place.source_host for place in group)
        places = frozenset(place.id for place in group)
        for owner in sorted({owner for place in group for owner in place.owners}) or ("",):
            text = "Is this the same data on each of these machines, and which copy counts?"
            yield _Asked("same-path", owner, text, f"{path} on {hosts}", places)


def _of_jobs(jobs: Iterable[JobPlan]) -> Iterator[_Asked]:
    for job in jobs:
        own = frozenset({job.id})
        if not job.owner and job.host:
            yield _Asked("owner", "", "Whose job is this, and is it still needed?", job.label, own)
        if job.gpus is None:
            text = "How many GPUs does this job really need?"
            yield _Asked("gpus", job.owner, text, job.label, own)
