"""Storage classes as rules see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from advisor.facts.source import Source
from advisor.facts.storage import Claim, StorageClass
from advisor.findings.finding import Evidence, Gap, Subject
from advisor.placement.storage_evidence import StorageService
from advisor.rulebook.loaded import View
from advisor.views.base import UNSET, UnsetType, ViewFacts, gaps, plain

_NEEDED = {
    "storageclass.claims": ("cluster.claims",),
    "storageclass.shared_block": ("cluster.claims",),
}

_SEEN = ("volume in use on two nodes", "its volumes")


def storageclass_views(
    classes: Sequence[StorageClass],
    services: Mapping[str, StorageService],
    claims: Sequence[Claim] | None,
    *,
    sources: Sequence[Source] = (),
    gap_cluster: tuple[Gap, ...] = (),
) -> tuple[View, ...]:
    """A view of each class; `claims` are those of the whole cluster, None when not read."""
    missing = (*gap_cluster, *gaps(sources, _NEEDED))
    return tuple(_view(class_, services[class_.name], claims, missing) for class_ in classes)


def _view(
    storage_class: StorageClass,
    service: StorageService,
    claims: Sequence[Claim] | None,
    missing: tuple[Gap, ...],
) -> View:
    source = ", ".join(service.links) or service.evidence
    return View(
        subject=Subject(
            scope="storageclass", id=f"storageclass:{storage_class.name}", label=storage_class.name
        ),
        facts=plain(storageclass_facts(storage_class, service, claims)),
        gaps=missing,
        evidence=(
            Evidence(
                fact="storageclass.serves",
                value=service.serves,
                source=source,
                strength="seen" if service.evidence in _SEEN else "claimed",
            ),
        ),
    )


def storageclass_facts(
    storage_class: StorageClass, service: StorageService, claims: Sequence[Claim] | None
) -> StorageClassFacts:
    """The facts of one class."""
    own = None if claims is None else [claim for claim in claims if _of_class(claim, storage_class)]
    return StorageClassFacts(
        name=storage_class.name,
        provisioner=storage_class.provisioner,
        default=storage_class.default,
        reclaim_policy=storage_class.reclaim_policy,
        binding_mode=storage_class.binding_mode,
        serves=service.serves,
        evidence=service.evidence,
        detail=service.detail or None,
        condition=service.condition or None,
        claims=UNSET if own is None else len(own),
        shared_block=UNSET if own is None else _shared_block(own),
        overridden=service.overridden,
    )


def _of_class(claim: Claim, storage_class: StorageClass) -> bool:
    """A claim that names no class gets the default one."""
    if claim.storage_class is None:
        return storage_class.default
    return claim.storage_class == storage_class.name


def _shared_block(claims: Sequence[Claim]) -> tuple[str, ...]:
    return tuple(
        f"{claim.namespace}/{claim.name}"
        for claim in claims
        if claim.volume_mode == "Block" and "ReadWriteMany" in claim.access_modes
    )


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
