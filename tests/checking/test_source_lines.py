"""Findings at the flag they are about, in short commands and in very long ones."""

from __future__ import annotations

import pytest

from advisor import api
from advisor.configuration.settings import Assumption, Settings

FILLING = tuple(f"-e V{number}=x" for number in range(300))


@pytest.mark.parametrize("filling", [(), FILLING], ids=["few", "many"])
def test_data_is_found_at_its_own_mount(filling: tuple[str, ...]) -> None:
    flags = ("-v /data/sub:/sub", "-v /data:/mnt", "--mount type=bind,src=./here,dst=/here")
    command = " ".join(("docker run", *filling, *flags, "img:1"))
    report = api.check([command], settings=Settings(assume=Assumption(gpu_nodes=2)))
    (check,) = report.jobs
    found = {
        finding.subject.label: command[finding.place.column - 1 :].split(" ")[1]
        for finding in check.findings
        if finding.subject.scope == "data" and finding.place is not None
    }
    assert found == {
        "/data/sub": "/data/sub:/sub",
        "/data": "/data:/mnt",
        "./here": "type=bind,src=./here,dst=/here",
    }


COMMAND = (
    "docker run --gpus all --privileged -v /raid/x:/x -v vol:/v"
    " -v /var/run/docker.sock:/run/docker.sock -e A=1 -e API_KEY=0123456789abcdef0123456789abcdef"
    " --cap-add SYS_ADMIN --network host --shm-size 8g img:1"
)
STATED = {
    "JOB010": "--gpus",
    "JOB020": "--shm-size",
    "JOB030": "--privileged",
    "JOB031": "--network",
    "JOB034": "-v /var/run/docker.sock:/run/docker.sock",
    "JOB035": "--cap-add",
    "JOB045": "-e API_KEY",
}


@pytest.mark.parametrize(("rule", "flag"), STATED.items())
def test_a_finding_stands_at_the_flag_that_sets_what_it_rests_on(rule: str, flag: str) -> None:
    (check,) = api.check([COMMAND], settings=Settings(assume=Assumption(gpu_nodes=2))).jobs
    (place,) = [one.place for one in check.findings if one.rule == rule]
    assert place is not None
    assert COMMAND[place.column - 1 :].startswith(flag)
