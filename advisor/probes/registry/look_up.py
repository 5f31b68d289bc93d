"""One image: is it there, with which digest, and for which processors?"""

from __future__ import annotations

from typing import NamedTuple

from advisor.facts.registry import RegistryImage
from advisor.probes.registry.access import Access
from advisor.probes.registry.comparison import compare
from advisor.probes.registry.failure import LookUpError
from advisor.probes.registry.manifest import Manifest, is_digest, known_architectures
from advisor.probes.registry.pacing import Pacer
from advisor.probes.registry.questions import Question
from advisor.probes.registry.reader import Reader
from advisor.probes.registry.transport import LARGEST

FEW_PULLS = "its architectures were not read, since few pulls are left there for now"


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
            found = self._find(question)
            holds, lacks = compare(
                self._reader, question, found.digest, found.manifest, pulls=self._may_pull()
            )
        except LookUpError as error:
            return RegistryImage(reference=question.text, status=error.status, reason=error.reason)
        return RegistryImage(
            reference=question.text,
            status="verified",
            digest=found.digest,
            architectures=found.architectures,
            anonymous=self._access.anonymous(path),
            reason="" if found.manifest else FEW_PULLS,
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
        known = {one.architecture for one in question.copies if one.config == config.digest}
        if known - {""}:
            return known_architectures([*known])
        if not 0 <= config.size <= LARGEST:
            return ()
        platform = self._reader.config(question.reference.path, config.digest)
        return known_architectures([platform.architecture] if platform.is_linux else [])

    def _may_pull(self) -> bool:
        return not self._pacer.few_pulls_left
