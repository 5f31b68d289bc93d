"""An engine's own account of itself, as the record of its host."""

from __future__ import annotations

from advisor.facts.host import DockerHost, ImageStore
from advisor.probes.docker.documents import Document
from advisor.probes.docker.endpoint import Endpoint
from advisor.probes.docker.gpus import discovered_gpus
from advisor.probes.docker.images import go_architecture
from advisor.probes.docker.machine import Machine

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
