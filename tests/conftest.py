"""How long hypothesis looks: quickly at a desk, longer in CI.

At a desk it looks elsewhere each time; in CI always at the same examples, so that a change is
judged by what it changed. Tests name no number of examples of their own unless they talk to a
real server.
"""

from __future__ import annotations

import os

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
