"""The variables `cluster`, `node`, `image`, `workload` and `job`, as rules may read them."""

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
    system_nodes: room for Run:ai's own services on nodes without GPUs; high_availability: how many
    such nodes; node_roles: their labels; control_plane: room for a control plane in this cluster
    pod_security: whether its namespaces may hold privileged pods
    secrets: TLS and pull secrets, which are never read; support: until when the release gets fixes
    fractions: driver and GPU Operator for shares of a GPU; upgrade: the way from what is installed
    admission: what may change or refuse what the plan writes
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
    high_availability: RequirementFacts
    node_roles: RequirementFacts
    control_plane: RequirementFacts
    ingress: RequirementFacts
    default_ingress_class: RequirementFacts
    load_balancer: RequirementFacts
    default_storage_class: RequirementFacts
    pod_security: RequirementFacts
    unsupported_gpus: RequirementFacts
    fractions: RequirementFacts
    upgrade: RequirementFacts
    admission: RequirementFacts
    secrets: RequirementFacts
    support: RequirementFacts


class AcceleratorFacts(ViewFacts, frozen=True, kw_only=True):
    """One accelerator resource of a node.

    resource: `nvidia.com/gpu`, or the DRA driver's name; vendor: of the catalogue
    kind: `whole`, `mig-single`, `mig-mixed`, `time-sliced`, `mps`, `shared`, `partition`, `dra`;
    absent when nothing says what one unit is; never add amounts of different kinds
    sharing: `none`, `stated`, `unstated` (no label says), `contradicted` (labels and amounts
    disagree); profile: the slice of a split card (`1g.5gb`), else null
    capacity, allocatable: advertised amounts, absent for DRA devices that cannot be counted;
    physical: cards in the machine, where a label says so
    replicas: how many times each device is advertised; absent where labels and amounts do not
    settle it
    product: as labelled; peers: the usual capacity of nodes with the same product and resource
    """

    resource: str
    vendor: str
    kind: str | UnsetType = UNSET
    sharing: str = "none"
    profile: str | None = None
    capacity: int | UnsetType = UNSET
    allocatable: int | UnsetType = UNSET
    physical: int | None = None
    replicas: int | UnsetType = UNSET
    product: str | None = None
    peers: int | None = None


class NodeFacts(ViewFacts, frozen=True, kw_only=True):
    """One node.

    ready: the Ready condition; unschedulable: cordoned; control_plane: has that role
    gpu_node: advertises an accelerator of the catalogue by capacity or through DRA; absent when it
    only has unclassified resources or its ResourceSlices could not be read
    dra_only: has accelerators, and each of them only through DRA
    hardware: vendors whose accelerators the node's labels show to be built in (`nvidia`, `amd`...)
    accelerators: see AcceleratorFacts, catalogue ones; unclassified: extended resources the
    catalogue does not know; monitoring: resources that only count for monitoring; zeroed:
    accelerator resources listed with nothing in them
    taints: `key=value:effect` that keep pods away, `node.kubernetes.io/*` left out
    untolerated: those no known GPU job tolerates
    feature_discovery: whether feature-discovery labels (product, memory) are there
    driver: GPU driver version from labels, else as the node said of itself; null where nobody did
    sharing_labels: whether labels state a sharing strategy
    surveyed: whether the node said anything of itself (`advisor nodes manifest`); what follows is
    null or empty without that. unreached: what it was told to reach and could not, in words
    image_size, image_available: bytes of the filesystem where its runtime keeps images
    infiniband: its ports, in words; control_groups: `1`, `2` or `hybrid`
    """

    name: str
    ready: bool | UnsetType = UNSET
    unschedulable: bool
    control_plane: bool
    gpu_node: bool | UnsetType = UNSET
    dra_only: bool = False
    architecture: str | UnsetType = UNSET
    hardware: tuple[str, ...] = ()
    accelerators: tuple[AcceleratorFacts, ...] = ()
    unclassified: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    zeroed: tuple[str, ...] = ()
    taints: tuple[str, ...] = ()
    untolerated: tuple[str, ...] | UnsetType = UNSET
    feature_discovery: bool
    driver: str | None = None
    sharing_labels: bool = False
    labels: dict[str, str] = {}
    runtime: str | UnsetType = UNSET
    images_listed: int = 0
    surveyed: bool = False
    unreached: tuple[str, ...] = ()
    image_size: int | None = None
    image_available: int | None = None
    infiniband: tuple[str, ...] = ()
    control_groups: str | None = None


class ContentFacts(ViewFacts, frozen=True, kw_only=True):
    """One content under this name: its id and the machines that hold it."""

    id: str
    machines: tuple[str, ...]


class ChangedContainerFacts(ViewFacts, frozen=True, kw_only=True):
    """A container of this image whose writable layer differs from it."""

    host: str
    engine: str = "docker"
    container: str
    changes: int
    size: int | None = None


class ImageFacts(ViewFacts, frozen=True, kw_only=True):
    """One image, by name (an untagged one by id).

    reference: as people write it; registry: null when the name has none (a short name)
    repository, tag, digest: parts of the name; tag and digest null when absent
    loopback: the registry is on the machine itself; short_name: Docker Hub or a local build
    location: the strictest over its uses: `registry-verified`, `registry-claimed`, `local-only`,
    `unknown`
    machines: hosts and nodes that list it; contents: each content seen under the name
    engine: the program that has its copies, for tag and push: `docker`, `podman`, and where only
    nodes list it `sudo ctr -n k8s.io images`; listed: how that calls it
    size: bytes, the largest seen; created: newest
    architectures: those the registry has it for, else as seen on machines
    jobs: known jobs that use it; never_pull: those whose pull policy is Never; eligible: the
    largest number of eligible nodes of a use
    node_architectures: of the eligible nodes; cuda: CUDA version in the image (`12.4`, with or
    without a third number), null if it states none; driver_cuda: the highest CUDA version every
    eligible node's driver serves, written alike
    registry_status: `verified`, `missing`, `denied`, `unreachable`; absent when nobody asked
    anonymous: whether the registry served it without credentials; absent when nobody asked
    other_content: machines whose copy the registry does not have under any tag of this name; absent
    when nobody asked, or a copy could not be compared
    pull_secrets: whether every job that uses it names a pull secret; absent without such jobs
    secret_variables: names of variables baked into the image that look like secrets
    changed: containers whose writable layer holds work that no image holds
    plain_http_hosts: the hosts that were read which take its registry without TLS
    not_in_runtime: the nodes on which it may stay, in the store of docker or podman, and whose
    container runtime, which kubelets use, does not have it; runtime: that runtime, `containerd`
    """

    reference: str
    registry: str | UnsetType | None
    repository: str
    tag: str | UnsetType | None
    digest: str | None
    loopback: bool
    short_name: bool
    named: bool = True
    location: str
    machines: tuple[str, ...] = ()
    engine: str = "docker"
    listed: str = ""
    contents: tuple[ContentFacts, ...] = ()
    size: int | UnsetType = UNSET
    architectures: tuple[str, ...] | UnsetType = UNSET
    created: str | UnsetType = UNSET
    jobs: tuple[str, ...] = ()
    never_pull: tuple[str, ...] = ()
    eligible: int | UnsetType = UNSET
    node_architectures: tuple[str, ...] | UnsetType = UNSET
    cuda: str | UnsetType | None = UNSET
    driver_cuda: str | UnsetType = UNSET
    registry_status: str | UnsetType = UNSET
    anonymous: bool | UnsetType = UNSET
    other_content: tuple[str, ...] | UnsetType = UNSET
    pull_secrets: bool | UnsetType = UNSET
    secret_variables: tuple[str, ...] | UnsetType = UNSET
    changed: tuple[ChangedContainerFacts, ...] | UnsetType = UNSET
    plain_http_hosts: tuple[str, ...] = ()
    runtime: str = ""
    not_in_runtime: tuple[str, ...] | UnsetType = UNSET


class FlagFacts(ViewFacts, frozen=True, kw_only=True):
    """One flag or field of the source, and why it is named."""

    name: str
    value: str = ""
    reason: str = ""


class JobFacts(ViewFacts, frozen=True, kw_only=True):
    """One known job: a container on a host, a workload in the cluster, or a job in a file.

    kind: `container`, or the workload's kind; reader: the form it was written in (`docker-run`,
    `compose`, `manifest`, `runai-v1`, `runai-v2`, `container`), empty for a job of the cluster
    target: what it was translated to, null when it was not
    template: why it stands for several jobs, else null; guessed: its kind is not known for certain
    accelerators: devices one pod asks for, absent when it asks for all or an unknown number
    gpu: whether it asks for GPUs; gpu_all: for all there are; gpu_devices: the ids it pins;
    gpu_forms: how it asks (`--gpus`, `runtime`, `device`, `cdi`, `resource`); gpu_portion: of one
    GPU, null without; gpu_memory: bytes of one GPU, null without
    cpu, memory: what one pod asks for, millicores and bytes, null without
    accelerators_fit, cpu_fits, memory_fits: whether some node has that much; most_accelerators,
    most_cpu, most_memory: the largest amount on one node, null when no node states one
    eligible, ready: numbers of nodes; unmet: requirements no node meets, in words
    shared_memory: size of /dev/shm in bytes, null when none is asked; large_shared_memory: more is
    asked without a size
    pod_security: the level of Pod Security that its namespace enforces, null where none is known to
    be; host_path: whether it mounts a folder of the node; unsafe_capabilities: those added that
    the level `baseline` refuses; against_restricted: what only the level `restricted` refuses
    refused: what the API server refuses in the manifest itself, as `FIELD: reason`
    refusals: why the quota, the limits or the priorities of its namespace refuse each of its pods
    policy_refusals: why the cluster's ValidatingAdmissionPolicies refuse it, in their own words
    capabilities: those added; security_options, sysctls: as `name=value`; devices: other devices
    runtime_sockets: sockets of a container runtime that it mounts
    restart: the policy, null without; service: it is meant to keep running
    interactive: it keeps its input open; terminal: it wants a terminal
    ports: published or exposed, as `HOST:CONTAINER` or `CONTAINER`
    bad_name: the name it was given where that is no DNS label that begins with a letter, else null
    secrets: variables whose values stand in clear in the source; expansions: what only a shell
    knows (`$HOME`, backticks)
    tied_to: containers it needs beside it; networks: networks of its own; machine_addresses: names
    of the machine it ran on, and where they stand (`host.docker.internal in TRACKING_URI`)
    user: as given, null without; numeric_user: it is a number; written_paths: where it then
    writes data
    lost: flags without an equivalent in the target; open: those that wait for a value
    release: the Run:ai release that was named, null without; gone, deprecated: what of the job's
    form it takes no longer, or soon will not: `name` is that, `reason` what to use instead
    """

    name: str
    kind: str
    reader: str = ""
    owner: str | None = None
    target: str | None = None
    template: str | None = None
    guessed: bool = False
    accelerators: int | UnsetType = UNSET
    gpu: bool = False
    gpu_all: bool = False
    gpu_devices: tuple[str, ...] = ()
    gpu_forms: tuple[str, ...] = ()
    gpu_portion: float | None = None
    gpu_memory: int | None = None
    cpu: int | None = None
    memory: int | None = None
    accelerators_fit: bool | UnsetType = UNSET
    cpu_fits: bool | UnsetType = UNSET
    memory_fits: bool | UnsetType = UNSET
    most_accelerators: int | None = None
    most_cpu: int | None = None
    most_memory: int | None = None
    eligible: int | UnsetType = UNSET
    ready: int | UnsetType = UNSET
    unmet: tuple[str, ...] = ()
    shared_memory: int | None = None
    large_shared_memory: bool = False
    privileged: bool = False
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    pod_security: str | UnsetType | None = None
    refused: tuple[str, ...] = ()
    refusals: tuple[str, ...] | UnsetType = ()
    policy_refusals: tuple[str, ...] | UnsetType = ()
    host_path: bool = False
    unsafe_capabilities: tuple[str, ...] = ()
    against_restricted: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    security_options: tuple[str, ...] = ()
    sysctls: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    runtime_sockets: tuple[str, ...] = ()
    restart: str | None = None
    service: bool = False
    interactive: bool = False
    terminal: bool = False
    ports: tuple[str, ...] = ()
    ulimits: tuple[str, ...] = ()
    bad_name: str | None = None
    secrets: tuple[str, ...] = ()
    expansions: tuple[str, ...] = ()
    tied_to: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    machine_addresses: tuple[str, ...] = ()
    user: str | None = None
    numeric_user: bool = False
    written_paths: tuple[str, ...] = ()
    release: str | None = None
    gone: tuple[FlagFacts, ...] = ()
    deprecated: tuple[FlagFacts, ...] = ()
    lost: tuple[FlagFacts, ...] = ()
    open: tuple[FlagFacts, ...] = ()


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
