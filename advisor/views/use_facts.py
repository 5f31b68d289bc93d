"""The `use` variable of deciding rules: one thing in one job."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class EligibleFacts(ViewFacts, frozen=True, kw_only=True):
    """The nodes that one pod of the job could ever be scheduled on.

    count: how many; ready: how many would take it today; nodes: names, at most twenty
    """

    count: int
    ready: int
    nodes: tuple[str, ...] = ()


class UseFacts(ViewFacts, frozen=True, kw_only=True):
    """One use.

    job: the job's name, or null for the cluster-level verdict that unused things get
    title: the same for a sentence: `job train-a`, `Pod team/train`, `a GPU job`
    location: for an image `registry-verified`, `registry-claimed`, `local-only` or `unknown`; for
    data `outside`, `on-machine` or `unknown`
    registry_name: the name under which a registry has an image, where the job uses another; or null
    machines: where it is, when it is on machines; presumed: nobody looked, that is the usual case
    eligible: the nodes (see EligibleFacts), missing when nodes could not be read
    on_eligible: whether it is on the one eligible node (only there when exactly one is eligible and
    what that node has is known)
    unmet: requirements no node meets, in words
    pull_policy: the job's image pull policy, empty when it names none
    read_only: whether this use only reads
    """

    job: str | None
    title: str
    location: str
    registry_name: str | None = None
    machines: tuple[str, ...] = ()
    presumed: bool = False
    eligible: EligibleFacts | UnsetType = UNSET
    on_eligible: bool | UnsetType = UNSET
    unmet: tuple[str, ...] = ()
    pull_policy: str = ""
    read_only: bool = False
