"""The `advisor` command: one thin module per command, loaded when that command runs."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process and exit with its code."""
    from advisor.cli.process import run_process

    run_process()
