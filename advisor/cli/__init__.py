"""The `advisor` command: one thin module per command, loaded when that command runs."""

from __future__ import annotations

from typing import NoReturn


_OBJECTS = 50_000
"""New objects between collections of garbage: most of a run's live to its end."""


def main() -> NoReturn:
    """Run the command line of this process and exit with its code."""
    import gc

    gc.set_threshold(_OBJECTS)
    from advisor.cli.process import run_process

    run_process()
