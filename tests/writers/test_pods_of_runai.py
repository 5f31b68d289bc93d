"""The pod of a command of Run:ai 2, by what its manual says of each flag, is the pod of
the manifest for the same line: the same image, command, environment, mounts, GPUs, user."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from advisor import api
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation, Target, Translation

pytestmark = pytest.mark.slow

Pod = dict[tuple[str, ...], Any]

FLAGS = (
    "",
    "-e A=b -e 'B=c d' -e 'C=$x' -e D= --env EMPTY=''",
    "-e 'LINES=one\ntwo' -e 'Q=\"quoted\"'",
    "-e A=b -e 'D=$(A) $$ $(date) $$(A)' -e 'a=$(a)'",
    "-w /w -u 1000:5",
    "-u 0",
    "-u :50 --group-add 44 --group-add 7",
    "--gpus 2",
    "--gpus 1 --shm-size 8g",
    "-m 1g --cpus 1.5 --memory-reservation 512m",
    "-v /raid/x:/x -v /raid/y/z:/y:ro",
    "-v /exports/data/a:/a",
    "--tmpfs /t --tmpfs /u:size=64m -v /anonymous",
    "--cap-add IPC_LOCK --cap-add sys_ptrace",
    "--privileged",
    "--network host --ipc host",
    "-it",
    "--name exp-7 --label team=vision",
)
COMMANDS = (
    ("", ""),
    ("", "python t.py 'a b' '' '$x'"),
    ("--entrypoint /bin/x", "-v 'two words'"),
    ("--entrypoint=", "python -c 'print(1)'"),
    ("--entrypoint '$(A)'", "-c 'echo $$ $(A) $(a) $(date) $(kill $$)' '$$(A)'"),
)


def mount(kind: str) -> Callable[[str], Pod]:
    """`name=...,path=/x,...`: everything but the volume's own name, which is only a handle."""

    def read(value: str) -> Pod:
        fields = dict(one.partition("=")[::2] for one in value.split(","))
        where = fields.pop("path") if kind != "nfs" else fields.pop("mountpath", fields.get("path"))
        fields.pop("name", None)
        return {("mounts", str(where).rstrip("/")): kind}

    return read


EFFECTS: dict[str, Callable[[str], Pod]] = {
    "--image": lambda value: {("image",): value},
    "-e": lambda value: {("environment", value.partition("=")[0]): value.partition("=")[2]},
    "--working-dir": lambda value: {("directory",): value},
    "--run-as-uid": lambda value: {("user",): int(value)},
    "--run-as-gid": lambda value: {("group",): int(value)},
    "--supplemental-groups": lambda value: {("groups",): sorted(map(int, value.split(",")))},
    "--gpu-devices-request": lambda value: {("gpus",): int(value)},
    "--cpu-core-limit": lambda value: {("limits", "cpu"): amount(value)},
    "--cpu-memory-limit": lambda value: {("limits", "memory"): amount(value)},
    "--cpu-core-request": lambda value: {("requests", "cpu"): amount(value)},
    "--cpu-memory-request": lambda value: {("requests", "memory"): amount(value)},
    "--existing-pvc": mount("persistentVolumeClaim"),
    "--empty-dir-volume": mount("emptyDir"),
    "--nfs": mount("nfs"),
    "--large-shm": lambda _: {("mounts", "/dev/shm"): "emptyDir"},
    "--capability": lambda value: {("capabilities", value): True},
    "--privileged": lambda _: {("privileged",): True},
    "--host-network": lambda _: {("host network",): True},
    "--host-ipc": lambda _: {("host ipc",): True},
    "--stdin": lambda _: {("stdin",): True},
    "--tty": lambda _: {("tty",): True},
    "--attach": lambda _: {("stdin",): True, ("tty",): True},
    "--label": lambda value: {("labels", value.partition("=")[0]): value.partition("=")[2]},
}
"""What each flag sets in the pod (Run:ai self-hosted 2.25, reference of its command line)."""

BARE = frozenset(
    {"--large-shm", "--privileged", "--host-network", "--host-ipc", "--stdin", "--tty", "--attach"}
)
ONLY_RUNAI = frozenset({"--external-url", "--port", "--preemptibility"})
"""How a workload is reached and scheduled; a manifest has objects of its own for that."""


def amount(text: str) -> float:
    units = {"m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "K": 1e3, "M": 1e6, "G": 1e9}
    unit = next((one for one in units if text.endswith(one)), "")
    return float(text.removesuffix(unit)) * units.get(unit, 1)


def pod_of_command(text: str) -> Pod:
    words = shlex.split(text)
    start = words.index("submit") + 2
    end = words.index("--") if "--" in words else len(words)
    rest = words[end + 1 :]
    pod: Pod = {}
    position, own = start, False
    while position < end:
        flag = words[position]
        if flag == "--command":
            own = True
        elif flag in BARE:
            pod |= EFFECTS[flag]("")
        else:
            position += 1
            if flag not in ONLY_RUNAI:
                pod |= EFFECTS[flag](words[position])
        position += 1
    if rest:
        pod["words",] = rest
        pod["image's entrypoint",] = not own
    return pod


def pod_of_manifest(made: Translation) -> Pod:
    document: Any = made.documents[0]
    template = document["spec"].get("template", document)
    spec = template["spec"]
    (container,) = spec["containers"]
    security, resources = container.get("securityContext", {}), container.get("resources", {})
    limits = dict(resources.get("limits", {}))
    kinds = {
        one["name"]: next(key for key in one if key != "name") for one in spec.get("volumes", ())
    }
    gpus = limits.pop("nvidia.com/gpu", None)
    start = container.get("command", [])
    single = {
        "image": container["image"],
        "directory": container.get("workingDir"),
        "user": security.get("runAsUser"),
        "group": security.get("runAsGroup"),
        "groups": sorted(spec.get("securityContext", {}).get("supplementalGroups", ())) or None,
        "gpus": gpus,
        "privileged": security.get("privileged"),
        "host network": spec.get("hostNetwork"),
        "host ipc": spec.get("hostIPC"),
        "stdin": container.get("stdin"),
        "tty": container.get("tty"),
        "words": [*start, *container.get("args", ())] or None,
    }
    labels = {key: one for key, one in template["metadata"]["labels"].items() if "/" not in key}
    pod: Pod = {(key,): value for key, value in single.items() if value is not None}
    if ("words",) in pod:
        pod["image's entrypoint",] = not start
    pod |= {("environment", one["name"]): one["value"] for one in container.get("env", ())}
    pod |= {("limits", key): amount(str(value)) for key, value in limits.items()}
    requests = resources.get("requests", {})
    pod |= {("requests", key): amount(str(value)) for key, value in requests.items()}
    mounts = container.get("volumeMounts", ())
    pod |= {("mounts", one["mountPath"].rstrip("/")): kinds[one["name"]] for one in mounts}
    added = security.get("capabilities", {}).get("add", ())
    pod |= {("capabilities", name): True for name in added}
    return pod | {("labels", key): value for key, value in labels.items()}


def translated(line: str, target: Target) -> Translation:
    given = Situation(
        target=target,
        claims=(
            ClaimMapping(claim="all", path="/raid/x"),
            ClaimMapping(claim="y", path="/raid/y/z"),
        ),
        exports=(NfsExport(server="filer", export="/vol/data", path="/exports/data"),),
    )
    report = api.translate([line], target, given=given)
    assert not report.problems, report.problems
    return report.jobs[0].translation


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize(("start", "words"), COMMANDS)
def test_the_command_makes_the_pod_of_the_manifest(flags: str, start: str, words: str) -> None:
    line = f"docker run {flags} {start} reg.example/a/b:1 {words}"
    command = translated(line, "runai-v2")
    assert pod_of_command(command.text) == pod_of_manifest(translated(line, "kubernetes"))


@pytest.mark.parametrize("target", ["runai-v1", "runai-v2", "kubernetes"])
@pytest.mark.parametrize("source", ["runai-v1", "runai-v2"])
def test_dollar_signs_mean_the_same_from_target_to_target(source: Target, target: Target) -> None:
    words = "-e A=b -e 'D=$(A) $$ $(x) $$(A)' i:1 sh -c 'echo $$ $(A) $(date) $(kill $$)'"
    line = f"docker run --name job {words}"
    there = translated(line, source).text
    written = translated(there, target).text
    # Run:ai tries a failed job again, which Docker does not.
    assert written.replace("backoffLimit: 6", "backoffLimit: 0") == translated(line, target).text
