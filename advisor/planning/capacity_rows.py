"""Accelerators asked for and there, as records."""

from __future__ import annotations

from advisor.facts.record import Record


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
