"""Where a mount's data is on the target."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from advisor.jobs.run import Run, RunMount
from advisor.jobs.translation import TARGETS, ClaimMapping, NfsExport, Situation, Target
from advisor.jobs.word import Expansion, joined, word
from advisor.readers.compose.reader import read_compose
from advisor.writers import write
from advisor.writers.data import Located, absolute_source, locate
from tests.readers.manifest.whole_files import manifest_jobs
from tests.writers.jobs import docker_job

HOME = Expansion(source="~", kind="home", name="HOME", quoted=True)
HERE = Expansion(source="$PWD", kind="variable", name="PWD", quoted=True)


def bind(source: str, **fields: Any) -> RunMount:
    kind = fields.pop("kind", "bind")
    return RunMount(kind=kind, source=word(source), target=word("/d"), **fields)


def place(*mounts: RunMount, **situation: Any) -> tuple[str, str, str, str, str]:
    run = Run(image=word("img"), mounts=mounts)
    found: Located = locate(mounts[0], run, Situation(target="runai-v2", **situation))
    return found.form, found.fate, found.source.text, found.server, found.sub_path


EXPORT = NfsExport(server="nas", export="/e", path="/raid")
NEARER = NfsExport(server="near", export="/n", path="/raid/a")


@pytest.mark.parametrize(
    ("mount", "situation", "expected"),
    [
        (bind("/a"), {"outcomes": {"data:/a": "stay"}}, ("host-path", "mapped", "/a", "", "")),
        (bind("/a"), {"outcomes": {"data:/a": "ok"}}, ("host-path", "mapped", "/a", "", "")),
        (bind("/a"), {"outcomes": {"data:/a": "move"}}, ("none", "unresolved", "", "", "")),
        (bind("/a"), {}, ("none", "unresolved", "", "", "")),
        (bind("/a", kind="hostPath"), {}, ("host-path", "mapped", "/a", "", "")),
        (bind("/raid/x"), {"exports": (EXPORT,)}, ("nfs", "mapped", "/e/x", "nas", "")),
        (bind("/raid/a/b"), {"exports": (EXPORT, NEARER)}, ("nfs", "mapped", "/n/b", "near", "")),
        (bind("/raider"), {"exports": (EXPORT,)}, ("none", "unresolved", "", "", "")),
        (
            bind("/raid/x"),
            {"claims": (ClaimMapping(claim="c", path="/raid"),)},
            ("claim", "changed", "c", "", "x"),
        ),
        (bind("/raid"), {"claims": (ClaimMapping(claim="c"),)}, ("claim", "changed", "c", "", "")),
        (
            bind("/raid"),
            {"claims": (ClaimMapping(claim="c"),), "outcomes": {"data:/raid": "stay"}},
            ("host-path", "mapped", "/raid", "", ""),
        ),
        (bind("/tmp"), {"claims": (ClaimMapping(claim="c"),)}, ("empty", "changed", "", "", "")),
        (bind("/tmp", read_only=True), {}, ("none", "unresolved", "", "", "")),
        (bind("/tmp", kind="hostPath"), {}, ("host-path", "mapped", "/tmp", "", "")),
        (
            bind("/tmp"),
            {"claims": (ClaimMapping(claim="c", path="/tmp"),)},
            ("claim", "changed", "c", "", ""),
        ),
        (bind("/tmp/sets"), {}, ("none", "unresolved", "", "", "")),
        (bind("/var/run/docker.sock"), {}, ("none", "no-equivalent", "", "", "")),
        (bind("vol", kind="named-volume"), {}, ("none", "unresolved", "", "", "")),
        (
            bind(
                "vol",
                kind="named-volume",
                driver_options={"type": "nfs", "o": "addr=10.0.0.1,rw", "device": ":/x"},
            ),
            {},
            ("nfs", "mapped", "/x", "10.0.0.1", ""),
        ),
        (bind("team/c", kind="claim"), {}, ("claim", "mapped", "c", "", "")),
        (bind("nas:/e", kind="nfs"), {}, ("nfs", "mapped", "/e", "nas", "")),
        (bind("", kind="tmpfs"), {}, ("memory", "mapped", "", "", "")),
        (bind("secret/s", kind="config"), {}, ("secret", "mapped", "s", "", "")),
    ],
)
def test_places(
    mount: RunMount, situation: dict[str, Any], expected: tuple[str, str, str, str, str]
) -> None:
    assert place(mount, **situation) == expected


def test_several_sources_have_their_own_place_in_one_claim() -> None:
    situation = {"claims": (ClaimMapping(claim="c"),)}
    assert place(bind("/raid/a"), bind("/home/u"), **situation)[4] == "raid/a"


def test_relative_sources_start_where_the_command_is_typed() -> None:
    assert absolute_source(word("./a/b")) == joined((HERE, "/a/b"))
    assert absolute_source(word(".")) == joined((HERE,))
    assert absolute_source(word("../x"), "/home/u") == word("/home/x")
    assert absolute_source(word("/a")) == word("/a")
    assert absolute_source(joined((HOME, "/a"))) == joined((HOME, "/a"))


OF_THE_MACHINE = (
    "/dev", "/dev/", "/dev/infiniband", "/dev/dri/card0", "/proc", "/sys/fs/cgroup",
    "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/localtime", "/etc/timezone",
    "/usr/share/zoneinfo/Europe", "/lib/modules", "/usr/src", "/etc", "/", "~/.ssh",
    "$HOME/.ssh/id_rsa", "/home/ada/.aws", "/tmp/.X11-unix", "$HOME/.Xauthority", "$XAUTHORITY",
    "${XAUTHORITY}", "${XAUTHORITY:-/tmp/.docker.xauth}", "$SSH_AUTH_SOCK",
    "/tmp/.docker.xauth-1", "/run/user/1000/pulse",
    "/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/dbus", "/run/udev",
    "/run/munge", "/var/run/nvidia-mps", "/tmp/nvidia-mps",
    "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "/usr/bin/nvidia-smi", "/usr/local/cuda-12",
    "/opt/rocm", "/etc/resolv.conf", "/boot", "/var/log", "/var/lib/docker/containers",
)  # fmt: skip
C = ClaimMapping(claim="c")
C_OF_A = ClaimMapping(claim="c", path="/a")
C_OF_FILE = ClaimMapping(claim="c", path="/a/c.yaml")
STAYS = {"outcomes": {"data:/a/c.yaml": "stay"}}
EVERYTHING = (ClaimMapping(claim="sets"), ClaimMapping(claim="all", path="/"))


@pytest.mark.parametrize("source", OF_THE_MACHINE)
@pytest.mark.parametrize("outcome", ["move", "unknown", "stay"])
def test_it_is_no_claim_and_no_copy(source: str, outcome: Any) -> None:
    job = docker_job(f"docker run -v {source}:/machine img")
    assert job.run is not None
    subject = f"data:{job.run.mounts[0].source.text}"
    for target in TARGETS:
        situation = Situation(target=target, claims=EVERYTHING, outcomes={subject: outcome})
        made = write(job, situation)
        assert [entry.fate for entry in made.ledger if entry.item.name == "--volume"] == [
            "no-equivalent"
        ]
        assert (made.before, made.missing) == ((), ())
        assert "sets" not in made.text


def test_shared_memory_of_the_machine_is_memory_of_the_job() -> None:
    job = docker_job("docker run -v /dev/shm:/dev/shm img")
    made = write(job, Situation(target="kubernetes", claims=EVERYTHING))
    pod = yaml.safe_load(made.text)["spec"]["template"]["spec"]
    assert pod["volumes"] == [{"name": "shm", "emptyDir": {"medium": "Memory"}}]


@pytest.mark.parametrize(
    ("mount", "situation", "expected"),
    [
        ("/a/c.yaml:/etc/c.yaml", {}, ("config", "", "", "c.yaml")),
        ("/a/my c.yaml:/etc/c.yaml", {}, ("config", "", "", "my-c.yaml")),
        ("/etc/app/c.conf:/etc/app/c.conf", {}, ("config", "", "", "c.conf")),
        ("/a/server.key:/k/server.key", {}, ("secret", "", "", "server.key")),
        ("/a/Caddyfile:/etc/caddy/Caddyfile", {}, ("config", "", "", "Caddyfile")),
        ("/a/model.gguf:/m.gguf", {}, ("none", "", "", "model.gguf")),
        ("/a/model.gguf:/m.gguf", {"claims": (C,)}, ("claim", "c", "", "model.gguf")),
        ("/a/c.yaml:/c.yaml", {"claims": (C,)}, ("config", "", "", "c.yaml")),
        ("/a/c.yaml:/c.yaml", {"claims": (C_OF_A,)}, ("claim", "c", "", "c.yaml")),
        ("/a/c.yaml:/c.yaml", {"claims": (C_OF_FILE,)}, ("claim", "c", "", "c.yaml")),
        ("/a/b/c.yaml:/c.yaml", {"exports": (NfsExport(server="s", export="/e", path="/a"),)},
         ("nfs", "/e/b", "s", "c.yaml")),
        ("/a/c.yaml:/c.yaml", STAYS, ("host-path", "/a/c.yaml", "", "")),
        ("/data/v1.0:/data/v1.0", {}, ("none", "", "", "")),
        ("/a/sets.txt/:/sets.txt/", {}, ("none", "", "", "")),
    ],
)  # fmt: skip
def test_single_files(mount: str, situation: dict[str, Any], expected: tuple[str, ...]) -> None:
    run = docker_job(f'docker run -v "{mount}" img').run
    assert run is not None
    found = locate(run.mounts[0], run, Situation(target="kubernetes", **situation))
    assert (found.form, found.source.text, found.server, found.sub_path) == expected


def test_a_file_becomes_a_configmap_with_the_command_that_makes_it() -> None:
    job = docker_job('docker run --name fit -v "$PWD/run.sh:/app/run.sh" img /app/run.sh')
    made = write(job, Situation(target="kubernetes", namespace="team"))
    pod = yaml.safe_load(made.text)["spec"]["template"]["spec"]
    assert pod["volumes"] == [
        {"name": "run-sh", "configMap": {"name": "fit-run-sh", "defaultMode": 0o755}}
    ]
    assert pod["containers"][0]["volumeMounts"] == [
        {"name": "run-sh", "mountPath": "/app/run.sh", "subPath": "run.sh"}
    ]
    assert made.before == (
        "# the ConfigMap fit-run-sh, of at most 1 MiB, from where its content is\n"
        'kubectl -n team create configmap fit-run-sh --from-file=run.sh="$PWD"/run.sh',
    )


def test_a_large_file_is_copied_as_a_file() -> None:
    job = docker_job("docker run -v /w/m.gguf:/models/m.gguf img")
    made = write(job, Situation(target="kubernetes", claims=(C,)))
    (step,) = made.before
    assert "exec fill-c -- mkdir -p /claim/\n" in step
    assert "tar c -C /w m.gguf | kubectl exec -i fill-c -- tar x -C /claim/\n" in step


def test_runai_has_no_single_files_and_says_so() -> None:
    job = docker_job("docker run -v /a/c.yaml:/c.yaml img")
    made = write(job, Situation(target="runai-v2"))
    assert [(e.fate, e.output) for e in made.ledger if e.item.name == "--volume"] == [
        (
            "unresolved",
            "${FILE_C_YAML?flags that bring /a/c.yaml to /c.yaml, or nothing where the image has"
            " it}",
        )
    ]


def test_secrets_and_configs_of_compose() -> None:
    text = """\
services:
  a:
    image: img
    secrets: [hub_key, {source: other, target: x/token}]
    configs: [{source: Some_Settings, target: /app/s.yaml}, given]
secrets:
  hub_key: {file: ./hub.txt}
  other: {environment: TOKEN}
configs:
  Some_Settings: {content: "a: 1"}
  given: {external: true, name: team.settings}
"""
    (job,) = read_compose({"compose.yaml": text}, folder="/w")
    made = write(job, Situation(target="kubernetes"))
    pod = next(yaml.safe_load_all(made.text))["spec"]["template"]["spec"]
    mounts = [(m["mountPath"], m["subPath"]) for m in pod["containers"][0]["volumeMounts"]]
    assert mounts == [
        ("/run/secrets/hub_key", "hub_key"),
        ("/run/secrets/x/token", "token"),
        ("/app/s.yaml", "s.yaml"),
        ("/given", "given"),
    ]
    names = [v.get("secret", v.get("configMap", {})) for v in pod["volumes"]]
    assert [name.get("secretName", name.get("name")) for name in names] == [
        "hub-key", "other", "some-settings", "team-settings",
    ]  # fmt: skip
    assert [step.split("\n")[1] for step in made.before] == [
        "kubectl create secret generic hub-key --from-file=hub_key=/w/hub.txt",
        'kubectl create secret generic other --from-literal=token="$TOKEN"',
        "kubectl create configmap some-settings --from-literal='s.yaml=a: 1'",
    ]


def test_a_file_that_a_variable_names_is_known_by_its_place() -> None:
    job = docker_job("docker run -v $words:/ref/words.txt:ro img")
    made = write(job, Situation(target="kubernetes"))
    container = made.documents[0]["spec"]["template"]["spec"]["containers"][0]  # type: ignore[index]
    (mount,) = container["volumeMounts"]
    assert (mount["mountPath"], mount["subPath"]) == ("/ref/words.txt", "words.txt")
    assert "--from-file=words.txt=$words" in made.before[0]
    given = write(job, Situation(target="runai-v2", values={"FILE_WORDS_TXT": ""}))
    assert (given.text, given.missing) == (
        "runai training standard submit img --image img",
        (),
    )


def test_the_machines_shared_memory_is_none_of_run_ais() -> None:
    text = """
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: a, image: i, volumeMounts: [{name: s, mountPath: /dev/shm}]}]
  volumes: [{name: s, hostPath: {path: /dev/shm}}]
"""
    (job,) = manifest_jobs(text, "f.yaml")
    second, first = (
        write(job, Situation(target=target)).text for target in ("runai-v2", "runai-v1")
    )
    assert second.endswith("--empty-dir-volume name=dev-shm,path=/dev/shm,medium=Memory")
    assert first.endswith("--large-shm")


@pytest.mark.parametrize("target", TARGETS)
def test_a_variables_name_that_only_newer_clusters_take(target: Target) -> None:
    made = write(docker_job("docker run -e 2x=1 -e a.b=2 img"), Situation(target=target))
    fates = {e.item.value: (e.fate, e.reason) for e in made.ledger if e.item.name == "--env"}
    assert fates["a.b=2"][0] == "mapped"
    assert fates["2x=1"][0] == "changed"
    assert "before Kubernetes 1.32 refuses this name" in fates["2x=1"][1]
