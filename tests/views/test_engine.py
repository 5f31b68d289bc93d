"""Remedies speak of the program that the machine has."""

from __future__ import annotations

import pytest

from advisor import api
from advisor.configuration.settings import Settings
from advisor.facts.cluster import NodeImage
from advisor.facts.host import Volume
from advisor.facts.snapshot import Snapshot
from tests.placement.samples import cluster, host, node, snapshot
from tests.planning.samples import container, image

X = image("localhost:5000/lab/x:1", "a")


def remedy(of: Snapshot, rule: str) -> str:
    found = api.audit(of, Settings(registry="reg.example/lab")).findings
    return next(one.remedy for one in found if one.rule == rule and one.status == "finding")


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_a_host_has_its_own(engine: str) -> None:
    of = snapshot(
        None,
        host(
            "dgx",
            container("job", X),
            images=(X,),
            engine=engine,
            image_store="podman" if engine == "podman" else "classic",
        ),
    )
    assert (
        f"`{engine} tag localhost:5000/lab/x:1 reg.example/lab/lab/x:1 && {engine} push"
        in remedy(of, "IMG012")
    )


def test_a_node_has_containerd() -> None:
    images = (NodeImage(names=("localhost:5000/lab/x:1",), nodes=("n1",)),)
    of = snapshot(cluster(node("n1", gpus=2), node_images=images))
    assert (
        "`sudo ctr -n k8s.io images tag localhost:5000/lab/x:1 reg.example/lab/lab/x:1"
        " && sudo ctr -n k8s.io images push" in remedy(of, "IMG012")
    )


def test_a_changed_container_is_its_engines() -> None:
    changed = container("job", X, layer_changes=3, layer_size=5, layer_paths=("/a",))
    of = snapshot(None, host("ws", changed, images=(X,), engine="podman", image_store="podman"))
    assert "`podman commit job reg.example/lab/NAME:TAG && podman push" in remedy(of, "IMG021")


def test_volumes_and_layers_are_their_engines() -> None:
    written = container("job", X, layer_changes=3, layer_size=3 << 30, layer_paths=("/a",))
    of = snapshot(
        None,
        host(
            "ws",
            written,
            volumes=(Volume(name="sets", mount_point="/v/sets"),),
            engine="podman",
            image_store="podman",
        ),
    )
    assert '"$(podman volume inspect' in remedy(of, "DAT011")
    assert remedy(of, "DAT013").startswith("See what it is with `podman diff job`")
    assert "(`podman cp job:/PATH /STORAGE/`)" in remedy(of, "DAT013")
