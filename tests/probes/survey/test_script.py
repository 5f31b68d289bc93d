"""The survey script under several shells, and with as few tools as busybox has."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from advisor.errors import InputError
from advisor.facts.host import Reached
from advisor.probes.survey.line import read_line
from advisor.probes.survey.script import (
    SurveyOptions,
    node_manifest,
    removal,
    role_manifest,
    survey_script,
)

SHELLS = (["dash"], ["busybox", "sh"], ["bash", "--posix"])
TARGETS = ("localhost:1", "127.0.0.1:1", "no-such-name.invalid:443")


def run(shell: list[str], script: str, **environment: str) -> bytes:
    done = subprocess.run(
        [*shell, "-c", script],
        capture_output=True,
        timeout=300,
        check=True,
        env={"PATH": os.environ["PATH"], **environment},
    )
    assert done.stderr == b""
    return done.stdout


@pytest.fixture(scope="module")
def busybox_only(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with busybox under the names of its tools, and nothing else."""
    folder = tmp_path_factory.mktemp("bin")
    subprocess.run(["busybox", "--install", "-s", str(folder)], check=True)
    return str(folder)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_every_shell_prints_one_line_about_this_machine(shell: list[str]) -> None:
    printed = run(shell, survey_script(SurveyOptions(reach=TARGETS)))
    assert printed.count(b"\n") == 1
    found = read_line(printed)
    root = next(one for one in found.mounts or () if one.mount_point == "/")
    space = os.statvfs("/")
    assert (found.name, found.node, found.kernel) == (platform.node(), "", platform.release())
    assert root.size == space.f_blocks * space.f_frsize
    assert found.reached == (
        Reached(target="localhost:1", resolved=True, connected=False),
        Reached(target="127.0.0.1:1", resolved=True, connected=False),
        Reached(target="no-such-name.invalid:443", resolved=False, connected=False),
    )


def test_busybox_alone_is_enough(busybox_only: str) -> None:
    script = survey_script(SurveyOptions(reach=("127.0.0.1:1",)))
    printed = run([f"{busybox_only}/sh"], script, PATH=busybox_only)
    found = read_line(printed)
    assert found.mounts is not None
    assert any(one.mount_point == "/" and one.size for one in found.mounts)
    assert [one.connected for one in found.reached] in ([False], [None])


def test_without_tools_what_is_left_is_said(tmp_path: Path) -> None:
    for name in ("cat", "sed", "tr", "grep", "uname", "date", "head"):
        (tmp_path / name).symlink_to(
            f"/usr/bin/{name}" if Path(f"/usr/bin/{name}").exists() else f"/bin/{name}"
        )
    shell = ["/bin/dash"]
    found = read_line(run(shell, survey_script(SurveyOptions(reach=TARGETS)), PATH=str(tmp_path)))
    assert found.mounts is not None
    assert {one.size for one in found.mounts} == {None}
    assert [one.connected for one in found.reached] == [None, None, None]


def test_mounts_are_those_below_the_root_that_is_given() -> None:
    script = "SURVEY_ROOT=/dev\nSURVEY_NODE=gpu-01\n" + survey_script(SurveyOptions())
    found = read_line(run(["dash"], script))
    assert found.node == "gpu-01"
    assert "/shm" in [one.mount_point for one in found.mounts or ()]
    assert "/" not in {one.mount_point[:4] for one in found.mounts or ()} & {"/dev"}


def test_shellcheck_finds_nothing() -> None:
    script = survey_script(SurveyOptions(reach=TARGETS, images=True))
    done = subprocess.run(
        ["shellcheck", "-s", "sh", "-"], input=script.encode(), capture_output=True, check=False
    )
    assert done.stdout.decode() == ""


def test_the_manifest_asks_for_as_little_as_can_be() -> None:
    namespace, daemons = yaml.safe_load_all(
        node_manifest("busybox:1", "advisor-nodes", SurveyOptions())
    )
    pod = daemons["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    script = container["command"][2]
    assert namespace["metadata"]["name"] == daemons["metadata"]["namespace"] == "advisor-nodes"
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & pod.keys()
    assert pod["securityContext"]["runAsUser"] == 65534
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [(m["mountPath"], m["readOnly"]) for m in container["volumeMounts"]] == [("/host", True)]
    assert not re.search(r"\$\$|\$\([A-Z_]+\)", script)


def test_what_each_option_adds() -> None:
    options = SurveyOptions(reach=("registry.example:443",), images=True)
    (daemons,) = yaml.safe_load_all(node_manifest("a/b:1", "our-own", options))
    pod = daemons["spec"]["template"]["spec"]
    assert (pod["hostNetwork"], pod["dnsPolicy"]) == (True, "Default")
    assert pod["securityContext"]["runAsUser"] == 0
    assert pod["containers"][0]["command"][2].startswith(
        "SURVEY_ROOT=/host\nSURVEY_REACH=registry.example:443\nSURVEY_IMAGES=1\n"
    )


def test_the_role_and_the_removal() -> None:
    assert yaml.safe_load(role_manifest("our-own")) == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "advisor-nodes", "namespace": "our-own"},
        "rules": [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}],
    }
    assert removal("advisor-nodes") == "kubectl delete namespace advisor-nodes"
    assert removal("our-own") == (
        "kubectl delete daemonset,role,rolebinding advisor-nodes -n our-own --ignore-not-found"
    )


@pytest.mark.parametrize(
    "target", ["", "host", "host:", "host:0", "host:65536", "a b:1", "$(id):1", "-x:1", "h;id:1"]
)
def test_a_target_that_is_none(target: str) -> None:
    with pytest.raises(InputError, match="is no HOST:PORT"):
        survey_script(SurveyOptions(reach=(target,)))


@pytest.mark.parametrize(
    "image",
    ["", "a b", "a\nb: c", "$(id)", "-x", "x:", "http://r/x:1", "A/B:c", "x@sha256:12", "a" * 600],
)
def test_an_image_that_is_none(image: str) -> None:
    with pytest.raises(InputError, match="is no name of an image"):
        node_manifest(image, "advisor-nodes", SurveyOptions())


@pytest.mark.parametrize("namespace", ["", "A", "a/b", "-a", "a" * 64, "a\n"])
def test_a_namespace_that_is_none(namespace: str) -> None:
    with pytest.raises(InputError, match="is no name of a namespace"):
        role_manifest(namespace)
