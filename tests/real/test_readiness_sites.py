"""The readiness table of clusters as sites have them, on a real API server, cell by cell."""

from __future__ import annotations

import pytest

from advisor import api
from advisor.configuration.settings import Settings
from advisor.output.wording import requirement_label
from tests.real import kubernetes_objects as objects
from tests.real.parts.kube_api_server import ADMIN, KubeApiServer
from tests.real.site_objects import SITES
from tests.real.test_readiness import fill

SIGNS = {
    "met": "+",
    "not met": "-",
    "unknown": "?",
    "by hand": "h",
    "not needed": "o",
    "warning": "w",
    "optional": "p",
}
# Each cell by hand from the manual of 2.25 and the objects, in the order of SITES: kubeadm,
# OpenShift, GKE, EKS, AKS, RKE2, DGX BasePOD, k3s, Run:ai 2.18 installed, half installed.
TABLE = """
Kubernetes                      + o + + + + + + + +
OpenShift                       o + o o o o o o o o
NVIDIA GPU Operator             + + - - + + + - - +
GPU Operator on this Kubernetes p p o w + p p o p p
Driver under the GPU Operator   + + o + + + + o p p
Prometheus                      + o - - + - + - - ?
Kubeflow training operator      p o o o + o o o w o
MPI operator                    + o o o o o o o o o
LeaderWorkerSet                 o o o o o o w o o o
Knative Serving                 o w o o o o o o w o
NVIDIA Network Operator         o o o o o o + o o o
NVIDIA DRA driver               o o o o o o + o o o
Container runtime               + + + + + + + + + +
Operating system of nodes       + + ? - + + + + + +
Processors of nodes             + + + + + + + + + +
Clocks of nodes                 + + + + + + + + + +
Nodes for Run:ai's services     + + - + + ? - - + +
High availability               + + w + + w w w w w
Labels of node roles            w w w w w w w w + w
Node for Run:ai's control plane + + w + + p w w + ?
Ingress                         + + - + + + + + + +
Default ingress class           w o o w + + w + + +
Load balancer                   + o + + + h - + + -
Default storage class           + o + - + + + + + -
Pod Security                    h h h h h h h h + -
GPU products                    + + + + + + + - - ?
GPU fractions                   o o o o o o o o o o
Upgrade path                    o o o o o o o o - ?
Admission of jobs               + + + + + + ? + + +
Secrets                         h h h h h h h h h h
Support of the release          p p p p p p p p p p
"""


def by_hand(site: str) -> dict[str, str]:
    rows = (line.rsplit(maxsplit=len(SITES)) for line in TABLE.strip().splitlines())
    return {name: signs[list(SITES).index(site)] for name, *signs in rows}


@pytest.mark.parametrize("site", SITES)
def test_a_site(kube_api_server: KubeApiServer, site: str) -> None:
    kinds = {
        "openshift": ("config.openshift.io", "v1", "ClusterVersion", "clusterversions"),
        "half": ("run.ai", "v1", "RunaiConfig", "runaiconfigs"),
    }
    if site in kinds:
        objects.define(kube_api_server, *kinds[site])
    for one in SITES[site]():
        if one["kind"] == "ClusterVersion":  # its definition has no status of its own
            kube_api_server.client.create(kube_api_server.client.collection_path(one), one)
        else:
            fill(kube_api_server, one)
    options = api.CollectOptions(kubeconfig=str(kube_api_server.kubeconfig(ADMIN)), docker=False)
    readiness = api.audit(api.collect(options), Settings(runai="2.25")).readiness
    assert readiness is not None
    states = {row.name: SIGNS[requirement_label(row)] for row in readiness.requirements}
    assert states == by_hand(site)
