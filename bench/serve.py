"""The load that `advisor serve` bears: one-liners alone, and beside a hostile client.

    python bench/serve.py              20 seconds each
    python bench/serve.py --seconds N  another time

Eight clients on kept connections ask for the page's answer to one-line commands. Printed are the
answers a second, how long one takes, the processor time of one answer (which a busy machine does
not change), and the memory of all its processes at the beginning and at the end. Then the same
while another client sends texts that take longer than a request may. Nothing fails.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.serving.served import Served, served  # noqa: E402

GOAL = 50
CLIENTS = 8
LINES = (
    "docker run --rm --gpus 1 -v /raid/sets:/data nvcr.io/nvidia/pytorch:24.05-py3 python t.py",
    "docker run -it --gpus all --shm-size 8g -p 8888:8888 lab/train:3 jupyter lab",
    "runai submit train -i lab/train:3 -g 2 --local-image -v /raid/sets:/data",
    "docker run -d --name web -e MODE=prod -p 80:80 nginx:1.27",
)
HOSTILE = "docker run --gpus 1 -v /raid/x:/x lab/train:3 python t.py\n" * 12_000


class Load(NamedTuple):
    """What some seconds of asking gave: seconds of each answer, and statuses that were not 200."""

    seconds: list[float]
    others: list[int]


def ask(server: Served, load: Load, until: float, number: int) -> None:
    """One client on one connection."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    while time.monotonic() < until:
        text = f"{LINES[number % len(LINES)]} --n {number}"
        number += CLIENTS
        began = time.monotonic()
        connection.request("POST", "/answer", urlencode({"text": text}), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            load.seconds.append(time.monotonic() - began)
        else:
            load.others.append(answer.status)


def disturb(server: Served, until: float, statuses: list[int]) -> None:
    """A client that asks for more than there is time for, again and again."""
    import requests

    while time.monotonic() < until:
        answer = requests.post(f"{server.url}/answer", data={"text": HOSTILE}, timeout=60)
        statuses.append(answer.status_code)


def processes(server: Served) -> list[int]:
    """The server's own process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = [server.process.pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def used(server: Served) -> tuple[float, float]:
    """Processor seconds and MiB of all its processes; memory that they share counts once."""
    seconds, memory = 0.0, 0.0
    for one in processes(server):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        memory += int(rollup.partition("Pss:")[2].split()[0]) / 1024
    return seconds, memory


def measure(server: Served, seconds: float, *, hostile: bool) -> None:
    """Ask for so long, and print what came of it."""
    until = time.monotonic() + seconds
    load, statuses = Load([], []), list[int]()
    clients = [
        threading.Thread(target=ask, args=(server, load, until, number))
        for number in range(CLIENTS)
    ]
    if hostile:
        clients.append(threading.Thread(target=disturb, args=(server, until, statuses)))
    before, memory = used(server)
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    after, at_end = used(server)
    times = sorted(load.seconds)
    rate = len(times) / seconds
    print(f"{'beside a hostile client' if hostile else 'one-liners alone'}:")
    print(f"  {rate:6.1f} answers a second (goal {GOAL}), {len(load.others)} refused")
    median, most = times[len(times) // 2], times[len(times) * 95 // 100]
    print(f"  {median * 1000:6.0f} ms median, {most * 1000:.0f} ms for 95 %")
    if hostile:
        print(f"  hostile texts: {statuses}")
    else:
        print(f"  {(after - before) / len(times) * 1000:6.1f} ms of processor time an answer")
    print(f"  {memory:6.0f} MiB at the beginning, {at_end:.0f} MiB at the end")


def main() -> None:
    """Start a server with two processes, and load it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    with served("--workers", "2", "--quiet") as server:
        measure(server, 3, hostile=False)
        measure(server, given.seconds, hostile=False)
        measure(server, given.seconds, hostile=True)


if __name__ == "__main__":
    main()
