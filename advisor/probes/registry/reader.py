"""Documents of one registry: manifests, indexes and image configs, each read once."""

from __future__ import annotations

from hashlib import sha256
from threading import Lock

import msgspec

from advisor.probes.registry.access import Access
from advisor.probes.registry.failure import (
    DeniedError,
    LookUpError,
    MissingError,
    UnreachableError,
)
from advisor.probes.registry.manifest import (
    ACCEPT,
    MEDIA_TYPES,
    Manifest,
    Platform,
    check_digest,
    decode_config,
    decode_manifest,
    is_digest,
)
from advisor.probes.registry.transport import Answer

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
