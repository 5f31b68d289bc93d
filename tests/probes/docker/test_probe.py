"""Recorded engines, read again: the whole result, and what is left when a read fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from advisor.facts.source import Redaction, Refusal, Source
from advisor.probes.common import NoProgress, ProbeResult
from advisor.probes.docker.endpoint import parse_endpoint
from advisor.probes.docker.engine import EngineError
from advisor.probes.docker.probe import HostOptions, inspect_container, probe_hosts, read_host
from advisor.probes.docker.remote import CommandResult
from tests.fakes.engines import ProgressLog, RecordedEngine, RecordedShell, load_recording

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "docker"
SOCKET = parse_endpoint("unix:///var/run/docker.sock", None)
TOO_LATE = EngineError("no answer within 30 s")
GONE = EngineError("the engine answers 404", 404)

CONTAINER = {"Name": "/train", "Image": "sha256:ab"}


@pytest.fixture
def recorded() -> tuple[RecordedEngine, RecordedShell]:
    return load_recording(RECORDINGS / "docker.json")


def reread(engine: RecordedEngine, shell: RecordedShell) -> ProbeResult:
    return read_host(SOCKET, engine, shell, HostOptions(), NoProgress())


def plain(result: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(result))


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_a_recorded_host(name: str) -> None:
    engine, shell = load_recording(RECORDINGS / f"{name}.json")
    expected = msgspec.json.decode((RECORDINGS / f"{name}.expected.json").read_bytes())
    assert plain(reread(engine, shell)) == expected


@pytest.mark.parametrize("secret", ["s3cr3t", "hunter2", "hf_xxx", "NVIDIA_VISIBLE_DEVICES="])
def test_no_secret_is_in_the_result(
    recorded: tuple[RecordedEngine, RecordedShell], secret: str
) -> None:
    assert secret not in str(reread(*recorded))


def test_a_login_in_the_name_of_a_containers_image_is_taken_out(
    recorded: tuple[RecordedEngine, RecordedShell],
) -> None:
    engine, shell = recorded
    (path,) = paths_of(engine, "cdi", "/json?size=1")
    config = {**engine.answers[path]["Config"], "Image": "ann:hunter2@reg.example.com/x:1"}
    engine.answers[path] = {**engine.answers[path], "Config": config}
    result = reread(engine, shell)
    assert result.host is not None
    images = {one.name: one.image for one in result.host.containers or ()}
    assert images["cdi"] == "[redacted]@reg.example.com/x:1"
    assert Redaction(path="hosts[gpu01].containers[cdi].image", redactor="docker") in (
        result.redactions
    )


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        (
            {"/images/json": TOO_LATE},
            [("images/json", "no answer within 30 s", "hosts[gpu01].images")],
        ),
        (
            {"/containers/json?all=1": TOO_LATE},
            [("containers/json", "no answer within 30 s", "hosts[gpu01].containers")],
        ),
        (
            {"/volumes": b"<html>"},
            [
                (
                    "volumes",
                    "the answer is not JSON: no Docker API is served there",
                    "hosts[gpu01].volumes",
                )
            ],
        ),
        (
            {"/images/json": {"message": "odd"}},
            [("images/json", "the answer is not a list", "hosts[gpu01].images")],
        ),
    ],
)
def test_a_list_that_fails_is_unknown(
    recorded: tuple[RecordedEngine, RecordedShell],
    answers: dict[str, Any],
    refused: list[tuple[str, str, str]],
) -> None:
    engine, shell = recorded
    engine.answers.update(answers)
    result = reread(engine, shell)
    assert result.source == Source(
        probe="docker",
        target="unix:///var/run/docker.sock",
        name="gpu01",
        status="partial",
        refused=tuple(Refusal(resource=r, verb="get", reason=w, facts=(f,)) for r, w, f in refused),
    )
    assert getattr(result.host, refused[0][2].rpartition(".")[2]) is None


@pytest.mark.parametrize("still_listed", [False, True])
def test_a_container_that_is_not_found_is_gone_only_where_it_is_not_listed_any_more(
    recorded: tuple[RecordedEngine, RecordedShell], still_listed: bool
) -> None:
    engine, shell = recorded
    (path,) = paths_of(engine, "cdi", "/json?size=1")
    engine.answers[path] = GONE
    listed = engine.answers["/containers/json?all=1"]
    later = listed if still_listed else [one for one in listed if one["Names"] != ["/cdi"]]
    lists = iter([listed, later])
    engine.answers["/containers/json?all=1"] = lambda: next(lists)
    result = reread(engine, shell)
    assert result.host is not None
    assert [c.name for c in result.host.containers or ()] == ["chosen", "nodes", "runtime", "train"]
    (refusal,) = result.source.refused
    assert (refusal.resource, refusal.reason, refusal.supplement) == (
        ("containers/cdi", "the engine answers 404", False)
        if still_listed
        else ("containers/cdi", "the container was removed meanwhile", True)
    )


def test_a_layer_that_cannot_be_measured_leaves_its_container(
    recorded: tuple[RecordedEngine, RecordedShell],
) -> None:
    engine, shell = recorded
    (path,) = paths_of(engine, "chosen", "/json?size=1")
    inspected = dict(engine.answers[path])
    del inspected["SizeRw"]
    engine.answers[path] = TOO_LATE
    engine.answers[path.removesuffix("?size=1")] = inspected
    engine.answers[path.replace("/json?size=1", "/changes")] = TOO_LATE
    result = reread(engine, shell)
    expected = msgspec.json.decode((RECORDINGS / "docker.expected.json").read_bytes())
    (container,) = [c for c in expected["host"]["containers"] if c["name"] == "chosen"]
    for field in ("layer_size", "layer_changes", "layer_paths"):
        del container[field]
    expected["source"] |= {
        "status": "partial",
        "refused": [
            {
                "resource": f"containers/chosen/{read}",
                "verb": "get",
                "reason": "no answer within 30 s",
                "facts": [f"hosts[gpu01].containers[chosen].{fact}"],
                **({"supplement": True} if read == "size" else {}),
            }
            for read, fact in (("changes", "layer_changes"), ("size", "layer_size"))
        ],
    }
    assert plain(result) == expected


def test_an_image_that_cannot_be_inspected_is_as_listed(
    recorded: tuple[RecordedEngine, RecordedShell],
) -> None:
    engine, shell = recorded
    listed = engine.answers["/images/json"][0]
    engine.answers[f"/images/{listed['Id']}/json"] = TOO_LATE
    host = reread(engine, shell).host
    assert host is not None
    (image,) = [image for image in host.images or () if image.id == listed["Id"]]
    assert (image.tags, image.size, image.layers) == (tuple(listed["RepoTags"]), 6, ())


def test_an_engine_that_denies_everything_is_still_a_host() -> None:
    denied = EngineError("the engine answers 403: denied by policy", 403)
    engine = RecordedEngine(
        dict.fromkeys(
            ["/version", "/info", "/images/json", "/containers/json?all=1", "/volumes"], denied
        )
    )
    endpoint = parse_endpoint("tcp://gpu7.lab:2375", None)
    result = read_host(endpoint, engine, RecordedShell([]), HostOptions(), NoProgress())
    assert result.host is not None
    assert (result.host.name, result.host.images, result.host.image_store) == (
        "gpu7.lab",
        None,
        None,
    )
    assert [refusal.resource for refusal in result.source.refused] == [
        "containers/json",
        "images/json",
        "info",
        "mount table",
        "version",
        "volumes",
    ]


MACHINES = {
    "another machine": (
        [
            "advisor-survey\0name\0laptop\0kernel\x006.1.0-lab\0table\0x\0source\0/proc/1/mountinfo\0"
        ],
        "the engine runs on gpu01 (6.1.0-lab), the shell on laptop (6.1.0-lab)",
    ),
    "no shell": (
        [CommandResult(None, "", "[Errno 2] No such file or directory: 'sh'")],
        "its mount table could not be read: [Errno 2] No such file or directory: 'sh'",
    ),
    "no mount table": (
        ["advisor-survey\0name\0gpu01\0kernel\x006.1.0-lab\0"],
        "the machine has no /proc/self/mountinfo to read",
    ),
}


@pytest.mark.parametrize(("outputs", "reason"), MACHINES.values(), ids=MACHINES)
def test_a_machine_that_cannot_be_asked_leaves_filesystems_unknown(
    recorded: tuple[RecordedEngine, RecordedShell], outputs: list[Any], reason: str
) -> None:
    result = reread(recorded[0], RecordedShell(outputs))
    assert result.host is not None
    assert not result.host.mount_table_read
    assert {m.filesystem for c in result.host.containers or () for m in c.mounts} == {None}
    assert result.source.refused == (
        Refusal(
            resource="mount table",
            verb="read",
            reason=reason,
            facts=(
                "hosts[gpu01].containers.mounts.filesystem",
                "hosts[gpu01].volumes.filesystem",
            ),
            supplement=True,
        ),
    )


def test_the_engines_folder_must_be_visible(
    recorded: tuple[RecordedEngine, RecordedShell],
) -> None:
    """As it is not from within a container that was given the engine's socket."""
    engine, _ = recorded
    survey = (
        "advisor-survey\0name\0gpu01\0kernel\x006.1.0-lab\0table\0x\0source\0/proc/1/mountinfo\0"
    )
    result = reread(engine, RecordedShell([survey, "advisor-survey\0missing\0\0\0"]))
    root = engine.answers["/info"]["DockerRootDir"]
    assert [refusal.reason for refusal in result.source.refused] == [
        f"the engine's folder {root} cannot be seen from here"
    ]


def test_progress_names_what_is_read(recorded: tuple[RecordedEngine, RecordedShell]) -> None:
    log = ProgressLog()
    read_host(SOCKET, *recorded, HostOptions(), log)
    assert log.reports == [
        *[(SOCKET.url, "images", done, 4) for done in range(1, 5)],
        *[(SOCKET.url, "containers", done, 5) for done in range(1, 6)],
    ]


def test_hosts_that_cannot_be_reached_fail_in_their_order(tmp_path: Path) -> None:
    missing = f"unix://{tmp_path}/none.sock"
    results = probe_hosts(
        ["carrier-pigeon://x", missing, "tcp://127.0.0.1:1"],
        HostOptions(environment={"HOME": str(tmp_path), "PATH": ""}),
    )
    reasons = [
        "carrier-pigeon://x: not a Docker host URL"
        " (give unix:///path/to/socket, tcp://host:2376 or ssh://user@host)",
        f"no socket {tmp_path}/none.sock (start the engine, or name it with --docker-host)",
        "connection refused at 127.0.0.1:1 (start the engine there, or check the port)",
    ]
    targets = ["carrier-pigeon://x", missing, "tcp://127.0.0.1:1"]
    assert [msgspec.structs.replace(r, source=timeless(r.source)) for r in results] == [
        ProbeResult(source=Source(probe="docker", target=target, status="failed", reason=reason))
        for target, reason in zip(targets, reasons, strict=True)
    ]


def test_ssh_that_is_not_installed_is_a_failed_host(tmp_path: Path) -> None:
    (result,) = probe_hosts(
        ["ssh://gpu7"], HostOptions(environment={"HOME": str(tmp_path), "PATH": str(tmp_path)})
    )
    assert result.source.reason == "ssh is not installed here (install the OpenSSH client)"


def timeless(source: Source) -> Source:
    return msgspec.structs.replace(source, seconds=0.0)


def paths_of(engine: RecordedEngine, name: str, suffix: str) -> list[str]:
    """The recorded paths of a container's reads that end so."""
    (identity,) = [
        listed["Id"]
        for listed in engine.answers["/containers/json?all=1"]
        if listed["Names"] == [f"/{name}"]
    ]
    return [
        p for p in engine.answers if p.startswith(f"/containers/{identity}") and p.endswith(suffix)
    ]


def test_a_container_and_its_image() -> None:
    engine = RecordedEngine(
        {"/containers/train/json": CONTAINER, "/images/sha256%3Aab/json": {"Id": "sha256:ab"}}
    )
    assert inspect_container("train", engine) == (CONTAINER, {"Id": "sha256:ab"})


def test_an_image_that_is_gone() -> None:
    engine = RecordedEngine({"/containers/train/json": CONTAINER})
    assert inspect_container("train", engine) == (CONTAINER, None)


def test_a_container_that_is_not_there() -> None:
    with pytest.raises(EngineError, match="404"):
        inspect_container("a/b", RecordedEngine({}))
