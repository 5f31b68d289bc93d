"""`cluster.runai`: what a Run:ai release asks of the cluster, and what was seen of it."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class RequirementFacts(ViewFacts, frozen=True, kw_only=True):
    """One requirement of the release.

    wanted: what the release asks for, in words; seen: what the cluster has, in words
    met: whether it is met; absent when the cluster's side or the manual's is not known
    needed: false for what only some kinds of work need, and for what does not apply here
    """

    wanted: str = ""
    seen: str = ""
    met: bool | UnsetType = UNSET
    needed: bool = True


class ReadinessFacts(ViewFacts, frozen=True, kw_only=True):
    """The requirements of one release, by name.

    release: the release that the cluster is judged against
    operator_kubernetes, operator_driver: what NVIDIA supports the installed GPU Operator on
    clocks: those of nodes beside the API server's; load_balancer: addresses for its Services
    system_nodes: room for Run:ai's own services on nodes without GPUs; pod_security: whether its
    namespaces may hold privileged pods; secrets: TLS and pull secrets, which are never read
    fractions: driver and GPU Operator for shares of a GPU; upgrade: the way from what is installed
    """

    release: str
    kubernetes: RequirementFacts
    openshift: RequirementFacts
    gpu_operator: RequirementFacts
    prometheus: RequirementFacts
    training_operator: RequirementFacts
    mpi_operator: RequirementFacts
    leader_worker_set: RequirementFacts
    knative: RequirementFacts
    network_operator: RequirementFacts
    dra_driver: RequirementFacts
    operator_kubernetes: RequirementFacts
    operator_driver: RequirementFacts
    runtimes: RequirementFacts
    operating_systems: RequirementFacts
    architectures: RequirementFacts
    clocks: RequirementFacts
    system_nodes: RequirementFacts
    ingress: RequirementFacts
    default_ingress_class: RequirementFacts
    load_balancer: RequirementFacts
    default_storage_class: RequirementFacts
    pod_security: RequirementFacts
    unsupported_gpus: RequirementFacts
    fractions: RequirementFacts
    upgrade: RequirementFacts
    secrets: RequirementFacts
