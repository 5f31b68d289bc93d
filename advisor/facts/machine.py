"""What a machine said of itself through the survey script: a node of a cluster, or any host."""

from __future__ import annotations

from advisor.facts.host import Filesystem
from advisor.facts.record import Record


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
