"""The cluster probe against a real kube-apiserver."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec.structs import replace

from advisor.facts.cluster import (
    Cluster,
    Component,
    Device,
    DeviceClass,
    IngressClass,
    Namespace,
    Node,
    NodeImage,
    ResourceSlice,
    RuntimeClass,
    Service,
    ServiceAccount,
    Taint,
)
from advisor.facts.source import Redaction, Refusal, Source
from advisor.facts.storage import (
    Claim,
    CsiDriver,
    CsiNode,
    NodeSelectorRequirement,
    PersistentVolume,
    StorageClass,
)
from advisor.facts.workload import (
    PodContainer,
    PodTemplate,
    PodVolume,
    RunningPods,
    Toleration,
    VolumeMount,
    Workload,
)
from advisor.objects.base import Page, present
from advisor.objects.pod import PodWire
from advisor.probes.common import NoProgress, ProbeResult
from advisor.probes.kubernetes.connection import Connection, connect
from advisor.probes.kubernetes.paging import slices
from advisor.probes.kubernetes.pods import FROM_CACHE
from advisor.probes.kubernetes.preflight import preflight
from advisor.probes.kubernetes.probe import probe_cluster, read_cluster
from advisor.probes.kubernetes.reads import READS
from advisor.probes.kubernetes.transport import Answer, Client, Request, Transport
from tests.real import kubernetes_objects as objects
from tests.real.parts.kube_api_server import ADMIN, OUTSIDER, READER, KubeApiServer

ROLE = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "clusterrole.yaml").read_text())
SERVED = [
    read
    for read in READS
    if not read.optional
    or read.group == "resource.k8s.io"
    or read.resource.startswith("validatingadmissionpolic")
]
NOT_READY = Taint(key="node.kubernetes.io/not-ready", effect="NoSchedule")
MADE_BY_SERVER = {
    "restart_policy": "Always",
    "scheduler": "default-scheduler",
}
ADDED = tuple(
    Toleration(key=f"node.kubernetes.io/{key}", operator="Exists", effect="NoExecute")
    for key in ("not-ready", "unreachable")
)
PRESETS = ("default", "kube-node-lease", "kube-public", "kube-system")


def fill(server: KubeApiServer) -> None:
    objects.define(server, "kubeflow.org", "v1", "PyTorchJob", "pytorchjobs")
    server.client.add(
        objects.GPU_NODE,
        objects.BARE_NODE,
        *objects.STORAGE,
        *objects.CLUSTER_WIDE,
        objects.DEPLOYMENT,
        objects.WEB_POD,
        objects.BARE_POD,
        objects.TRAINING,
        objects.HOSTILE_TRAINING,
        objects.SECRET,
    )


def probe(api: KubeApiServer, user: str, **changes: Any) -> ProbeResult:
    return probe_cluster(kubeconfig=str(api.kubeconfig(user, **changes)), timeout=60)


def expected(server: KubeApiServer, context: str) -> Cluster:
    """All of the cluster that `fill` makes."""
    return Cluster(
        context=context,
        server=server.url,
        version="v1.34.3",
        nodes=(
            Node(
                name="gpu-1",
                hostname="gpu-1",
                addresses=("10.0.0.1",),
                ready=True,
                taints=(Taint(key="nvidia.com/gpu", effect="NoSchedule"), NOT_READY),
                labels={"kubernetes.io/hostname": "gpu-1", "nvidia.com/gpu.count": "8"},
                annotations={"advisor/ignore": "GPU001: being repaired"},
                architecture="amd64",
                operating_system="linux",
                os_image="Debian 12",
                kernel="6.1",
                container_runtime="containerd://1.7",
                kubelet="v1.34.3",
                capacity={"cpu": 128_000, "memory": 2**40, "nvidia.com/gpu": 8, "pods": 20_000},
                allocatable={"cpu": 127_500, "memory": 2**40, "nvidia.com/gpu": 7},
                image_count=2,
            ),
            Node(name="zz-bare", taints=(NOT_READY,)),
        ),
        node_images=(NodeImage(names=("team/train:1",), size=5, nodes=("gpu-1",)),),
        device_classes=(
            DeviceClass(name="gpu.nvidia.com", selectors=('device.driver == "gpu.nvidia.com"',)),
        ),
        resource_slices=(
            ResourceSlice(
                name="gpu-1-slice",
                driver="gpu.nvidia.com",
                pool="gpu-1",
                generation=1,
                slice_count=1,
                node="gpu-1",
                devices=(
                    Device(
                        name="gpu-0",
                        type="gpu",
                        product="NVIDIA H100 80GB HBM3",
                        memory=80 * 2**30,
                        attributes={
                            "gpu.nvidia.com/type": "gpu",
                            "gpu.nvidia.com/productName": "NVIDIA H100 80GB HBM3",
                        },
                        capacity={"gpu.nvidia.com/memory": "80Gi"},
                    ),
                ),
            ),
        ),
        storage_classes=(
            StorageClass(
                name="files",
                provisioner="smb.csi.k8s.io",
                default=True,
                parameters={"source": "//filer/x", "password": "[redacted]"},
            ),
        ),
        storage_profiles=(),
        gateway_classes=(),
        openshift=(),
        default_node_selectors=(),
        csi_drivers=(CsiDriver(name="smb.csi.k8s.io", attach_required=False),),
        csi_nodes=(CsiNode(name="gpu-1"),),
        persistent_volumes=(
            PersistentVolume(
                name="raid",
                source_kind="local",
                source="/raid",
                capacity=2**40,
                access_modes=("ReadWriteOnce",),
                storage_class="raid",
                reclaim_policy="Retain",
                phase="Available",
                node_affinity=(
                    (
                        NodeSelectorRequirement(
                            key="kubernetes.io/hostname", operator="In", values=("gpu-1",)
                        ),
                    ),
                ),
            ),
        ),
        claims=(
            Claim(
                namespace="team",
                name="data",
                storage_class="files",
                access_modes=("ReadWriteMany",),
                requested=10 * 2**30,
                phase="Pending",
            ),
        ),
        workloads=(
            Workload(
                namespace="team",
                kind="Deployment",
                name="web",
                api_version="apps/v1",
                replicas=2,
                phases={"Running": 1},
                nodes={"gpu-1": 1},
                running=(RunningPods(nodes=("gpu-1",)),),
                labels={"app": "web"},
                template=PodTemplate(
                    containers=(
                        PodContainer(
                            name="main",
                            image="web:1",
                            pull_policy="IfNotPresent",
                            variables=("TOKEN",),
                        ),
                    ),
                    **MADE_BY_SERVER,
                ),
            ),
            Workload(
                namespace="team",
                kind="Pod",
                name="notebook",
                api_version="v1",
                origin="pod",
                phases={"Pending": 1},
                annotations={"user": "ada"},
                template=PodTemplate(
                    containers=(
                        PodContainer(
                            name="main",
                            image="team/notebook",
                            pull_policy="Never",
                            requests={"nvidia.com/gpu": 1},
                            limits={"nvidia.com/gpu": 1},
                            mounts=(VolumeMount(volume="data", path="/data"),),
                        ),
                    ),
                    volumes=(PodVolume(name="data", kind="hostPath", source="/raid/ada"),),
                    node_selector={"kubernetes.io/hostname": "gpu-1"},
                    pull_secrets=("regcred",),
                    tolerations=ADDED,
                    **MADE_BY_SERVER,
                ),
            ),
            Workload(
                namespace="team",
                kind="PyTorchJob",
                name="bert",
                api_version="kubeflow.org/v1",
                role="Master",
                replicas=1,
                suspended=True,
                template=PodTemplate(containers=(PodContainer(name="main", image="bert:1"),)),
            ),
        ),
        pods=2,
        namespaces=tuple(
            Namespace(name=name, labels={"kubernetes.io/metadata.name": name})
            for name in (*PRESETS, "team")
        ),
        service_accounts=(
            ServiceAccount(namespace="team", name="trainer", pull_secrets=("regcred",)),
        ),
        ingress_classes=(IngressClass(name="nginx"),),
        runtime_classes=(RuntimeClass(name="nvidia"),),
        services=(Service(namespace="default", name="kubernetes"),),
        resource_quotas=(),
        limit_ranges=(),
        validating_webhooks=(),
        mutating_webhooks=(),
        admission_policies=(),
        policy_bindings=(),
        mutating_policies=(),
        mutating_bindings=(),
        device_claims=(),
        device_claim_templates=(),
        components=(Component(name="training-operator", evidence="API group kubeflow.org"),),
    )


HOSTILE = Refusal(
    resource="kubeflow.org/pytorchjobs",
    verb="list",
    reason="1 object was malformed (team/hostile: Expected `array | null`, got `object` - at "
    "`$.containers`)",
    facts=("cluster.workloads",),
    cause="invalid",
)
REDACTED = (
    Redaction(path="cluster.storage_classes[files].parameters", redactor="kubernetes-options"),
)


def made(found: ProbeResult) -> Cluster:
    """The cluster without what the server makes of its own: APIs, all up, and two priorities."""
    assert found.cluster is not None
    apis, priorities = found.cluster.api_services, found.cluster.priority_classes
    assert apis is not None
    assert priorities is not None
    assert {(one.available, one.reason) for one in apis} == {(True, "")}
    assert {"v1.", "v1.apps"} <= {one.name for one in apis}
    own = {"system-cluster-critical", "system-node-critical"}
    assert {one.name for one in priorities} <= own
    return replace(found.cluster, api_services=None, priority_classes=None)


@pytest.fixture
def filled(kube_api_server: KubeApiServer) -> KubeApiServer:
    fill(kube_api_server)
    return kube_api_server


def test_an_admin_reads_all_of_it(filled: KubeApiServer) -> None:
    found = probe(filled, ADMIN)
    assert made(found) == expected(filled, ADMIN)
    assert found.redactions == REDACTED
    assert found.source == Source(
        probe="kubernetes",
        target=ADMIN,
        status="partial",
        seconds=found.source.seconds,
        reason="1 of its reads gave nothing or not all",
        refused=(HOSTILE,),
    )


def test_no_secret_of_any_kind_is_kept(filled: KubeApiServer) -> None:
    kept = msgspec.json.encode(probe(filled, ADMIN))
    assert not [word for word in (b"hunter2", b"s3cr3t") if word in kept]


def test_the_shipped_role_reads_the_same_with_no_refused_read(filled: KubeApiServer) -> None:
    filled.grant(READER, ROLE)
    filled.client.delete("/apis/kubeflow.org/v1/namespaces/team/pytorchjobs/hostile")
    found = probe(filled, READER)
    assert made(found) == expected(filled, READER)
    assert (found.source.status, found.source.refused) == ("ok", ())


def test_a_user_with_almost_nothing_is_told_each_refused_read(
    kube_api_server: KubeApiServer,
) -> None:
    found = probe(kube_api_server, OUTSIDER)

    def reason(group: str, resource: str) -> str:
        name = f"{resource}.{group}" if group else resource
        return (
            f'{name} is forbidden: User "{OUTSIDER}" cannot list resource "{resource}" in API '
            f'group "{group}" at the cluster scope'
        )

    assert found.cluster == Cluster(
        context=OUTSIDER,
        server=kube_api_server.url,
        version="v1.34.3",
        storage_profiles=(),
        gateway_classes=(),
        openshift=(),
        default_node_selectors=(),
        mutating_policies=(),
        mutating_bindings=(),
    )
    assert found.source.refused == tuple(
        Refusal(
            resource=read.name,
            verb="list",
            reason=reason(read.group, read.resource),
            facts=read.facts,
            cause="denied",
        )
        for read in sorted(SERVED, key=lambda one: one.name)
    )


def test_a_wrong_token_and_a_silent_port(kube_api_server: KubeApiServer) -> None:
    advice = "(check the context, or leave the cluster out with --no-cluster)"
    assert probe(kube_api_server, ADMIN, token="expired").source.reason == (
        f"{kube_api_server.url} (context admin): the server does not accept the credentials: "
        f"token or certificate is wrong or expired {advice}"
    )
    nowhere = "https://127.0.0.1:1"
    assert probe(kube_api_server, ADMIN, server=nowhere).source.reason == (
        f"{nowhere} (context admin): the server could not be read: connection refused {advice}"
    )


def test_a_server_with_another_authority(kube_api_server: KubeApiServer, tmp_path: Path) -> None:
    document = yaml.safe_load(kube_api_server.kubeconfig().read_text())
    del document["clusters"][0]["cluster"]["certificate-authority"]
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(document))
    assert probe_cluster(kubeconfig=str(path)).source.reason == (
        f"{kube_api_server.url} (context admin): the server could not be read: its certificate "
        "is not trusted (check the context, or leave the cluster out with --no-cluster)"
    )


def test_a_server_that_is_not_to_be_verified(
    kube_api_server: KubeApiServer, tmp_path: Path
) -> None:
    document = yaml.safe_load(kube_api_server.kubeconfig().read_text())
    cluster = {"server": kube_api_server.url, "insecure-skip-tls-verify": True}
    document["clusters"][0]["cluster"] = cluster
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(document))
    assert probe_cluster(kubeconfig=str(path)).source.status == "ok"


def test_custom_jobs_of_every_kind_are_read_without_any_pod(kube_api_server: KubeApiServer) -> None:
    for manifest, plural, _ in objects.CUSTOM_JOBS:
        group, version = manifest["apiVersion"].split("/")
        objects.define(kube_api_server, group, version, manifest["kind"], plural)
    kube_api_server.client.add(*(manifest for manifest, _, _ in objects.CUSTOM_JOBS))
    found = probe(kube_api_server, ADMIN)
    assert found.source.refused == ()
    assert found.cluster is not None
    assert {
        (one.api_version, one.kind, one.role, one.template.containers[0].image)
        for one in found.cluster.workloads or ()
    } == {
        (manifest["apiVersion"], manifest["kind"], role, f"image-{number}")
        for number, (manifest, _, role) in enumerate(objects.CUSTOM_JOBS)
    }


class Expiring:
    """A transport that has the server forget its continue tokens after the first page of pods."""

    def __init__(self, server: KubeApiServer, transport: Transport) -> None:
        self._server, self._transport = server, transport
        self.statuses: list[int] = []

    def send(self, request: Request) -> Answer:
        answer = self._transport.send(request)
        if request.path == "/api/v1/pods":
            self.statuses.append(answer.status)
            if len(self.statuses) == 1:
                self._server.expire_continue_tokens()
        return answer

    def stream(self, request: Request) -> Iterator[bytes]:
        return self._transport.stream(request)


def test_an_expired_continue_token_costs_no_pod(kube_api_server: KubeApiServer) -> None:
    pod = {**objects.BARE_POD, "metadata": {}}
    numbers = range(1500)
    kube_api_server.client.bulk_create(
        "/api/v1/namespaces/default/pods",
        ({**pod, "metadata": {"name": f"p-{number:04d}"}} for number in numbers),
    )
    real = connect(context=None, kubeconfig=str(kube_api_server.kubeconfig()), timeout=60)
    expiring = Expiring(kube_api_server, real.transport)
    found = read_cluster(
        Connection(context=real.context, server=real.server, transport=expiring), NoProgress()
    )
    assert found.cluster is not None
    assert (found.source.refused, found.cluster.pods) == ((), 1500)
    assert expiring.statuses == [200, 410, 200]


def whole_answer(client: Client, pods: int) -> bytes:
    """All pods from the server's cache, once it has caught up with the emptying of its store."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        whole = b"".join(client.stream("/api/v1/pods", FROM_CACHE))
        if len(msgspec.json.decode(whole)["items"]) == pods:
            return whole
        time.sleep(0.1)
    raise AssertionError("the cache does not catch up")


def test_one_streamed_answer_is_cut_into_whole_pods(kube_api_server: KubeApiServer) -> None:
    pod = {**objects.BARE_POD, "metadata": {}}
    names = [f"p-{number:02d}" for number in range(40)]
    kube_api_server.client.bulk_create(
        "/api/v1/namespaces/default/pods",
        ({**pod, "metadata": {"name": name}} for name in names),
    )
    real = connect(context=None, kubeconfig=str(kube_api_server.kubeconfig()), timeout=60)
    client = Client(real.transport, pause=lambda _: None)
    whole = whole_answer(client, len(names))
    parts = (whole[start : start + 1000] for start in range(0, len(whole), 1000))
    pages = [
        msgspec.json.decode(one, type=Page[PodWire]) for one in slices(parts, "PodList", size=4000)
    ]
    assert len(pages) > 5
    assert [
        one.metadata.name for page in pages for one in present(page.items) if one.metadata
    ] == names


def test_preflight_says_what_each_user_may_read(kube_api_server: KubeApiServer) -> None:
    kube_api_server.grant(READER, ROLE)

    def statuses(user: str) -> dict[str, str]:
        found = preflight(kubeconfig=str(kube_api_server.kubeconfig(user)))
        assert (found.server, found.version, found.reason) == (kube_api_server.url, "v1.34.3", "")
        return {one.resource: one.status for one in found.permissions}

    names = {read.name for read in SERVED}
    for user, status in ((ADMIN, "allowed"), (READER, "allowed"), (OUTSIDER, "denied")):
        assert statuses(user) == {
            read.name: status if read.name in names else "not served" for read in READS
        }


def test_the_preflight_asks_for_the_logs_in_their_namespace(
    kube_api_server: KubeApiServer,
) -> None:
    def logs(user: str) -> tuple[str, str]:
        kubeconfig = str(kube_api_server.kubeconfig(user))
        found = preflight(kubeconfig=kubeconfig, node_facts="advisor-nodes").permissions[-2:]
        assert [(one.resource, one.namespace) for one in found] == [
            ("pods", "advisor-nodes"),
            ("pods/log", "advisor-nodes"),
        ]
        return found[0].status, found[1].status

    kube_api_server.grant(READER, ROLE)
    assert logs(ADMIN) == ("allowed", "allowed")
    assert logs(READER) == ("allowed", "denied")
    assert logs(OUTSIDER) == ("denied", "denied")
    log_reader = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "logs"},
        "rules": [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}],
    }
    kube_api_server.grant(READER, log_reader)
    assert logs(READER) == ("allowed", "allowed")
