"""Image references as Docker reads them (distribution/reference grammar)."""

from __future__ import annotations

import re

from advisor.facts.record import Record

DOCKER_HUB = "docker.io"
_HUB_ALIASES = {"index.docker.io": DOCKER_HUB, "registry-1.docker.io": DOCKER_HUB}
_LOOPBACK = re.compile(r"^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(:\d+)?$")
_IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{64}|[0-9a-f]{12}")
"""The second is what `docker images` shows and people paste."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"^{_COMPONENT}(?:/{_COMPONENT})*\Z")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.(?!\Z)|(?=[:]|\Z))|\[[0-9a-fA-F:]+\])+(?::\d+)?\Z"
)
_TAG = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_DIGEST = re.compile(r"^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}\Z")


class ImageReference(Record, frozen=True, kw_only=True):
    """A parsed name. `registry` is empty when the name has none; `tag`, `digest` when absent."""

    repository: str
    registry: str = ""
    tag: str = ""
    digest: str = ""

    @property
    def host(self) -> str:
        """The registry that a pull would ask."""
        return self.registry or DOCKER_HUB

    @property
    def path(self) -> str:
        """The repository as Docker Hub knows it: `library/` in front of a single word."""
        single_word_on_hub = self.host == DOCKER_HUB and "/" not in self.repository
        return f"library/{self.repository}" if single_word_on_hub else self.repository

    @property
    def name(self) -> str:
        """Registry and repository without tag or digest, fully spelled out."""
        return f"{self.host}/{self.path}"

    @property
    def key(self) -> str:
        """What a runtime looks up: two spellings of one image have the same key. A digest says
        which content, and the tag before it nothing more."""
        if self.digest:
            return f"{self.name}@{self.digest}"
        return f"{self.name}:{self.tag or 'latest'}"

    @property
    def loopback(self) -> bool:
        """Whether the registry is a different place on every machine."""
        return _LOOPBACK.match(self.host) is not None


def names_registry(name: str) -> bool:
    """Whether an image's name begins with a registry's host, as docker tells it."""
    first, slash, _ = name.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def is_image_id(text: str) -> bool:
    """Whether `text` is a content id instead of a name."""
    return _IMAGE_ID.fullmatch(text) is not None


def is_image_name(text: str) -> bool:
    """Whether a runtime takes `text` for the name of an image: `<REGISTRY>/x` and `YOUR_NAME/x`
    only stand for one."""
    try:
        reference = parse_reference(text)
    except ValueError:
        return False
    return not reference.registry or _HOST.match(reference.registry) is not None


def parse_reference(text: str) -> ImageReference:
    """The parts of an image reference.

    Raises ValueError for text that Docker would refuse, and for a bare content id.
    """
    if is_image_id(text):
        raise ValueError(f"an image id, not a name: {text}")
    rest, _, digest = text.partition("@")
    registry, rest = _split_registry(rest)
    repository, separator, tag = rest.rpartition(":")
    if not separator:
        repository, tag = rest, ""
    _check(text, repository, tag if separator else None, digest if "@" in text else None)
    return ImageReference(repository=repository, registry=registry, tag=tag, digest=digest)


def _split_registry(text: str) -> tuple[str, str]:
    first, separator, rest = text.partition("/")
    looks_like_host = "." in first or ":" in first or first == "localhost" or first != first.lower()
    if not separator or not looks_like_host:
        return "", text
    return _HUB_ALIASES.get(first, first), rest


def _check(text: str, repository: str, tag: str | None, digest: str | None) -> None:
    if not _REPOSITORY.match(repository):
        if _REPOSITORY.match(repository.lower()):
            raise ValueError(f"a repository's name must be lowercase: {text!r}")
        raise ValueError(f"not an image reference: {text!r}")
    if tag is not None and not _TAG.match(tag):
        raise ValueError(f"not an image tag: {tag!r} in {text!r}")
    if digest is not None and not _DIGEST.match(digest):
        raise ValueError(f"not a digest: {digest!r} in {text!r}")


def open_parts(text: str) -> tuple[str, str]:
    """Registry and tag of a name that waits for variables, or is none: `$` in one that does."""
    text = _STANDS_FOR.sub("$", text)
    first, slash, _ = text.partition("/")
    last = _VARIABLE.sub("$", text.rpartition("/")[2])
    registry = first if slash and not {".", ":", "$"}.isdisjoint(first) else ""
    own = last.rpartition(":")[2] if ":" in last or "$" in last else ""
    return first if first.startswith("$") else registry, own


_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+")
_STANDS_FOR = re.compile(r"<[^<>/]*>|\A(?=[^/]*[A-Z_])[^/:.$]+(?=/)")
"""What people put where their own names are to be."""
