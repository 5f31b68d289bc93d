"""The `advisor` command: one thin module per command, loaded when that command runs."""

from __future__ import annotations

import os
from typing import NoReturn

_INTERRUPTED = 130
_OBJECTS = 50_000
"""New objects between collections of garbage: most of a run's live to its end."""


def main() -> NoReturn:
    """Run the command line of this process and exit with its code."""
    import gc

    gc.set_threshold(_OBJECTS)
    try:
        from advisor.cli.process import run_process
    except KeyboardInterrupt:
        os.write(2, b"advisor: interrupted\n")
        os._exit(_INTERRUPTED)
    run_process()
