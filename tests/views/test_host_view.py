"""Docker hosts as rules see them."""

from __future__ import annotations

from advisor.facts.host import DockerHost
from advisor.facts.source import Refusal, Source
from advisor.findings.finding import Gap, Subject
from advisor.rulebook.loaded import View
from advisor.views.base import UNSET
from advisor.views.machine_views import host_view

URL = "ssh://dgx-1"


def test_a_host() -> None:
    host = DockerHost(
        name="dgx-1",
        url=URL,
        version="28.0",
        image_store="classic",
        architecture="amd64",
        gpus=8,
        images=(),
        containers=(),
        mount_table_read=True,
    )
    assert host_view(host, node=None) == View(
        subject=Subject(scope="host", id="host:dgx-1", label="dgx-1"),
        facts={
            "name": "dgx-1",
            "engine": "docker",
            "version": "28.0",
            "image_store": "classic",
            "architecture": "amd64",
            "gpus": 8,
            "node": None,
            "containers": 0,
            "images": 0,
            "insecure_registries": [],
            "mount_table": True,
        },
    )


def test_what_nobody_knows_is_absent_and_explained() -> None:
    refusal = Refusal(
        resource="containers", verb="list", reason="timed out", facts=("hosts[dgx-1].containers",)
    )
    older = Refusal(resource="info", verb="get", reason="timed out", facts=("hosts.image_store",))
    sources = (
        Source(probe="docker", target=URL, name="dgx-1", status="partial", refused=(refusal,)),
        Source(probe="docker", target=URL, name="other", status="partial", refused=(older,)),
    )
    view = host_view(DockerHost(name="dgx-1", url=URL, images=()), node=UNSET, sources=sources)
    assert {"image_store", "gpus", "node", "containers"} & view.facts.keys() == set()
    assert view.gaps == (
        Gap(
            fact="host.gpus",
            probe="docker",
            reason="the engine does not say how many GPUs the machine has",
            settle="nvidia-smi -L",
        ),
        Gap(
            fact="host.containers",
            probe="docker",
            reason="list of containers failed: timed out",
            settle="advisor snapshot --no-cluster --docker-host ssh://dgx-1 -o host.json",
        ),
    )
