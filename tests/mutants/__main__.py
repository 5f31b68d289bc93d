"""Put faults into the deciding modules, one at a time, and count those that a test sees.

python -m tests.mutants                      a sample of every subject, bounded in time
python -m tests.mutants placement numbers    these subjects only
python -m tests.mutants --most 0 retry       every fault

Each fault is tried in a copy of a process that has loaded pytest already; nothing on disk changes.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.mutants.faults import Fault, faults

ROOT = Path(__file__).parents[2]
SUBJECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "placement": (
        ("placement/eligibility.py", "placement/machines.py", "placement/accelerators.py"),
        ("tests/placement",),
    ),
    "locations": (
        (
            "placement/image_location.py",
            "placement/image_inventory.py",
            "placement/data_location.py",
            "placement/data_inventory.py",
        ),
        ("tests/placement",),
    ),
    "storage evidence": (
        ("placement/storage_evidence.py", "catalogs/storage.py"),
        ("tests/placement/test_storage_evidence.py", "tests/catalogs"),
    ),
    "secrecy": (
        ("facts/secrecy.py", "facts/secret_programs.py", "facts/secret_shapes.py"),
        ("tests/facts/test_secrecy.py", "tests/facts/test_secret_kinds.py"),
    ),
    "numbers": (
        ("jobs/numbers.py", "facts/quantity.py"),
        (
            "tests/facts/test_quantity.py",
            "tests/facts/test_numbers_in_texts.py",
            "tests/readers/docker_run/test_values.py",
        ),
    ),
    "retry": (
        ("probes/registry/pacing.py", "probes/kubernetes/transport.py"),
        ("tests/probes/registry/test_pacing.py", "tests/probes/kubernetes/test_transport.py"),
    ),
}
"""By name: the modules that get faults, and the tests that should see them."""
SLOWEST = 120
"""Seconds; a fault that makes the tests run longer than this is seen."""


def main(arguments: Sequence[str]) -> int:
    """Print each fault that nobody saw, and the score of each subject; 1 below the goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("subject", nargs="*", choices=[*SUBJECTS, []])
    parser.add_argument("--most", type=int, default=40, help="faults a subject; 0 for all")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--goal", type=float, default=90.0, help="percent of the faults seen")
    options = parser.parse_args(arguments)
    os.nice(5)
    ends = time.monotonic() + options.minutes * 60
    seen = tried = 0
    for subject in options.subject or SUBJECTS:
        counts = _try_subject(subject, options.most, ends)
        seen, tried = seen + counts[0], tried + counts[1]
    score = 100 * seen / max(tried, 1)
    print(f"mutants: {seen} of {tried} seen, {score:.0f} % (goal {options.goal:.0f} %)")
    return 0 if score >= options.goal else 1


def _try_subject(subject: str, most: int, ends: float) -> tuple[int, int]:
    modules, tests = SUBJECTS[subject]
    started = time.monotonic()
    if _outcome(None, "", tests) != 0:
        raise SystemExit(f"{subject}: its tests fail without any fault, or take {SLOWEST} s")
    print(f"{subject}: {time.monotonic() - started:.1f} s without a fault", flush=True)
    found = [
        (module, fault)
        for module in modules
        for fault in faults((ROOT / "advisor" / module).read_text(encoding="utf-8"))
    ]
    chosen = found if not most else random.Random(1).sample(found, min(most, len(found)))
    seen = tried = 0
    for module, fault in sorted(chosen, key=lambda pair: (pair[0], pair[1].line)):
        if time.monotonic() > ends:
            print(f"{subject}: out of time after {tried} of {len(chosen)}")
            break
        caught = _outcome(fault, module, tests) != 0
        seen, tried = seen + caught, tried + 1
        if not caught:
            print(f"advisor/{module}:{fault.line}: nobody saw that {fault.what}", flush=True)
    print(f"{subject}: {seen} of {tried} seen ({len(found)} in all)", flush=True)
    return seen, tried


def _outcome(fault: Fault | None, module: str, tests: Sequence[str]) -> int:
    """What pytest gives with the fault, in a copy of this process; never 0 where it hangs."""
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            signal.alarm(SLOWEST)
            if fault is not None:
                sys.meta_path.insert(0, _Faulty(module, fault))
            silent = io.StringIO()
            with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
                options = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
                code = pytest.main([*options, "-m", "not real", "--hypothesis-seed=1", *tests])
            os._exit(int(code))
        os._exit(99)
    return os.waitpid(child, 0)[1]


class _Faulty:
    """An importer that gives one module with its fault."""

    def __init__(self, module: str, fault: Fault) -> None:
        self._name = f"advisor.{module.removesuffix('.py').replace('/', '.')}"
        self._file = str(ROOT / "advisor" / module)
        self._fault = fault

    def find_spec(self, name: str, *_: Any) -> Any:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._file, loader=self)  # type: ignore[arg-type]

    def create_module(self, _: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._fault.tree, self._file, "exec"), module.__dict__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
