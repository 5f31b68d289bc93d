"""The `data` variable."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class HolderFacts(ViewFacts, frozen=True, kw_only=True):
    """One machine that holds (or mounts) the path.

    filesystem: type from its mount table; network: whether that is a network filesystem;
    device: the mount's source; mount_point: where it is mounted; size, available: bytes
    """

    machine: str
    filesystem: str | UnsetType = UNSET
    network: bool | UnsetType = UNSET
    device: str | UnsetType = UNSET
    mount_point: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    available: int | UnsetType = UNSET


class DataFacts(ViewFacts, frozen=True, kw_only=True):
    """One place that holds data.

    kind: `bind`, `hostPath`, `named-volume`, `anonymous-volume`, `container-layer`, `claim`,
    `nfs`, `network-volume`, `claim-template`, `ephemeral`, `inline-csi`, `flex-volume`
    source: path, volume name, `namespace/claim` or `server:/export`
    location: the strictest over its uses: `outside`, `on-machine`, `unknown`
    holders: machines that have it (see HolderFacts); filesystems: the known types, each once
    presumed: on the machine only by presumption, since no mount table was read
    system: for a path of the operating system or a runtime its kind (`system`, `runtime-socket`,
    `device`, `credentials`, `display`, `time`, `scratch`), else null; system_advice: what instead
    jobs: known jobs that use it; writers: those that may write
    host_path_types: as hostPath volumes state them (`DirectoryOrCreate`...)
    engine: the program that has the volume or container, `docker` or `podman`
    driver, options: of a named volume; storage_class, access_modes, volume_mode, bound: of a claim
    serves: for a claim or class `many-nodes`, `one-node`, `node-local`, `depends`, `unknown`
    sharing_pods, sharing_nodes: running pods and distinct nodes that mount the claim
    size: bytes used or changed, where measured; files: their number, from --measure-data
    at_least: bytes counted where not everything could be; then size is missing
    """

    kind: str
    source: str
    location: str
    holders: tuple[HolderFacts, ...] = ()
    filesystems: tuple[str, ...] = ()
    presumed: bool = False
    system: str | None = None
    system_advice: str | None = None
    jobs: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    eligible: int | UnsetType = UNSET
    host_path_types: tuple[str, ...] = ()
    engine: str = "docker"
    driver: str | None = None
    options: dict[str, str] = {}
    storage_class: str | UnsetType | None = UNSET
    access_modes: tuple[str, ...] = ()
    volume_mode: str | None = None
    bound: bool | None = None
    reclaim_policy: str | None = None
    serves: str | UnsetType = UNSET
    sharing_pods: int = 0
    sharing_nodes: int = 0
    size: int | UnsetType = UNSET
    files: int | UnsetType = UNSET
    at_least: int | UnsetType = UNSET
