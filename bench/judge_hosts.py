"""Many Docker hosts judged: no two of their containers, images and paths are alike.

    python bench/judge_hosts.py                 200 hosts, then 400, with 40 containers each
    python bench/judge_hosts.py --hosts 20      one size, to see that it runs

Each size is a process of its own that is handed the snapshot; its time and the memory it needs at
most are printed. Nothing fails.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor import api  # noqa: E402
from tests.samples.sites import Site  # noqa: E402

SIZES = (200, 400)
CONTAINERS = 40
GOALS = {200: {"seconds": 8.0, "MiB": 250.0}}


def judge(source: str) -> None:
    """What the process of its own does: load and judge, as for the terminal, then anew with every
    job translated, and write all of it as JSON."""
    found: dict[str, float] = {}
    snapshot = api.load_snapshot(source)
    started = time.perf_counter(), time.process_time()
    api.audit(snapshot, translate=False)
    found["seconds"] = time.perf_counter() - started[0]
    found["of the processor"] = time.process_time() - started[1]
    started = time.perf_counter(), time.process_time()
    assessment = api.audit(snapshot)
    found["seconds with translations"] = time.perf_counter() - started[0]
    found["of the processor then"] = time.process_time() - started[1]
    found["MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["MB as JSON"] = len(api.render(assessment, "json").encode()) / 1e6
    found["MiB for that"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def main() -> None:
    """Measure each size and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--judge", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.judge:
        judge(arguments.judge)
        return
    for hosts in (arguments.hosts,) if arguments.hosts else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            source = str(Path(folder, "hosts.json"))
            api.save_snapshot(Site(hosts=hosts, containers=CONTAINERS).snapshot(), source)
            command = [sys.executable, __file__, "--judge", source]
            found = json.loads(subprocess.check_output(command, text=True))
        goals = ", ".join(f"{name}: {most:g}" for name, most in GOALS.get(hosts, {}).items())
        figures = ", ".join(f"{amount:.1f} {name}" for name, amount in found.items())
        goal = f" (goal: at most {goals})" if goals else ""
        print(f"{hosts} hosts with {CONTAINERS} containers each: {figures}{goal}")


if __name__ == "__main__":
    main()
