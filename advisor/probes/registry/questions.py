"""What to ask registries (the images of a snapshot, and the contents that machines have of them),
and what their manifests, indexes and image configs tell of digests and architectures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from advisor.facts.host import HostImage
from advisor.facts.image_reference import ImageReference, parse_reference
from advisor.facts.snapshot import Snapshot
from advisor.probes.registry.transport import UnreachableError


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one image on a machine: the digest of its `config`, and those of `manifests`
    or indexes, whichever its runtime names. `architecture` is that of the config."""

    config: str = ""
    manifests: tuple[str, ...] = ()
    architecture: str = ""

    @property
    def digests(self) -> tuple[str, ...]:
        """Every digest."""
        return (*((self.config,) if self.config else ()), *self.manifests)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One image. `text` is a spelling of its name; `copies` what machines have under it."""

    text: str
    reference: ImageReference
    copies: tuple[Copy, ...] = ()


def ask_for(texts: Iterable[str], copies: tuple[Copy, ...] = ()) -> tuple[Question, ...]:
    """Questions after the names alone, compared with `copies` if there are any; text that is no
    image's name is left out."""
    return _merged((text, copies) for text in texts)


def questions_of(snapshot: Snapshot, also: Iterable[str] = ()) -> tuple[Question, ...]:
    """Every named image of hosts, nodes and jobs, and the names `also`, once.

    Not those of loopback registries: what answers here is not what answers on a node.
    """
    asked = _merged((*_seen(snapshot), *((text, ()) for text in also)))
    return tuple(question for question in asked if not question.reference.loopback)


def _merged(pairs: Iterable[tuple[str, tuple[Copy, ...]]]) -> tuple[Question, ...]:
    questions: dict[str, Question] = {}
    for text, copies in pairs:
        try:
            reference = parse_reference(text)
        except ValueError:
            continue
        question = questions.get(reference.key) or Question(text=text, reference=reference)
        new = tuple(copy for copy in copies if copy not in question.copies and copy.digests)
        questions[reference.key] = msgspec.structs.replace(question, copies=question.copies + new)
    return tuple(questions[key] for key in sorted(questions))


def _seen(snapshot: Snapshot) -> Iterator[tuple[str, tuple[Copy, ...]]]:
    for host in snapshot.hosts:
        for image in host.images or ():
            for name in image.tags or image.digests:
                yield name, (_host_copy(image, name, host.image_store or ""),)
        for container in host.containers or ():
            yield container.image, ()
    if snapshot.cluster is None:
        return
    for listed in snapshot.cluster.node_images or ():
        for name in [name for name in listed.names if "@" not in name] or listed.names:
            yield name, (Copy(manifests=_digests(listed.names, name)),)
    for workload in snapshot.cluster.workloads or ():
        for part in workload.template.containers:
            yield part.image, ()


def _host_copy(image: HostImage, name: str, store: str) -> Copy:
    """containerd names content by its manifest or index, the others by its config."""
    content = image.id if ":" in image.id else f"sha256:{image.id}"
    manifests = _digests(image.digests, name)
    if store == "containerd":
        return Copy(manifests=tuple(sorted({content, *manifests})))
    config = content if image.id else ""
    return Copy(config=config, manifests=manifests, architecture=image.architecture)


def _digests(references: Iterable[str], name: str) -> tuple[str, ...]:
    """Digests under which the repository of `name` is said to have the content."""
    try:
        wanted = parse_reference(name).name
        parsed = [parse_reference(reference) for reference in references if "@" in reference]
    except ValueError:
        return ()
    return tuple(sorted({reference.digest for reference in parsed if reference.name == wanted}))


_T = TypeVar("_T")

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
OLD_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
)
ACCEPT = ", ".join((*INDEXES, *MANIFESTS, *(f"{kind};q=0.1" for kind in OLD_MANIFESTS)))
MEDIA_TYPES = frozenset((*INDEXES, *MANIFESTS, *OLD_MANIFESTS))

_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")
_ARCHITECTURE = re.compile(r"[a-z0-9_]{1,20}")


class Platform(msgspec.Struct, frozen=True):
    """Operating system and processor, as an index or image config names them."""

    architecture: str = ""
    os: str = ""

    @property
    def is_linux(self) -> bool:
        """Whether it is for Linux; one that does not say is taken for it."""
        return self.os in ("", "linux")


class Descriptor(msgspec.Struct, frozen=True, rename={"media_type": "mediaType"}):
    """A reference to other content."""

    digest: str = ""
    media_type: str = ""
    size: int = 0
    platform: Platform | None = None


class Manifest(msgspec.Struct, frozen=True, rename={"version": "schemaVersion"}):
    """An index has `manifests`, a manifest `config`; an old one (version 1) `architecture`."""

    version: int = 0
    config: Descriptor | None = None
    manifests: tuple[Descriptor, ...] | None = None
    architecture: str = ""

    def images(self) -> tuple[Descriptor, ...]:
        """What an index lists for Linux; attestations and other systems are left out."""
        return tuple(
            manifest
            for manifest in self.manifests or ()
            if is_digest(manifest.digest)
            and manifest.media_type not in INDEXES
            and (manifest.platform is None or manifest.platform.is_linux)
        )

    def architectures(self) -> tuple[str, ...]:
        """The architectures that the document itself names."""
        named = [
            image.platform.architecture for image in self.images() if image.platform is not None
        ]
        return known_architectures([*named, self.architecture])


def known_architectures(names: list[str]) -> tuple[str, ...]:
    """Sorted, and without what is no name of one: a registry may write anything there."""
    return tuple(sorted({name for name in names if _ARCHITECTURE.fullmatch(name)} - {"unknown"}))


def is_digest(text: str) -> bool:
    """Whether it is a digest that can be checked here."""
    return _DIGEST.fullmatch(text) is not None


def check_digest(body: bytes, digest: str) -> None:
    """UnreachableError when `body` is not what the digest names: then nothing it says counts."""
    kind = digest.partition(":")[0]
    if not is_digest(digest) or f"{kind}:{hashlib.new(kind, body).hexdigest()}" != digest:
        raise UnreachableError("it sends content that does not match its digest")


def decode_manifest(body: bytes) -> Manifest:
    """A manifest or an index; UnreachableError for anything else."""
    manifest = _decode(body, Manifest)
    if manifest.version not in (1, 2):
        raise UnreachableError("its answer is no manifest")
    return manifest


def decode_config(body: bytes) -> Platform:
    """The platform an image config states. UnreachableError."""
    return _decode(body, Platform)


def _decode(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError):
        if body.lstrip()[:1] == b"<":
            raise UnreachableError("it answers with a web page: no registry API there") from None
        raise UnreachableError("its answer is no manifest") from None
