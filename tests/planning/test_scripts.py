"""The files of a plan: names made to attack stay inert in a real bash."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from advisor.facts.cluster import NodeImage
from advisor.facts.host import Container, Volume
from advisor.facts.redaction import redact
from advisor.facts.snapshot import Snapshot
from advisor.planning.scripts import PlanFile, engines_of, plan_files
from advisor.probes.docker.containers import inspected_container
from advisor.probes.docker.documents import Document
from tests.placement.samples import cluster, host, node, snapshot
from tests.planning.samples import bind, container, content, image, plan

ATTACKS = (
    "'; touch PWNED; '",
    '"; touch PWNED; "',
    "$(touch PWNED)",
    "`touch PWNED`",
    "\ntouch PWNED\n#",
    "../../../PWNED",
    "--output=PWNED",
    "\\\ntouch PWNED",
    "%s%n${IFS}",
    "\x1b[31m\r",
)
STUB = '#!/bin/sh\nprintf "%s\\n" "$0 $*" >>"$CALLS"\n'


def attacked(text: str) -> Snapshot:
    """A host in which everything that people name has the text in it."""
    used = msgspec.structs.replace(image(f"lab/x:{text}", "a"), tags=(f"lab/x:{text}",))
    job: Container = container(
        f"job{text}",
        used,
        bind(f"/raid/{text}", f"/data{text}"),
        owner=f"ann{text}",
        command=("python", text),
        variables=("EPOCHS", f"V{text}"),
        labels={"note": text},
        layer_changes=1,
        layer_paths=(f"/work{text}",),
    )
    disk = Volume(name=f"v{text}", mount_point=f"/var/v{text}", size=5)
    return snapshot(None, host(f"dgx{text}", job, images=(used,), volumes=(disk,)))


def attacked_node(text: str) -> Snapshot:
    """Nodes of which one has an image of its own; both with the text in their names."""
    nodes = tuple(msgspec.structs.replace(node("n", gpus=4), name=f"{n}{text}") for n in "ab")
    name = f"localhost:5000/lab/x{text}:1"
    names = (f"localhost:5000/lab/x@{content('a')}", "localhost:5000/lab/x:1", name)
    listed = NodeImage(names=names, nodes=(f"a{text}",), size=5)
    return snapshot(cluster(*nodes, node_images=(listed,)))


def files_of(of: Snapshot) -> dict[str, PlanFile]:
    return plan_files(plan(of), engines_of(of.hosts))


def put(files: Mapping[str, PlanFile], folder: Path) -> list[Path]:
    scripts = []
    for name, file in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text)
        path.chmod(0o755)
        if file.script:
            scripts.append(path)
    return scripts


@pytest.mark.slow
@pytest.mark.parametrize("text", ATTACKS)
def test_names_made_to_attack_stay_inert(text: str, tmp_path: Path) -> None:
    stubs, work, written = (tmp_path / name for name in ("stubs", "work", "plan"))
    for folder in (stubs, work, written):
        folder.mkdir()
    for name in ("docker", "kubectl", "rsync", "skopeo", "podman", "ssh", "ctr"):
        (stubs / name).write_text(STUB)
        (stubs / name).chmod(0o755)
    (work / "login").write_text("{}")
    options = {
        "05": ["--apply", f"job{text}"],
        "15": ["--ssh", f"root@n{text}"],
        "20": ["--namespace", "team"],
        "30": ["--to", str(work / "copied"), "--from", str(work)],
        "40": ["--login", "login"],
        "45": ["--namespace", "team"],
        "50": ["--namespace", "team"],
    }
    scripts = put({**files_of(attacked(text)), **files_of(attacked_node(text))}, written)
    calls = tmp_path / "calls"
    environment = {**os.environ, "PATH": f"{stubs}:{os.environ['PATH']}", "CALLS": str(calls)}
    ended = [
        subprocess.run(
            [str(script), *options.get(script.name[:2], []), *more],
            cwd=work,
            env=environment,
            capture_output=True,
            timeout=300,
            check=False,
        )
        for script in scripts
        for more in ((), ("--apply",))
    ]
    assert {script.name[:2] for script in scripts} == {
        "05",
        "10",
        "15",
        "20",
        "30",
        "40",
        "45",
        "50",
    }
    assert all(run.returncode in (0, 1) for run in ended), ended
    assert all(b"\x1b" not in run.stdout + run.stderr for run in ended)
    assert list(tmp_path.rglob("PWNED*")) == []
    assert sorted(path.name for path in work.iterdir()) in (["login"], ["copied", "login"])


def test_a_login_in_a_containers_image_is_in_no_script() -> None:
    used = image("lab/x:1", "a")
    login = {"Config": {"Image": "ann:hunter2@reg.example.com/x:1"}, "Image": used.id, "Id": "1"}
    read = inspected_container(Document({**login, "Name": "/job"}), Document({}), podman=False)
    clean, _ = redact(snapshot(None, host("dgx", read, images=(used,))))
    files = files_of(clean)
    assert "hunter2" not in "".join(file.text for file in files.values())


@pytest.mark.parametrize("text", ATTACKS)
def test_a_terminal_that_shows_a_file_is_not_driven(text: str) -> None:
    files = {**files_of(attacked(text)), **files_of(attacked_node(text))}
    raw = {
        (name, one)
        for name, file in files.items()
        for one in file.text
        if one not in "\n\t" and not one.isprintable()
    }
    assert raw == set()


def test_paths_of_files_are_plain(tmp_path: Path) -> None:
    for text in ATTACKS:
        for name in files_of(attacked(text)):
            assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-./")
            assert ".." not in name


def test_an_image_that_only_a_node_holds_is_pushed_from_there_by_its_digest() -> None:
    text = files_of(attacked_node(""))["15-node-images-a.sh"].text
    (line,) = [line for line in text.splitlines() if line.startswith("image ")]
    assert line.split()[1:4] == [
        "localhost:5000/lab/x:1",
        content("a"),
        "registry.example/lab/lab/x:1",
    ]


def test_two_engines_of_one_machine_get_a_script_each() -> None:
    one = host("dgx", images=(image("lab/a:1", "a"),))
    two = msgspec.structs.replace(
        host("dgx", images=(image("lab/b:1", "b"),)), url="unix:///podman", engine="podman"
    )
    files = files_of(snapshot(None, one, two))
    engines = {
        name: line
        for name, file in files.items()
        for line in file.text.splitlines()
        if line.startswith("engine=")
    }
    assert sorted(engines.values()) == [
        "engine=(docker --host=ssh://dgx)",
        "engine=(podman --remote --url=unix:///podman)",
    ]


def test_without_a_registry_nothing_is_pushed() -> None:
    of = snapshot(None, host("dgx", images=(image("lab/a:1", "a"),)))
    files = plan_files(plan(of, registry=""), engines_of(of.hosts))
    assert [name for name in files if name.startswith("10-")] == []


def test_without_a_push_no_pull_secret_is_made() -> None:
    dgx = host("dgx", images=(image("lab/a:1", "a"),))
    one_node = cluster(node("dgx", gpus=8, container_runtime="containerd://2.1.3"))
    several = cluster(node("dgx", gpus=8), node("other", gpus=8))
    made = [
        [name for name in files_of(snapshot(nodes, dgx)) if name.startswith("40-")]
        for nodes in (one_node, several)
    ]
    assert made == [[], ["40-pull-secrets.sh"]]


def test_a_script_says_what_it_takes(tmp_path: Path) -> None:
    scripts = put({**files_of(attacked("")), **files_of(attacked_node(""))}, tmp_path)
    ended = [
        subprocess.run([script, "--help"], capture_output=True, text=True, check=True).stdout
        for script in scripts
    ]
    for script, said in zip(scripts, ended, strict=True):
        assert f"\n  {script.name}" in said
        assert "\n  --apply" in said
        assert "set -euo" not in said


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ((), "say which: --apply CONTAINER..., of those that are listed without --apply"),
        (("jop",), "no container of this plan is called jop"),
    ],
)
def test_a_commit_is_of_a_container_that_is_named(
    tmp_path: Path, given: tuple[str, ...], error: str
) -> None:
    files = files_of(attacked(""))
    (script,) = (one for one in put(files, tmp_path) if one.name.startswith("05-"))
    (tmp_path / "docker").write_text(STUB)
    (tmp_path / "docker").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
    }
    ended = subprocess.run(
        [script, "--apply", *given], env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (2, f"{script.stem}: {error}\n")
    assert not (tmp_path / "calls").exists()


KUBECTL = """#!/bin/bash
case "$*" in
  *"get secret"*) ;;
  *"create secret"*)
    echo "secret $5" >>"$CALLS"
    for word; do
      case $word in --from-file=*)
        word=${word#--from-file=}
        printf '%s=%s\\0' "${word%%=*}" "$(cat "${word#*=}"; echo .)" >>"$CALLS"
      esac
    done ;;
esac
"""
DOCKER = """#!/bin/bash
printf 'PATH=/bin\\0EPOCHS=3\\0TEXT=two\\nlines = $(x)\\0EPOCHS_MORE=4\\0\\n'
"""


def test_variables_go_from_the_container_into_a_secret(tmp_path: Path) -> None:
    used = image("lab/x:1", "a")
    job = container("job", used, variables=("EPOCHS", "TEXT"))
    other = container("other", used, variables=("EPOCHS", "GONE"))
    files = files_of(snapshot(None, host("dgx", job, other, images=(used,))))
    scripts = {script.name: script for script in put(files, tmp_path)}
    assert "no manifest yet" not in files["50-jobs.sh"].text
    keys = re.findall(r"name: (.*)\n +key: (.*)", files["manifests/job-job-on-dgx.yaml"].text)
    assert keys == [("job-on-dgx-variables", name) for name in ("EPOCHS", "TEXT")]
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    for name, text in (("docker", DOCKER), ("kubectl", KUBECTL)):
        (stubs / name).write_text(text)
        (stubs / name).chmod(0o755)
    calls = tmp_path / "calls"
    ended = subprocess.run(
        [scripts["45-variables-dgx.sh"], "--namespace", "team", "--apply"],
        env={**os.environ, "PATH": f"{stubs}:{os.environ['PATH']}", "CALLS": str(calls)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout.splitlines()) == (
        1,
        [
            "45-variables-dgx: started",
            "made      Secret job-on-dgx-variables",
            "PROBLEM  other has no variable GONE any more: take a new snapshot, and plan again",
            "45-variables-dgx: 1 left undone, see PROBLEM above",
        ],
    )
    made = "secret job-on-dgx-variables\nEPOCHS=3.\0TEXT=two\nlines = $(x).\0"
    assert calls.read_text() == made
