"""Whether an image is in a registry or only on machines, and what says so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

import msgspec

from advisor.facts.image_reference import DOCKER_HUB, ImageReference
from advisor.facts.snapshot import RegistryImage
from advisor.findings.finding import Evidence, Gap
from advisor.jobs.spec import BUILT, JobImage, JobSpec
from advisor.placement.image_inventory import (
    Holding,
    ImageEntry,
    held_by,
    image_key,
    in_registry,
)

_MADE_BY_AN_IMPORT = re.compile(r"(^|/)(import-\d{4}-\d{2}-\d{2}|overlayfs)\Z")
"""The repository that containerd makes up for the content of an archive (`ctr images import`,
`nerdctl load`)."""
_KEEPS_NO_PROOF = frozenset({"containerd", "podman", "node", ""})
"""Stores in which a plain `docker tag` gets a digest too, so that one proves no pull or push
(moby/moby#48747, podman#15780); a node's docker.io name may be a local build (kind#2556)."""


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """`place` is registry-verified, registry-claimed, local-only or unknown (images), or outside,
    on-machine or unknown (data); `machines` hold it. `registry_name` is the name under which a
    registry has an image, where that is not the image's own."""

    place: str
    machines: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()
    registry_name: str = ""


def locate_image(
    entry: ImageEntry, *, job: JobSpec | None, images_unread: Sequence[str]
) -> Location:
    """Where the image is for one use of it (no job: for the cluster as a whole).

    `images_unread` names machines whose images could not be listed. A name counts as in a registry
    where that registry has this very name; content it has under another one is found as that.
    """
    image = _image_of(entry, job)
    holdings = _relevant(entry, job, image)
    location = _under_its_own_name(entry, job, image, holdings, images_unread)
    if location.place.startswith("registry-"):
        return location
    held = [holding for holding in holdings if set(holding.machines) & set(location.machines)]
    return _under_another_name(entry, held or holdings) or location


def _under_its_own_name(
    entry: ImageEntry,
    job: JobSpec | None,
    image: JobImage | None,
    holdings: Sequence[Holding],
    images_unread: Sequence[str],
) -> Location:
    machines = held_by(holdings)
    reference = entry.reference
    if reference is not None and reference.loopback:
        return _found("local-only", machines, "registry", reference.registry)
    if entry.registry is not None and entry.registry.status == "verified":
        return _verified(entry, job, holdings, machines, entry.registry)
    if entry.registry is not None and entry.registry.status == "missing":
        return _missing(entry, entry.registry, machines, images_unread)
    if (claim := _claim(holdings, reference)) is not None:
        return _found("registry-claimed", machines, "digest", claim, strength="claimed")
    if image is not None and image.pull_policy in ("Never", BUILT):
        return _found("local-only", machines, "image pull policy", image.pull_policy)
    return _without_digest(entry, job, holdings, machines, images_unread)


def _verified(
    entry: ImageEntry,
    job: JobSpec | None,
    holdings: Sequence[Holding],
    machines: tuple[str, ...],
    answer: RegistryImage,
) -> Location:
    """The name is there, but what a container runs may be another image that was built under it.

    A job of the cluster runs whatever the name stands for.
    """
    if job is None or job.host:
        own = held_by(
            holding
            for holding in holdings
            if not holding.node and in_registry(entry, holding) is False
        )
        if own:
            text = f"other content: {answer.reference}"
            return _found("local-only", own, "asked", text)
    return _found("registry-verified", machines, "asked", answer.reference)


def _missing(
    entry: ImageEntry,
    answer: RegistryImage,
    machines: tuple[str, ...],
    images_unread: Sequence[str],
) -> Location:
    """The registry's own word outweighs every digest and name."""
    if machines:
        return _found("local-only", machines, "asked", f"missing: {answer.reference}")
    return Location(place="unknown", gaps=(_gap(entry, images_unread),))


def _without_digest(
    entry: ImageEntry,
    job: JobSpec | None,
    holdings: Sequence[Holding],
    machines: tuple[str, ...],
    images_unread: Sequence[str],
) -> Location:
    reference = entry.reference
    ambiguous = [holding for holding in holdings if not _was_imported(holding)]
    explicit = reference is not None and reference.registry not in ("", DOCKER_HUB)
    if (
        job is None
        and explicit
        and all(holding.node and _was_imported(holding) for holding in holdings)
    ):
        # Loaded from a file, as installers do with a registry's own images.
        return Location(place="unknown", machines=machines, gaps=(_gap(entry, images_unread),))
    if holdings and not ambiguous and not (explicit and job is not None and not job.host):
        text = ", ".join(sorted({holding.store or "unknown store" for holding in holdings}))
        return _found("local-only", machines, "no repository digest", text)
    named_in_cluster = reference is not None and bool(reference.registry)
    if job is not None and named_in_cluster and (explicit or not holdings):
        assert reference is not None
        return _found(
            "registry-claimed", machines, "registry in the name", reference.host, strength="claimed"
        )
    return Location(place="unknown", machines=machines, gaps=(_gap(entry, images_unread),))


def _image_of(entry: ImageEntry, job: JobSpec | None) -> JobImage | None:
    if job is None:
        return None
    keys = {image_key(image.reference): image for image in job.images}
    by_id = {image_key(image.image_id): image for image in job.images if image.image_id}
    return keys.get(entry.key) or by_id.get(entry.key)


def _relevant(entry: ImageEntry, job: JobSpec | None, image: JobImage | None) -> list[Holding]:
    """A container runs its own host's copy; a cluster's job runs what nodes hold, or, where no
    node lists it, what hosts hold."""
    if job is not None and job.host and image is not None:
        own = entry.copies_on(job.host)
        same = [copy for copy in own if copy.id == image.image_id]
        return same or own
    if job is not None and not job.host:
        runs = image.image_id if image is not None else ""
        return entry.copies_on_nodes(runs) or entry.copies_on_nodes() or entry.holdings
    return entry.holdings


def _claim(holdings: Sequence[Holding], reference: ImageReference | None) -> str | None:
    """A digest of the image's own repository that counts."""
    if reference is None or reference.loopback:
        return None
    for holding in holdings:
        for digest in holding.digests:
            if digest.name == reference.name and _counts(digest, holding):
                return f"{digest.name}@{digest.digest}"
    if holdings or not reference.digest:
        return None
    return f"{reference.name}@{reference.digest}"


def _counts(digest: ImageReference, holding: Holding) -> bool:
    """Whether it shows that a registry which is not the machine itself has the content: a local
    build gets a digest too, in some stores and under some names."""
    if digest.loopback or _MADE_BY_AN_IMPORT.search(digest.path):
        return False
    return holding.store not in _KEEPS_NO_PROOF or not _could_be_local(digest, holding)


def _was_imported(holding: Holding) -> bool:
    """Whether it has no digest, or only such as an import makes up."""
    return all(_MADE_BY_AN_IMPORT.search(digest.path) for digest in holding.digests)


def _could_be_local(digest: ImageReference, holding: Holding) -> bool:
    """On Docker Hub's name alone: a node's one-word name, any name elsewhere."""
    if digest.host != DOCKER_HUB:
        return False
    return holding.store != "node" or digest.path.startswith("library/")


def _under_another_name(entry: ImageEntry, holdings: Sequence[Holding]) -> Location | None:
    """Where every copy is known by a digest of one other repository: the name it has there."""
    own = entry.reference.name if entry.reference is not None else ""
    names = [list(dict.fromkeys(_names_elsewhere(holding, own))) for holding in holdings]
    everywhere = [name for name in next(iter(names), ()) if all(name in some for some in names)]
    for name in everywhere:
        answer = entry.answers.get(name)
        if answer is None or answer.status != "missing":
            verified = answer is not None and answer.status == "verified"
            location = _found(
                "registry-verified" if verified else "registry-claimed",
                held_by(holdings),
                "asked" if verified else "digest",
                name,
                strength="seen" if verified else "claimed",
            )
            return msgspec.structs.replace(location, registry_name=name)
    return None


def _names_elsewhere(holding: Holding, own: str) -> Iterator[str]:
    """The tags of other repositories that its digests show to be pulled or pushed, then those."""
    digests = [
        digest for digest in holding.digests if digest.name != own and _counts(digest, holding)
    ]
    known = {digest.name for digest in digests}
    yield from sorted(tag.key for tag in holding.tags if tag.name in known)
    yield from (digest.key for digest in digests)


def _found(
    place: str,
    machines: tuple[str, ...],
    fact: str,
    value: str,
    *,
    strength: str = "seen",
) -> Location:
    evidence = Evidence(
        fact=f"use.location ({fact})",
        value=value,
        source=", ".join(machines[:3]),
        strength="claimed" if strength == "claimed" else "seen",
    )
    return Location(place=place, machines=machines, evidence=(evidence,))


def _gap(entry: ImageEntry, images_unread: Sequence[str]) -> Gap:
    name = entry.label
    if entry.registry is not None and entry.registry.status != "verified":
        reason = _answered(entry.registry)
    elif not entry.holdings and images_unread:
        reason = f"images could not be listed on {', '.join(images_unread)}"
    elif not entry.holdings:
        reason = "no machine that was read lists it, and the name has no registry"
    elif all(map(_was_imported, entry.holdings)):
        reason = "nodes list it without a digest: it was loaded from a file, of whatever origin"
    else:
        reason = (
            "the name may mean Docker Hub or a local build: this image store gives both a digest"
        )
    return Gap(
        fact="use.location",
        probe="registry",
        reason=reason,
        settle=f"docker manifest inspect {shlex.quote(name)}",
    )


def _answered(answer: RegistryImage) -> str:
    why = f" ({answer.reason})" if answer.reason else ""
    if answer.status == "unreachable":
        return f"the registry could not be asked{why}"
    return f"the registry answered: {answer.status}{why}"
