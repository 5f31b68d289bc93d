"""The `storageclass` variable."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class StorageClassFacts(ViewFacts, frozen=True, kw_only=True):
    """One storage class.

    serves: what its volumes can do for files: `many-nodes`, `one-node` (network, one node at a
    time), `node-local`, `depends` (on parameters it does not state), `unknown`
    evidence: what that rests on, strongest first: `configuration` (the user's word), `volume in use
    on two nodes`, `StorageProfile`, `its volumes`, `catalogue`, `nothing`
    detail: that evidence in words, else null; overridden: the user's configuration decided
    condition: what a `depends` depends on, or why nothing is known, in words
    claims: number of claims of this class; shared_block: those that ask for many-node access to a
    raw block device, which holds no shared files
    """

    name: str
    provisioner: str
    default: bool
    reclaim_policy: str
    binding_mode: str
    serves: str
    evidence: str
    detail: str | None = None
    condition: str | None = None
    claims: int | UnsetType = UNSET
    shared_block: tuple[str, ...] | UnsetType = UNSET
    overridden: bool = False
