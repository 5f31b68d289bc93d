"""Tokens and logins: how often they are asked for, and who gets to see them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from advisor.probes.registry.access import Access, Challenge, choose_challenge, parse_challenges
from advisor.probes.registry.credentials import Login
from advisor.probes.registry.options import RegistryOptions
from advisor.probes.registry.transport import DeniedError, UnreachableError
from tests.fakes.registry import MemoryKeyring, MemorySender, RegistryTwin, Reply, errors

HOST = "r.example"
ANN = Login("ann", "secret")


def make(twin: RegistryTwin, login: Login | None = None, *plain: str) -> Access:
    keyring = MemoryKeyring(**({HOST: login} if login else {}))
    twin.base = twin.base or f"https://{HOST}"
    options = RegistryOptions(plain_http=plain)
    return Access(HOST, f"https://{HOST}", MemorySender(twin), keyring, options)


def get(access: Access, repository: str = "a/b", tag: str = "1") -> int:
    return access.send("GET", repository, f"manifests/{tag}", "*/*").status


def test_a_repository_is_unlocked_once() -> None:
    twin = RegistryTwin("bearer")
    twin.add_image("a/b", "1")
    access = make(twin, ANN)
    assert [get(access) for _ in range(3)] == [200, 200, 200]
    manifest, token = "GET /v2/a/b/manifests/1", "GET /token"
    assert twin.asked() == [manifest, token, manifest, token, manifest, manifest, manifest]
    assert not access.anonymous("a/b")


def test_a_token_is_for_one_repository_and_for_pulling() -> None:
    twin = RegistryTwin("bearer", ("a/b", "c"))
    for name in ("a/b", "c"):
        twin.add_image(name, "1")
        assert get(make(twin), name) == 200
    queries = [dict(one.query) for one in twin.requests if one.path == "/token"]
    assert queries == [
        {"service": "twin", "scope": f"repository:{name}:pull"} for name in ("a/b", "c")
    ]


def test_a_registry_does_not_make_us_ask_for_more_than_pulling() -> None:
    twin = RegistryTwin("bearer", ("a/b",))
    twin.add_image("a/b", "1")
    header = f'Bearer realm="https://{HOST}/token",scope="repository:a/b:pull,push registry:*"'
    refused = errors(401, "UNAUTHORIZED", **{"WWW-Authenticate": header})
    twin.script("GET", "/v2/a/b/manifests/1", refused)
    assert get(make(twin)) == 200
    assert [one.query["scope"] for one in twin.requests if one.path == "/token"] == [
        "repository:a/b:pull"
    ]


def test_an_identity_token_is_posted_and_stays_out_of_the_address() -> None:
    twin = RegistryTwin("bearer")
    twin.add_image("a/b", "1")
    assert get(make(twin, Login("", "", "identity"))) == 200
    posted = next(one for one in twin.requests if one.method == "POST")
    assert dict(posted.query) == {}
    assert b"refresh_token=identity" in posted.body


def test_a_login_that_is_refused_is_not_tried_on() -> None:
    for auth in ("basic", "bearer"):
        twin = RegistryTwin(auth)
        access = make(twin, Login("ann", "wrong"))
        reasons = []
        for repository in ("a", "b", "c"):
            with pytest.raises(DeniedError) as refused:
                get(access, repository)
            reasons.append(refused.value.reason)
        assert reasons == ["it does not take the login that is stored for it here"] * 3
        shown = [one for one in twin.requests if one.authorization.startswith("Basic ")]
        assert len(shown) == 1


def test_a_login_that_may_not_read_one_repository_is_good_for_another() -> None:
    twin = RegistryTwin("basic")
    twin.add_image("mine", "1")
    access = make(twin, ANN)
    challenge = errors(401, "UNAUTHORIZED", **{"WWW-Authenticate": "Basic"})
    twin.script("GET", "/v2/theirs/manifests/1", challenge, errors(403, "DENIED"))
    with pytest.raises(DeniedError, match=r"the login that is stored for it here may not .*403"):
        get(access, "theirs")
    assert get(access, "mine") == 200


def test_a_token_whose_time_is_over_is_replaced() -> None:
    twin = RegistryTwin("bearer", ("a/b",))
    twin.add_image("a/b", "1")
    access = make(twin)
    get(access)
    repository = access._repository("a/b")
    repository.key = repository.key._replace(expires=0.0)
    assert get(access) == 200
    assert twin.asked()[-2:] == ["GET /token", "GET /v2/a/b/manifests/1"]


BAD_REALMS = {
    "http://token.example/t": "its token server is without TLS (see --plain-http)",
    "file:///etc/passwd": "the address of its token server is none",
    "https://ann:x@token.example/t": "the address of its token server is none",
    "https://[": "the address of its token server is none",
    "/token": "the address of its token server is none",
}


@pytest.mark.parametrize("realm", BAD_REALMS)
def test_no_login_is_sent_to_a_realm_that_is_none(realm: str) -> None:
    twin = RegistryTwin()
    header = {"WWW-Authenticate": f'Bearer realm="{realm}"'}
    twin.script("GET", "/v2/a/b/manifests/1", errors(401, "UNAUTHORIZED", **header))
    with pytest.raises(UnreachableError) as refused:
        get(make(twin, ANN))
    assert refused.value.reason == BAD_REALMS[realm]
    assert [one.authorization for one in twin.requests] == [""]


ODD_TOKENS = {
    "html": (Reply(200, b"<html>"), "its token server's answer is no token"),
    "nothing": (Reply(200, b"{}"), "its token server's answer is no token"),
    "two lines": (Reply(200, b'{"token":"a\\nb: c"}'), "its token server's answer is no token"),
    "broken": (Reply(500), "its token server answers 500"),
}


@pytest.mark.parametrize("name", ODD_TOKENS)
def test_an_odd_token_is_unreachable(name: str) -> None:
    reply, reason = ODD_TOKENS[name]
    twin = RegistryTwin("bearer")
    twin.script("GET", "/token", reply)
    with pytest.raises(UnreachableError) as refused:
        get(make(twin))
    assert refused.value.reason == reason


def test_plain_http_that_meets_tls_says_what_to_leave_out() -> None:
    twin = RegistryTwin()
    twin.script("GET", "/v2/a/b/manifests/1", Reply(400, b"Client sent an HTTP request to"))
    access = Access(HOST, f"http://{HOST}", MemorySender(twin), MemoryKeyring(), RegistryOptions())
    with pytest.raises(UnreachableError, match="leave out --plain-http"):
        get(access)


HEADERS: Mapping[str, tuple[Challenge, ...]] = {
    'Bearer realm="https://a/t",service="s",scope="repository:x/y:pull,push"': (
        Challenge(
            "bearer",
            {"realm": "https://a/t", "service": "s", "scope": "repository:x/y:pull,push"},
        ),
    ),
    'Basic realm="a \\"b\\"", Bearer realm=x': (
        Challenge("basic", {"realm": 'a "b"'}),
        Challenge("bearer", {"realm": "x"}),
    ),
    "Negotiate, NTLM": (Challenge("negotiate", {}), Challenge("ntlm", {})),
    "realm=x": (),
    '=,,"': (),
    "": (),
}


@pytest.mark.parametrize("header", HEADERS)
def test_challenges(header: str) -> None:
    assert parse_challenges(header) == HEADERS[header]


def test_a_realm_is_needed_for_bearer() -> None:
    assert choose_challenge('Bearer service="s", Basic realm="r"') == Challenge(
        "basic", {"realm": "r"}
    )
    assert choose_challenge("Negotiate") is None
