"""Docker hosts as rules see them."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.facts.host import DockerHost
from advisor.facts.source import Source
from advisor.findings.finding import Gap, Subject
from advisor.rulebook.loaded import View
from advisor.views.base import UNSET, UnsetType, ViewFacts, gaps, plain

_FIELDS = ("image_store", "gpus", "containers", "images")


def host_view(
    host: DockerHost,
    *,
    node: str | UnsetType | None,
    sources: Sequence[Source] = (),
    gap_cluster: tuple[Gap, ...] = (),
) -> View:
    """A view of one host. `node` is the cluster node that is this machine, None when no node is,
    UNSET when that is not known."""
    own = [source for source in sources if _is_of(source, host)]
    needed = {
        f"host.{field}": (f"hosts[{host.name}].{field}", f"hosts.{field}") for field in _FIELDS
    }
    return View(
        subject=Subject(scope="host", id=f"host:{host.name}", label=host.name),
        facts=plain(host_facts(host, node)),
        gaps=(*gap_cluster, *_gpu_gap(host), *gaps(own, needed)),
    )


def host_facts(host: DockerHost, node: str | UnsetType | None) -> HostFacts:
    """The facts of one host."""
    return HostFacts(
        name=host.name,
        engine=host.engine,
        version=host.version,
        image_store=host.image_store or UNSET,
        architecture=host.architecture,
        gpus=UNSET if host.gpus is None else host.gpus,
        node=node,
        containers=UNSET if host.containers is None else len(host.containers),
        images=UNSET if host.images is None else len(host.images),
        insecure_registries=host.insecure_registries,
        mount_table=host.mount_table_read,
    )


def _is_of(source: Source, host: DockerHost) -> bool:
    """Several hosts may share a target such as the default socket, so the name decides first."""
    if source.probe != "docker":
        return False
    return source.name == host.name if source.name else source.target == host.url


def _gpu_gap(host: DockerHost) -> tuple[Gap, ...]:
    if host.gpus is not None:
        return ()
    reason = "the engine does not say how many GPUs the machine has"
    return (Gap(fact="host.gpus", probe="docker", reason=reason, settle="nvidia-smi -L"),)


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
