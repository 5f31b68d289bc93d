"""The plan as records, with what it moves; every output and every script is drawn from them."""

from __future__ import annotations

from typing import Any, Literal

from advisor.facts.record import Record
from advisor.findings.finding import Outcome
from advisor.jobs.ledger import Fate
from advisor.jobs.translation import Target

ImageAction = Literal["push", "push-from-node", "hold", "use", "stay", "wait", "ask"]
"""`push`: by its host's engine; `push-from-node`: only nodes hold it; `hold`: to be pushed, but not
before somebody has looked at a finding; `use`: in a registry under a name already; `stay`: on the
one node; `wait`: its jobs run nowhere; `ask`: not known."""

DataAction = Literal["copy", "use", "stay", "wait", "ask", "leave"]
"""`use`: outside the machines already; `leave`: the system's, no data of anybody."""


class Holder(Record, frozen=True, kw_only=True):
    """Machines that have the content under the same names. `node`: copies of kubelets."""

    machines: tuple[str, ...]
    node: bool = False
    names: tuple[str, ...] = ()


class CommitStep(Record, frozen=True, kw_only=True):
    """Work that only a container's writable layer holds, to be kept as an image if its owner says
    so. `id` is the container's; `paths` are some of `changes`; `size` in bytes."""

    container: str
    id: str
    host: str
    target: str
    owner: str = ""
    changes: int | None = None
    size: int | None = None
    paths: tuple[str, ...] = ()


class ImagePlan(Record, frozen=True, kw_only=True):
    """One content. `id` is unique; `content` the id by which its source engine knows it.

    `subjects` are the subjects of the assessment that it stands for. `target` is the name it gets,
    or has, in a registry; `renamed` says why the name is not that of the source. `push_bytes` is
    what is left to send after layers that images before it have sent; it is an upper bound where
    `at_most` (compression always makes it less). `order` counts the pushes from 1, None without.
    `source_node` has it where no host does, and lists it as `listed`; `by_hand` is a command for
    there. `runtime` is the container runtime of the node on which it stays, where `source_host` has
    to give it a copy; `in_runtime` whether it has one, None where not known.
    """

    id: str
    label: str
    names: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    content: str = ""
    outcome: Outcome = "unknown"
    action: ImageAction
    reason: str = ""
    holders: tuple[Holder, ...] = ()
    users: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    target: str = ""
    renamed: str = ""
    source_host: str = ""
    size: int | None = None
    push_bytes: int | None = None
    at_most: bool = False
    layers_after: str = ""
    order: int | None = None
    source_node: str = ""
    listed: str = ""
    by_hand: str = ""
    runtime: str = ""
    in_runtime: bool | None = None


class DataSource(Record, frozen=True, kw_only=True):
    """Where one machine has it; `filesystem` is its type and device in words, empty: not known."""

    machine: str
    path: str
    filesystem: str = ""


class NfsTarget(Record, frozen=True, kw_only=True):
    """An export that jobs mount directly; the texts are runai's options for it."""

    server: str
    export: str
    runai_v1: str = ""
    runai_v2: str = ""


class ClaimTarget(Record, frozen=True, kw_only=True):
    """A claim to make. `storage_class` is empty when no fit one was found; `evidence` says what the
    choice rests on. `request` is bytes with headroom, None while the size is not known.
    `sub_path` is the place in it when it belongs to a larger place that is copied as a whole."""

    name: str
    storage_class: str = ""
    evidence: str = ""
    access_mode: str = "ReadWriteMany"
    request: int | None = None
    sub_path: str = ""


class DataPlan(Record, frozen=True, kw_only=True):
    """One real location. `mount_path` is the same for everyone; `other_paths` are where some users
    have it today. `read_only` when every user only reads. `inside` is the id of the location that
    holds it and is copied with it.

    `size` in bytes if all of it was measured, else `at_least` what was; `files` is their number,
    `unmeasured` the clause that says why not everything was, empty when nobody asked for it.
    """

    id: str
    label: str
    kind: str
    subjects: tuple[str, ...] = ()
    outcome: Outcome = "unknown"
    action: DataAction
    reason: str = ""
    sources: tuple[DataSource, ...] = ()
    source_host: str = ""
    source_path: str = ""
    users: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    mount_path: str = ""
    other_paths: tuple[str, ...] = ()
    read_only: bool = False
    size: int | None = None
    at_least: int | None = None
    files: int | None = None
    unmeasured: str = ""
    nfs: NfsTarget | None = None
    claim: ClaimTarget | None = None
    inside: str = ""


class JobCommand(Record, frozen=True, kw_only=True):
    """A replacement for one target; `before` come first, `missing` is what has yet to be given.
    `documents` are the objects of the Kubernetes target."""

    target: str
    text: str
    before: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    documents: tuple[dict[str, Any], ...] = ()


class FlagFate(Record, frozen=True, kw_only=True):
    """What became of a flag for one target; `output` is what it became, empty when nothing."""

    target: Target
    fate: Fate
    reason: str
    output: str = ""


class JobFlag(Record, frozen=True, kw_only=True):
    """One flag or field of today's job, its value without secrets."""

    written: str
    value: str = ""
    became: tuple[FlagFate, ...] = ()


class JobPlan(Record, frozen=True, kw_only=True):
    """One job. `images` and `data` are ids of the plan's own; `gpus` is None when not known.

    `standing` says why it is an interactive one or a service; it is empty for one that ends.
    `changes` are, for a job of the cluster, what has to be edited in it. `today` says how it is
    started or found again on its host: the way back. `command` is what starts it anew today, and
    `flags` are what it says. `place` is the file and line of a job that was read from one.
    `variables` are those whose values are in no snapshot, only in the container: the Secret
    `variables_secret` brings them to the cluster.
    """

    id: str
    label: str
    kind: str
    owner: str = ""
    host: str = ""
    namespace: str = ""
    replicas: int = 1
    gpus: int | None = 0
    standing: str = ""
    images: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    commands: tuple[JobCommand, ...] = ()
    changes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    today: str = ""
    command: str = ""
    flags: tuple[JobFlag, ...] = ()
    place: str = ""
    variables: tuple[str, ...] = ()
    variables_secret: str = ""


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
    def gives_pull_secret(self) -> bool:
        """Whether pods pull what the plan pushes, and the registry may not let everybody read."""
        pushes = any(image.action.startswith("push") for image in self.images)
        return pushes and self.pull_secret.needed != "no"

    @property
    def copied(self) -> tuple[DataPlan, ...]:
        """The places that a script copies, each as a whole."""
        return tuple(step for step in self.data if step.action == "copy" and not step.inside)


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
