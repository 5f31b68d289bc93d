"""`fleet report` of many Docker hosts: alone, and by one and two workers of a real Dask scheduler.

    python bench/fleet.py                  100 hosts with 40 containers each
    python bench/fleet.py --hosts 10       fewer, to see that it runs

Each way is a process of its own; seconds, memory at most and the gain of the second worker are
printed. Nothing fails.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor import api  # noqa: E402
from tests.real.parts.dask_cluster import DaskCluster  # noqa: E402
from tests.samples.sites import Site  # noqa: E402

CONTAINERS = 40


def collected(folder: Path, hosts: int) -> None:
    """A folder as `fleet collect` leaves it, with a snapshot for each host."""
    site = Site(hosts=hosts, containers=CONTAINERS).snapshot()
    for host in site.hosts:
        own = folder / "hosts" / host.name
        own.mkdir(parents=True)
        alone = replace(site, hosts=(host,), cluster=None)
        api.save_snapshot(alone, str(own / "20261120T100000Z.json.zst"))


def report(folder: Path, *engine: str) -> float:
    """The seconds that the report takes."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "advisor", "fleet", "report", str(folder), *engine]
    command += ["--assume", "gpu-nodes=4,gpus-per-node=8", "-o", str(folder.parent / "site")]
    subprocess.run(command, cwd=folder.parent, check=False, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Measure each way and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--hosts", type=int, default=100)
    hosts = parser.parse_args().hosts
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "fleet")
        collected(folder, hosts)
        seconds = {"on this machine's processors": report(folder)}
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        for workers in (1, 2):
            with DaskCluster(workers=workers) as dask:
                seconds[f"with {workers} Dask workers"] = report(folder, "--engine", dask.engine)
    for way, taken in seconds.items():
        print(f"{hosts} hosts {way}: {taken:.1f} s")
    gain = seconds["with 1 Dask workers"] / seconds["with 2 Dask workers"]
    print(f"the second worker: {gain:.2f} times as fast; at most {most:.0f} MiB a process")


if __name__ == "__main__":
    main()
