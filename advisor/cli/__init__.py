"""The `advisor` command: one thin module per command, loaded when that command runs."""

from __future__ import annotations

import os
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line of this process and exit with its code."""
    try:
        from advisor.cli.process import run_process
    except KeyboardInterrupt:
        os.write(2, b"advisor: interrupted\n")
        os._exit(_INTERRUPTED)
    run_process()
