"""The `storageclass` variable."""

from __future__ import annotations

from advisor.views.base import ViewFacts


class StorageClassFacts(ViewFacts, frozen=True, kw_only=True):
    """One storage class.

    serves: what its volumes can do for files: `many-nodes`, `one-node` (network, one node at a
    time), `node-local`, `depends` (on parameters it does not state), `unknown`
    evidence: what that rests on, strongest first: `volume in use on two nodes`, `StorageProfile`,
    `configuration`, `catalogue`, `nothing`
    condition: for `depends`, what it depends on, in words
    claims: claims of this class; shared_block: whether claims ask for many-node access to a raw
    block device, which holds no shared files
    """

    name: str
    provisioner: str
    default: bool
    reclaim_policy: str
    binding_mode: str
    serves: str
    evidence: str
    condition: str | None = None
    claims: int | None = None
    shared_block: tuple[str, ...] = ()
    overridden: bool = False
