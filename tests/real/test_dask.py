"""`--engine dask://`: real workers give the same bytes, and what happens when some are killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.parts.dask_cluster import DaskCluster

pytestmark = pytest.mark.real

SAMPLES = Path(__file__).parent.parent.parent / "reports" / "samples"
ASSUMED = ("--assume", "gpu-nodes=4,gpus-per-node=8")
HOSTS = 12
JOB = """apiVersion: batch/v1
kind: Job
metadata: {{name: train-{number}}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - {{name: t, image: "lab/train:{image}", resources: {{limits: {{nvidia.com/gpu: {gpus}}}}}}}
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet, a tree of 250 manifests, and what one machine makes of them."""
    folder = tmp_path_factory.mktemp("work")
    for number in range(HOSTS):
        host = folder / "fleet" / "hosts" / f"h{number:02}"
        host.mkdir(parents=True)
        shutil.copy(SAMPLES / "four-hosts.snapshot.json", host / "20261120T100000Z.json")
    (folder / "jobs").mkdir()
    for number in range(250):
        text = JOB.format(number=number, image=number % 7, gpus=1 + number % 9)
        (folder / "jobs" / f"{number}.yaml").write_text(text)
    assert _report(folder, "alone").returncode == 1
    return folder


@pytest.fixture
def dask() -> Iterator[DaskCluster]:
    with DaskCluster() as cluster:
        yield cluster


def _advisor(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "advisor", *arguments]
    return subprocess.Popen(
        command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _ended(run: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = run.communicate(timeout=300)
    return subprocess.CompletedProcess(run.args, run.returncode, out, err)


def _start_report(folder: Path, site: str, *engine: str) -> subprocess.Popen[str]:
    return _advisor(folder, "fleet", "report", "fleet", *ASSUMED, "-o", site, *engine)


def _report(folder: Path, site: str, *engine: str) -> subprocess.CompletedProcess[str]:
    return _ended(_start_report(folder, site, *engine))


def _pages(site: Path) -> dict[str, bytes]:
    return {str(page.relative_to(site)): page.read_bytes() for page in site.rglob("*.html")}


def _wait_for_a_page(folder: Path, site: str) -> None:
    deadline = time.monotonic() + 300
    while not list((folder / f".{site}.part").rglob("*.html")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_workers_give_the_same_bytes(work: Path, dask: DaskCluster) -> None:
    done = _report(work, "shared", "--engine", dask.engine)
    assert (done.returncode, done.stderr) == (1, "wrote shared/index.html\n")
    assert _pages(work / "shared") == _pages(work / "alone")
    for form in ("terminal", "json"):
        command = ("check", str(work / "jobs"), *ASSUMED, "--format", form)
        alone = _ended(_advisor(work, *command))
        shared = _ended(_advisor(work, *command, "--engine", dask.engine))
        assert (shared.returncode, shared.stdout, shared.stderr) == (1, alone.stdout, alone.stderr)


def test_a_worker_that_is_killed_costs_time_alone(work: Path, dask: DaskCluster) -> None:
    run = _start_report(work, "one-less", "--engine", dask.engine)
    _wait_for_a_page(work, "one-less")
    os.killpg(dask.workers[0].pid, signal.SIGKILL)
    done = _ended(run)
    assert (done.returncode, done.stderr) == (1, "wrote one-less/index.html\n")
    assert _pages(work / "one-less") == _pages(work / "alone")


def test_a_scheduler_that_is_gone_is_one_line(work: Path, dask: DaskCluster) -> None:
    shutil.copytree(work / "alone", work / "kept")
    run = _start_report(work, "kept", "--engine", dask.engine)
    _wait_for_a_page(work, "kept")
    os.killpg(dask.scheduler.pid, signal.SIGKILL)
    _tell_of_no_scheduler(_ended(run), dask.engine)
    assert _pages(work / "kept") == _pages(work / "alone")
    assert not (work / ".kept.part").exists()
    _tell_of_no_scheduler(_report(work, "none", "--engine", dask.engine), dask.engine)
    assert not (work / "none").exists()


def _tell_of_no_scheduler(done: subprocess.CompletedProcess[str], engine: str) -> None:
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1), done.stderr
    assert done.stderr.startswith(f"advisor: {engine}: the scheduler does not answer: ")


def test_a_scheduler_without_workers(work: Path) -> None:
    with DaskCluster(workers=0) as cluster:
        done = _report(work, "none", "--engine", cluster.engine)
    advice = "start some with: dask worker SCHEDULER:8786"
    said = f"advisor: {cluster.engine}: the scheduler has no workers ({advice})\n"
    assert (done.returncode, done.stderr) == (3, said)
