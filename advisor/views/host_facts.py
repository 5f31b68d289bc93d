"""The `host`, `workload` and `job` variables."""

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


class JobFacts(ViewFacts, frozen=True, kw_only=True):
    """One known job: a container on a host, a workload in the cluster, or a job in a file.

    kind: `container`, or the workload's kind; accelerators: devices one pod asks for, absent when
    it asks for all or an unknown number; eligible, ready: numbers of nodes
    """

    name: str
    kind: str
    owner: str | None = None
    accelerators: int | UnsetType = UNSET
    eligible: int | UnsetType = UNSET
    ready: int | UnsetType = UNSET
    unmet: tuple[str, ...] = ()
