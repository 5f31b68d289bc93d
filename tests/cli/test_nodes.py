"""`advisor nodes`, `advisor host-script`, and what they print on its way back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from advisor.api import load_snapshot
from tests.cli.conftest import Advisor
from tests.probes.survey.lines import line


def test_the_manifest_the_role_and_the_removal(advisor: Advisor) -> None:
    printed = advisor("nodes", "manifest", "--image", "busybox:1.36")
    kinds = [one["kind"] for one in yaml.safe_load_all(printed.out)]
    assert (printed.code, kinds, printed.err) == (0, ["Namespace", "DaemonSet"], "")
    role = advisor("nodes", "role", "--namespace", "our-own")
    assert yaml.safe_load(role.out)["metadata"]["namespace"] == "our-own"
    assert advisor("nodes", "remove") == (0, "kubectl delete namespace advisor-nodes\n", "")


def test_what_cannot_be_used_is_one_line(advisor: Advisor) -> None:
    assert advisor("nodes", "manifest", "--image", "a b") == (
        2,
        "",
        "advisor: --image a b is no name of an image (as in: --image busybox:1.36)\n",
    )
    assert advisor("host-script", "--reach", "nowhere") == (
        2,
        "",
        "advisor: --reach nowhere is no HOST:PORT (for example registry.example:443)\n",
    )
    for words, reason in (
        (("--node-facts", "--no-cluster"), "--node-facts needs a cluster: name it with --context"),
        (("--node-facts-namespace", "x"), "--node-facts-namespace needs --node-facts"),
        (("--demo", "--node-facts"), "--demo cannot be combined with --node-facts"),
    ):
        ended = advisor("audit", *words)
        assert (ended.code, ended.out) == (2, "")
        assert reason in ended.err


def test_a_host_without_python_is_in_the_merge(advisor: Advisor, folder: Path) -> None:
    script = advisor("host-script").out
    said = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout
    (folder / "here.survey").write_bytes(said)
    other = b"gpu-02: " + line(node="", name="gpu-02") + b"\ngpu-03: sh: not found\n"
    (folder / "pdsh.survey").write_bytes(other)
    ended = advisor("merge", "here.survey", "pdsh.survey", "-o", "all.json")
    assert (ended.code, ended.err) == (0, "wrote all.json\n")
    merged = load_snapshot("all.json")
    assert len(merged.machines) == 2
    assert [one.driver for one in merged.machines if one.name == "gpu-02"] == ["550.54.15"]


def test_lines_that_are_damaged(advisor: Advisor, folder: Path) -> None:
    whole, cut = line(node="", name="gpu-02"), line(node="", name="gpu-03")[:200]
    (folder / "some").write_bytes(whole + b"\n" + cut + b"\n")
    (folder / "none").write_bytes(cut + b"\n")
    ended = advisor("merge", "some", "-o", "all.json")
    assert (ended.code, ended.err) == (
        3,
        "wrote all.json\nadvisor: survey: some:2: its line is cut or damaged\n",
    )
    assert advisor("merge", "none") == (
        2,
        "",
        "advisor: none:1: its line is cut or damaged"
        " (run the script again: advisor host-script > survey.sh)\n",
    )
