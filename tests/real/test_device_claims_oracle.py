"""Claims of devices, with a real kube-scheduler as the judge of where they can be served.

`ADVISOR_SCHEDULED_CLAIMS=600` asks about more jobs than usual; `-s` shows how many agreed.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence

from advisor.configuration.settings import Settings
from advisor.facts.snapshot import Snapshot
from advisor.judging.common import load_catalogs
from advisor.placement.eligibility import Eligibility
from advisor.placement.placement import Placement
from advisor.probes.kubernetes.probe import probe_cluster
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.kube_scheduler import KubeScheduler
from tests.real.scheduler.answers import PODS, told_of_all
from tests.real.scheduler.cluster import Json
from tests.real.scheduler.device_claims import Asked, classes, draw

JOBS = int(os.environ.get("ADVISOR_SCHEDULED_CLAIMS", "120"))


def test_the_scheduler_serves_claims_where_advisor_says(kube_api_server: KubeApiServer) -> None:
    asked = [draw(seed) for seed in range(JOBS)]
    with KubeScheduler(kube_api_server):
        build(kube_api_server, asked)
        found = eligible(kube_api_server)
        told = ask(kube_api_server, asked)
    different = [
        f"{name} on {node}: {told[name][node] or 'the scheduler takes it'}"
        for name, answer in found.items()
        for node in told[name]
        if node not in answer.maybe and (node in answer.nodes) is bool(told[name][node])
    ]
    unknown = [
        node for name, answer in found.items() for node in told[name] if node in answer.maybe
    ]
    takes = sum(not why for nodes in told.values() for why in nodes.values())
    print(f"\n{2 * len(asked)} pods, {takes} taken; {len(unknown)} unknown; different: {different}")
    assert takes > JOBS // 4
    assert len(unknown) <= len(asked) // 2
    assert not different


def build(server: KubeApiServer, asked: Sequence[Asked]) -> None:
    """All objects, with a job that is suspended for each; its claims are its own or made from
    templates."""
    server.client.add(*classes())
    for one in asked:
        server.client.add(*one.nodes)
        for node in one.nodes:
            path = f"/api/v1/nodes/{node['metadata']['name']}"
            live = server.client.get(path)
            server.client.put(path, {**live, "spec": {**live["spec"], "taints": []}})
        server.client.add(*one.slices)
        server.client.add(*(_template(claim) if one.templates else claim for claim in one.claims))
    jobs = [_job(one) for one in asked]
    server.client.bulk_create("/apis/batch/v1/namespaces/default/jobs", jobs)


def eligible(server: KubeApiServer) -> dict[str, Eligibility]:
    """By the name of each job, where advisor says that it can go."""
    result = probe_cluster(kubeconfig=str(server.kubeconfig()))
    assert result.source.status == "ok", result.source
    snapshot = Snapshot(advisor="", taken="", cluster=result.cluster)
    placement = Placement(snapshot, Settings(), load_catalogs())
    found = {}
    for job in placement.jobs:
        answer = placement.eligible(job)
        assert answer is not None
        found[job.label.rpartition("/")[2]] = answer
    return found


def ask(server: KubeApiServer, asked: Sequence[Asked]) -> dict[str, dict[str, str]]:
    """By job and node an empty text, or why the scheduler does not put a pod there, which has
    claims of its own."""
    pods = []
    for one in asked:
        for node in one.nodes:
            host = node["metadata"]["name"]
            server.client.add(*(_renamed(claim, host) for claim in one.claims))
            pods.append(_pod(one, host))
    server.client.bulk_create(PODS, pods)
    told = told_of_all(server.client, len(pods))
    return {
        one.name: {
            node["metadata"]["name"]: told[f"{one.name}-on-{node['metadata']['name']}"]
            for node in one.nodes
        }
        for one in asked
    }


def _job(one: Asked) -> Json:
    kind = "resourceClaimTemplateName" if one.templates else "resourceClaimName"
    spec = _spec([(claim["metadata"]["name"], kind) for claim in one.claims])
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": one.name, "namespace": "default"},
        "spec": {"suspend": True, "template": {"spec": spec}},
    }


def _pod(one: Asked, host: str) -> Json:
    names = [f"{claim['metadata']['name']}-on-{host}" for claim in one.claims]
    spec = _spec([(name, "resourceClaimName") for name in names])
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{one.name}-on-{host}"},
        "spec": {**spec, "nodeSelector": {"kubernetes.io/hostname": host}},
    }


def _spec(claims: Sequence[tuple[str, str]]) -> Json:
    return {
        "restartPolicy": "Never",
        "resourceClaims": [
            {"name": f"c{at}", kind: name} for at, (name, kind) in enumerate(claims)
        ],
        "containers": [
            {
                "name": "main",
                "image": "registry.example/x:1",
                "resources": {"claims": [{"name": f"c{at}"} for at in range(len(claims))]},
            }
        ],
    }


def _template(claim: Json) -> Json:
    return {**claim, "kind": "ResourceClaimTemplate", "spec": {"spec": claim["spec"]}}


def _renamed(claim: Json, host: str) -> Json:
    made = copy.deepcopy(claim)
    made["metadata"]["name"] += f"-on-{host}"
    return made
