"""A node: kubelet and containerd in a mount namespace of their own, so that several can be had."""

from __future__ import annotations

import json
import secrets
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.real.parts import process
from tests.real.parts.control_groups import control_group
from tests.real.parts.kube_api_server import INSTALL, KubeApiServer
from tests.real.parts.part import Part, cache_directory, find_binary, free_port, require_root

CONTROL_GROUP = "advisor-node-"
PLUGINS = Path("/usr/lib/cni")


class KubeNode(Part):
    """`node` by name. `network` is a conflist; `registries` tells where names of registries lead,
    with the authority that signed for it or None; `pause` is the image that holds a pod; at
    `address`, which loopback may not be, kube-apiserver reaches the kubelet."""

    name = "node"

    def __init__(
        self,
        server: KubeApiServer,
        node: str,
        *,
        network: Mapping[str, Any],
        registries: Mapping[str, tuple[str, Path | None]],
        pause: str,
        address: str,
    ) -> None:
        self.node = node
        self._server = server
        self._network, self._registries = network, registries
        self._pause, self._address = pause, address

    def start(self, stack: ExitStack) -> None:
        require_root("kubelet")
        group = CONTROL_GROUP + secrets.token_hex(4)
        self._group = stack.enter_context(control_group(group))
        for folder in ("kubelet", "network", "pod-logs", "var-run"):
            (self.directory / folder).mkdir()
        (self.directory / "network" / "10.conflist").write_text(json.dumps(self._network))
        namespace = self._start_containerd(stack)
        self._start_kubelet(stack, namespace)

    def environment(self) -> dict[str, str]:
        """What leads ctr here."""
        return {"CONTAINERD_ADDRESS": f"{self.directory}/socket", "CONTAINERD_NAMESPACE": "k8s.io"}

    def ctr(self, *arguments: str) -> str:
        """What ctr prints about this node's containerd."""
        command = [find_binary("ctr", "apt-get install containerd"), *arguments]
        done = subprocess.run(command, env=self.environment(), capture_output=True, check=True)
        return done.stdout.decode()

    def log(self, namespace: str, pod: str, container: str) -> str:
        """What the container of that pod printed, without the times, at each of its starts."""
        folders = sorted((self.directory / "pod-logs").glob(f"{namespace}_{pod}_*/{container}"))
        files = sorted(folders[-1].iterdir(), key=lambda file: int(file.stem)) if folders else []
        return "".join(text for file in files for text in _printed(file))

    def _start_containerd(self, stack: ExitStack) -> int:
        """Its process id, which is the mount namespace that the kubelet has to enter."""
        binary = find_binary("containerd", "apt-get install containerd")
        settings = self.directory / "containerd.toml"
        settings.write_text(self._containerd_settings())
        kubelet = shlex.quote(str(self.directory / "kubelet"))
        script = (
            f"echo $$ >{self.directory}/namespace && mkdir -p /var/lib/kubelet"
            f" && mount --bind {kubelet} /var/lib/kubelet && mount --make-rshared /var/lib/kubelet"
            f" && exec {binary} --config {settings}"
        )
        process.start(
            stack,
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            log=self.directory / "containerd-log",
            ready=lambda: (self.directory / "socket").exists() and bool(self.ctr("version")),
        )
        return int((self.directory / "namespace").read_text())

    def _containerd_settings(self) -> str:
        plugin = 'plugins."io.containerd.grpc.v1.cri"'
        lines = [
            "version = 2",
            f'root = "{self.directory}/root"',
            f'state = "{self.directory}/state"',
            f'[grpc]\naddress = "{self.directory}/socket"',
            f"[{plugin}]",
            # Without CAP_SYS_RESOURCE nobody may make a process less likely to be killed.
            "restrict_oom_score_adj = true",
            "netns_mounts_under_state_dir = true",
            f'sandbox_image = "{self._pause}"',
            f'[{plugin}.cni]\nbin_dir = "{PLUGINS}"\nconf_dir = "{self.directory}/network"',
        ]
        for name, (url, authority) in self._registries.items():
            host = url.partition("://")[2]
            lines.append(f'[{plugin}.registry.mirrors."{name}"]\nendpoint = ["{url}"]')
            if authority is not None:
                lines.append(f'[{plugin}.registry.configs."{host}".tls]\nca_file = "{authority}"')
        return "\n".join((*lines, ""))

    def _start_kubelet(self, stack: ExitStack, namespace: int) -> None:
        cached = cache_directory() / "kube" / "bin" / "kubelet"
        binary = find_binary("kubelet", INSTALL, cached)
        settings = self.directory / "kubelet.json"
        settings.write_text(json.dumps(self._kubelet_settings()))
        command = [
            *("nsenter", f"--mount=/proc/{namespace}/ns/mnt", "--"),
            binary,
            f"--config={settings}",
            f"--kubeconfig={self._server.kubeconfig()}",
            f"--hostname-override={self.node}",
            f"--cert-dir={self.directory / 'tls'}",
            "--root-dir=/var/lib/kubelet",
            f"--node-ip={self._address}",
            f"--pod-infra-container-image={self._pause}",
        ]
        log = self.directory / "kubelet-log"
        process.start(stack, command, log=log, ready=self._is_ready)

    def _kubelet_settings(self) -> dict[str, Any]:
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": self._address,
            "port": free_port(),
            "healthzPort": free_port(),
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": self._group,
            "containerRuntimeEndpoint": f"unix://{self.directory}/socket",
            "podLogsDir": str(self.directory / "pod-logs"),
            "volumePluginDir": str(self.directory / "volume-plugins"),
            "resolvConf": "/etc/resolv.conf",
            "enforceNodeAllocatable": [],
            "evictionHard": {"memory.available": "10Mi"},
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "failSwapOn": False,
            "makeIPTablesUtilChains": False,
            "allowedUnsafeSysctls": ["net.*", "fs.mqueue.*", "kernel.shm*"],
            "maxPods": 250,
            "serializeImagePulls": False,
            "registryPullQPS": 0,
            "eventRecordQPS": 0,
            "kubeAPIQPS": 500,
            "kubeAPIBurst": 500,
            "syncFrequency": "10s",
        }

    def _is_ready(self) -> bool:
        listed = self._server.client.get("/api/v1/nodes")["items"]
        nodes = [node for node in listed if node["metadata"]["name"] == self.node]
        states = [state for node in nodes for state in node["status"].get("conditions", ())]
        return any(state["type"] == "Ready" and state["status"] == "True" for state in states)


def _printed(log: Path) -> Iterator[str]:
    """Each line of a container's log holds a time, a stream and F, or P where it goes on."""
    for line in log.read_text(errors="replace").splitlines():
        _, _, kind, text = [*line.split(" ", 3), ""][:4]
        yield text if kind == "P" else f"{text}\n"
