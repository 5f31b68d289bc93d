"""The plan as records; every output and every script is drawn from them."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record
from advisor.planning.capacity_rows import Capacity
from advisor.planning.plan_items import CommitStep, DataPlan, ImagePlan, JobPlan

PLACEHOLDER_REGISTRY = "REGISTRY"
"""Stands where a registry is needed and none was named."""


class PullSecret(Record, frozen=True, kw_only=True):
    """Whether pods need one to pull from the plan's registry, the command that makes it in one
    namespace, and the namespaces without one (None: not known which have one)."""

    needed: Literal["yes", "no", "unknown"]
    reason: str
    name: str = ""
    command: str = ""
    namespaces: tuple[str, ...] | None = None


class Wave(Record, frozen=True, kw_only=True):
    """Jobs that move together, with what has to be there first that no wave before brought.

    `bytes` are those whose size is known, `unknown_sizes` the number of things without one.
    `seconds` is for those bytes at the plan's bandwidth. `questions` are ids.
    """

    number: int
    title: str
    kind: Literal["pilot", "owner", "rest"]
    owner: str = ""
    jobs: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    bytes: int = 0
    unknown_sizes: int = 0
    seconds: int = 0
    way_back: str = ""


class Question(Record, frozen=True, kw_only=True):
    """Something only a person can settle; `owner` is empty when nobody is named: the admin's then.

    `about` are labels of what it is asked of, `settle` the command that would answer it.
    """

    id: str
    owner: str
    text: str
    about: tuple[str, ...] = ()
    settle: str = ""


class Plan(Record, frozen=True, kw_only=True):
    """Everything. `registry` is PLACEHOLDER_REGISTRY when none was named; `bandwidth` in megabits a
    second; `images` are in the order of their pushes, then the others by name."""

    registry: str
    bandwidth: int
    images: tuple[ImagePlan, ...] = ()
    commits: tuple[CommitStep, ...] = ()
    pull_secret: PullSecret
    data: tuple[DataPlan, ...] = ()
    jobs: tuple[JobPlan, ...] = ()
    capacity: Capacity
    waves: tuple[Wave, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def pushed(self) -> tuple[ImagePlan, ...]:
        """The images that a script pushes, in order."""
        return tuple(image for image in self.images if image.action == "push")

    @property
    def copied(self) -> tuple[DataPlan, ...]:
        """The places that a script copies, each as a whole."""
        return tuple(one for one in self.data if one.action == "copy" and not one.inside)
