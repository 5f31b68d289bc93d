"""A whole cluster on one machine: two nodes that run pods, registries, storage, a Docker host."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

from tests.real.parts import leftovers
from tests.real.parts.bridge import bridge
from tests.real.parts.docker_api import shell_files
from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry, PrivateDockerRegistry
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.kube_client import KubeClient, KubeRequestError
from tests.real.parts.kube_controller_manager import KubeControllerManager
from tests.real.parts.kube_node import KubeNode
from tests.real.parts.kube_scheduler import KubeScheduler
from tests.real.parts.network_folder import NetworkFolder
from tests.real.parts.part import Part

NODES = ("node-a", "node-b")
TAINTED = "node-b"
GPU = "nvidia.com/gpu"
PRIVATE_REGISTRY = "private.example:5000"
PAUSE = f"{REMOTE_REGISTRY}/pause:1"
POD_ADDRESSES = "10.201.0.0/16"
KUBELETS_BY_ADDRESS = ("--kubelet-preferred-address-types=InternalIP",)
NODE_ADDRESS = "10.201.0.1"
DOCKER_ADDRESS = "10.202.0.1/16"
ENDED = frozenset({"Succeeded", "Failed"})
SYSTEM_NAMESPACES = frozenset({"kube-node-lease", "kube-public", "kube-system"})
KEPT = frozenset({"default", "kube-root-ca.crt", "kubernetes", *SYSTEM_NAMESPACES})
MADE_BY_TESTS = (
    ("/apis/batch/v1", "jobs"),
    ("/apis/apps/v1", "deployments"),
    ("/apis/apps/v1", "replicasets"),
    ("/api/v1", "pods"),
    ("/api/v1", "services"),
    ("/api/v1", "secrets"),
    ("/api/v1", "configmaps"),
    ("/api/v1", "persistentvolumeclaims"),
    ("/api/v1", "persistentvolumes"),
)
"""What a wipe deletes, the makers first."""


class Cluster(Part):
    """Two nodes with `gpus` GPUs each that nobody has; the second has a taint.

    `registry` answers as REMOTE_REGISTRY for the nodes and for `docker_host`, the old machine;
    `private_registry` as PRIVATE_REGISTRY for the nodes, with a login. Both nodes reach
    `shared_folder`, which is a disk, and `network_folder`, which is an sshfs.
    """

    name = "cluster"
    client: KubeClient
    kubeconfig: Path
    shared_folder: Path

    def __init__(self, gpus: int = 2) -> None:
        self._gpus = gpus

    def start(self, stack: ExitStack) -> None:
        self.shared_folder = self.directory / "shared"
        self.shared_folder.mkdir(mode=0o777)
        for folder in (self.directory, self.shared_folder):
            folder.chmod(0o777)
        self.server = stack.enter_context(KubeApiServer(KUBELETS_BY_ADDRESS, service_accounts=True))
        self.client, self.kubeconfig = self.server.client, self.server.kubeconfig()
        stack.enter_context(KubeControllerManager(self.server))
        stack.enter_context(KubeScheduler(self.server, binds_claims=True))
        self.network_folder = stack.enter_context(NetworkFolder())
        self.registry = stack.enter_context(DockerRegistry())
        self.private_registry = stack.enter_context(PrivateDockerRegistry())
        docker_bridge = stack.enter_context(bridge(DOCKER_ADDRESS))
        self.docker_host = stack.enter_context(DockerDaemon(self.registry, docker_bridge))
        self._push_pause()
        pod_bridge = stack.enter_context(bridge(f"{NODE_ADDRESS}/16"))
        self.nodes = {name: stack.enter_context(self._node(name, pod_bridge)) for name in NODES}
        self.advertise(dict.fromkeys(NODES, self._gpus))
        self._taint()
        self.wait("the account of pods", self._has_service_account)

    def advertise(self, gpus: Mapping[str, int]) -> None:
        """Gives each node that many GPUs."""
        for node, count in gpus.items():
            capacity = {"status": {"capacity": {GPU: str(count)}}}
            self.client.patch(f"/api/v1/nodes/{node}/status", capacity)
            self.wait(f"the GPUs of {node}", partial(self._allocatable, node, GPU))

    def log(self, pod: Mapping[str, Any], container: str) -> str:
        """What a container of this pod printed."""
        node = self.nodes[pod["spec"]["nodeName"]]
        name = pod["metadata"]["name"]
        return node.log(pod["metadata"]["namespace"], name, container)

    def wait(self, what: str, there: Callable[[], object], seconds: float = 300) -> None:
        """Returns as soon as `there()` is true; AssertionError after some time."""
        deadline = time.monotonic() + seconds
        while not there():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come in {seconds} seconds")
            time.sleep(0.1)

    def run(self, pod: Mapping[str, Any], seconds: float = 300) -> Mapping[str, Any]:
        """Creates the pod and returns it once it has ended."""
        (created,) = self.client.add(pod)
        path = f"{self.client.collection_path(created)}/{created['metadata']['name']}"
        self.wait(f"the end of {path}", lambda: self._phase(path) in ENDED, seconds)
        return self.client.get(path)

    def wipe(self) -> None:
        """Deletes all pods with what made them, claims, volumes, files; the taint is back."""
        self.wait("the end of what tests made", self._is_empty)
        self._taint()
        for folder in (self.shared_folder, self.network_folder.served):
            for path in folder.iterdir():
                leftovers.remove(path)

    def _is_empty(self) -> bool:
        """Whether nothing of a test is left; what is was told to go, and may take its time."""
        left = [
            f"{group}{f'/namespaces/{namespace}' if namespace else ''}/{kind}/{name}"
            for group, kind in MADE_BY_TESTS
            for item in self.client.get(f"{group}/{kind}")["items"]
            for namespace, name in [(item["metadata"].get("namespace"), item["metadata"]["name"])]
            if namespace not in SYSTEM_NAMESPACES and name not in KEPT
        ]
        for path in left:
            with suppress(KubeRequestError):
                self.client.delete(path)
        return not left

    def _taint(self) -> None:
        taint = {"key": GPU, "value": "present", "effect": "NoSchedule"}
        self.client.patch(f"/api/v1/nodes/{TAINTED}", {"spec": {"taints": [taint]}})

    def _phase(self, path: str) -> str:
        return str(self.client.get(path)["status"]["phase"])

    def _push_pause(self) -> None:
        script = "trap exit TERM; while :; do sleep 3600 & wait; done"
        entrypoint = f"ENTRYPOINT {json.dumps(['/bin/sh', '-c', script])}"
        self.docker_host.build_image(PAUSE, [entrypoint], shell_files())
        self.docker_host.push_image(PAUSE)

    def _node(self, name: str, pod_bridge: str) -> KubeNode:
        ranges = [[{"subnet": POD_ADDRESSES}]]
        plugin = {
            "type": "bridge",
            "bridge": pod_bridge,
            "isGateway": True,
            "ipMasq": False,
            "ipam": {"type": "host-local", "ranges": ranges, "dataDir": f"{self.directory}/ipam"},
        }
        network = {"cniVersion": "0.4.0", "name": "pods", "plugins": [plugin]}
        registries = {
            REMOTE_REGISTRY: (self.registry.url, None),
            PRIVATE_REGISTRY: (self.private_registry.url, self.private_registry.authority),
        }
        return KubeNode(
            self.server,
            name,
            network=network,
            registries=registries,
            pause=PAUSE,
            address=NODE_ADDRESS,
        )

    def _allocatable(self, node: str, resource: str) -> bool:
        return resource in self.client.get(f"/api/v1/nodes/{node}")["status"]["allocatable"]

    def _has_service_account(self) -> bool:
        return bool(self.client.get("/api/v1/namespaces/default/serviceaccounts")["items"])
