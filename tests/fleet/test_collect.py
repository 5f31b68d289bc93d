"""`advisor fleet collect`: every target a file, whatever happens to the others."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from advisor.facts.store import load_snapshot
from advisor.fleet.folder import is_fresh, parse_age, readings, target_folder
from tests.attack.broken_server import api_server
from tests.cli.conftest import Advisor
from tests.fleet.engines import served_engine
from tests.real.parts.part import free_port


@pytest.fixture
def engines(folder: Path) -> Iterator[list[str]]:
    """Two that answer, and one that is not there."""
    with ExitStack() as stack:
        urls = [stack.enter_context(served_engine(folder / f"{name}.sock")) for name in "ab"]
        yield [*urls, f"unix://{folder}/gone.sock"]


def _named(urls: list[str]) -> list[str]:
    return [word for url in urls for word in ("--docker-host", url)]


def test_what_can_be_read_is_kept_and_the_rest_told(
    advisor: Advisor, engines: list[str], tmp_path: Path
) -> None:
    code, out, said = advisor("fleet", "collect", *_named(engines), "-o", "fleet")
    lines = said.splitlines()
    gone = f"unix://{tmp_path}/gone.sock"
    assert (code, out) == (3, "")
    pattern = r"\d/3 (\S+): (.*) \(\d+\.\d s\)"
    told = sorted(re.fullmatch(pattern, line).groups() for line in lines[:3])  # type: ignore[union-attr]
    read = "4 images, 5 containers"
    parts = [re.sub(", read in part", "", what) for _, what in told]
    assert [name for name, _ in told] == sorted(engines)
    assert parts == [read, read, "not read"]
    assert any(line.startswith(f"advisor: docker: {gone}: ") for line in lines[3:])
    found = readings("fleet")
    states = {
        load_snapshot(f"fleet/{one[-1].path}").sources[0].target: one[-1].state
        for one in found.values()
    }
    assert states.keys() == set(engines)
    assert states[gone] == "failed"
    assert list((tmp_path / "fleet").rglob("*.part")) == []


def test_every_cluster_of_a_kubeconfig(advisor: Advisor, tmp_path: Path) -> None:
    """One that answers, and one that is not there; hosts and clusters are read by one command."""
    with api_server(tmp_path), served_engine(tmp_path / "a.sock") as host:
        config = json.loads((tmp_path / "kubeconfig").read_text())
        gone = {"name": "Gone:1", "context": {"cluster": "gone", "user": "u"}}
        config["contexts"].append(gone)
        nobody = {"name": "gone", "cluster": {"server": f"http://127.0.0.1:{free_port()}"}}
        config["clusters"].append(nobody)
        (tmp_path / "kubeconfig").write_text(json.dumps(config))
        named = ("--all-contexts", "--kubeconfig", "kubeconfig", "--docker-host", host)
        code, _, said = advisor("fleet", "collect", *named, "--timeout", "60", "-o", "fleet")
    found = readings("fleet")
    folders = [target_folder("cluster", name) for name in ("Gone:1", "broken")]
    assert sorted(found) == sorted([*folders, target_folder("host", host)])
    assert (code, found[folders[0]][0].state) == (3, "failed")
    cluster = load_snapshot(f"fleet/{found[folders[1]][0].path}").cluster
    assert cluster is not None
    assert (cluster.context, len(cluster.nodes or ())) == ("broken", 2)
    assert re.search(r"^\d/3 broken: 2 nodes, 1 workloads", said, re.MULTILINE)


def test_it_takes_up_again_where_it_stopped(
    advisor: Advisor, engines: list[str], tmp_path: Path
) -> None:
    fleet = tmp_path / "fleet"
    advisor("fleet", "collect", *_named(engines[:1]), "-o", "fleet")
    (only,) = fleet.rglob("*.json.zst")
    whole = only.with_name(only.name.replace(".partial", ""))
    only.rename(whole)
    code, _, said = advisor(
        "fleet", "collect", *_named(engines), "--older-than", "1d", "-o", "fleet"
    )
    assert code == 3
    assert "wrote fleet: 2 asked, " in said
    assert said.splitlines()[-1].endswith(", 1 were fresh")
    assert list(whole.parent.iterdir()) == [whole]


def test_a_failure_gives_way_to_what_comes_after_it(
    advisor: Advisor, engines: list[str], tmp_path: Path
) -> None:
    gone = tmp_path / "gone.sock"
    advisor("fleet", "collect", *_named(engines[2:]), "-o", "fleet")
    time.sleep(1.1)
    with served_engine(gone):
        advisor("fleet", "collect", *_named(engines[2:]), "-o", "fleet")
    (readings_of_it,) = readings("fleet").values()
    assert [one.state for one in readings_of_it] != ["failed"]
    assert len(readings_of_it) == 1


@pytest.mark.slow
def test_a_run_that_is_killed_loses_nothing_that_was_read(engines: list[str], folder: Path) -> None:
    """A host that never answers holds it up; the other is on disk when the kill comes."""
    import socket

    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / "silent.sock"))
        silent.listen()
        named = _named([engines[0], f"unix://{folder}/silent.sock"])
        run = subprocess.Popen(
            [sys.executable, "-m", "advisor", "fleet", "collect", *named, "-o", "fleet"],
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 120
        while not list(Path("fleet").rglob("*.json.zst")) and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.wait()
    (readings_of_it,) = readings("fleet").values()
    snapshot = load_snapshot(f"fleet/{readings_of_it[0].path}")
    assert [source.target for source in snapshot.sources] == [engines[0]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name what to read: --hosts-from, --docker-host, --context"),
        (("--older-than", "tomorrow", "--context", "x"), "--older-than: 'tomorrow' is no age"),
        (("--limit", "gpu", "--context", "x"), "--limit needs --hosts-from"),
        (("--docker-host", "gopher://x"), "gopher"),
        (("--all-contexts", "--kubeconfig", "/nowhere"), "/nowhere: no such kubeconfig"),
    ],
)
def test_what_makes_no_sense_is_refused(
    advisor: Advisor, arguments: tuple[str, ...], said: str
) -> None:
    code, out, error = advisor("fleet", "collect", "-o", "fleet", *arguments)
    assert (code in (2, 3), out, error.count("\n"), said in error) == (True, "", 1, True), error


def test_a_folder_that_cannot_be_written_to_is_told_first(advisor: Advisor, folder: Path) -> None:
    (folder / "file").touch()
    code, _, said = advisor("fleet", "collect", "--context", "x", "-o", "file")
    assert (code, said) == (2, "advisor: file: cannot be written to: file exists\n")


def test_folders_of_targets_never_meet() -> None:
    names = ["gpu-01", "GPU-01", "admin@gpu-01", "admin_gpu-01", "gpu-01:22", "../x", "x" * 300]
    folders = [target_folder("host", name) for name in names]
    assert folders[0] == "hosts/gpu-01"
    assert len({one.lower() for one in folders}) == len(names)
    assert all(re.fullmatch(r"hosts/[a-z0-9][a-z0-9._-]{0,100}", one) for one in folders)
    assert target_folder("cluster", "gpu-01") == "clusters/gpu-01"


def test_what_is_fresh(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    place = tmp_path / "hosts" / "a"
    place.mkdir(parents=True)
    (place / f"{now:%Y%m%dT%H%M%SZ}.partial.json.zst").touch()
    hour = now - timedelta(hours=1)
    assert not is_fresh(str(tmp_path), "hosts/a", since=hour)
    (place / f"{now:%Y%m%dT%H%M%SZ}.json.zst").touch()
    assert is_fresh(str(tmp_path), "hosts/a", since=hour)
    assert not is_fresh(str(tmp_path), "hosts/a", since=now + timedelta(hours=1))
    assert not is_fresh(str(tmp_path), "hosts/b", since=hour)


@pytest.mark.parametrize(
    ("text", "age"), [("90m", timedelta(minutes=90)), ("1d", timedelta(1)), ("2w", timedelta(14))]
)
def test_ages(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    outside = tmp_path / "secret.json"
    outside.write_text("{}")
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    (fleet / "own.json").write_text("{}")
    (fleet / "link.json").symlink_to(outside)
    os.symlink(tmp_path, fleet / "above")
    assert list(readings(str(fleet))) == ["own"]
