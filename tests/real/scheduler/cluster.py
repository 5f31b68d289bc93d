"""The nodes, classes and volumes of a cluster that a seed draws."""

from __future__ import annotations

from random import Random
from typing import Any

Json = dict[str, Any]

ZONE = "topology.kubernetes.io/zone"
OLD_ZONE = "failure-domain.beta.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"
GPU = "nvidia.com/gpu"
DRIVER = "ebs.csi.aws.com"
PASSING_KEYS = (
    "node.kubernetes.io/disk-pressure",
    "node.cilium.io/agent-not-ready",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "karpenter.sh/disrupted",
)
_BRANCHES = ("470", "535", "550", "5_50", "0600", "9223372036854775808")


class ClusterMaker:
    """Draws what a cluster has; `_shared` are objects that its nodes and jobs need."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)
        self._name = f"c{seed}"
        self._shared: list[Json] = []
        self._hosts: list[str] = []

    def _likely(self, percent: int) -> bool:
        return self._draw.randrange(100) < percent

    def _node(self, host: str) -> Json:
        called = f"{host}.lab" if self._likely(15) else host
        labels = {HOST: called, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
        if self._likely(70):
            labels[ZONE] = self._draw.choice(("za", "zb"))
        elif self._likely(20):
            labels[OLD_ZONE] = self._draw.choice(("za", "zb"))
        if self._likely(60):
            labels["pool"] = self._draw.choice(("red", "blue"))
        if self._likely(60):
            labels["branch"] = self._draw.choice(_BRANCHES)
        if self._likely(40):
            self._limited(host)
        capacity = {
            "cpu": self._draw.choice(("4", "8", "3900m")),
            "memory": self._draw.choice(("8Gi", "16Gi", "15999Mi")),
            "ephemeral-storage": self._draw.choice(("20Gi", "100G")),
            "pods": "0" if self._likely(4) else "110",
        }
        if self._likely(60):
            capacity[GPU] = str(self._draw.choice((1, 2, 4)))
            labels |= {f"{GPU}.count": capacity[GPU], f"{GPU}.sharing-strategy": "none"}
        if self._likely(25):
            capacity["hugepages-2Mi"] = "1Gi"
        if self._likely(25):
            capacity["rdma/hca"] = "2"
        allocatable = dict(capacity)
        if self._likely(20):
            allocatable["cpu"] = "3500m"
        if GPU in capacity and self._likely(8):
            allocatable[GPU] = "0"
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": host, "labels": labels},
            "spec": {"taints": self._taints(), "unschedulable": self._likely(5)},
            "status": {
                "capacity": capacity,
                "allocatable": allocatable,
                "conditions": [{"type": "Ready", "status": "True"}],
                "nodeInfo": {
                    "architecture": "amd64",
                    "operatingSystem": "linux",
                    **dict.fromkeys(
                        (
                            "bootID",
                            "containerRuntimeVersion",
                            "kernelVersion",
                            "kubeProxyVersion",
                            "kubeletVersion",
                            "machineID",
                            "osImage",
                            "systemUUID",
                        ),
                        "",
                    ),
                },
            },
        }

    def _limited(self, host: str) -> None:
        """A node that attaches few volumes of a driver."""
        most = {"count": self._draw.choice((1, 2, 25))}
        drivers = [
            {"name": name, "nodeID": host, "allocatable": most} for name in (DRIVER, "topolvm.io")
        ]
        kind = {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": host}}
        self._shared.append({**kind, "spec": {"drivers": drivers}})

    def _taints(self) -> list[Json]:
        if self._likely(4):
            key = self._draw.choice(PASSING_KEYS)
            return [{"key": key, "effect": "NoSchedule"}]
        taints = []
        if self._likely(25):
            effect = self._draw.choice(("NoSchedule", "NoExecute", "PreferNoSchedule"))
            taints.append({"key": "team", "value": "vision", "effect": effect})
        if self._likely(15):
            taints.append({"key": "sandbox", "effect": "NoSchedule"})
        return taints

    def _runtime_classes(self) -> None:
        scheduling: Json = {"tolerations": [{"key": "sandbox", "operator": "Exists"}]}
        if self._likely(50):
            scheduling["nodeSelector"] = {"pool": self._draw.choice(("red", "blue"))}
        kind = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "handler": "kata"}
        self._shared += [
            {**kind, "metadata": {"name": f"{self._name}-kata"}, "scheduling": scheduling},
            {
                **kind,
                "metadata": {"name": f"{self._name}-fat"},
                "overhead": {"podFixed": {"memory": "1Gi", "cpu": "250m"}},
            },
        ]

    def _storage_classes(self) -> None:
        zoned = [
            {"matchLabelExpressions": [{"key": ZONE, "values": [self._draw.choice(("za", "zb"))]}]}
        ]
        for word, provisioner, mode, topologies in (
            ("disks", "kubernetes.io/no-provisioner", "WaitForFirstConsumer", None),
            ("zoned", DRIVER, "WaitForFirstConsumer", zoned),
            ("late", "topolvm.io", "WaitForFirstConsumer", None),
            ("early", "nfs.csi.k8s.io", "Immediate", None),
        ):
            made = {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "StorageClass",
                "metadata": {"name": f"{self._name}-{word}"},
                "provisioner": provisioner,
                "volumeBindingMode": mode,
            }
            self._shared.append({**made, "allowedTopologies": topologies} if topologies else made)
        for number in range(self._draw.randint(0, 3)):
            self._volume(f"{self._name}-free{number}", self._draw.choice(self._hosts), "disks")

    def _volume(self, name: str, host: str, word: str, **more: Any) -> None:
        terms = [{"matchExpressions": [{"key": HOST, "operator": "In", "values": [host]}]}]
        spec = {
            "capacity": {"storage": self._draw.choice(("10Gi", "20Gi"))},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": f"{self._name}-{word}",
            "local": {"path": "/mnt/a"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
            **more.pop("spec", {}),
        }
        labels = {"tier": self._draw.choice(("fast", "slow")), **more.pop("labels", {})}
        self._shared.append(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": name, "labels": labels},
                "spec": {key: value for key, value in spec.items() if value is not None},
                "status": {"phase": more.pop("phase", "Available")},
            }
        )
