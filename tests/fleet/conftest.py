"""A fleet's folder with one of everything that may lie in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from advisor import api
from advisor.facts.host import DockerHost, Measurement
from advisor.facts.source import Source
from tests.cli.conftest import advisor, folder

__all__ = ["advisor", "folder"]

SAMPLES = Path(__file__).parent.parent.parent / "reports" / "samples"


def make_fleet(folder: Path) -> Path:
    """Three hosts in one file, a cluster on two days, one host that failed, an idle one, and a
    damaged file."""
    fleet = folder / "fleet"
    cluster, gone, idle = (fleet / name for name in ("clusters/dgx", "hosts/gpu-9", "hosts/idle"))
    for place in (cluster, gone, idle):
        place.mkdir(parents=True)
    for day in ("20261120", "20261125"):
        shutil.copy(SAMPLES / "one-dgx.snapshot.json", cluster / f"{day}T100000Z.json")
    lab = api.load_snapshot(str(SAMPLES / "four-hosts.snapshot.json"))
    counted = Measurement(path="/data/cells", size=2**40, files=9, complete=True)
    partly = Measurement(path="/scratch/fold", size=2**30, files=5, reason="it took too long")
    hosts = tuple(replace(one, measured=(counted, partly)) for one in lab.hosts)
    api.save_snapshot(replace(lab, hosts=hosts), str(fleet / "lab.json"))
    (fleet / "bad.json").write_text("{\n")
    taken = "2026-11-25T10:00:00Z"
    source = Source(probe="docker", target="ssh://gpu-9", status="failed", reason="no route")
    failed = api.Snapshot(advisor="0", taken=taken, sources=(source,))
    api.save_snapshot(failed, str(gone / "20261125T100000Z.failed.json.zst"))
    host = DockerHost(name="idle", url="ssh://idle", gpus=4, images=(), containers=(), volumes=())
    read = api.Snapshot(advisor="0", taken=taken, hosts=(host,))
    api.save_snapshot(read, str(idle / "20261125T100000Z.json.zst"))
    return fleet


@pytest.fixture
def fleet(folder: Path) -> Path:
    """In the current folder."""
    return make_fleet(folder)
