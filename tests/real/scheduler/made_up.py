"""Clusters and jobs drawn by a seed, each of a few nodes, with what decides where a pod can go."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.real.scheduler.cluster import DRIVER, GPU, HOST, OLD_ZONE, ZONE, ClusterMaker, Json

JOBS = 12
CORES = ("500m", "1", "2", "3500m", "4", "1950m", "0.1", "1e0")
MEMORY = ("1Gi", "4Gi", "8Gi", "15999Mi", "4000M", "1e9", "0.5Gi")


class MadeUp(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster. `shared` are objects that its nodes and jobs need; names begin with `name`."""

    name: str
    nodes: list[Json]
    shared: list[Json]
    jobs: list[Json]


def make(seed: int, jobs: int = JOBS) -> MadeUp:
    """The cluster of a seed, always the same."""
    return _Maker(seed).cluster(jobs)


class _Maker(ClusterMaker):
    def cluster(self, jobs: int) -> MadeUp:
        self._hosts = [f"{self._name}-n{number}" for number in range(self._draw.randint(2, 4))]
        nodes = [self._node(host) for host in self._hosts]
        self._runtime_classes()
        self._storage_classes()
        return MadeUp(
            name=self._name,
            nodes=nodes,
            jobs=[self._job(f"{self._name}-j{number}") for number in range(jobs)],
            shared=self._shared,
        )

    def _job(self, name: str) -> Json:
        spec: Json = {
            "restartPolicy": "Never",
            "containers": self._containers("main", 2),
            "volumes": [],
        }
        chances = (
            (20, self._init_containers),
            (12, self._pod_resources),
            (15, self._runtime_class),
            (20, self._node_selector),
            (30, self._affinity),
            (35, self._tolerations),
            (20, self._spread),
            (12, self._together),
            (30, self._claim),
            (10, self._claim),
            (10, self._wishes),
        )
        for percent, add in chances:
            if self._likely(percent):
                add(spec, name)
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"suspend": True, "template": {"metadata": _labels(name), "spec": spec}},
        }

    def _wishes(self, spec: Json, _name: str) -> None:
        """What is only preferred, and keeps nobody away."""
        terms = {"matchExpressions": [self._expression()]}
        preferred = [{"weight": 1, "preference": terms}]
        affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
        spec["hostNetwork"] = self._likely(50)
        spec["os"] = {"name": "linux"}

    def _containers(self, word: str, most: int) -> list[Json]:
        return [
            {
                "name": f"{word}{number}",
                "image": "registry.example/x:1",
                "resources": self._amounts(),
            }
            for number in range(self._draw.randint(1, most))
        ]

    def _amounts(self) -> Json:
        requests: Json = {}
        limits: Json = {}
        if self._likely(70):
            requests["cpu"] = self._draw.choice(
                ("500m", "1", "2", "3500m", "4", "1950m", "0.1", "1e0")
            )
        if self._likely(60):
            requests["memory"] = self._draw.choice(
                ("1Gi", "4Gi", "8Gi", "15999Mi", "4000M", "1e9", "0.5Gi")
            )
        if self._likely(15):
            limits["memory"] = "16Gi"
        if self._likely(15):
            requests["ephemeral-storage"] = self._draw.choice(("10Gi", "20Gi", "60Gi"))
        if self._likely(35):
            limits[GPU] = str(self._draw.choice((0, 1, 1, 2, 2, 4)))
        if self._likely(8):
            limits["rdma/hca"] = "1"
        if self._likely(8):
            limits["hugepages-2Mi"] = requests["hugepages-2Mi"] = "512Mi"
            requests.setdefault("cpu", "1")
        return {"requests": requests, "limits": limits}

    def _init_containers(self, spec: Json, _name: str) -> None:
        spec["initContainers"] = self._containers("init", 2)
        for container in spec["initContainers"]:
            if self._likely(50):
                container["restartPolicy"] = "Always"

    def _pod_resources(self, spec: Json, _name: str) -> None:
        """Not below what its containers ask for, which the API refuses."""
        for container in [*spec["containers"], *spec.get("initContainers", ())]:
            container["resources"] = {"requests": {"cpu": "500m"}}
        which = self._draw.choice(("requests", "limits"))
        spec["resources"] = {which: {"cpu": self._draw.choice(("4", "8")), "memory": "9Gi"}}

    def _runtime_class(self, spec: Json, _name: str) -> None:
        spec["runtimeClassName"] = f"{self._name}-{self._draw.choice(('kata', 'fat'))}"

    def _node_selector(self, spec: Json, _name: str) -> None:
        spec["nodeSelector"] = self._draw.choice(
            ({"pool": "red"}, {ZONE: "za"}, {HOST: self._draw.choice(self._hosts)})
        )
        if spec.get("runtimeClassName", "").endswith("kata"):
            spec["nodeSelector"].pop("pool", None)

    def _affinity(self, spec: Json, _name: str) -> None:
        terms = [
            {"matchExpressions": [self._expression() for _ in range(self._draw.randint(1, 2))]}
            for _ in range(self._draw.randint(1, 2))
        ]
        if self._likely(20):
            names = [self._draw.choice(self._hosts)]
            field = {"key": "metadata.name", "operator": self._draw.choice(("In", "NotIn"))}
            self._draw.choice(terms)["matchFields"] = [{**field, "values": names}]
        required = {_REQUIRED: {"nodeSelectorTerms": terms}}
        spec.setdefault("affinity", {}).setdefault("nodeAffinity", {}).update(required)

    def _expression(self) -> Json:
        operator = self._draw.choice(("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"))
        if operator in ("Gt", "Lt"):
            return {"key": "branch", "operator": operator, "values": ["500"]}
        key = self._draw.choice((ZONE, "pool", "branch", HOST))
        if operator in ("Exists", "DoesNotExist"):
            return {"key": key, "operator": operator}
        host = self._draw.choice(self._hosts)
        named = {HOST: [host, f"{self._hosts[0]}.lab"], "branch": ["550", "535"]}
        values = {ZONE: ["za"], "pool": ["red", "green"], **named}[key]
        return {"key": key, "operator": operator, "values": values}

    def _tolerations(self, spec: Json, _name: str) -> None:
        spec["tolerations"] = [
            self._draw.choice(
                (
                    {"operator": "Exists"},
                    {"key": "team", "operator": "Exists"},
                    {"key": "team", "operator": "Equal", "value": "vision"},
                    {"key": "team", "value": "speech", "effect": "NoSchedule"},
                    {"key": "team", "operator": "Exists", "effect": "NoExecute"},
                    {"key": "sandbox", "operator": "Exists"},
                    {"operator": "Exists", "effect": "NoSchedule"},
                    {"key": "team", "operator": "Exists", "tolerationSeconds": 5, **_EXECUTED},
                )
            )
        ]

    def _spread(self, spec: Json, name: str) -> None:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": self._draw.choice((ZONE, "pool", HOST, "rack")),
                "whenUnsatisfiable": self._draw.choice(("DoNotSchedule", "ScheduleAnyway")),
                "labelSelector": {"matchLabels": _labels(name)["labels"]},
                **self._draw.choice(({}, {"nodeTaintsPolicy": "Honor"}, _IGNORING)),
            }
        ]
        if self._likely(30) and spec["topologySpreadConstraints"][0]["topologyKey"] != HOST:
            other = {**spec["topologySpreadConstraints"][0], "topologyKey": HOST}
            spec["topologySpreadConstraints"].append(other)

    def _together(self, spec: Json, name: str) -> None:
        """With pods of its own, or far from them, or with pods that nobody has."""
        word = self._draw.choice(("podAffinity", "podAntiAffinity"))
        labels = {"app": "nobody"} if self._likely(15) else _labels(name)["labels"]
        term = {
            "labelSelector": {"matchLabels": labels},
            "topologyKey": self._draw.choice((ZONE, "pool", "rack")),
        }
        spec.setdefault("affinity", {})[word] = {_REQUIRED: [term]}

    def _claim(self, spec: Json, name: str) -> None:
        number = len(spec["volumes"])
        claim = f"{name}-v{number}"
        volume = f"v{number}"
        spec["volumes"].append({"name": volume, "persistentVolumeClaim": {"claimName": claim}})
        make = self._draw.choice(
            (
                self._bound_local,
                self._bound_zone,
                self._waiting,
                self._waiting,
                self._made_in_a_zone,
                self._made_anywhere,
                self._not_yet_bound,
                self._lost,
                self._block,
            )
        )
        block = make(claim) or False
        use = {"name": volume, **({"devicePath": "/dev/x"} if block else {"mountPath": "/x"})}
        if self._likely(85):
            key = "volumeDevices" if block else "volumeMounts"
            use[("devicePath" if block else "mountPath")] = f"/x{number}"
            spec["containers"][0].setdefault(key, []).append(use)

    def _bound_local(self, claim: str) -> None:
        self._bound(claim, "disks", host=self._draw.choice(self._hosts))

    def _block(self, claim: str) -> bool:
        host = self._draw.choice(self._hosts)
        self._bound(claim, "disks", host=host, spec={"volumeMode": "Block"})
        return True

    def _bound_zone(self, claim: str) -> None:
        label = self._draw.choice((ZONE, OLD_ZONE))
        zone = self._draw.choice(("za", "zb", "za__zb"))
        disk = {
            "local": None,
            "nodeAffinity": None,
            "csi": {"driver": DRIVER, "volumeHandle": claim},
        }
        self._bound(claim, "zoned", host=self._hosts[0], spec=disk, labels={label: zone})

    def _bound(self, claim: str, word: str, **volume: Any) -> None:
        of = {"claimRef": {"namespace": "default", "name": claim, **_CLAIM}}
        spec = {**volume.pop("spec", {}), **of}
        self._volume(f"pv-{claim}", volume.pop("host"), word, spec=spec, phase="Bound", **volume)
        mode = {"volumeMode": spec["volumeMode"]} if "volumeMode" in spec else {}
        self._add_claim(claim, word, "Bound", volumeName=f"pv-{claim}", **mode)

    def _waiting(self, claim: str) -> None:
        selector = {"selector": {"matchLabels": {"tier": "fast"}}} if self._likely(30) else {}
        self._add_claim(claim, "disks", "Pending", **selector)

    def _made_in_a_zone(self, claim: str) -> None:
        self._add_claim(claim, "zoned", "Pending")

    def _made_anywhere(self, claim: str) -> None:
        self._add_claim(claim, "late", "Pending")

    def _not_yet_bound(self, claim: str) -> None:
        self._add_claim(claim, "early", "Pending")

    def _lost(self, claim: str) -> None:
        self._add_claim(claim, "disks", "Lost", volumeName=f"pv-{claim}")

    def _add_claim(self, name: str, word: str, phase: str, **spec: Any) -> None:
        bound = {} if phase == "Pending" else {"pv.kubernetes.io/bind-completed": "yes"}
        size = {"storage": self._draw.choice(("5Gi", "15Gi"))}
        self._shared.append(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name, "namespace": "default", "annotations": bound},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": f"{self._name}-{word}",
                    "resources": {"requests": size},
                    **spec,
                },
                "status": {"phase": phase},
            }
        )


_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_EXECUTED = {"effect": "NoExecute"}
_IGNORING = {"nodeAffinityPolicy": "Ignore", "nodeTaintsPolicy": "Ignore"}
_CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}


def _labels(name: str) -> Json:
    return {"labels": {"app": name}}
