"""What the survey prints, as a record, and everything that is not such a line."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.collection.collect import decode_recording
from advisor.facts.host import (
    DockerHost,
    HostImage,
    Machine,
    MountedFilesystem,
    Reached,
    SurveyedImage,
)
from advisor.facts.source import Source
from advisor.probes.survey.line import MOST_BYTES, SurveyError, read_line
from tests.probes.survey.lines import line

MACHINE = Machine(
    name="advisor-nodes-x7k2p",
    node="gpu-01",
    taken="2026-11-30T07:00:00Z",
    kernel="5.15.0-105-generic",
    architecture="amd64",
    distribution="ubuntu",
    distribution_version="22.04",
    operating_system="Ubuntu 22.04.4 LTS",
    control_groups="2",
    driver="550.54.15",
    gpus=8,
    infiniband=("mlx5_0 InfiniBand 200 Gb/sec (4X HDR)",),
    mounts=(
        MountedFilesystem(
            number="28",
            parent="1",
            mount_point="/",
            type="ext4",
            device="/dev/nvme0n1p2",
            size=4_096_000,
            available=1_024_000,
        ),
        MountedFilesystem(
            number="90",
            parent="28",
            mount_point="/raid two",
            type="nfs4",
            device="filer:/export",
            size=4096,
            available=2048,
        ),
    ),
    links={"/data": "/raid two/data"},
    image_folder="/var/lib/containerd",
    images=(SurveyedImage(names=("reg.example/a:1",), size=77),),
    reached=(
        Reached(target="reg.example:443", resolved=True, connected=False),
        Reached(target="10.0.0.9:2049", resolved=True, connected=True),
        Reached(target="odd"),
    ),
)


def test_a_line_with_everything() -> None:
    assert read_line(line() + b"\n") == MACHINE


def test_a_machine_that_has_next_to_nothing() -> None:
    bare = line(
        **dict.fromkeys(("cgroup", "driver", "gpus", "image_folder"), ""),
        **{key: [""] for key in ("release", "infiniband", "mounts", "spaces", "links", "reach")},
        images=None,
    )
    assert read_line(bare) == Machine(
        name=MACHINE.name,
        node="gpu-01",
        taken=MACHINE.taken,
        kernel=MACHINE.kernel,
        architecture="amd64",
    )


@pytest.mark.parametrize(
    ("driver", "version"),
    [
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release",
            "580.65.06",
        ),
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  390.157  Wed Oct", "390.157"),
        ("GCC version 12.2.0", ""),
    ],
)
def test_drivers(driver: str, version: str) -> None:
    assert read_line(line(driver=driver)).driver == version


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        (b"", "it printed nothing"),
        (b"  \n", "it printed nothing"),
        (b"sh: cat: not found\n", "what it printed is no line of the survey"),
        (line()[:-40], "its line is cut or damaged"),
        (line() + line(), "its line is cut or damaged"),
        (
            line(advisor_survey=2),
            "its line is of version 2 of the survey, this advisor reads 1",
        ),
        (
            line(mounts="all of them"),
            "its line is not as the survey prints it: Expected `array`, got `str` - at `$.mounts`",
        ),
        (
            b'{"advisor_survey":1}',
            "its line is not as the survey prints it: Object missing required field `node`",
        ),
        (
            b'{"advisor_survey":"1"}',
            "its line is not as the survey prints it: Expected `int`, got `str`"
            " - at `$.advisor_survey`",
        ),
        (
            line(extra="x"),
            "its line is not as the survey prints it: Object contains unknown field `extra`",
        ),
        (line(end=2), "its line is not as the survey prints it: Invalid enum value 2 - at `$.end`"),
        (line(name=" "), "its line does not name its machine"),
        *(
            (line(time=time), "its line does not say when it was printed")
            for time in (
                "",
                "today",
                "2026-1-2T3:4:5Z",
                "2026-11-31T00:00:00Z",
                "0000-01-01T00:00:00Z",
            )
        ),
        (b'{"advisor_survey":1,"x":' + b"[" * 100_000, "its line is cut or damaged"),
        (line(kernel="x" * MOST_BYTES), "its line is longer than 4 MiB"),
    ],
)
def test_what_is_no_line(printed: bytes, reason: str) -> None:
    with pytest.raises(SurveyError) as caught:
        read_line(printed)
    assert str(caught.value) == reason


def test_control_characters_and_odd_bytes_go_no_further() -> None:
    odd = line(kernel="5\x1b[31m.15\n\u0000", node="gpu\u202e-01").replace(b"generic", b"\xff")
    found = read_line(odd)
    assert (found.kernel, found.node) == ("5[31m.15", "gpu\u202e-01")
    lone = line().replace(b'"5.15.0-105-generic"', b'"a\\ud800b"')
    with pytest.raises(SurveyError, match="cut or damaged"):
        read_line(lone)


def test_secrets_of_a_mount_are_taken_out() -> None:
    mounts = ["33 1 0:49 / / rw - fuse.davfs https://ann:hunter2@dav.lab/x rw"]
    found = read_line(line(mounts=mounts))
    assert found.mounts is not None
    assert "hunter2" not in found.mounts[0].device


@given(
    st.binary(max_size=200) | st.text().map(lambda text: line(time=text, gpus=text, cgroup=text))
)
def test_anything_is_a_machine_or_a_survey_error(printed: bytes) -> None:
    with contextlib.suppress(SurveyError):
        assert read_line(printed).node == "gpu-01"


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


def test_a_line_that_is_not_to_be_trusted_costs_itself_only() -> None:
    odd = (line(extra=1), line(name=""), line(time="soon"), line(time="2099-01-01T00:00:00Z"))
    found = decode_recording(b"\n".join((*odd, line(name="gpu-02"))), name="all.survey")
    assert [machine.name for machine in found.machines] == ["gpu-02"]
    assert [(source.target, source.status, source.reason) for source in found.sources] == [
        ("all.survey:1", "failed", "its line is not as the survey prints it: Object contains"
         " unknown field `extra`"),
        ("all.survey:2", "failed", "its line does not name its machine"),
        ("all.survey:3", "failed", "its line does not say when it was printed"),
        ("all.survey:4", "failed", "its line is of 2099-01-01T00:00:00Z, which is to come (set its"
         " clock)"),
        ("gpu-02", "ok", ""),
    ]  # fmt: skip
    assert found.taken == "2026-11-30T07:00:00Z"
