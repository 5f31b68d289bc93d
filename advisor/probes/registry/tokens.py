"""Bearer tokens: asked for at the realm that the registry names, for pulling and nothing else."""

from __future__ import annotations

import base64
import re
import time
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from advisor.probes.registry.challenge import Challenge
from advisor.probes.registry.credentials import Login
from advisor.probes.registry.failure import UnreachableError
from advisor.probes.registry.transport import Answer, Sender

_LIFETIME = 60.0
"""Seconds that a token lives when its server does not say."""
_EARLY = 5.0
_LONGEST = 64 * 1024
_PULL = re.compile(r"repository:[^\s:]+(?::\d+/[^\s:]+)?:pull")
_TOKEN = re.compile(r"[!-~]+")
_REFUSED = (400, 401, 403, 404)


class Token(NamedTuple):
    """`expires` in time.monotonic(); `grants` whether it lets us pull, None if it does not say."""

    value: str
    expires: float
    grants: bool | None


class _Body(msgspec.Struct):
    token: str | None = None
    access_token: str | None = None
    expires_in: float | None = None


class _Access(msgspec.Struct):
    type: str = ""
    name: str = ""
    actions: tuple[str, ...] | None = None


class _Claims(msgspec.Struct):
    access: tuple[_Access, ...] | None = None


def fetch_token(
    sender: Sender, challenge: Challenge, repository: str, login: Login | None
) -> Token | int:
    """A token for pulling from `repository`; the realm's status when it refuses. Raises
    UnreachableError."""
    asked = time.monotonic()
    answer = _ask(sender, challenge, _scope(challenge, repository), login)
    if answer.status in _REFUSED:
        return answer.status
    if answer.status != 200:
        raise UnreachableError(f"its token server answers {answer.status}")
    try:
        body = msgspec.json.decode(answer.body[:_LONGEST], type=_Body)
    except (msgspec.DecodeError, RecursionError):
        raise UnreachableError("its token server's answer is no token") from None
    value = body.token or body.access_token or ""
    if not _TOKEN.fullmatch(value):
        raise UnreachableError("its token server's answer is no token")
    lifetime = max(body.expires_in or _LIFETIME, 2 * _EARLY)
    return Token(value, asked + lifetime - _EARLY, _grants(value, repository))


def _ask(sender: Sender, challenge: Challenge, scope: str, login: Login | None) -> Answer:
    realm = urlsplit(challenge.parameters["realm"])
    fields = {"service": challenge.parameters.get("service", ""), "scope": scope}
    fields = {name: value for name, value in fields.items() if value}
    if login is not None and login.identity_token:
        form = {
            **fields,
            "grant_type": "refresh_token",
            "client_id": "advisor",
            "refresh_token": login.identity_token,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return sender.send("POST", realm.geturl(), kind, urlencode(form).encode())
    query = urlencode([*parse_qsl(realm.query), *fields.items()])
    headers = {"Authorization": login.basic} if login is not None else {}
    return sender.send("GET", urlunsplit(realm._replace(query=query, fragment="")), headers)


def _scope(challenge: Challenge, repository: str) -> str:
    """The registry's own spelling, unless it would have us ask for more than pulling."""
    asked = challenge.parameters.get("scope", "")
    return asked if _PULL.fullmatch(asked) else f"repository:{repository}:pull"


def _grants(token: str, repository: str) -> bool | None:
    """What the token says of itself, unproved: it only makes us more careful."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Claims)
    except (ValueError, RecursionError):
        return None
    if claims.access is None:
        return None
    return any(
        one.type == "repository"
        and (one.name == repository or one.name.endswith(f"/{repository}"))
        and bool({"pull", "*"} & set(one.actions or ()))
        for one in claims.access
    )
