"""Asks a kube-scheduler where the pods of made-up jobs can go: each as one pod for each node, which
is required to be on that node."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from tests.real.parts.kube_client import KubeClient
from tests.real.scheduler.cluster import Json
from tests.real.scheduler.made_up import MadeUp

PODS = "/api/v1/namespaces/default/pods"
PATIENCE_SECONDS = 300
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_ORDER = (
    "RuntimeClass",
    "StorageClass",
    "CSINode",
    "Node",
    "PersistentVolume",
    "PersistentVolumeClaim",
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The nodes that take a pod of the job, and why each of the others does not."""

    job: str
    nodes: tuple[str, ...]
    refusals: dict[str, str]


def build(client: KubeClient, clusters: Sequence[MadeUp]) -> None:
    """Creates all objects; nodes come without the taint that admission gives to new ones."""
    objects = [one for cluster in clusters for one in (*cluster.shared, *cluster.nodes)]
    for kind in _ORDER:
        client.add(*(one for one in objects if one["kind"] == kind))
    for cluster in clusters:
        for node in cluster.nodes:
            path = f"/api/v1/nodes/{node['metadata']['name']}"
            live = client.get(path)
            live["spec"]["taints"] = node["spec"]["taints"]
            client.put(path, live)
    jobs = [job for cluster in clusters for job in cluster.jobs]
    client.bulk_create("/apis/batch/v1/namespaces/default/jobs", jobs)


def ask(client: KubeClient, clusters: Sequence[MadeUp]) -> Iterator[Answer]:
    """What the scheduler says of every job; one job of each cluster at a time, so that no pod is in
    the way of another."""
    for number in range(max(len(cluster.jobs) for cluster in clusters)):
        asked = [
            (cluster.jobs[number], [node["metadata"]["name"] for node in cluster.nodes])
            for cluster in clusters
            if number < len(cluster.jobs)
        ]
        client.bulk_create(PODS, [pod_on(job, node) for job, nodes in asked for node in nodes])
        told = told_of_all(client, sum(len(nodes) for _, nodes in asked))
        client.delete(PODS)
        for job, nodes in asked:
            name = job["metadata"]["name"]
            refusals = {node: told[f"{name}-on-{node}"] for node in nodes}
            yield Answer(
                job=name,
                nodes=tuple(node for node in nodes if not refusals[node]),
                refusals={node: why for node, why in refusals.items() if why},
            )


def pod_on(job: Json, node: str) -> Json:
    """A pod of the job that is required on the node, with a label of its own in place of the
    job's, so that copies are no company for each other."""
    template = copy.deepcopy(job["spec"]["template"])
    name = f"{job['metadata']['name']}-on-{node}"
    template = _relabelled(template, job["metadata"]["name"], name)
    spec = template["spec"]
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    terms = affinity.setdefault(_REQUIRED, {"nodeSelectorTerms": [{}]})["nodeSelectorTerms"]
    for term in terms:
        field = {"key": "metadata.name", "operator": "In", "values": [node]}
        term.setdefault("matchFields", []).append(field)
    metadata = {**template["metadata"], "name": name}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _relabelled(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {
            key: new if key == "app" and one == old else _relabelled(one, old, new)
            for key, one in value.items()
        }
    return [_relabelled(one, old, new) for one in value] if isinstance(value, list) else value


def told_of_all(client: KubeClient, count: int) -> dict[str, str]:
    """By the name of each pod an empty text, or why it has no node."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        pods = client.get(PODS)["items"]
        told = {name: why for name, why in map(_told, pods) if why is not None}
        if len(told) == count:
            return told
        if time.monotonic() > deadline:
            raise AssertionError(f"the scheduler answered for {len(told)} of {count} pods")
        time.sleep(0.3)


def _told(pod: Json) -> tuple[str, str | None]:
    name = pod["metadata"]["name"]
    if pod["spec"].get("nodeName"):
        return name, ""
    return name, next(iter(_reasons(pod.get("status", {}).get("conditions") or ())), None)


def _reasons(conditions: Iterable[Json]) -> Iterator[str]:
    for one in conditions:
        if one["type"] == "PodScheduled" and one["status"] == "False":
            yield one.get("message", "") or one.get("reason", "") or "no reason given"
