"""Options about registries that cannot be used."""

from __future__ import annotations

import pytest

from advisor import api
from tests.cli.conftest import Advisor

BAD = {
    ("--registry-ca=x.pem",): "--registry-ca needs --check-registry",
    ("--plain-http=r",): "--plain-http needs --check-registry",
    ("--check-registry", "--demo"): "--demo cannot be combined with --check-registry",
    ("--check-registry", "--plain-http=http://r"): "--plain-http: 'http://r' is no host",
    ("--check-registry", "--registry-ca=/no/x.pem"): "/no/x.pem: cannot be used as a certificate",
}


@pytest.mark.parametrize("options", BAD, ids=" ".join)
@pytest.mark.parametrize("command", ["audit", "snapshot"])
def test_bad_options_are_one_line(advisor: Advisor, command: str, options: tuple[str, ...]) -> None:
    ended = advisor(command, *options)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert BAD[options] in ended.err


def test_the_help_knows_the_timeout() -> None:
    from advisor.cli.options import REGISTRY_TIMEOUT_SECONDS

    assert api.RegistryOptions().timeout == REGISTRY_TIMEOUT_SECONDS
