"""Everything read from one Kubernetes cluster: its machines and their devices, its objects."""

from __future__ import annotations

from advisor.facts.record import Record
from advisor.facts.storage import (
    Claim,
    CsiDriver,
    CsiNode,
    NodeSelectorRequirement,
    NodeSelectorTerms,
    PersistentVolume,
    StorageClass,
    StorageProfile,
)
from advisor.facts.workload import Toleration, Workload


class Taint(Record, frozen=True, kw_only=True):
    """A node taint; `effect` is NoSchedule, PreferNoSchedule or NoExecute."""

    key: str
    effect: str
    value: str = ""


class Node(Record, frozen=True, kw_only=True):
    """A node as listed. `capacity` and `allocatable` as of `quantity.resources`.

    `ready` is None when the node carries no Ready condition. `image_count` is the length of
    `status.images` (the kubelet cuts that list, so absence from it proves nothing near the cut).
    `clock_offset` is by how many seconds its clock is ahead of the API server's, None where its
    last report does not tell.
    """

    name: str
    hostname: str = ""
    addresses: tuple[str, ...] = ()
    ready: bool | None = None
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    architecture: str = ""
    operating_system: str = ""
    os_image: str = ""
    kernel: str = ""
    container_runtime: str = ""
    kubelet: str = ""
    capacity: dict[str, int] = {}
    allocatable: dict[str, int] = {}
    pressures: tuple[str, ...] = ()
    image_count: int = 0
    clock_offset: int | None = None


class NodeImage(Record, frozen=True, kw_only=True):
    """One image as nodes list it: all its names, its size, and the nodes that list it."""

    names: tuple[str, ...]
    size: int | None = None
    nodes: tuple[str, ...] = ()


class DeviceClass(Record, frozen=True, kw_only=True):
    """A DRA DeviceClass; `extended_resource` serves plain requests such as nvidia.com/gpu."""

    name: str
    extended_resource: str = ""
    selectors: tuple[str, ...] = ()


class Device(Record, frozen=True, kw_only=True):
    """One device of a ResourceSlice. `product`, `type` and `profile` come from its attributes.

    `shares_counters` is true for a device that draws on shared counters (a card and its
    partitions are then several devices of the same hardware and must not be added up).
    `attributes`, `versions` and `capacity` are what claims select by, as `domain/name`; they are
    empty in snapshots of earlier versions. `shared`: several claims may have a part of it each.
    """

    name: str
    type: str = ""
    product: str = ""
    profile: str = ""
    memory: int | None = None
    shares_counters: bool = False
    attributes: dict[str, str | int | bool] = {}
    versions: dict[str, str] = {}
    capacity: dict[str, str] = {}
    taints: tuple[Taint, ...] = ()
    shared: bool = False
    node: str = ""
    all_nodes: bool = False
    node_selector: NodeSelectorTerms = ()


class ResourceSlice(Record, frozen=True, kw_only=True):
    """A DRA ResourceSlice. `node` is empty when the pool is not bound to one node."""

    name: str
    driver: str
    pool: str
    generation: int
    slice_count: int
    node: str = ""
    all_nodes: bool = False
    node_selector: NodeSelectorTerms = ()
    devices: tuple[Device, ...] = ()


class DeviceWish(Record, frozen=True, kw_only=True):
    """What one request of a claim would take: devices of a class that all selectors are true of.

    `count` is None for all of them; `amounts` is true where it asks for a part of a device.
    """

    device_class: str
    selectors: tuple[str, ...] = ()
    count: int | None = 1
    amounts: bool = False
    tolerations: tuple[Toleration, ...] = ()


class DeviceRequest(Record, frozen=True, kw_only=True):
    """One request of a claim: the first of the wishes that can be had. `admin`: devices that others
    have are taken too."""

    name: str
    wishes: tuple[DeviceWish, ...]
    admin: bool = False


class DeviceConstraint(Record, frozen=True, kw_only=True):
    """Devices of these requests (of all, where none is named) that have an attribute in common;
    `attribute` is empty for a constraint of another kind."""

    attribute: str
    requests: tuple[str, ...] = ()


class DeviceClaim(Record, frozen=True, kw_only=True):
    """A ResourceClaim, or a ResourceClaimTemplate (`kind`)."""

    kind: str
    namespace: str
    name: str
    requests: tuple[DeviceRequest, ...] = ()
    constraints: tuple[DeviceConstraint, ...] = ()


class Namespace(Record, frozen=True, kw_only=True):
    """A namespace; `labels` hold pod-security and Run:ai project marks, `annotations` the node
    selectors and tolerations that admission gives its pods."""

    name: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


PROJECT_SELECTOR = "openshift.io/node-selector"
"""OpenShift's admission adds it to each pod of the project."""
PLUGIN_SELECTOR = "scheduler.alpha.kubernetes.io/node-selector"
"""The plugin PodNodeSelector adds it, which is off unless the API server is told to use it."""
DEFAULT_TOLERATIONS = "scheduler.alpha.kubernetes.io/defaultTolerations"
"""The plugin PodTolerationRestriction adds them, which is off unless the API server is told."""


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


class IngressClass(Record, frozen=True, kw_only=True):
    """An ingress class. `default` only when the annotation is exactly "true"."""

    name: str
    default: bool = False


class Service(Record, frozen=True, kw_only=True):
    """A Service. `addresses` are those that its load balancer was given; none yet: empty."""

    namespace: str
    name: str
    load_balancer: bool = False
    addresses: tuple[str, ...] = ()


class ApiService(Record, frozen=True, kw_only=True):
    """A group version of the API. `available` is None where its condition is not stated; `reason`
    says why it is down; `service` (`namespace/name`) is empty for what the server serves itself."""

    name: str
    service: str = ""
    available: bool | None = None
    reason: str = ""


class PriorityClass(Record, frozen=True, kw_only=True):
    """A priority class; a pod that names one that is not there is refused."""

    name: str
    value: int = 0
    default: bool = False


class ResourceQuota(Record, frozen=True, kw_only=True):
    """What a namespace may ask for, by the quota's own names (`requests.cpu`) in base units.
    `scoped`: it counts for some of the pods only."""

    namespace: str
    name: str
    hard: dict[str, int] = {}
    used: dict[str, int] = {}
    scoped: bool = False


class Limits(Record, frozen=True, kw_only=True):
    """The limits of one kind of thing (`Container`, `Pod`, `PersistentVolumeClaim`). A container
    that asks for nothing gets `defaults`, one without limits `default_limits`."""

    type: str
    maximum: dict[str, int] = {}
    minimum: dict[str, int] = {}
    defaults: dict[str, int] = {}
    default_limits: dict[str, int] = {}


class LimitRange(Record, frozen=True, kw_only=True):
    """What each container, pod or claim of a namespace may ask for."""

    namespace: str
    name: str
    limits: tuple[Limits, ...] = ()


class CreateRule(Record, frozen=True, kw_only=True):
    """Groups and resources of objects that are made; `*` takes all."""

    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()

    def takes(self, group: str, resource: str) -> bool:
        """Whether the rule takes such an object."""
        wanted = {resource, "*", "*/*"}
        return bool({group, "*"} & {*self.groups} and wanted & {*self.resources})


class Webhook(Record, frozen=True, kw_only=True):
    """A webhook of a configuration. `service` (`namespace/name`) is empty for one at an address;
    `required`: what it does not answer is refused; `pods`: it is asked about pods that are made;
    `narrowed`: only about some of them. `rules`: what it is asked about when it is made (none in
    snapshots of earlier versions)."""

    name: str
    service: str = ""
    required: bool = True
    pods: bool = False
    narrowed: bool = False
    rules: tuple[CreateRule, ...] = ()

    def takes(self, group: str, resource: str) -> bool:
        """Whether it is asked about such an object when it is made."""
        is_pod = (group, resource) == ("", "pods")
        return (self.pods and is_pod) or any(rule.takes(group, resource) for rule in self.rules)


class WebhookConfiguration(Record, frozen=True, kw_only=True):
    """Webhooks that are asked before an object is stored."""

    name: str
    webhooks: tuple[Webhook, ...] = ()


class PolicyMatch(Record, frozen=True, kw_only=True):
    """Which objects a policy or its binding is about; `excludes`: some of those are left out."""

    rules: tuple[CreateRule, ...] = ()
    excludes: bool = False
    namespace_selector: tuple[NodeSelectorRequirement, ...] = ()
    object_selector: tuple[NodeSelectorRequirement, ...] = ()


class Validation(Record, frozen=True, kw_only=True):
    """A CEL expression that has to hold, and the message where it does not."""

    expression: str
    message: str = ""
    message_expression: str = ""


class AdmissionPolicy(Record, frozen=True, kw_only=True):
    """A ValidatingAdmissionPolicy; `resources` (`pods`, `jobs`, `*`) are those that it judges.
    `conditions` have to hold for it to be asked, `parameters`: it takes some."""

    name: str
    resources: tuple[str, ...] = ()
    match: PolicyMatch = PolicyMatch()
    parameters: bool = False
    variables: dict[str, str] = {}
    conditions: tuple[str, ...] = ()
    validations: tuple[Validation, ...] = ()


class PolicyBinding(Record, frozen=True, kw_only=True):
    """What puts a policy into force; `actions` (`Deny`, `Warn`, `Audit`) follow when it fails."""

    name: str
    policy: str
    actions: tuple[str, ...] = ()
    match: PolicyMatch = PolicyMatch()


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
    its ClusterVersion, empty on other distributions; `default_node_selectors` what its Scheduler
    gives to pods of projects without a selector of their own. A runtime class and an ingress class
    are just their name in snapshots of earlier versions.
    """

    context: str
    server: str = ""
    taken: str = ""
    version: str | None = None
    nodes: tuple[Node, ...] | None = None
    node_images: tuple[NodeImage, ...] | None = None
    device_classes: tuple[DeviceClass, ...] | None = None
    resource_slices: tuple[ResourceSlice, ...] | None = None
    device_claims: tuple[DeviceClaim, ...] | None = None
    device_claim_templates: tuple[DeviceClaim, ...] | None = None
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
    ingress_classes: tuple[IngressClass | str, ...] | None = None
    gateway_classes: tuple[str, ...] | None = None
    openshift: tuple[str, ...] | None = None
    default_node_selectors: tuple[str, ...] | None = None
    runtime_classes: tuple[RuntimeClass | str, ...] | None = None
    services: tuple[Service, ...] | None = None
    api_services: tuple[ApiService, ...] | None = None
    priority_classes: tuple[PriorityClass, ...] | None = None
    resource_quotas: tuple[ResourceQuota, ...] | None = None
    limit_ranges: tuple[LimitRange, ...] | None = None
    validating_webhooks: tuple[WebhookConfiguration, ...] | None = None
    mutating_webhooks: tuple[WebhookConfiguration, ...] | None = None
    admission_policies: tuple[AdmissionPolicy, ...] | None = None
    policy_bindings: tuple[PolicyBinding, ...] | None = None
    mutating_policies: tuple[AdmissionPolicy, ...] | None = None
    mutating_bindings: tuple[PolicyBinding, ...] | None = None
    components: tuple[Component, ...] | None = None
