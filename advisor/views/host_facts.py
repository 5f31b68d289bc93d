"""The `host` variable."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class HostFacts(ViewFacts, frozen=True, kw_only=True):
    """One Docker host.

    node: the cluster node that is the same machine, null when none is, absent when not known
    gpus: GPUs in the machine; image_store: `classic`, `containerd` or `podman`
    containers, images: numbers; mount_table: whether its mount table was read
    """

    name: str
    engine: str
    version: str
    image_store: str | UnsetType = UNSET
    architecture: str
    gpus: int | UnsetType = UNSET
    node: str | UnsetType | None = UNSET
    containers: int | UnsetType = UNSET
    images: int | UnsetType = UNSET
    insecure_registries: tuple[str, ...] = ()
    mount_table: bool
