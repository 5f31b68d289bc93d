"""The plan as records; every output and every script is drawn from them."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record
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


class Preparation(Record, frozen=True, kw_only=True):
    """Something that the cluster lacks for the Run:ai release, to be done before anything moves;
    `rule` found it, `reason` and `remedy` are its words."""

    rule: str
    title: str
    reason: str
    remedy: str


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
    second; `images` are in the order of their pushes, then the others by name. `preparations` come
    before everything else."""

    registry: str
    bandwidth: int
    preparations: tuple[Preparation, ...] = ()
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


class ProductSupply(Record, frozen=True, kw_only=True):
    """Nodes that offer the same: `capacity` and `allocatable` are sums over `nodes` machines (None:
    not counted), `largest` is the most that one node has, `largest_node` its name."""

    product: str
    nodes: int
    capacity: int | None
    allocatable: int | None
    largest: int | None
    largest_node: str


class CapacityRow(Record, frozen=True, kw_only=True):
    """One kind of accelerator; amounts of different rows are never added.

    `asked` is what all jobs that run would ask for at once, `asked_now` the part of the cluster's
    own jobs, `jobs` how many they are, `uncounted` those whose number is not known. `stopped` is
    what the `stopped_jobs` would ask for on top once somebody starts them, as far as it is known.
    `there` is by capacity, None when not known. `fits` is None where it cannot be told. `too_large`
    are jobs, stopped or not, that no single node can take, `queue` the jobs that would wait when
    everything that runs is started at once.
    """

    resource: str
    kind: str
    asked: int = 0
    asked_now: int = 0
    jobs: int = 0
    uncounted: tuple[str, ...] = ()
    stopped: int = 0
    stopped_jobs: tuple[str, ...] = ()
    there: int | None = None
    allocatable: int | None = None
    products: tuple[ProductSupply, ...] = ()
    fits: bool | None = None
    largest_job: str = ""
    largest_ask: int | None = None
    largest_node: str = ""
    largest_there: int | None = None
    too_large: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()


class NodeRow(Record, frozen=True, kw_only=True):
    """What one node offers of one kind and what running pods of known jobs ask of it."""

    node: str
    resource: str
    kind: str
    product: str = ""
    capacity: int | None = None
    allocatable: int | None = None
    in_use: int = 0


class Capacity(Record, frozen=True, kw_only=True):
    """`known` is false when nodes were neither read nor assumed; `assumed` when they were assumed.
    `notes` say what was left out of the sums, and why."""

    known: bool = True
    assumed: bool = False
    rows: tuple[CapacityRow, ...] = ()
    nodes: tuple[NodeRow, ...] = ()
    notes: tuple[str, ...] = ()
