"""What holds for all tests: how long hypothesis looks, quickly at a desk and longer in CI; and that
interruptions reach the processes they start.

At a desk it looks elsewhere each time; in CI always at the same examples, so that a change is
judged by what it changed. Tests name no number of examples of their own unless they talk to a
real server.
"""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile("desk", max_examples=25, deadline=None)
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is in a shell's background, and every process that a test starts would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
