"""Options about counting data that cannot be used."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Advisor

BAD = {
    ("--measure-data", "--no-docker"): "--measure-data needs a Docker host",
    ("--measure-data", "--snapshot=s.json"): "--measure-data needs a Docker host",
    ("--measure-data", "--demo"): "--demo cannot be combined with --measure-data",
    ("--measure-data", "--measure-timeout=0"): "0.0 is not in the range",
}


@pytest.mark.parametrize("options", BAD, ids=" ".join)
@pytest.mark.parametrize("command", ["audit", "snapshot"])
def test_bad_options_are_one_line(advisor: Advisor, command: str, options: tuple[str, ...]) -> None:
    ended = advisor(command, *options)
    assert (ended.code, ended.out) == (2, "")
    assert BAD[options] in ended.err


def test_the_help_knows_the_timeout() -> None:
    from advisor.cli.options import MEASURE_TIMEOUT_SECONDS
    from advisor.probes.docker.measuring import PLACE_SECONDS

    assert MEASURE_TIMEOUT_SECONDS == PLACE_SECONDS
