"""Containers as odd engines and hostile owners can make them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.host import Container, Mount, Port
from advisor.probes.docker.containers import inspected_container, owner_hint
from advisor.probes.docker.documents import Document, utc
from advisor.probes.docker.listing import LayerChanges, summarise_changes


def read(inspected: Any, image: Any = None, *, podman: bool = False) -> Container:
    return inspected_container(Document(inspected), Document(image), podman=podman)


@pytest.mark.parametrize(
    "inspected", [None, [], {}, {"Config": None, "HostConfig": [], "Mounts": 7}]
)
def test_an_empty_answer_is_an_empty_container(inspected: Any) -> None:
    assert read(inspected) == Container(id="", name="", image="")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
KEYS = {
    "HostConfig": [
        *("Devices", "DeviceRequests", "PortBindings", "Ulimits", "RestartPolicy", "ShmSize"),
        *("NanoCpus", "CpusetCpus", "Tmpfs", "CapAdd", "Runtime", "PublishAllPorts"),
    ],
    "Config": ["Env", "Cmd", "Entrypoint", "Labels", "User", "ExposedPorts", "Tty"],
    "State": ["Status", "FinishedAt"],
}
INSPECTED = st.fixed_dictionaries(
    {},
    optional={
        "Mounts": JSON,
        "SizeRw": JSON,
        "Created": JSON,
        **{
            part: JSON | st.dictionaries(st.sampled_from(keys), JSON) for part, keys in KEYS.items()
        },
    },
)


@given(inspected=INSPECTED, image=INSPECTED, podman=st.booleans())
def test_no_shape_of_answer_ends_the_probe(inspected: Any, image: Any, podman: bool) -> None:
    assert isinstance(read(inspected, image, podman=podman), Container)


def test_what_the_image_sets_is_not_the_containers() -> None:
    image = {"Config": {"Env": ["A=1", "B=2"], "Labels": {"maintainer": "NVIDIA", "x": "1"}}}
    inspected = {
        "Config": {
            "Env": ["A=1", "B=3", "C=\n", "D"],
            "Labels": {"maintainer": "NVIDIA", "x": "2"},
        }
    }
    assert read(inspected, image) == Container(
        id="", name="", image="", variables=("B", "C", "D"), labels={"x": "2"}
    )


CPUS = {
    "none": ({}, None),
    "nano": ({"NanoCpus": 2_500_000_000}, 2500),
    "quota": ({"CpuQuota": 50_000, "CpuPeriod": 25_000}, 2000),
    "quota of the usual period": ({"CpuQuota": 150_000, "CpuPeriod": 0}, 1500),
    "pinned": ({"CpusetCpus": "0-3,8"}, 5000),
    "the smallest": ({"NanoCpus": 8_000_000_000, "CpusetCpus": "1"}, 1000),
    "not a list": ({"CpusetCpus": "all"}, None),
    "no limit": ({"CpuQuota": -1}, None),
}


@pytest.mark.parametrize(("host_config", "expected"), CPUS.values(), ids=CPUS)
def test_thousandths_of_a_cpu(host_config: dict[str, Any], expected: int | None) -> None:
    assert read({"HostConfig": host_config}).cpus == expected


def test_podmans_own_settings_are_not_the_users() -> None:
    inspected = {
        "Config": {"Env": ["container=podman", "TERM=xterm", "TERM2=xterm"]},
        "HostConfig": {
            "Runtime": "oci",
            "PidMode": "private",
            "CapAdd": ["CAP_SYS_ADMIN", "NET_ADMIN"],
            "Ulimits": [
                {"Name": "RLIMIT_NOFILE", "Soft": 1048576, "Hard": 1048576},
                {"Name": "RLIMIT_NPROC", "Soft": 99, "Hard": 99},
                {"Name": "RLIMIT_MEMLOCK", "Soft": -1, "Hard": -1},
            ],
        },
    }
    assert read(inspected, podman=True) == Container(
        id="",
        name="",
        image="",
        variables=("TERM2",),
        ulimits=("memlock=-1:-1",),
        capabilities=("SYS_ADMIN", "NET_ADMIN"),
    )


def test_ports() -> None:
    inspected = {
        "Config": {"ExposedPorts": {"53/udp": {}, "80/tcp": {}, "odd": {}}},
        "HostConfig": {
            "PublishAllPorts": True,
            "PortBindings": {
                "80/tcp": [{"HostIp": "::1", "HostPort": "8080"}, {"HostPort": "0"}],
                "81": [{"HostPort": "9000-9010"}],
                "odd/tcp": [{}],
                "82/tcp": None,
            },
        },
    }
    assert read(inspected).ports == (
        Port(container_port=53, protocol="udp"),
        Port(container_port=80, host_port=8080, host_address="::1"),
        Port(container_port=80),
        Port(container_port=81),
    )


TIMES = {
    "": "",
    "0001-01-01T00:00:00Z": "",
    "yesterday": "",
    "2026-11-24T05:41:31.796914046Z": "2026-11-24T05:41:31Z",
    "2026-11-24T05:41:31+02:00": "2026-11-24T03:41:31Z",
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_times(text: str, expected: str) -> None:
    assert utc(text) == expected


def bind(source: str) -> Mount:
    return Mount(kind="bind", target="/x", source=source)


OWNERS: dict[str, tuple[dict[str, str], str, list[Mount], str]] = {
    "nobody": ({}, "", [], ""),
    "label": ({"com.lab.owner": "ann"}, "bob", [bind("/home/cid/x")], "ann"),
    "first label": ({"maintainer": "x", "owner": "ann"}, "", [], "ann"),
    "compose": ({"com.docker.compose.project.working_dir": "/home/ann/p"}, "", [], "ann"),
    "home": ({}, "bob", [bind("/home/ann/data"), bind("/home/ann")], "ann"),
    "two homes": ({}, "", [bind("/home/ann"), bind("/home/bob")], ""),
    "two homes and a user": ({}, "ann", [bind("/home/ann"), bind("/home/bob")], "ann"),
    "shared home": ({}, "", [bind("/home/shared/data"), bind("/homes/x")], ""),
    "numbers": ({}, "1000:1000", [], ""),
    "user and group": ({}, "ann:staff", [], "ann"),
    "root": ({}, "root", [], ""),
}


@pytest.mark.parametrize(("labels", "user", "mounts", "expected"), OWNERS.values(), ids=OWNERS)
def test_owners(labels: dict[str, str], user: str, mounts: list[Mount], expected: str) -> None:
    assert owner_hint(labels, user, mounts) == expected


def test_changes_are_shown_by_what_somebody_made() -> None:
    changes = ["/etc", "/etc/hosts", "/data", "/root", "/root/a", "/root/b", "/x\n"]
    mounts = [Mount(kind="bind", target="/data/")]
    assert summarise_changes(changes, mounts) == LayerChanges(7, ("/root/a", "/root/b", "/x\n"))


def test_at_most_twenty_changes_are_shown() -> None:
    changes = [f"/f{number:03}" for number in range(100)]
    assert summarise_changes(changes, []) == LayerChanges(100, tuple(changes[:20]))
