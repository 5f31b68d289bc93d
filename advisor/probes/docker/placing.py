"""An engine's own account of itself as the record of its host, and the filesystems that hold the
host's binds and volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

import msgspec

from advisor.facts.host import Container, DockerHost, Filesystem, ImageStore, Mount, Volume
from advisor.facts.mount_table import MountTable
from advisor.probes.docker.containers import data_path
from advisor.probes.docker.documents import Document
from advisor.probes.docker.endpoint import Endpoint
from advisor.probes.docker.gpus import discovered_gpus
from advisor.probes.docker.host_root import HostRoot
from advisor.probes.docker.images import go_architecture
from advisor.probes.docker.listing import Listing
from advisor.probes.docker.machine import Machine, Place, Surveyor, holding_filesystems
from advisor.probes.docker.remote import CommandRunner, ssh_words

LOOPBACK = ("localhost", "127.", "::1")
LOOPBACK_NETWORKS = frozenset({"127.0.0.0/8", "::1/128"})
SNAPSHOTTER = "io.containerd.snapshotter"


def is_podman(version: Document, info: Document) -> bool:
    """Whether the Docker API is podman's."""
    components = [part.text("Name") for part in version.documents("Components")]
    return any("Podman" in name for name in components) or "BuildahVersion" in info.names()


def describe_host(
    endpoint: Endpoint, version: Document, info: Document, machine: Machine | None
) -> DockerHost:
    """The host without its lists; `machine` None when only the engine could be asked."""
    podman = is_podman(version, info)
    gpus = machine.gpus if machine else None
    own = machine.addresses if machine else ()
    given = (endpoint.host,) if endpoint.host and not is_loopback(endpoint.host) else ()
    # Those the engine was told to use without TLS; loopback, which all engines trust, is not.
    registries = info.names("RegistryConfig", "IndexConfigs")
    insecure = {
        name
        for name in registries
        if "Secure" in info.names("RegistryConfig", "IndexConfigs", name)
        and not info.flag("RegistryConfig", "IndexConfigs", name, "Secure")
    }
    networks = set(info.texts("RegistryConfig", "InsecureRegistryCIDRs")) - LOOPBACK_NETWORKS
    return DockerHost(
        name=host_name(endpoint, info),
        url=endpoint.url,
        addresses=tuple(dict.fromkeys((*given, *own))),
        engine="podman" if podman else "docker",
        version=version.text("Version") or info.text("ServerVersion"),
        api_version=version.text("ApiVersion"),
        storage_driver=info.text("Driver"),
        image_store=_image_store(info, podman=podman),
        architecture=go_architecture(info.text("Architecture") or version.text("Arch")),
        operating_system=info.text("OperatingSystem"),
        kernel=info.text("KernelVersion"),
        cpus=info.positive("NCPU"),
        memory=info.positive("MemTotal"),
        gpus=gpus if gpus is not None else discovered_gpus(info),
        runtimes=tuple(sorted(info.names("Runtimes"))),
        default_runtime=info.text("DefaultRuntime"),
        insecure_registries=tuple(sorted(insecure | networks)),
        data_root=info.text("DockerRootDir"),
        mount_table_read=machine is not None,
    )


def host_name(endpoint: Endpoint, info: Document) -> str:
    """The name the engine gives its machine, else where it was found."""
    return info.text("Name") or endpoint.host or endpoint.url


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine's own, and so says nothing to others."""
    return host.startswith(LOOPBACK)


def _image_store(info: Document, *, podman: bool) -> ImageStore | None:
    """None when the engine did not describe itself."""
    if podman:
        return "podman"
    if "Driver" not in info.names():
        return None
    status = [row[-1] for row in info.rows("DriverStatus") if row]
    return "containerd" if any(text.startswith(SNAPSHOTTER) for text in status) else "classic"


SHELL = ["sh", "-s"]


class MachineUnknownError(Exception):
    """The machine that an engine runs on could not be asked; `reason` is a clause."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Placed(NamedTuple):
    """A listing with the filesystems that hold its data; `places` says where its paths lead."""

    containers: tuple[Container, ...] | None
    volumes: tuple[Volume, ...] | None
    places: Mapping[str, Place] = {}


class MachineSurveyor(Protocol):
    """Asks a machine for its mount table and where paths lead."""

    def survey(self) -> Machine | str:
        """The machine, or the clause that says why it could not be asked."""

    def look(self, paths: Iterable[str], table: MountTable) -> dict[str, Place]:
        """Where each path leads, as far as that can be said."""


def make_surveyor(
    endpoint: Endpoint, runner: CommandRunner, timeout: float, host_root: str = ""
) -> MachineSurveyor:
    """A surveyor of the machine behind the endpoint; of a local one the root is at `host_root`.

    Raises MachineUnknownError if there can be none.
    """
    if host_root and endpoint.transport == "unix":
        return HostRoot(host_root)
    if endpoint.transport == "ssh":
        return Surveyor(runner, [*ssh_words(endpoint, timeout), *SHELL], timeout)
    if endpoint.transport == "unix" or is_loopback(endpoint.host):
        return Surveyor(runner, SHELL, timeout)
    raise MachineUnknownError(
        "the Docker API does not serve the mount table"
        f" (name the host as ssh://{endpoint.host} to have it read)"
    )


def find_machine(surveyor: MachineSurveyor, info: Document) -> Machine:
    """The machine, made sure to be the one that the engine runs on. Raises MachineUnknownError.

    A socket may be forwarded from elsewhere, lead into a virtual machine, or be mounted into the
    container that this runs in: names, kernels and the engine's data folder have to agree.
    """
    machine = surveyor.survey()
    if isinstance(machine, str):
        raise MachineUnknownError(f"its mount table could not be read: {machine}")
    name, kernel = info.text("Name"), info.text("KernelVersion")
    if (machine.name or name, machine.kernel) != (name, kernel):
        raise MachineUnknownError(
            f"the engine runs on {name} ({kernel}), the shell on {machine.name} ({machine.kernel})"
        )
    if not machine.table_source:
        raise MachineUnknownError("the machine has no /proc/self/mountinfo to read")
    root = info.text("DockerRootDir")
    place = surveyor.look([root], machine.table).get(root) if root else None
    if root and (place is None or place.state == "missing"):
        raise MachineUnknownError(f"the engine's folder {root} cannot be seen from here")
    return machine


def place_data(listing: Listing, surveyor: MachineSurveyor, table: MountTable) -> Placed:
    """Containers and volumes with their filesystems."""
    containers, volumes = listing.containers or (), listing.volumes or ()
    sources = {m.source for c in containers for m in c.mounts if m.kind == "bind" and m.source}
    paths = {data_path(volume) for volume in volumes} - {""}
    places = surveyor.look(sources | paths, table)
    filesystems = holding_filesystems(places, table)
    of_volume = {volume.name: _volume_filesystem(volume, filesystems, table) for volume in volumes}

    def place_mount(mount: Mount) -> Mount:
        known = (
            filesystems.get(mount.source) if mount.kind == "bind" else of_volume.get(mount.volume)
        )
        return msgspec.structs.replace(mount, filesystem=known)

    return Placed(
        containers=listing.containers
        and tuple(
            msgspec.structs.replace(c, mounts=tuple(map(place_mount, c.mounts))) for c in containers
        ),
        volumes=listing.volumes
        and tuple(msgspec.structs.replace(v, filesystem=of_volume[v.name]) for v in volumes),
        places=places,
    )


def _volume_filesystem(
    volume: Volume, found: Mapping[str, Filesystem | None], table: MountTable
) -> Filesystem | None:
    path = data_path(volume)
    if path:
        return found.get(path)
    return table.find(volume.mount_point) if table.mounted_at(volume.mount_point) else None
