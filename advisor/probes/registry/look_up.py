"""One image: is it there, with which digest, and for which processors?"""

from __future__ import annotations

from hashlib import sha256
from threading import Lock
from typing import NamedTuple

import msgspec

from advisor.facts.snapshot import RegistryImage
from advisor.probes.registry.access import Access
from advisor.probes.registry.pacing import Pacer
from advisor.probes.registry.questions import (
    ACCEPT,
    MEDIA_TYPES,
    Copy,
    Manifest,
    Platform,
    Question,
    check_digest,
    decode_config,
    decode_manifest,
    is_digest,
    known_architectures,
)
from advisor.probes.registry.transport import (
    LARGEST,
    Answer,
    DeniedError,
    LookUpError,
    MissingError,
    UnreachableError,
)

FEW_PULLS = "its architectures were not read, since few pulls are left there for now"

_MOST_COPIES = 16
_MOST_PLATFORMS = 16
_MOST_DIGESTS = 4
"""Bounds on what one image makes us read; what lies beyond them stays unknown."""


class Found(NamedTuple):
    """What an image turned out to be. `manifest` is None where it was not read."""

    digest: str
    manifest: Manifest | None = None
    architectures: tuple[str, ...] = ()


class Clerk:
    """Answers questions about one registry; several threads may ask."""

    def __init__(self, access: Access, pacer: Pacer) -> None:
        self._access = access
        self._pacer = pacer
        self._reader = Reader(access)

    def look_up(self, question: Question) -> RegistryImage:
        """The answer, whatever happens; the time is the caller's to add."""
        path = question.reference.path
        try:
            answer = self._find(question)
            holds, lacks = _compare(
                self._reader, question, answer.digest, answer.manifest, pulls=self._may_pull()
            )
        except LookUpError as error:
            return RegistryImage(reference=question.text, status=error.status, reason=error.reason)
        return RegistryImage(
            reference=question.text,
            status="verified",
            digest=answer.digest,
            architectures=answer.architectures,
            anonymous=self._access.anonymous(path),
            reason="" if answer.manifest else FEW_PULLS,
            holds=holds,
            lacks=lacks,
        )

    def _find(self, question: Question) -> Found:
        """Docker Hub counts manifests that are read, not those that are only asked about."""
        path, reference = question.reference.path, question.reference
        wanted = reference.digest or reference.tag or "latest"
        if self._pacer.counts_pulls:
            digest = self._reader.find_digest(path, wanted)
            if digest and not self._may_pull():
                return Found(digest)
            wanted = digest or wanted
        digest, manifest = self._reader.manifest(path, wanted)
        return Found(digest, manifest, self._architectures(question, manifest))

    def _architectures(self, question: Question, manifest: Manifest) -> tuple[str, ...]:
        """An index and an old manifest name them; else the image's config does, which need not be
        read when a machine has the very same."""
        config = manifest.config
        if manifest.manifests is not None or config is None or not is_digest(config.digest):
            return manifest.architectures()
        known = {copy.architecture for copy in question.copies if copy.config == config.digest}
        if known - {""}:
            return known_architectures([*known])
        if not 0 <= config.size <= LARGEST:
            return ()
        platform = self._reader.config(question.reference.path, config.digest)
        return known_architectures([platform.architecture] if platform.is_linux else [])

    def _may_pull(self) -> bool:
        return not self._pacer.few_pulls_left


def _compare(
    reader: Reader, question: Question, digest: str, manifest: Manifest | None, *, pulls: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Digests of the machines' copies that the repository holds, and those that it lacks.

    A tag moves, so that a copy of last month counts when the repository still has it by digest.
    One that could not be compared is in neither. `pulls` allows to read more manifests.
    """
    shelf = _Shelf(reader, question.reference.path, digest, manifest, pulls=pulls)
    holds: set[str] = set()
    lacks: set[str] = set()
    for copy in question.copies[:_MOST_COPIES]:
        verdict = shelf.has(copy)
        if verdict is True:
            holds |= set(copy.digests) & shelf.contents
        elif verdict is False:
            lacks |= set(copy.digests)
    return tuple(sorted(holds)), tuple(sorted(lacks - holds))


class _Shelf:
    """The contents that are known to be in one repository."""

    def __init__(
        self, reader: Reader, path: str, digest: str, manifest: Manifest | None, *, pulls: bool
    ) -> None:
        self._reader = reader
        self._path = path
        self._images = manifest.images() if manifest else ()
        self._complete = manifest is not None and manifest.manifests is None
        self._pulls = pulls
        self.contents = {digest, *(image.digest for image in self._images)} - {""}
        if manifest is not None and manifest.config is not None:
            self.contents.add(manifest.config.digest)
        elif self._complete:
            # An old manifest does not name the config it stands for.
            self._complete = self._pulls = False

    def has(self, copy: Copy) -> bool | None:
        """Whether the repository has the content; None when that is not known."""
        if self._shows(copy):
            return True
        if copy.config:
            self._read_configs()
            if self._shows(copy):
                return True
        try:
            self.contents.update(
                manifest
                for manifest in copy.manifests[:_MOST_DIGESTS]
                if is_digest(manifest) and self._reader.has(self._path, manifest)
            )
        except LookUpError:
            return None
        if self._shows(copy):
            return True
        return False if self._complete or not copy.config else None

    def _shows(self, copy: Copy) -> bool:
        return not self.contents.isdisjoint(copy.digests)

    def _read_configs(self) -> None:
        """The configs that an index stands for; its manifests have to be read for that."""
        if self._complete or not self._pulls or len(self._images) > _MOST_PLATFORMS:
            return
        try:
            manifests = [
                self._reader.manifest(self._path, image.digest)[1] for image in self._images
            ]
        except LookUpError:
            return
        self.contents.update(
            manifest.config.digest for manifest in manifests if manifest.config is not None
        )
        self._complete = bool(self._images)


_JSON = "application/json, */*;q=0.5"
_OLD = 1
_NO_HEAD = (405, 501)

_OF_THE_IMAGE = frozenset({"MANIFEST_UNKNOWN", "TAG_INVALID"})
_OF_THE_REPOSITORY = frozenset({"NAME_UNKNOWN", "NAME_INVALID", "NOT_FOUND"})
_HIDDEN = frozenset({"UNAUTHORIZED", "DENIED"})


class Reader:
    """Reads through `access`; what a digest names is read once, whoever asks for it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._manifests: dict[str, Manifest] = {}
        self._configs: dict[str, Platform] = {}
        self._lock = Lock()

    def find_digest(self, repository: str, reference: str) -> str:
        """The digest that the registry gives for a tag or digest, without reading the manifest;
        empty when it does not say. Raises LookUpError."""
        answer = self._access.send("HEAD", repository, f"manifests/{reference}", ACCEPT)
        if answer.status == 200 and _is_manifest(answer):
            digest = answer.headers.get("Docker-Content-Digest", "")
            return digest if is_digest(digest) else ""
        if answer.status not in (200, 404, *_NO_HEAD):
            raise UnreachableError(f"it answers {answer.status}")
        return self._read_named(repository, reference)[0]

    def has(self, repository: str, digest: str) -> bool:
        """Whether the repository has a manifest of this digest. Raises LookUpError."""
        try:
            return self.find_digest(repository, digest) == digest
        except MissingError:
            return False

    def manifest(self, repository: str, reference: str) -> tuple[str, Manifest]:
        """A manifest and its digest, by tag or by digest. Raises LookUpError."""
        with self._lock:
            known = self._manifests.get(reference)
        return (reference, known) if known is not None else self._read_named(repository, reference)

    def config(self, repository: str, digest: str) -> Platform:
        """The platform in an image config. Raises LookUpError."""
        with self._lock:
            known = self._configs.get(digest)
        if known is not None:
            return known
        answer = self._access.send("GET", repository, f"blobs/{digest}", _JSON)
        if answer.status != 200:
            raise UnreachableError(f"it answers {answer.status} for an image's config")
        check_digest(answer.body, digest)
        platform = decode_config(answer.body)
        with self._lock:
            self._configs[digest] = platform
        return platform

    def _read_named(self, repository: str, reference: str) -> tuple[str, Manifest]:
        answer = self._access.send("GET", repository, f"manifests/{reference}", ACCEPT)
        if answer.status == 404 and self._access.step_up(repository):
            answer = self._access.send("GET", repository, f"manifests/{reference}", ACCEPT)
        if answer.status == 404:
            raise _not_found(answer, self._access, repository)
        if answer.status != 200:
            raise UnreachableError(f"it answers {answer.status}")
        manifest = decode_manifest(answer.body)
        digest = _checked_digest(answer, manifest, reference)
        with self._lock:
            self._manifests[digest] = manifest
        return digest, manifest


def _is_manifest(answer: Answer) -> bool:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip() in MEDIA_TYPES


def _checked_digest(answer: Answer, manifest: Manifest, reference: str) -> str:
    """The digest of what was sent; an old manifest's is not that of its text, so it is believed."""
    stated = answer.headers.get("Docker-Content-Digest", "")
    if manifest.version == _OLD:
        return stated if is_digest(stated) else ""
    for digest in (stated, reference):
        if ":" in digest:
            check_digest(answer.body, digest)
    return stated or f"sha256:{sha256(answer.body).hexdigest()}"


class _Error(msgspec.Struct):
    code: str = ""


class _Errors(msgspec.Struct):
    errors: tuple[_Error, ...] = ()


def _not_found(answer: Answer, access: Access, repository: str) -> LookUpError:
    """The error for an answer of 404 to a GET, which has a body that says what was not found."""
    codes = _codes(answer.body)
    if codes & _HIDDEN:
        return DeniedError("it does not say whether it is there")
    of_the_repository = not codes & _OF_THE_IMAGE
    if of_the_repository and not codes & _OF_THE_REPOSITORY:
        return UnreachableError("it answers 404 as no registry does: no registry API there")
    if access.sees_all(repository, of_the_repository=of_the_repository):
        return MissingError("")
    return DeniedError(
        "it says that it is not there, as registries also do of what they hide from strangers"
    )


def _codes(body: bytes) -> set[str]:
    try:
        return {error.code for error in msgspec.json.decode(body, type=_Errors).errors}
    except (msgspec.DecodeError, RecursionError):
        return set()
