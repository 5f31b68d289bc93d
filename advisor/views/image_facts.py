"""The `image` variable."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class ContentFacts(ViewFacts, frozen=True, kw_only=True):
    """One content under this name: its id and the machines that hold it."""

    id: str
    machines: tuple[str, ...]


class ChangedContainerFacts(ViewFacts, frozen=True, kw_only=True):
    """A container of this image whose writable layer differs from it."""

    host: str
    engine: str = "docker"
    container: str
    changes: int
    size: int | None = None


class ImageFacts(ViewFacts, frozen=True, kw_only=True):
    """One image, by name (an untagged one by id).

    reference: as people write it; registry: null when the name has none (a short name)
    repository, tag, digest: parts of the name; tag and digest null when absent
    loopback: the registry is on the machine itself; short_name: Docker Hub or a local build
    location: the strictest over its uses: `registry-verified`, `registry-claimed`, `local-only`,
    `unknown`
    machines: hosts and nodes that list it; contents: each content seen under the name
    engine: the program that has its copies, for tag and push: `docker`, `podman`, and where only
    nodes list it `sudo ctr -n k8s.io images`; listed: how that calls it
    size: bytes, the largest seen; created: newest
    architectures: those the registry has it for, else as seen on machines
    jobs: known jobs that use it; never_pull: those whose pull policy is Never; eligible: the
    largest number of eligible nodes of a use
    node_architectures: of the eligible nodes; cuda: CUDA version in the image (`12.4`, with or
    without a third number), null if it states none; driver_cuda: the highest CUDA version every
    eligible node's driver serves, written alike
    registry_status: `verified`, `missing`, `denied`, `unreachable`; absent when nobody asked
    anonymous: whether the registry served it without credentials; absent when nobody asked
    other_content: machines whose copy the registry does not have under any tag of this name; absent
    when nobody asked, or a copy could not be compared
    pull_secrets: whether every job that uses it names a pull secret; absent without such jobs
    secret_variables: names of variables baked into the image that look like secrets
    changed: containers whose writable layer holds work that no image holds
    plain_http_hosts: the hosts that were read which take its registry without TLS
    """

    reference: str
    registry: str | None
    repository: str
    tag: str | None
    digest: str | None
    loopback: bool
    short_name: bool
    named: bool = True
    location: str
    machines: tuple[str, ...] = ()
    engine: str = "docker"
    listed: str = ""
    contents: tuple[ContentFacts, ...] = ()
    size: int | UnsetType = UNSET
    architectures: tuple[str, ...] | UnsetType = UNSET
    created: str | UnsetType = UNSET
    jobs: tuple[str, ...] = ()
    never_pull: tuple[str, ...] = ()
    eligible: int | UnsetType = UNSET
    node_architectures: tuple[str, ...] | UnsetType = UNSET
    cuda: str | UnsetType | None = UNSET
    driver_cuda: str | UnsetType = UNSET
    registry_status: str | UnsetType = UNSET
    anonymous: bool | UnsetType = UNSET
    other_content: tuple[str, ...] | UnsetType = UNSET
    pull_secrets: bool | UnsetType = UNSET
    secret_variables: tuple[str, ...] | UnsetType = UNSET
    changed: tuple[ChangedContainerFacts, ...] | UnsetType = UNSET
    plain_http_hosts: tuple[str, ...] = ()
