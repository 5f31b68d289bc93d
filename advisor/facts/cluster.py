"""Everything read from one Kubernetes cluster."""

from __future__ import annotations

from advisor.facts.node import DeviceClass, Node, NodeImage, ResourceSlice
from advisor.facts.record import Record
from advisor.facts.storage import (
    Claim,
    CsiDriver,
    CsiNode,
    PersistentVolume,
    StorageClass,
    StorageProfile,
)
from advisor.facts.workload import Toleration, Workload


class Namespace(Record, frozen=True, kw_only=True):
    """A namespace; `labels` hold pod-security and Run:ai project marks."""

    name: str
    labels: dict[str, str] = {}


class ServiceAccount(Record, frozen=True, kw_only=True):
    """The pull secrets a service account hands to its pods."""

    namespace: str
    name: str
    pull_secrets: tuple[str, ...] = ()


class RuntimeClass(Record, frozen=True, kw_only=True):
    """A runtime class, and what it adds to each of its pods on their way in."""

    name: str
    node_selector: dict[str, str] = {}
    tolerations: tuple[Toleration, ...] = ()
    overhead: dict[str, int] = {}


class Component(Record, frozen=True, kw_only=True):
    """A part that Run:ai needs or brings (`gpu-operator`, `device-plugin`, `prometheus`,
    `dcgm-exporter`, `feature-discovery`, `dra-driver`, `ingress-controller`, `runai`).

    `evidence` names the object it was recognised by; `version` is empty when nothing states one.
    """

    name: str
    evidence: str
    version: str = ""


class Cluster(Record, frozen=True, kw_only=True):
    """One cluster. A field that is None could not be read: `Source.refused` says why.

    `taken` is when it was read, empty for the time of the snapshot. `openshift` is the version of
    its ClusterVersion, empty on other distributions. A runtime class is just its name in snapshots
    of earlier versions.
    """

    context: str
    server: str = ""
    taken: str = ""
    version: str | None = None
    nodes: tuple[Node, ...] | None = None
    node_images: tuple[NodeImage, ...] | None = None
    device_classes: tuple[DeviceClass, ...] | None = None
    resource_slices: tuple[ResourceSlice, ...] | None = None
    storage_classes: tuple[StorageClass, ...] | None = None
    storage_profiles: tuple[StorageProfile, ...] | None = None
    csi_drivers: tuple[CsiDriver, ...] | None = None
    csi_nodes: tuple[CsiNode, ...] | None = None
    persistent_volumes: tuple[PersistentVolume, ...] | None = None
    claims: tuple[Claim, ...] | None = None
    workloads: tuple[Workload, ...] | None = None
    pods: int | None = None
    namespaces: tuple[Namespace, ...] | None = None
    service_accounts: tuple[ServiceAccount, ...] | None = None
    ingress_classes: tuple[str, ...] | None = None
    gateway_classes: tuple[str, ...] | None = None
    openshift: tuple[str, ...] | None = None
    runtime_classes: tuple[RuntimeClass | str, ...] | None = None
    components: tuple[Component, ...] | None = None
