"""Images that only nodes hold get into the registry by their script: a real containerd."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from advisor import api
from advisor.facts.cluster import NodeImage
from advisor.facts.snapshot import RegistryImage
from tests.placement.samples import cluster, node, snapshot
from tests.real.parts.containerd import Containerd
from tests.real.parts.docker_daemon import REMOTE_REGISTRY
from tests.real.parts.docker_registry import DockerRegistry
from tests.real.plan_scene import REGISTRY, advisor, run_script, stored

LIVE = ("--status", "--no-cluster", "--no-docker", f"--plain-http={REMOTE_REGISTRY}")
NAMES = ("docker.io/lab/one:1", "docker.io/lab/many:1")


class Node(NamedTuple):
    """This machine as a node: the folder of its plan, and the script."""

    folder: Path
    script: Path
    containerd: Containerd
    registry: DockerRegistry

    def run(self, *options: str) -> tuple[int, list[str]]:
        return run_script(
            self.script,
            *options,
            "--insecure",
            registry=self.registry,
            **self.containerd.environment(),
        )

    def status(self, code: int, *options: str) -> dict[str, str]:
        text = advisor(
            *("plan", "s.json", f"--registry={REGISTRY}", *LIVE, "--format=json", *options),
            cwd=self.folder,
            code=code,
            registry=self.registry,
        )
        steps = json.loads(text)["steps"]
        return {one["label"]: one["state"] for one in steps if one["topic"] == "image"}


@pytest.fixture
def this_node(docker_registry: DockerRegistry, tmp_path: Path) -> Iterator[Node]:
    with Containerd() as containerd:
        here = os.uname().nodename
        images = []
        for name, architectures in zip(NAMES, (["amd64"], ["amd64", "arm64"]), strict=True):
            digest = containerd.load(name, architectures)
            names = (f"{name.rpartition(':')[0]}@{digest}", name)
            images.append(NodeImage(names=names, nodes=(here,), size=1000))
        nodes = (node(here, gpus=4), node("other", gpus=4))
        missing = tuple(RegistryImage(reference=name, status="missing") for name in NAMES)
        old = snapshot(cluster(*nodes, node_images=tuple(images)), registries=missing)
        api.save_snapshot(old, str(tmp_path / "s.json"))
        where = ("plan", "s.json", f"--registry={REGISTRY}", "-o", "plan", "--quiet")
        advisor(*where, cwd=tmp_path)
        (script,) = (tmp_path / "plan").glob("15-node-images-*.sh")
        yield Node(tmp_path, script, containerd, docker_registry)


def test_what_only_a_node_holds_is_pushed_once(this_node: Node) -> None:
    targets = [f"{REGISTRY}/lab/many:1", f"{REGISTRY}/lab/one:1"]
    before = this_node.status(1)
    dry = this_node.run()
    nothing = stored(this_node.registry)
    applied = this_node.run("--apply")
    kept = stored(this_node.registry)
    again = this_node.run("--apply")

    assert before == dict.fromkeys(targets, "open")
    assert [code for code, _ in (dry, applied, again)] == [0, 0, 0], (dry, applied, again)
    words = [[line.split()[0] for line in lines[1:-1]] for _, lines in (dry, applied, again)]
    assert words == [["would"] * 2, ["pushed"] * 2, ["there"] * 2]
    assert (nothing, stored(this_node.registry)) == ({}, kept)
    assert this_node.status(3) == dict(zip(targets, ("unknown", "done"), strict=True))
    assert this_node.status(0, "--plan-folder=plan") == dict.fromkeys(targets, "done")


def test_another_machine_is_refused(this_node: Node) -> None:
    text = this_node.script.read_text().replace("\nnode=", "\nnode=other-")
    this_node.script.write_text(text)
    code, said = this_node.run("--apply")
    assert (code, said[0].endswith("run it there, or give --ssh")) == (2, True)


def test_content_that_is_gone_is_said(this_node: Node) -> None:
    this_node.containerd.load(NAMES[0], ["amd64"], "built again")
    code, said = this_node.run("--apply")
    assert code == 1
    assert [line for line in said if line.startswith("PROBLEM")] == [
        "PROBLEM  docker.io/lab/one:1: its content is no longer on this node"
    ]


def test_shellcheck_has_nothing_to_say(this_node: Node) -> None:
    checked = subprocess.run(
        ["shellcheck", "--external-sources", this_node.script.name],
        cwd=this_node.script.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_other_content_under_the_name_is_left_alone(this_node: Node) -> None:
    this_node.run("--apply")
    kept = stored(this_node.registry)
    digest = this_node.containerd.load(NAMES[0], ["amd64"], "built again")
    text = this_node.script.read_text()
    old = next(line for line in text.splitlines() if line.startswith(f"image {NAMES[0]} "))
    this_node.script.write_text(text.replace(old.split()[2], digest))

    code, said = this_node.run("--apply")

    target = f"{REGISTRY}/lab/one:1"
    assert (code, [line for line in said if line.startswith("PROBLEM")]) == (
        1,
        [f"PROBLEM  {target} is in the registry with other content: left as it is"],
    )
    assert stored(this_node.registry) == kept
