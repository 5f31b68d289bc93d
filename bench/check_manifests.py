"""`advisor check` against kube-score and checkov on the same job manifests, by turns.

    python bench/check_manifests.py                   2,000 manifests in 2,000 files
    python bench/check_manifests.py --linear          2,000, 5,000, 10,000 and 20,000, advisor alone
    python bench/check_manifests.py --one             one `docker run`: check and translate

Peers are found on PATH, or where KUBE_SCORE and CHECKOV say; one that is not there is left out.
Times are those of whole processes, memory the largest resident set of any process of a run; nothing
fails.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
ASSUME = "gpu-nodes=8,gpus-per-node=8,cpus=128,memory=1024Gi"
LINE = (
    "docker run --runtime=nvidia --shm-size 16G -it --rm -e HOSTNAME=`hostname` "
    "-v /raid/public/my_datasets:/root/dataset:ro nvcr.io/nvidia/pytorch:19.12-py3"
)

JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: train-{number}
  namespace: team-{team}
  labels: {{app: train, user: user-{user}}}
spec:
  backoffLimit: {backoff}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: {image}
          command: ["python", "-m", "train", "--seed", "{number}"]
          env:
            - {{name: SEED, value: "{number}"}}
            - {{name: LOG_LEVEL, value: info}}
          resources:
            requests: {{cpu: "{cpu}", memory: {memory}Gi}}
            limits: {{cpu: "{cpu}", memory: {memory}Gi, nvidia.com/gpu: {gpus}}}
          volumeMounts:
            - {{name: data, mountPath: /data}}
            - {{name: shm, mountPath: /dev/shm}}
      volumes:
        - name: data
          {volume}
        - name: shm
          emptyDir: {{medium: Memory, sizeLimit: 16Gi}}
"""
VOLUMES = (
    "hostPath: {{path: /raid/team-{team}/set-{set}, type: Directory}}",
    "persistentVolumeClaim: {{claimName: data-{set}}}",
    "nfs: {{server: filer, path: /vol/set-{set}}}",
)


def write_manifests(folder: Path, count: int) -> None:
    """Job manifests, one a file, that differ as a team's do."""
    chance = random.Random(count)
    for number in range(count):
        team, data_set = chance.randrange(20), chance.randrange(8)
        registry = chance.choice(["nvcr.io/nvidia/pytorch", "registry.example/lab/train", "train"])
        text = JOB.format(
            number=number,
            team=team,
            user=chance.randrange(50),
            backoff=chance.randrange(4),
            image=f"{registry}:1.{chance.randrange(30)}",
            cpu=chance.choice([4, 8, 16, 32]),
            memory=chance.choice([32, 64, 128, 256]),
            gpus=chance.choice([1, 1, 2, 4, 8]),
            volume=chance.choice(VOLUMES).format(team=team, set=data_set),
        )
        (folder / f"job-{number:05d}.yaml").write_text(text, encoding="utf-8")


def advisor(folder: Path) -> list[str]:
    """Its usual output: every job in the table's count, those that need most attention in full."""
    program = [sys.executable, "-m", "advisor", "check", str(folder)]
    return [*program, "--assume", ASSUME, "--quiet"]


def advisor_json(folder: Path) -> list[str]:
    """Every finding of every job with its line."""
    return [*advisor(folder), "--format", "json"]


def kube_score(folder: Path) -> list[str]:
    """Its usual output; it takes files, not folders."""
    program = os.environ.get("KUBE_SCORE", "kube-score")
    return [program, "score", *map(str, sorted(folder.iterdir()))]


def checkov(folder: Path) -> list[str]:
    """Its Kubernetes checks alone."""
    program = os.environ.get("CHECKOV", "checkov")
    return [program, "-d", str(folder), "--framework", "kubernetes", "--compact", "--quiet"]


CONTENDERS: dict[str, Callable[[Path], list[str]]] = {
    "advisor": advisor,
    "with lines": advisor_json,
    "kube-score": kube_score,
    "checkov": checkov,
}


def environment() -> dict[str, str]:
    """Python keeps its compiled code, as it does for an installed package."""
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "advisor-bench-code"))}


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds and megabytes of one run; a child of its own, so that its memory is its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        started = time.monotonic()
        with open(os.devnull, "w") as nothing:
            subprocess.run(
                command, stdout=nothing, stderr=nothing, cwd=ROOT, env=environment(), check=False
            )
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        os.write(writing, f"{seconds} {peak}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        seconds_text, peak_text = stream.read().split()
    return float(seconds_text), float(peak_text)


def table(runs: dict[str, list[tuple[float, float]]]) -> Iterator[str]:
    """Medians, every run, peak memory, and how many times advisor's time each took."""
    own = statistics.median(seconds for seconds, _ in runs["advisor"])
    yield f"{'':12}{'median s':>9}{'peak MB':>9}{'advisor / it':>14}   runs"
    for name, each in runs.items():
        median = statistics.median(seconds for seconds, _ in each)
        peak = max(megabytes for _, megabytes in each)
        spread = " ".join(f"{seconds:.2f}" for seconds, _ in each)
        yield f"{name:12}{median:>9.2f}{peak:>9.0f}{own / median:>14.2f}   {spread}"


def compare(count: int) -> None:
    """Every contender by turns, after one unmeasured run of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_manifests(folder, count)
        found = {
            contender: command(folder)
            for contender, command in CONTENDERS.items()
            if shutil.which(command(folder)[0])
        }
        runs: dict[str, list[tuple[float, float]]] = {contender: [] for contender in found}
        for turn in range(RUNS + 1):
            for contender, command in found.items():
                measured = measure(command)
                if turn:
                    runs[contender].append(measured)
    print(f"{count:,} manifests in {count:,} files; {RUNS} runs each, by turns")
    print("\n".join(table(runs)))


def scale() -> None:
    """Whether time grows in step with the number of files."""
    print(f"{'files':>8}{'seconds':>9}{'ms a file':>11}{'peak MB':>9}")
    for count in (2_000, 5_000, 10_000, 20_000):
        with tempfile.TemporaryDirectory() as name:
            write_manifests(Path(name), count)
            runs = [measure(advisor(Path(name))) for _ in range(3)]
        seconds = statistics.median(one for one, _ in runs)
        peak = max(one for _, one in runs)
        print(f"{count:>8,}{seconds:>9.2f}{seconds / count * 1000:>11.3f}{peak:>9.0f}")


def one_command() -> None:
    """From process start to exit, for one command of the command line."""
    program = [sys.executable, "-m", "advisor"]
    given = [LINE, "--assume", "gpu-nodes=2", "--quiet"]
    commands = {
        "check": [*program, "check", *given],
        "translate": [*program, "translate", *given],
    }
    for name, command in commands.items():
        runs = [measure(command)[0] for _ in range(12)][1:]
        shown = f"median {statistics.median(runs):.3f} s, best {min(runs):.3f} s"
        print(f"{name:10}{shown} (goal: at most 0.25 s)")


def main() -> None:
    """Choose what to measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--linear", action="store_true", help="advisor alone, up to 20,000 files")
    parser.add_argument("--one", action="store_true", help="one docker run")
    parser.add_argument("--count", type=int, default=2_000)
    arguments = parser.parse_args()
    if arguments.one:
        one_command()
    elif arguments.linear:
        scale()
    else:
        compare(arguments.count)


if __name__ == "__main__":
    main()
