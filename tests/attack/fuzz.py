"""`python -m tests.attack.fuzz COUNT [SEED]`: made-up inputs, and one property that holds for all.

A documented exit code, what is wrong in lines without a traceback, no canary in anything written,
under 10 seconds of a processor and under 500 MB.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from tests.attack.inputs import CANARY, Case, case

CODES = frozenset({0, 1, 2, 3})
SECONDS = 10
HANGING_SECONDS = 120
"""By the clock: whatever waits that long waits for something that never comes."""
MEGABYTES = 500
BATCH = 200


class Broken(NamedTuple):
    """A seed whose input breaks the property, and how."""

    seed: int
    kind: str
    what: str


class Most(NamedTuple):
    """The most that an input took of a processor's seconds and of memory, each with its seed."""

    seconds: tuple[float, int] = (0.0, -1)
    megabytes: tuple[int, int] = (0, -1)

    def and_of(self, other: Most) -> Most:
        return Most(max(self.seconds, other.seconds), max(self.megabytes, other.megabytes))


class Tried(NamedTuple):
    """What a batch of inputs gave."""

    found: list[Broken]
    kinds: Counter[str]
    most: Most


class TooSlowError(BaseException):
    """An input took longer than it may; nothing in advisor takes it for an error of its own."""


def broken(seed: int) -> tuple[Broken | None, Most]:
    """Run the input of a seed in this process, in a folder of its own."""
    one = case(seed)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        started = time.process_time()
        for name, content in one.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            what, grown = _outcome(one, Path(folder))
        finally:
            os.chdir("/")
    most = Most((time.process_time() - started, seed), (grown, seed))
    return Broken(seed, one.kind, what) if what else None, most


def _outcome(one: Case, folder: Path) -> tuple[str, int]:
    """What is wrong with what a run gave, and by how many MB it grew."""
    from advisor.cli.process import run

    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        _streams(out.fileno(), err.fileno()),
    ):
        for number in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(number, _too_slow)
        before = _forget_the_peak()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(HANGING_SECONDS)
        try:
            code = run(one.arguments)
        except TooSlowError:
            return f"not done after {SECONDS} s", _memory("VmHWM") - before
        finally:
            signal.alarm(0)
            signal.setitimer(signal.ITIMER_PROF, 0)
            sys.stdout.flush()
        said, complained = _content(out.fileno()), _content(err.fileno())
    written = b"".join(
        path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and str(path.relative_to(folder)) not in one.files
    )
    grown = _memory("VmHWM") - before
    faults = (
        (code not in CODES, f"exit {code}: {complained[-300:]!r}"),
        (b"Traceback" in complained, "a traceback"),
        (code == 2 and not _says_why(complained), "no line says why"),
        (one.secret and CANARY.encode() in said + complained + written, "the canary is written"),
        (grown > MEGABYTES, f"{grown} MB"),
    )
    return next((what for wrong, what in faults if wrong), ""), grown


def _forget_the_peak() -> int:
    """Let the process's peak of memory begin anew, and give what it holds now, in MB.

    `ru_maxrss` cannot begin anew: it is that of the whole life, and of the process that started it.
    Where the kernel does not let it, the peak is that of the batch.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{name}:"))


def _says_why(complained: bytes) -> bool:
    """Whether a line is the error itself; notes about what was read may stand before it."""
    return any(line.startswith((b"advisor: ", b"note: ")) for line in complained.splitlines())


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlowError


@contextlib.contextmanager
def _streams(out: int, err: int) -> Iterator[None]:
    """Both streams of Python and of the process, whatever a test runner made of them."""
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (open(one, "w", closefd=False) for one in (out, err))  # noqa: SIM115
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = kept


def _content(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        return stream.read()


def fuzz(seeds: range, *, processes: int) -> Tried:
    """Every seed, in batches in processes of their own, so that memory is that of a batch; what
    breaks is said at once, since the whole may take hours."""
    from concurrent.futures import ProcessPoolExecutor

    batches = [
        range(start, min(start + BATCH, seeds.stop))
        for start in range(seeds.start, seeds.stop, BATCH)
    ]
    all_found: list[Broken] = []
    kinds: Counter[str] = Counter()
    most = Most()
    with ProcessPoolExecutor(processes, max_tasks_per_child=1) as pool:
        for found, seen, took in pool.map(_batch, batches):
            for one in found:
                print(f"seed {one.seed} ({one.kind}): {one.what[:300]}", flush=True)
            all_found += found
            kinds.update(seen)
            most = most.and_of(took)
    return Tried(all_found, kinds, most)


def _batch(seeds: range) -> Tried:
    os.environ["HOME"] = tempfile.gettempdir()
    for name in ("KUBECONFIG", "DOCKER_HOST"):
        os.environ.pop(name, None)
    found, most = [], Most()
    for seed in seeds:
        wrong, took = broken(seed)
        found += [wrong] if wrong is not None else []
        most = most.and_of(took)
    return Tried(found, Counter(case(seed).kind for seed in seeds), most)


def main() -> int:
    """Say what was tried and what broke; 1 where anything did."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    started = time.monotonic()
    found, kinds, most = fuzz(range(first, first + count), processes=os.cpu_count() or 1)
    for kind, number in sorted(kinds.items()):
        bad = sum(one.kind == kind for one in found)
        print(f"{kind:15} {number:7,} inputs, {bad} broke")
    for (figure, seed), unit in zip(most, ("s of a processor", "MB"), strict=True):
        print(f"the most: {figure:.1f} {unit} (seed {seed})")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = used.ru_utime + used.ru_stime
    passed = time.monotonic() - started
    print(f"{count:,} inputs, {worked:.0f} s of a processor, {passed:.0f} s, {len(found)} broke")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
