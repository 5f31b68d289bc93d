"""Which address may be listened on, and who is answered."""

from __future__ import annotations

import pytest

from advisor.errors import InputError
from advisor.serving.application import Access
from advisor.serving.server import Listen, check_token, parse_listen

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "listen", "loopback"),
    [
        ("127.0.0.1:8080", Listen("127.0.0.1", 8080), True),
        ("127.8.9.1:0", Listen("127.8.9.1", 0), True),
        ("8080", Listen("127.0.0.1", 8080), True),
        ("localhost:80", Listen("localhost", 80), True),
        ("[::1]:80", Listen("::1", 80), True),
        ("0.0.0.0:80", Listen("0.0.0.0", 80), False),
        ("[::]:80", Listen("::", 80), False),
        ("advisor.lab:65535", Listen("advisor.lab", 65535), False),
        ("localhost.evil:80", Listen("localhost.evil", 80), False),
    ],
)
def test_addresses(text: str, listen: Listen, loopback: bool) -> None:
    found = parse_listen(text)
    assert (found, found.is_loopback) == (listen, loopback)


@pytest.mark.parametrize("text", ["", "x", "1.2.3.4", ":80", "::1:80", "h:-1", "h:65536", "h:8O"])
def test_no_addresses(text: str) -> None:
    with pytest.raises(InputError, match="is no address to listen on"):
        parse_listen(text)


def test_others_need_a_token() -> None:
    check_token(Listen("127.0.0.1", 1), "")
    check_token(Listen("0.0.0.0", 1), TOKEN)
    with pytest.raises(InputError, match="no token is set"):
        check_token(Listen("0.0.0.0", 1), "")
    with pytest.raises(InputError, match="fewer than 16"):
        check_token(Listen("127.0.0.1", 1), "short")


def test_a_token_is_shown_as_a_bearer_or_as_the_cookie_made_of_it() -> None:
    access = Access(TOKEN, frozenset())
    cookie = {"advisor": access.cookie}
    assert access.allows("/", {"authorization": f"Bearer {TOKEN}"}, {})
    assert access.allows("/", {"authorization": f"bearer  {TOKEN} "}, {})
    assert access.allows("/", {}, cookie)
    assert access.allows("/healthz", {}, {})
    assert access.allows("/static/serve.css", {}, {})
    for headers, cookies in (
        ({}, {}),
        ({"authorization": f"Basic {TOKEN}"}, {}),
        ({"authorization": "Bearer "}, cookie),
        ({"authorization": f"Bearer {TOKEN}é"}, {}),
        ({}, {"advisor": TOKEN}),
        ({}, {"advisor": ""}),
    ):
        assert not access.allows("/", headers, cookies)
    assert not Access("another-token-of-16", frozenset()).allows("/", {}, cookie)
    assert Access("", frozenset()).allows("/", {}, {})


def test_names_of_the_server() -> None:
    access = Access("", frozenset({"localhost", "127.0.0.1", "::1"}))
    good = ("localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]", "[::1]:80")
    assert all(map(access.may_call_it, good))
    bad = ("", "evil", "localhost.evil:80", "[::2]:80", "127.0.0.1.evil", "a:b:c")
    assert not any(map(access.may_call_it, bad))
    assert Access(TOKEN, frozenset()).may_call_it("advisor.lab")
