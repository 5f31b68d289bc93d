"""One image: is it there, with which digest, and for which processors?"""

from __future__ import annotations

from typing import NamedTuple

from advisor.facts.registry import RegistryImage
from advisor.probes.registry.access import Access
from advisor.probes.registry.failure import LookUpError
from advisor.probes.registry.manifest import Manifest, is_digest, known_architectures
from advisor.probes.registry.pacing import Pacer
from advisor.probes.registry.questions import Copy, Question
from advisor.probes.registry.reader import Reader
from advisor.probes.registry.transport import LARGEST

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
    """Contents known to be in one repository."""

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
        """None when it could not be established."""
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
