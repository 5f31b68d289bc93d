"""Where jobs can go, with a real kube-scheduler as the judge of it.

`ADVISOR_SCHEDULED_PODS=5000` asks about more pods than usual, `ADVISOR_SCHEDULER_SEED=7000` about
others; `-s` shows how many agreed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

from advisor.configuration.settings import Settings
from advisor.facts.snapshot import Snapshot
from advisor.judging.common import load_catalogs
from advisor.placement.placement import Placement
from advisor.probes.kubernetes.probe import probe_cluster
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.kube_scheduler import KubeScheduler
from tests.real.scheduler.answers import Answer, ask, build
from tests.real.scheduler.cluster import PASSING_KEYS, Json
from tests.real.scheduler.made_up import JOBS, MadeUp, make

CLUSTERS_AT_ONCE = 40
SEED = int(os.environ.get("ADVISOR_SCHEDULER_SEED", "0"))
PODS = int(os.environ.get("ADVISOR_SCHEDULED_PODS", "240"))

PASSING = {
    "cordoned": "were unschedulable",
    "a taint that passes": "untolerated taint",
    "fewer devices than the node has": "Insufficient nvidia.com/gpu",
    "a claim that is bound at once, and not yet": "unbound immediate PersistentVolumeClaims",
    "nobody to keep company with": "didn't match pod affinity rules",
}
"""States that pass, by what the scheduler says of them: they do not shrink where a job can ever go.
Of a taint only where the node has one that passes, of devices only where its capacity would do."""


def test_the_scheduler_agrees_on_every_node(kube_api_server: KubeApiServer) -> None:
    compared, passing, different = 0, Counter[str](), list[str]()
    with KubeScheduler(kube_api_server):
        end = SEED + -(-PODS // JOBS)
        for first in range(SEED, end, CLUSTERS_AT_ONCE):
            last = min(first + CLUSTERS_AT_ONCE, end)
            clusters = [make(seed) for seed in range(first, last)]
            build(kube_api_server.client, clusters)
            found = eligible(kube_api_server, clusters)
            for answer in ask(kube_api_server.client, clusters):
                compared += 1
                states, wrong = compare(answer, found[answer.job], clusters)
                passing.update(states)
                different += wrong
            kube_api_server.wipe()
    print(f"\n{compared} pods compared; passing states: {dict(passing)}; different: {different}")
    assert compared >= PODS
    assert not different


def eligible(server: KubeApiServer, clusters: Sequence[MadeUp]) -> dict[str, tuple[str, ...]]:
    """By the name of each job, where advisor says that it can go in its own cluster."""
    result = probe_cluster(kubeconfig=str(server.kubeconfig()))
    assert result.source.status == "ok", result.source
    placement = Placement(
        Snapshot(advisor="", taken="", cluster=result.cluster), Settings(), load_catalogs()
    )
    own = {job["metadata"]["name"]: cluster for cluster in clusters for job in cluster.jobs}
    found = {}
    for job in placement.jobs:
        name = job.label.rpartition("/")[2]
        answer = placement.eligible(job)
        assert answer is not None
        assert not answer.maybe, (name, answer.gaps)
        found[name] = tuple(one for one in answer.nodes if one.startswith(f"{own[name].name}-"))
    return found


def compare(
    answer: Answer, found: tuple[str, ...], clusters: Sequence[MadeUp]
) -> tuple[set[str], list[str]]:
    """The passing states that make the difference, and the differences that have no such reason."""
    nodes = {node["metadata"]["name"]: node for one in clusters for node in one.nodes}
    states, wrong = set[str](), list[str]()
    for node in sorted({*found} ^ {*answer.nodes}):
        why = answer.refusals.get(node, "")
        state = next((name for name, text in PASSING.items() if text in why), None)
        if node in found and state is not None and _passes(state, nodes[node]):
            states.add(state)
        else:
            wrong.append(f"{answer.job} on {node}: {why or 'the scheduler takes it'}")
    return states, wrong


def _passes(state: str, node: Json) -> bool:
    if state == "a taint that passes":
        return any(one["key"] in PASSING_KEYS for one in node["spec"]["taints"])
    if state != "fewer devices than the node has":
        return True
    capacity, allocatable = node["status"]["capacity"], node["status"]["allocatable"]
    return bool(capacity.get("nvidia.com/gpu") != allocatable.get("nvidia.com/gpu"))
