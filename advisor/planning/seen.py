"""What an assessment keeps of its snapshot so that an earlier plan can be ticked off by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from advisor.facts.host import HostImage
from advisor.facts.image_reference import is_image_id
from advisor.facts.record import Record
from advisor.facts.registry import RegistryImage
from advisor.facts.snapshot import Snapshot
from advisor.facts.storage import Claim
from advisor.placement.image_inventory import reference_of

BOUND = "Bound"


class Seen(Record, frozen=True, kw_only=True):
    """`digests` are, by the id of an image's content, the references by digest under which an
    engine knows it; `hosts` gives the image store of each machine whose images were listed, empty
    where it is not known.

    `claims` gives the phase by a claim's name (of several the bound one's), `workloads` are names;
    None when they were not read. `copies` is for what only the scripts of a plan know: by
    `copy_key`, when a place, or a node's image, was found to be the same in both places.
    """

    registries: tuple[RegistryImage, ...] = ()
    digests: dict[str, tuple[str, ...]] = {}
    hosts: dict[str, str] = {}
    claims: dict[str, str] | None = None
    workloads: tuple[str, ...] | None = None
    copies: dict[str, str] = {}


def seen_in(snapshot: Snapshot) -> Seen:
    """Of all hosts, the cluster and the registries' answers."""
    cluster = snapshot.cluster
    claims = cluster.claims if cluster is not None else None
    workloads = cluster.workloads if cluster is not None else None
    images = [image for host in snapshot.hosts for image in host.images or ()]
    return Seen(
        registries=snapshot.registries,
        digests=dict(_digests(images)),
        hosts={one.name: one.image_store or "" for one in snapshot.hosts if one.images is not None},
        claims=None if claims is None else _phases(claims),
        workloads=None
        if workloads is None
        else tuple(sorted({workload.name for workload in workloads})),
    )


def copy_key(identity: str) -> str:
    """The name under which a script notes that what has this id in the plan is copied."""
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def full_id(content: str) -> str:
    """An image's id as registries spell it (podman leaves `sha256:` out); empty for other text."""
    if not is_image_id(content):
        return ""
    return content if content.startswith("sha256:") else f"sha256:{content}"


def _digests(images: Iterable[HostImage]) -> Iterator[tuple[str, tuple[str, ...]]]:
    digests: dict[str, set[str]] = {}
    for image in images:
        named = {
            f"{reference.name}@{reference.digest}"
            for reference in filter(None, map(reference_of, image.digests))
        }
        if named:
            digests.setdefault(image.id, set()).update(named)
    return ((content, tuple(sorted(digests[content]))) for content in sorted(digests))


def _phases(claims: Iterable[Claim]) -> dict[str, str]:
    phases: dict[str, str] = {}
    for claim in sorted(claims, key=lambda one: (one.name, one.namespace)):
        if phases.get(claim.name) != BOUND:
            phases[claim.name] = claim.phase
    return phases
