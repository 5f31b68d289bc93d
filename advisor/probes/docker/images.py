"""Images as an engine lists and inspects them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from advisor.facts.host import HostImage
from advisor.facts.secrecy import looks_secret
from advisor.probes.docker.documents import Document

LAST_SECOND = 253402300800  # of the year 9999

NONE = "<none>"

# What engines call an architecture, in the names images and nodes use.
ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "arm64/v8": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "armhf": "arm",
    "i386": "386",
    "i686": "386",
}


def listed_image(listed: Document) -> HostImage:
    """What the list alone says, for an image that could not be inspected."""
    created = listed.positive("Created")
    return HostImage(
        id=listed.text("Id"),
        tags=_names(listed, "RepoTags"),
        digests=_names(listed, "RepoDigests"),
        size=listed.number("Size"),
        created=datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if created and created < LAST_SECOND
        else "",
    )


def inspected_image(listed: Document, inspected: Document) -> HostImage:
    """An image with its config: versions of CUDA, names of secrets, never values."""
    variables = environment_of(inspected)
    return HostImage(
        id=inspected.text("Id") or listed.text("Id"),
        tags=_names(inspected, "RepoTags"),
        digests=_names(inspected, "RepoDigests"),
        size=inspected.number("Size"),
        layers=inspected.texts("RootFS", "Layers"),
        architecture=go_architecture(inspected.text("Architecture")),
        operating_system=inspected.text("Os"),
        created=inspected.time("Created") or listed_image(listed).created,
        cuda_version=variables.get("CUDA_VERSION", ""),
        requires_cuda=variables.get("NVIDIA_REQUIRE_CUDA", ""),
        user=inspected.text("Config", "User"),
        secret_variables=tuple(
            sorted(name for name, value in variables.items() if value and looks_secret(name, value))
        ),
    )


def environment_of(inspected: Document) -> dict[str, str]:
    """Variables in the config of an image or container; for reading here, not for keeping."""
    return split_variables(inspected.texts("Config", "Env"))


def split_variables(entries: Iterable[str]) -> dict[str, str]:
    """`NAME=value` entries by name; the last of a name counts."""
    pairs = (entry.partition("=") for entry in entries)
    return {name: value for name, _, value in pairs if name}


def go_architecture(name: str) -> str:
    """The name Go and Kubernetes use: `amd64` for `x86_64`."""
    return ARCHITECTURES.get(name, name)


def _names(document: Document, key: str) -> tuple[str, ...]:
    """Without the placeholders of images that have no tag or digest."""
    return tuple(sorted(name for name in document.texts(key) if NONE not in name))
