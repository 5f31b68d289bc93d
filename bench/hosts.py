"""Hosts over a real sshd: `advisor fleet collect` beside Ansible that runs the same survey there.

    python bench/hosts.py                200 names of one machine, 16 at once
    python bench/hosts.py --hosts 32     fewer, to see that it runs

Both go through the same ssh, the same sshd on loopback and the same dockerd with some containers;
turns change. `advisor` asks the engine itself; `script` is `ansible -m script` with what
`advisor host-script` prints, which asks the engine through its command. Time, and the most memory
of one process, are printed; each has to bring all hosts. It needs root, dockerd, sshd and Ansible.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor import api  # noqa: E402
from advisor.fleet.folder import readings  # noqa: E402
from tests.real.parts.docker_daemon import DockerDaemon  # noqa: E402
from tests.real.parts.ssh_server import SshServer  # noqa: E402

HOSTS, FORKS, CONTAINERS, TURNS = 200, 16, 10, 2
MOST_MEGABYTES = 150


def measure(command: list[str], environment: dict[str, str], log: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of the largest process of a command, whatever its exit code."""
    measured = f"import resource, subprocess, sys; subprocess.run({command!r}); print(resource"
    measured += ".getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)"
    started = time.monotonic()
    with log.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-c", measured],
            env=environment,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        )
    output_lines = done.stderr.splitlines()
    log.with_suffix(".err").write_text(done.stderr)
    return time.monotonic() - started, float(output_lines[-1])


def by_advisor(folder: Path, forks: int) -> tuple[list[str], Callable[[Path], int]]:
    """The command, and how many hosts it brought."""
    fleet = folder / f"fleet-{time.monotonic_ns()}"
    files = ("--hosts-from", str(folder / "hosts"), "--forks", str(forks), "--output", str(fleet))
    command = [sys.executable, "-m", "advisor", "fleet", "collect", *files]

    def brought(_: Path) -> int:
        found = readings(str(fleet)).values()
        return sum(1 for one in found if one[-1].state != "failed")

    return command, brought


def by_script(folder: Path, forks: int) -> tuple[list[str], Callable[[Path], int]]:
    """The same by Ansible, which prints what the script says."""
    inventory = ("--inventory", str(folder / "hosts"), "--forks", str(forks))
    command = ["ansible", "all", *inventory, "--module-name", "script"]

    def brought(log: Path) -> int:
        return log.read_text().count(" | CHANGED => ")

    return [*command, "--args", str(folder / "survey.sh")], brought


CONTENDERS = {"advisor": by_advisor, "script": by_script}


def compare(hosts: int, forks: int, turns: int) -> None:
    """Measure both in turns and print a line for each."""
    with DockerDaemon() as docker, tempfile.TemporaryDirectory() as name:
        docker.import_image("lab/train:1", {"motd": b"hello\n"})
        for number in range(CONTAINERS):
            docker.client.containers.create("lab/train:1", ["x"], name=f"train-{number}")
        with SshServer({"DOCKER_HOST": docker.host}) as server:
            folder = Path(name)
            names = [f"h{number:03}" for number in range(hosts)]
            (folder / "hosts").write_text("".join(f"{one}\n" for one in names))
            (folder / "survey.sh").write_text(api.host_script())
            config = server.config_file.read_text().splitlines()
            server.config_file.write_text(
                "\n".join(["Host h*", "  HostName 127.0.0.1", *config[1:]])
            )
            environment = {**os.environ, **server.environment(), "PYTHONPATH": str(ROOT)}
            environment |= {"ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
            runs: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
            for turn in range(turns):
                for contender in list(CONTENDERS)[:: 1 if turn % 2 == 0 else -1]:
                    command, brought = CONTENDERS[contender](folder, forks)
                    log = folder / contender
                    runs[contender].append(measure(command, environment, log))
                    if brought(log) != hosts:
                        said = log.with_suffix(".err").read_text()[-2000:]
                        raise SystemExit(f"{contender} brought {brought(log)} of {hosts}: {said}")
    own = statistics.median(seconds for seconds, _ in runs["advisor"])
    print(f"{hosts} hosts with {CONTAINERS} containers, {forks} at once")
    for contender, each in runs.items():
        median = statistics.median(seconds for seconds, _ in each)
        spread = " ".join(f"{seconds:.1f}" for seconds, _ in each)
        peak = max(megabytes for _, megabytes in each)
        print(f"{contender:10}{median:>8.1f} s ({spread}) {peak:>6.0f} MB {own / median:>6.2f}")
    print(f"goals: advisor / script below 1; at most {MOST_MEGABYTES} MB")


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--forks", type=int, default=FORKS)
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    compare(given.hosts, given.forks, given.turns)


if __name__ == "__main__":
    main()
