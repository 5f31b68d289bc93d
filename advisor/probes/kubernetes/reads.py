"""Everything that is read from a cluster, declared once.

The probe, the preflight and the shipped ClusterRole are all made from this table.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import msgspec


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One list: which rights it takes, which facts it feeds, and why it is needed.

    `versions` are tried in this order. An `optional` one may be missing from the server: that is
    known to be empty, not unknown. `namespace` is the only one that is read, empty for all.
    """

    group: str
    versions: tuple[str, ...]
    resource: str
    facts: tuple[str, ...]
    why: str
    optional: bool = False
    verb: str = "list"
    namespace: str = ""

    @property
    def name(self) -> str:
        """`group/resource`, or just the resource of the core group."""
        return f"{self.group}/{self.resource}" if self.group else self.resource

    def path(self, version: str) -> str:
        """Where the list is served, over all namespaces."""
        return f"{base_path(self.group, version)}/{self.resource}"


def is_list_of(kind: str | None, resource: str) -> bool:
    """Whether an answer of that kind (`NodeList`) is the list of that resource (`nodes`): a proxy
    or a broken server may answer 200 with anything."""
    if not kind or not kind.endswith("List"):
        return False
    singular = kind.removesuffix("List").lower()
    return resource in (f"{singular}s", f"{singular}es", f"{singular.removesuffix('y')}ies")


def base_path(group: str, version: str) -> str:
    """Where a group version is served."""
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


NON_RESOURCE_PATHS = ("/version", "/apis")
"""Read to know the server's version and which APIs it serves."""

_WORKLOADS = ("cluster.workloads",)
_SERVICES = ("cluster.workloads", "cluster.components")
_RUNAI = "Run:ai workloads that exist already, pods or not"
_SCALED = "workloads that may have no pod just now"
_WITHOUT_PODS = "what waits, is stopped or has ended, and has no pod just now"
_ADMISSION = "who may refuse a pod before it is made"
_KUBEFLOW = "distributed jobs of the Kubeflow training operator, pods or not"


def _core(resource: str, why: str, *facts: str) -> Read:
    return Read(group="", versions=("v1",), resource=resource, facts=facts, why=why)


def _listed(group: str, versions: tuple[str, ...], resource: str, why: str, *facts: str) -> Read:
    return Read(group=group, versions=versions, resource=resource, facts=facts, why=why)


def _optional(group: str, versions: tuple[str, ...], resource: str, why: str, *facts: str) -> Read:
    return Read(
        group=group, versions=versions, resource=resource, facts=facts, why=why, optional=True
    )


_DRA = ("v1", "v1beta2", "v1beta1", "v1alpha3")

NAMESPACES = _core(
    "namespaces", "Run:ai projects, and what a namespace enforces", "cluster.namespaces"
)
PODS = _core(
    "pods", "what runs today, with which images and data", "cluster.pods", "cluster.workloads"
)


def node_fact_reads(namespace: str) -> tuple[Read, ...]:
    """What `--node-facts` reads beside the rest: the pods of one namespace, and their logs."""
    why = "what the pods of advisor nodes manifest print of their nodes"
    pods = Read(
        group="",
        versions=("v1",),
        resource="pods",
        facts=("machines",),
        why=why,
        namespace=namespace,
    )
    return pods, msgspec.structs.replace(pods, resource="pods/log", verb="get")


READS: tuple[Read, ...] = (
    PODS,
    _core(
        "nodes",
        "GPUs, taints, labels, and the images each node holds",
        "cluster.nodes",
        "cluster.node_images",
    ),
    NAMESPACES,
    _core(
        "persistentvolumes",
        "whether data is on a node or on network storage",
        "cluster.persistent_volumes",
    ),
    _core("persistentvolumeclaims", "the data that jobs name", "cluster.claims"),
    _core(
        "serviceaccounts",
        "the pull secrets that jobs get (their names only)",
        "cluster.service_accounts",
    ),
    _listed("apps", ("v1",), "deployments", "services and their images", *_SERVICES),
    _listed("apps", ("v1",), "statefulsets", "services with data, and their images", *_SERVICES),
    _listed("apps", ("v1",), "daemonsets", "device plugins, drivers, exporters", *_SERVICES),
    _listed("batch", ("v1",), "jobs", "batch jobs, suspended ones too", *_WORKLOADS),
    _listed("batch", ("v1", "v1beta1"), "cronjobs", "jobs that have no pod just now", *_WORKLOADS),
    _listed(
        "storage.k8s.io",
        ("v1",),
        "storageclasses",
        "which storage the cluster can give",
        "cluster.storage_classes",
    ),
    _listed(
        "storage.k8s.io",
        ("v1",),
        "csidrivers",
        "which storage drivers are installed",
        "cluster.csi_drivers",
    ),
    _listed(
        "storage.k8s.io",
        ("v1",),
        "csinodes",
        "on which nodes a storage driver runs",
        "cluster.csi_nodes",
    ),
    _listed(
        "networking.k8s.io",
        ("v1",),
        "ingressclasses",
        "Run:ai needs an ingress controller",
        "cluster.ingress_classes",
    ),
    _core("services", "load balancers, and who answers for webhooks", "cluster.services"),
    _core("resourcequotas", "what a namespace refuses for its quota", "cluster.resource_quotas"),
    _core("limitranges", "what a namespace refuses for its limits", "cluster.limit_ranges"),
    _listed(
        "scheduling.k8s.io",
        ("v1",),
        "priorityclasses",
        "the priorities that jobs name",
        "cluster.priority_classes",
    ),
    _listed(
        "apiregistration.k8s.io",
        ("v1",),
        "apiservices",
        "APIs that are down",
        "cluster.api_services",
    ),
    *(
        _listed("admissionregistration.k8s.io", ("v1",), resource, _ADMISSION, fact)
        for resource, fact in (
            ("validatingwebhookconfigurations", "cluster.validating_webhooks"),
            ("mutatingwebhookconfigurations", "cluster.mutating_webhooks"),
        )
    ),
    *(
        _optional("admissionregistration.k8s.io", ("v1", "v1beta1"), resource, _ADMISSION, fact)
        for resource, fact in (
            ("validatingadmissionpolicies", "cluster.admission_policies"),
            ("validatingadmissionpolicybindings", "cluster.policy_bindings"),
        )
    ),
    *(
        _optional(
            "admissionregistration.k8s.io",
            ("v1", "v1beta1", "v1alpha1"),
            resource,
            "what changes objects before they are stored",
            fact,
        )
        for resource, fact in (
            ("mutatingadmissionpolicies", "cluster.mutating_policies"),
            ("mutatingadmissionpolicybindings", "cluster.mutating_bindings"),
        )
    ),
    _optional(
        "gateway.networking.k8s.io",
        ("v1", "v1beta1"),
        "gatewayclasses",
        "Run:ai can use a Gateway instead of an ingress controller",
        "cluster.gateway_classes",
    ),
    _optional(
        "config.openshift.io",
        ("v1",),
        "clusterversions",
        "the version of OpenShift",
        "cluster.openshift",
    ),
    _optional(
        "config.openshift.io",
        ("v1",),
        "schedulers",
        "the node selector that OpenShift gives to pods",
        "cluster.default_node_selectors",
    ),
    _listed(
        "node.k8s.io",
        ("v1",),
        "runtimeclasses",
        "the nvidia runtime class",
        "cluster.runtime_classes",
    ),
    _optional(
        "resource.k8s.io", _DRA, "deviceclasses", "GPUs given by DRA", "cluster.device_classes"
    ),
    _optional(
        "resource.k8s.io", _DRA, "resourceslices", "GPUs given by DRA", "cluster.resource_slices"
    ),
    _optional(
        "resource.k8s.io",
        _DRA,
        "resourceclaims",
        "which devices jobs ask for by DRA",
        "cluster.device_claims",
    ),
    _optional(
        "resource.k8s.io",
        _DRA,
        "resourceclaimtemplates",
        "which devices jobs ask for by DRA",
        "cluster.device_claim_templates",
    ),
    _optional(
        "cdi.kubevirt.io",
        ("v1beta1",),
        "storageprofiles",
        "what KubeVirt found a storage class can do",
        "cluster.storage_profiles",
    ),
    *(
        _optional("kubeflow.org", ("v1",), resource, _KUBEFLOW, *_WORKLOADS)
        for resource in ("pytorchjobs", "tfjobs", "xgboostjobs", "paddlejobs", "jaxjobs")
    ),
    _optional("kubeflow.org", ("v2beta1", "v1"), "mpijobs", _KUBEFLOW, *_WORKLOADS),
    _optional(
        "trainer.kubeflow.org", ("v1", "v1beta1", "v1alpha1"), "trainjobs", _KUBEFLOW, *_WORKLOADS
    ),
    _optional(
        "jobset.x-k8s.io", ("v1", "v1alpha2"), "jobsets", "groups of jobs, pods or not", *_WORKLOADS
    ),
    _optional(
        "leaderworkerset.x-k8s.io",
        ("v1",),
        "leaderworkersets",
        "multi-node inference, pods or not",
        *_WORKLOADS,
    ),
    *(
        _optional(
            "ray.io",
            ("v1", "v1alpha1"),
            resource,
            "Ray clusters and jobs, pods or not",
            *_WORKLOADS,
        )
        for resource in ("rayclusters", "rayjobs", "rayservices")
    ),
    *(
        _optional(group, versions, resource, _WITHOUT_PODS, *_WORKLOADS)
        for group, versions, resource in (
            ("argoproj.io", ("v1alpha1",), "workflows"),
            ("argoproj.io", ("v1alpha1",), "cronworkflows"),
            ("serving.kserve.io", ("v1beta1",), "inferenceservices"),
            ("kubeflow.org", ("v1", "v1beta1"), "notebooks"),
            ("workload.codeflare.dev", ("v1beta2",), "appwrappers"),
            ("sparkoperator.k8s.io", ("v1beta2",), "sparkapplications"),
            ("sparkoperator.k8s.io", ("v1beta2",), "scheduledsparkapplications"),
        )
    ),
    _optional("argoproj.io", ("v1alpha1",), "rollouts", _SCALED, *_WORKLOADS),
    _optional("apps.kruise.io", ("v1alpha1",), "clonesets", _SCALED, *_WORKLOADS),
    _optional("apps.kruise.io", ("v1beta1", "v1alpha1"), "statefulsets", _SCALED, *_WORKLOADS),
    _optional("keda.sh", ("v1alpha1",), "scaledjobs", _SCALED, *_WORKLOADS),
    _optional("batch.volcano.sh", ("v1alpha1",), "jobs", "Volcano jobs, pods or not", *_WORKLOADS),
    _optional("run.ai", ("v1",), "runaijobs", _RUNAI, *_WORKLOADS),
    *(
        _optional("run.ai", ("v2alpha1",), resource, _RUNAI, *_WORKLOADS)
        for resource in (
            "trainingworkloads",
            "interactiveworkloads",
            "inferenceworkloads",
            "distributedworkloads",
        )
    ),
)
"""In the order they are started: the longest first."""


ROLE = "advisor"

_HEADER = f"""\
# Everything that `advisor audit` reads of a cluster, and nothing else: only `list`, and no Secrets.
# Made from the table of reads; a test fails when the two differ.
#
#   kubectl apply -f clusterrole.yaml
#   kubectl create clusterrolebinding {ROLE} --clusterrole={ROLE} --user=NAME
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {ROLE}
rules:
"""


def cluster_role() -> str:
    """The YAML text of deploy/clusterrole.yaml, with the reason for every right."""
    return _HEADER + "".join(f"{line}\n" for line in _rules())


def _rules() -> Iterator[str]:
    yield "  # the server's version, and which APIs it serves"
    yield f"  - nonResourceURLs: [{', '.join(_quoted(path) for path in NON_RESOURCE_PATHS)}]"
    yield "    verbs: [get]"
    ordered = sorted(READS, key=lambda read: (read.group, read.verb))
    for (group, verb), reads in groupby(ordered, key=lambda read: (read.group, read.verb)):
        yield f"  - apiGroups: [{_quoted(group)}]"
        yield "    resources:"
        yield from (_resource(read) for read in reads)
        yield f"    verbs: [{verb}]"


def _resource(read: Read) -> str:
    return f"      - {read.resource} # {read.why}"


def _quoted(text: str) -> str:
    return f'"{text}"'
