"""The command line in an empty folder, as for the tests of the commands; and the marker of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import advisor, folder

__all__ = ["advisor", "folder"]

FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks all tests below this folder."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.attack)
