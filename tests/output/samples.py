"""The reports of reports/samples/: what is written there, and writing it anew."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from advisor import api
from advisor.facts.snapshot import Snapshot
from advisor.facts.store import encode_snapshot
from advisor.judging.assessment import Assessment
from tests.samples import four_hosts, large_cluster, one_dgx

FOLDER = Path(__file__).parents[2] / "reports" / "samples"
SUFFIXES = {
    "terminal": "txt",
    "concise": "concise.txt",
    "html": "html",
    "markdown": "md",
    "json": "json",
    "sarif": "sarif",
    "junit": "junit.xml",
}


class Sample(NamedTuple):
    """A site: its snapshot, the file it is kept in, and how it is judged."""

    snapshot: Snapshot
    file: str
    settings: api.Settings


SAMPLES = {
    "one-dgx": Sample(
        one_dgx.snapshot(),
        "one-dgx.snapshot.json",
        api.Settings(registry="registry.vision.example/lab"),
    ),
    "four-hosts": Sample(
        four_hosts.snapshot(),
        "four-hosts.snapshot.json",
        api.Settings(assume=api.parse_assumption(four_hosts.ASSUME)),
    ),
    "large-cluster": Sample(
        large_cluster.snapshot(),
        "large-cluster.snapshot.json.zst",
        api.Settings(registry="registry.hpc.example"),
    ),
}


@cache
def assessment(name: str) -> Assessment:
    """What is concluded of the snapshot as it is kept."""
    sample = SAMPLES[name]
    return api.audit(api.load_snapshot(str(FOLDER / sample.file)), sample.settings)


def text(name: str, format_name: str) -> str:
    """What the report's file has to hold."""
    return api.render(assessment(name), format_name)


def file_names() -> set[str]:
    """Everything that belongs into the folder."""
    return {
        "README.md",
        *(sample.file for sample in SAMPLES.values()),
        *(f"{name}.{suffix}" for name in SAMPLES for suffix in SUFFIXES.values()),
    }


def refresh() -> None:
    """Writes snapshots and reports anew; the diff is for a person to review."""
    for name, sample in SAMPLES.items():
        (FOLDER / sample.file).write_bytes(encode_snapshot(sample.snapshot, sample.file))
        for format_name, suffix in SUFFIXES.items():
            (FOLDER / f"{name}.{suffix}").write_text(text(name, format_name), encoding="utf-8")
