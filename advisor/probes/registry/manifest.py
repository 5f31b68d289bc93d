"""Manifests, indexes and image configs, as far as they tell digests and architectures."""

from __future__ import annotations

import hashlib
import re
from typing import TypeVar

import msgspec

from advisor.probes.registry.failure import UnreachableError

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
        named = [one.platform.architecture for one in self.images() if one.platform is not None]
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
