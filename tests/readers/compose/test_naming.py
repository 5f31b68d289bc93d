"""Services of one name, those that no container is, and the hosts that env files name."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.readers.result import ReadOptions
from advisor.readers.specs import read_specs

TWICE = """
services:
  cpu: &server
    image: server:1
    container_name: server
    ports: ["80:80"]
    profiles: [cpu]
  gpu: {<<: *server, gpus: all, profiles: [gpu]}
  pull:
    image: pull:1
    command: pull --from http://server:80
"""
OF_EACH = {
    (): {"cpu": (), "gpu": (), "pull": ("pull", ())},
    ("gpu",): {"gpu": ("server", ("gpu", "server")), "pull": ("pull", ())},
    ("*",): {"cpu": ("cpu", ("cpu", "server")), "gpu": ("gpu", ("gpu",)), "pull": ("pull", ())},
}
SHARED = (
    "compose.yaml: cpu and gpu are both called server: its Service leads to cpu; switch one of"
    " them on, or leave one out"
)


@pytest.mark.parametrize(("profiles", "notes"), [(("gpu",), ()), (("*",), (SHARED,))])
def test_two_services_of_one_container_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    profiles: tuple[str, ...],
    notes: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("compose.yaml").write_text(TWICE)
    result = read_specs(["compose.yaml"], ReadOptions(profiles=profiles))
    named = {
        job.label.removeprefix("service "): (job.run.name.text, job.run.called)
        for job in result.jobs
        if job.run is not None and job.run.name is not None
    }
    assert named == OF_EACH[profiles]
    assert tuple(note for note in result.notes if "both called" in note) == notes


WORKERS = """
services:
  head: {image: ray:1, command: ray start --head, env_file: s.env, ports: ["6379:6379"]}
  worker: {image: ray:1, command: ray start --address=head:6379, env_file: s.env, gpus: all}
  store: {build: store}
  llm: {provider: {type: model, options: {model: ai/x}}}
"""


def test_hosts_of_env_files_workers_of_ray_and_what_a_plugin_provides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("compose.yaml").write_text(WORKERS)
    Path("s.env").write_text("STORE_URL=http://store:9000\n")
    result = read_specs(["compose.yaml"])
    jobs = {job.label: job.run for job in result.jobs if job.run is not None}
    assert {
        label: (run.called, run.distributed, " ".join(word.text for word in run.arguments))
        for label, run in jobs.items()
    } == {
        "service head": (("head",), "", "ray start --head"),
        "service worker": ((), "", "ray start --address=head:6379"),
        "service store": (("store",), "", ""),
    }
    assert result.notes == (
        "compose.yaml: left out, since a plugin of compose provides it and no container: llm; what"
        " it provides must be there on the cluster, behind a Service of that name",
    )
