"""Everything read from one Docker (or podman) host; and what a machine, a node of a cluster or any
host, said of itself through the survey script."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record

ImageStore = Literal["classic", "containerd", "podman"]


class Filesystem(Record, frozen=True, kw_only=True):
    """The mount that holds a path, from the host's own mount table.

    `type` as in mountinfo (`ext4`, `nfs4`, `fuse.glusterfs`); `device` its source
    (`filer:/export`, `/dev/md0`); `size` and `available` in bytes when they were asked for.
    """

    mount_point: str
    type: str
    device: str = ""
    root: str = "/"
    size: int | None = None
    available: int | None = None


class HostImage(Record, frozen=True, kw_only=True):
    """An image a runtime lists. `size` as the runtime reports it; `layers` are its diff ids.

    `cuda_version` is what the image's config states; `requires_cuda` its NVIDIA_REQUIRE_CUDA
    constraint; `secret_variables` are names of variables in its config that look like secrets.
    """

    id: str
    tags: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    size: int | None = None
    layers: tuple[str, ...] = ()
    architecture: str = ""
    operating_system: str = ""
    created: str = ""
    cuda_version: str = ""
    requires_cuda: str = ""
    user: str = ""
    secret_variables: tuple[str, ...] = ()


class GpuRequest(Record, frozen=True, kw_only=True):
    """How a container asks for GPUs: `count` -1 is all, None is not known; `devices` are ids.

    `how` is the form it was found in: `--gpus`, `cdi`, `device`, `runtime` (the nvidia runtime
    with NVIDIA_VISIBLE_DEVICES).
    """

    how: str
    count: int | None = None
    devices: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


class Mount(Record, frozen=True, kw_only=True):
    """A mount of a container. `source` is a host path for a bind, else empty.

    `volume` is the volume's name (anonymous ones have a 64-digit name). `filesystem` holds the
    bind source or the volume's data; None when nobody could read the host's mount table.
    """

    kind: Literal["bind", "volume", "tmpfs", "other"]
    target: str
    source: str = ""
    volume: str = ""
    driver: str = ""
    read_only: bool = False
    anonymous: bool = False
    filesystem: Filesystem | None = None


class Port(Record, frozen=True, kw_only=True):
    """A published port; `host_port` is None when the engine picks one."""

    container_port: int
    protocol: str = "tcp"
    host_port: int | None = None
    host_address: str = ""


class Container(Record, frozen=True, kw_only=True):
    """A container, running or not. Variables are kept by name only.

    `command` and `entrypoint` have secret-looking values taken out. `layer_size` is the size of the
    writable layer in bytes, `layer_changes` the number of changed paths, `layer_paths` some of
    them; None when the engine did not say.
    """

    id: str
    name: str
    image: str
    image_id: str = ""
    state: str = ""
    created: str = ""
    finished: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    user: str = ""
    owner: str = ""
    working_directory: str = ""
    mounts: tuple[Mount, ...] = ()
    gpu: GpuRequest | None = None
    cpus: int | None = None
    memory: int | None = None
    shared_memory: int | None = None
    ulimits: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    restart: str = ""
    auto_remove: bool = False
    runtime: str = ""
    privileged: bool = False
    network_mode: str = ""
    pid_mode: str = ""
    ipc_mode: str = ""
    tty: bool = False
    interactive: bool = False
    capabilities: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    layer_size: int | None = None
    layer_changes: int | None = None
    layer_paths: tuple[str, ...] = ()


class Volume(Record, frozen=True, kw_only=True):
    """A named or anonymous volume. `options` have secret-looking values taken out."""

    name: str
    driver: str = "local"
    options: dict[str, str] = {}
    mount_point: str = ""
    anonymous: bool = False
    size: int | None = None
    users: int | None = None
    filesystem: Filesystem | None = None


class DockerHost(Record, frozen=True, kw_only=True):
    """One engine. A field that is None could not be read; `Source.refused` says why.

    `name` is the machine's host name as the engine states it. `mounts` is the host's mount table
    reduced to what its binds and volumes need; None when it could not be read from here.
    `gpus` is the number of GPUs the machine is known to have (None: nothing said). `measured` are
    its places of data (None: nobody asked for it). `taken` is when it was read, empty for the time
    of the snapshot.
    """

    name: str
    url: str
    taken: str = ""
    addresses: tuple[str, ...] = ()
    engine: Literal["docker", "podman"] = "docker"
    version: str = ""
    api_version: str = ""
    storage_driver: str = ""
    image_store: ImageStore | None = None
    architecture: str = ""
    operating_system: str = ""
    kernel: str = ""
    cpus: int | None = None
    memory: int | None = None
    gpus: int | None = None
    runtimes: tuple[str, ...] = ()
    default_runtime: str = ""
    insecure_registries: tuple[str, ...] = ()
    data_root: str = ""
    images: tuple[HostImage, ...] | None = None
    containers: tuple[Container, ...] | None = None
    volumes: tuple[Volume, ...] | None = None
    mount_table_read: bool = False
    measured: tuple[Measurement, ...] | None = None


class Measurement(Record, frozen=True, kw_only=True):
    """What was counted below `path`, on its own filesystem; a file with many names counts once.

    `size` is the length of all files in bytes, holes included; `allocated` what they and their
    folders take up. Both, and `files`, are None when nothing could be counted, and lower bounds
    unless `complete`; `reason` is the clause that says why. `unreadable` counts folders that could
    not be read. `taken` is when, empty for the time of its host.
    """

    path: str
    size: int | None = None
    allocated: int | None = None
    files: int | None = None
    unreadable: int = 0
    complete: bool = False
    reason: str = ""
    taken: str = ""


class MountedFilesystem(Filesystem, frozen=True, kw_only=True):
    """A mount of the machine's table; `number` is its own there, `parent` that of the mount that it
    lies on."""

    number: str
    parent: str


class SurveyedImage(Record, frozen=True, kw_only=True):
    """An image that the machine's container runtime has, whether or not its kubelet lists it."""

    names: tuple[str, ...]
    size: int | None = None


class Reached(Record, frozen=True, kw_only=True):
    """A `HOST:PORT` as tried from the machine: whether its name was found, and whether a
    connection came about; None where the machine had no tool to try it."""

    target: str
    resolved: bool | None = None
    connected: bool | None = None


class Machine(Record, frozen=True, kw_only=True):
    """One machine. `node` is the cluster's name for it where a pod there spoke, else empty.

    `taken` is the machine's own clock when it was surveyed. `distribution` and
    `distribution_version` are ID and VERSION_ID of its os-release; `control_groups` is `1`, `2` or
    `hybrid`. `driver` is of the NVIDIA kernel module, `cuda` the newest that the driver says it
    serves. `mounts` is None when its table could not be read; `links` are symbolic links near the
    top of its mounts. `image_folder` is where its runtime keeps images; `images` is None when
    nobody asked the runtime. Texts are empty for what was not found.
    """

    name: str
    node: str = ""
    taken: str = ""
    addresses: tuple[str, ...] = ()
    kernel: str = ""
    architecture: str = ""
    distribution: str = ""
    distribution_version: str = ""
    operating_system: str = ""
    control_groups: str = ""
    driver: str = ""
    cuda: str = ""
    gpus: int | None = None
    infiniband: tuple[str, ...] = ()
    mounts: tuple[MountedFilesystem, ...] | None = None
    links: dict[str, str] = {}
    image_folder: str = ""
    images: tuple[SurveyedImage, ...] | None = None
    reached: tuple[Reached, ...] = ()
