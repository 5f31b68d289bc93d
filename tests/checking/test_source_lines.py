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
