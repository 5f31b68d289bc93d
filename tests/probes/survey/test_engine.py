"""What the script asked of an engine, read as the engine's own answers are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor.collection.recording import decode_recording
from advisor.facts.host import DockerHost, HostImage
from advisor.facts.source import Source
from tests.probes.survey.lines import line

INFO = {"ID": "a", "Name": "gpu-02", "Driver": "overlay2", "Architecture": "x86_64"}
ENGINE: dict[str, Any] = {
    "engine_version": ['{"Version":"27.1.1","ApiVersion":"1.46"}', ""],
    "engine_info": [json.dumps(INFO), ""],
    "containers": [
        json.dumps(
            {
                "Id": "c1",
                "Name": "/train",
                "Image": "sha256:a",
                "Config": {
                    "Image": "lab/train:1",
                    "Cmd": ["[redacted]"],
                    "Env": ["DB_PASSWORD=[not read]", ""],
                },
                "Mounts": [{"Type": "bind", "Source": "/raid two/x", "Destination": "/data"}],
            }
        ),
        "",
    ],
    "engine_images": ['{"Id":"sha256:a","RepoTags":["lab/train:1"]}', ""],
    "volumes": ['{"Name":"sets","Driver":"local","Mountpoint":"/v/sets"}', ""],
}


def host(**changes: Any) -> tuple[DockerHost, tuple[Source, ...]]:
    said = line(node="", name="gpu-02", **{**ENGINE, **changes})
    snapshot = decode_recording(said, name="x")
    (found,) = snapshot.hosts
    return found, snapshot.sources


def test_a_host_with_its_engine() -> None:
    found, sources = host()
    assert (found.name, found.url, found.version) == ("gpu-02", "survey://gpu-02", "27.1.1")
    assert found.images == (HostImage(id="sha256:a", tags=("lab/train:1",)),)
    (container,) = found.containers or ()
    assert (container.name, container.command) == ("train", ("[redacted]",))
    assert container.variables == ("DB_PASSWORD",)
    assert [one.name for one in found.volumes or ()] == ["sets"]
    assert [(one.probe, one.status) for one in sources] == [("survey", "ok"), ("docker", "ok")]


def test_a_host_without_an_engine() -> None:
    assert decode_recording(line(node="", name="gpu-02"), name="x").hosts == ()


@pytest.mark.parametrize("damaged", ["{", "[]", "null", "7", '{"Id": 7}'])
def test_an_answer_that_is_none_costs_itself_only(damaged: str) -> None:
    found, _ = host(containers=[damaged, *ENGINE["containers"]], engine_images=[damaged])
    assert [one.name for one in found.containers or ()] == ["train"]
    assert found.images == ()


def test_the_machines_own_table_says_what_holds_the_data() -> None:
    from advisor.facts.snapshot import Snapshot
    from advisor.views.data_view import data_views
    from tests.placement.samples import placement

    snapshot: Snapshot = decode_recording(line(node="", name="gpu-02", **ENGINE), name="x")
    found = {
        view.subject.id: view.facts["filesystems"] for view in data_views(placement(snapshot), ())
    }
    assert found == {
        "data:path:/raid two/x": ["nfs4"],
        "data:volume:gpu-02/sets": ["ext4"],
    }
