"""The one-line descriptions of commands are whole, and examples of the help can be typed."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Advisor


@pytest.mark.parametrize("group", [(), ("rules",)])
def test_no_description_of_a_command_is_cut(advisor: Advisor, group: tuple[str, ...]) -> None:
    listed = advisor(*group, "--help").out.partition("\nCommands:\n")[2]
    assert [line for line in listed.splitlines() if line.endswith("...")] == []
    assert len(listed.splitlines()) > 3
