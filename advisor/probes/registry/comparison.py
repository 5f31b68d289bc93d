"""Whether what machines have under a name is in the registry at all."""

from __future__ import annotations

from advisor.probes.registry.failure import LookUpError
from advisor.probes.registry.manifest import Manifest, is_digest
from advisor.probes.registry.questions import Copy, Question
from advisor.probes.registry.reader import Reader

_MOST_COPIES = 16
_MOST_PLATFORMS = 16
_MOST_DIGESTS = 4
"""Bounds on what one image makes us read; what lies beyond them stays unknown."""


def compare(
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
        self.contents = {digest, *(one.digest for one in self._images)} - {""}
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
                one
                for one in copy.manifests[:_MOST_DIGESTS]
                if is_digest(one) and self._reader.has(self._path, one)
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
            manifests = [self._reader.manifest(self._path, one.digest)[1] for one in self._images]
        except LookUpError:
            return
        self.contents.update(one.config.digest for one in manifests if one.config is not None)
        self._complete = bool(self._images)
