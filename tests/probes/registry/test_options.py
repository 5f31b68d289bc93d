"""Hosts, proxies, and what a user may say of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.probes.registry.options import (
    RegistryOptions,
    base_url,
    check_options,
    is_host,
    is_internal,
)
from advisor.probes.registry.transport import proxy_for


@pytest.mark.parametrize("host", ["docker.io", "r.example:5000", "[::1]:5000", "UPPER", "10.0.0.1"])
def test_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        *("", "a b", "a\nb", "-a", "a-", "a:99999", "a:", "a:0", "http://a", "a/b", "ann@a"),
        *("a?b", "a#b", "a\r\nHost: b", "ä.example", "[::1", "a" * 300),
    ],
)
def test_no_hosts(host: str) -> None:
    assert not is_host(host)


def test_where_a_registry_is() -> None:
    assert base_url("docker.io", ()) == "https://registry-1.docker.io"
    assert base_url("r.example:5000", ("r.example:5000",)) == "http://r.example:5000"
    assert base_url("localhost:5000", ("r.example",)) == "https://localhost:5000"


@pytest.mark.parametrize(
    ("host", "internal"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("::1", True),
        ("169.254.169.254", True),
        ("0.0.0.0", True),
        ("10.0.0.1", False),
        ("r.example", False),
    ],
)
def test_this_machine(host: str, internal: bool) -> None:
    assert is_internal(host) is internal


ALL = {"https_proxy": "http://p:1", "HTTP_PROXY": "p:2", "NO_PROXY": ".lab,10.0.0.0/8,r.x:5000"}


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://r.example", ALL, "http://p:1"),
        ("http://r.example", ALL, "http://p:2"),
        ("https://r.lab", ALL, ""),
        ("https://lab", ALL, ""),
        ("https://rlab", ALL, "http://p:1"),
        ("https://10.1.2.3", ALL, ""),
        ("https://11.1.2.3", ALL, "http://p:1"),
        ("https://r.x:5000", ALL, ""),
        ("https://r.x", ALL, "http://p:1"),
        ("https://localhost", ALL, ""),
        ("https://r.example", {"ALL_PROXY": "http://p:3"}, "http://p:3"),
        ("https://r.example", {"ALL_PROXY": "http://p:3", "no_proxy": "*"}, ""),
        ("https://r.example", {"ALL_PROXY": "http://p:3", "no_proxy": "*.example"}, ""),
        ("https://r.example", {}, ""),
    ],
)
def test_proxies(url: str, environment: dict[str, str], proxy: str) -> None:
    assert proxy_for(url, environment) == proxy


def test_options_that_cannot_be_used(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for options, text in (
        (RegistryOptions(plain_http=("http://r",)), "--plain-http: 'http://r' is no host"),
        (RegistryOptions(authority="/no/such"), "/no/such: cannot be used as a certificate: No"),
        (RegistryOptions(authority=str(empty)), "empty.pem: cannot be used as a certificate: it"),
    ):
        with pytest.raises(InputError) as refused:
            check_options(options)
        assert text in refused.value.line()
