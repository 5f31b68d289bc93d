"""What a container of Docker has without being told, and a pod only when its manifest says so."""

from __future__ import annotations

from typing import Any

import pytest

from advisor import api
from advisor.jobs.translation import Situation


def pod(line: str) -> dict[str, Any]:
    report = api.translate([line], "kubernetes", given=Situation(target="kubernetes"))
    document: Any = report.jobs[0].translation.documents[0]
    template = document["spec"].get("template")
    spec: dict[str, Any] = template["spec"] if template else document["spec"]
    return spec


def test_no_variables_of_services_where_there_is_one() -> None:
    assert pod("docker run -p 8888:8888 reg.example/a:1")["enableServiceLinks"] is False
    assert "enableServiceLinks" not in pod("docker run --expose 8888 reg.example/a:1")


@pytest.mark.parametrize(
    ("flags", "sysctls"),
    [
        ("-p 80:80", [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]),
        ("--expose 443 -u 1000", [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]),
        ("-p 80:80 -u 0", None),
        ("-p 80:80 --network host", None),
        ("-p 8080:8080", None),
        (
            "-p 80:80 --sysctl net.ipv4.ip_unprivileged_port_start=70",
            [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "70"}],
        ),
    ],
)
def test_a_port_below_1024_for_who_is_not_root(flags: str, sysctls: Any) -> None:
    context = pod(f"docker run {flags} reg.example/a:1").get("securityContext", {})
    assert context.get("sysctls") == sysctls


@pytest.mark.parametrize(
    ("line", "user", "group"),
    [
        ("docker run -u :50 reg.example/a:1", 0, 50),
        ("docker run -u 7:50 reg.example/a:1", 7, 50),
        ("runai training submit x -i reg.example/a:1 --run-as-gid 50", None, 50),
    ],
)
def test_a_group_alone_is_that_of_root_with_docker(line: str, user: int | None, group: int) -> None:
    context = pod(line)["containers"][0]["securityContext"]
    assert (context.get("runAsUser"), context["runAsGroup"]) == (user, group)


def fate(line: str, name: str) -> str:
    report = api.translate([line], "kubernetes", given=Situation(target="kubernetes"))
    ledger = report.jobs[0].translation.ledger
    return next(entry.fate for entry in ledger if entry.item.name == name)


def test_what_the_machine_shares_decides_more_than_the_flag_beside_it() -> None:
    assert fate("docker run -h x reg.example/a:1", "--hostname") == "mapped"
    assert fate("docker run -h x --network host reg.example/a:1", "--hostname") == "no-equivalent"
    assert fate("docker run --shm-size 8g reg.example/a:1", "--shm-size") == "mapped"
    assert fate("docker run --shm-size 8g --ipc host reg.example/a:1", "--shm-size") == "changed"
