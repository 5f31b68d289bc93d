"""What holds for all tests: how long hypothesis looks, quickly at a desk and longer in CI; that
interruptions reach the processes they start; and which tests share a worker.

At a desk it looks elsewhere each time; in CI always at the same examples, so that a change is
judged by what it changed. Tests name no number of examples of their own unless they talk to a
real server.
"""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("desk", max_examples=25, **UNHURRIED)
settings.register_profile("ci", max_examples=100, derandomize=True, **UNHURRIED)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is in a shell's background, and every process that a test starts would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

CLUSTER = "tests/real/cluster/"


class FilesAndCluster(LoadFileScheduling):
    """One worker runs a file, and one runs all that needs the whole cluster: it starts once."""

    def _split_scope(self, nodeid: str) -> str:
        return CLUSTER if nodeid.startswith(CLUSTER) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesAndCluster | None:
    """Takes the place of `--dist loadfile`."""
    return FilesAndCluster(config, log) if config.getvalue("dist") == "loadfile" else None
