"""The command line in an empty folder, as for the tests of the commands."""

from __future__ import annotations

from tests.cli.conftest import advisor, folder

__all__ = ["advisor", "folder"]
