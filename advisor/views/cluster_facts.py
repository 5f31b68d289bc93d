"""The `cluster` variable: a small summary that every rule may use."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts
from advisor.views.readiness_facts import ReadinessFacts


class ClusterFacts(ViewFacts, frozen=True, kw_only=True):
    """The cluster in numbers and names.

    known: whether a cluster was read (or assumed) at all
    assumed: whether the nodes come from --assume instead of a cluster
    version: the API server's version, as `v1.34.3`
    nodes: number of nodes; gpu_nodes: those that advertise an accelerator of the catalogue by
    capacity; gpu_nodes_ready: those of them that would take a pod today
    accelerator_kinds: of `whole`, `mig-single`, `mig-mixed`, `time-sliced`, `mps`, `shared`, `dra`,
    `partition`, `unclassified`, each once
    hardware_nodes: nodes whose labels show accelerators, advertised or not
    products: product names of the accelerators; mixed_products: those among which one resource name
    does not choose; drivers: driver versions of the GPU nodes
    gpu_taints: `key=value:effect` found on GPU nodes; gpu_jobs: known jobs that ask for devices
    untolerated_taints: gpu_taints that none of those jobs tolerates
    jobs_without_selector: GPU jobs that do not choose among several products
    apis_down: APIs that do not answer, with the Service behind; silent_webhooks: webhooks that have
    to be asked about pods and whose Service is not there; pod_policies: what judges each pod or job
    by expressions of its own and may refuse it
    components: parts found (`gpu-operator`, `device-plugin`, `dcgm-exporter`, `prometheus`...)
    runai: what the Run:ai release asks for, and whether it is met
    storage_classes: names; default_classes: those marked default
    shared_file_classes: classes that serve files to many nodes; depends_classes: those where it
    depends on parameters; unknown_classes: nothing is known; then node_local and single_node ones
    shared_files: whether some class serves files to many nodes; absent when no class surely does
    and one of them may
    hosts: Docker hosts read; registry: where the user wants images to go (--registry), or null
    """

    known: bool
    assumed: bool = False
    version: str | UnsetType = UNSET
    nodes: int | UnsetType = UNSET
    gpu_nodes: int | UnsetType = UNSET
    gpu_nodes_ready: int | UnsetType = UNSET
    accelerator_kinds: tuple[str, ...] | UnsetType = UNSET
    hardware_nodes: tuple[str, ...] | UnsetType = UNSET
    products: tuple[str, ...] | UnsetType = UNSET
    mixed_products: tuple[str, ...] | UnsetType = UNSET
    drivers: tuple[str, ...] | UnsetType = UNSET
    gpu_taints: tuple[str, ...] | UnsetType = UNSET
    untolerated_taints: tuple[str, ...] | UnsetType = UNSET
    gpu_jobs: int | UnsetType = UNSET
    jobs_without_selector: tuple[str, ...] | UnsetType = UNSET
    apis_down: tuple[str, ...] | UnsetType = UNSET
    silent_webhooks: tuple[str, ...] | UnsetType = UNSET
    pod_policies: tuple[str, ...] | UnsetType = UNSET
    components: tuple[str, ...] | UnsetType = UNSET
    runai: ReadinessFacts | UnsetType = UNSET
    storage_classes: tuple[str, ...] | UnsetType = UNSET
    default_classes: tuple[str, ...] | UnsetType = UNSET
    shared_file_classes: tuple[str, ...] | UnsetType = UNSET
    shared_files: bool | UnsetType = UNSET
    depends_classes: tuple[str, ...] | UnsetType = UNSET
    unknown_classes: tuple[str, ...] | UnsetType = UNSET
    node_local_classes: tuple[str, ...] | UnsetType = UNSET
    single_node_classes: tuple[str, ...] | UnsetType = UNSET
    hosts: int = 0
    registry: str | None = None
