from __future__ import annotations

import pytest

from advisor.errors import ProbeError
from advisor.probes.kubernetes.proxies import proxy_of

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("server", "variables", "expected"),
    [
        ("https://api.example", {}, ""),
        ("https://api.example", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://api.example", {"https_proxy": PROXY}, PROXY),
        ("https://api.example", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, ""),
        ("http://api.example", {"HTTP_PROXY": "proxy.example:3128"}, PROXY),
        ("https://api.example", {"HTTPS_PROXY": "socks5://p:1"}, "socks5h://p:1"),
        ("https://localhost:6443", {"HTTPS_PROXY": PROXY}, ""),
        ("https://127.0.0.9", {"HTTPS_PROXY": PROXY}, ""),
        ("https://[::1]:6443", {"HTTPS_PROXY": PROXY}, ""),
    ],
)
def test_the_proxy_of_the_environment(
    server: str, variables: dict[str, str], expected: str
) -> None:
    assert proxy_of(server, "", variables) == expected


@pytest.mark.parametrize(
    ("server", "exceptions", "direct"),
    [
        ("https://api.lab.example:6443", "lab.example", True),
        ("https://api.lab.example:6443", ".lab.example", True),
        ("https://api.lab.example:6443", "*.lab.example", True),
        ("https://lab.example", ".lab.example", False),
        ("https://mylab.example", "lab.example", False),
        ("https://API.lab.example:6443", "api.lab.example:6443", True),
        ("https://api.lab.example:6443", "api.lab.example:443", False),
        ("https://api.lab.example", "a, *", True),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "10.1.2.3:6443", True),
        ("https://10.1.2.3:6443", "10.2.0.0/16,1.2.3", False),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://api.example", "10.0.0.0/8,300.0.0.0/8", False),
    ],
)
def test_no_proxy(server: str, exceptions: str, *, direct: bool) -> None:
    found = proxy_of(server, "", {"HTTPS_PROXY": PROXY, "no_proxy": exceptions})
    assert (found == "") == direct


def test_the_kubeconfigs_own_proxy_is_taken_whatever_no_proxy_says() -> None:
    assert proxy_of("https://api.example", PROXY, {"NO_PROXY": "*"}) == PROXY


def test_a_proxy_that_kubectl_would_refuse() -> None:
    with pytest.raises(ProbeError, match=r"^its proxy-url has the scheme 'ftp'"):
        proxy_of("https://api.example", "ftp://proxy.example", {})
