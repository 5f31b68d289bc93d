"""Getting into one registry: as a stranger first, then with the login there is."""

from __future__ import annotations

import base64
import math
import re
import time
from collections.abc import Mapping
from threading import Lock
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from advisor.probes.registry.credentials import Keyring, Login
from advisor.probes.registry.options import RegistryOptions
from advisor.probes.registry.transport import Answer, DeniedError, Sender, UnreachableError

REFUSED = (401, 403)

_LIFETIME = 60.0
"""Seconds that a token lives when its server does not say."""
_EARLY = 5.0
_LONGEST = 64 * 1024
_PULL = re.compile(r"repository:[^\s:]+(?::\d+/[^\s:]+)?:pull")
_TOKEN = re.compile(r"[!-~]+")
_REFUSED = (400, 401, 403, 404)

_PART = re.compile(
    r"[\s,]*(?P<name>[A-Za-z][\w-]*)"
    r"(?:\s*=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>[^\s,\"]+)))?"
)


class _Key(NamedTuple):
    """What opens a repository: nothing, a stranger's token, or a login."""

    header: str = ""
    expires: float = math.inf
    grants: bool | None = None
    login: bool = False
    basic: bool = False


class Repository:
    """What has been learned of the way into one repository; several threads use it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = Lock()
        self.key = _Key()
        self.challenge: Challenge | None = None


class Access:
    """One registry's API. `base` is what /v2/ follows."""

    def __init__(
        self, registry: str, base: str, sender: Sender, keyring: Keyring, options: RegistryOptions
    ) -> None:
        self._registry = registry
        self._base = base
        self._sender = sender
        self._keyring = keyring
        self._options = options
        self._repositories: dict[str, Repository] = {}
        self._lock = Lock()
        self._open: bool | None = None
        self._login_works: bool | None = None

    def send(self, method: str, repository: str, path: str, accept: str) -> Answer:
        """The answer to /v2/REPOSITORY/`path`. DeniedError when nothing lets us in."""
        known = self._repository(repository)
        while True:
            key = self._fresh(known)
            answer = self._ask(method, f"{repository}/{path}", accept, key)
            if answer.status == 400 and self._base.startswith("http:"):
                raise UnreachableError("it wants TLS (leave out --plain-http for it)")
            if answer.status not in REFUSED:
                self._login_works = key.login or self._login_works
                return answer
            self._judge_login(key, answer.status)
            self._next_key(known, key, answer)

    def anonymous(self, repository: str) -> bool:
        """Whether no login was needed so far."""
        return not self._repository(repository).key.login

    def step_up(self, repository: str) -> bool:
        """Use the login although nothing asked for it: some registries hide what strangers may not
        see. False when there is none, or it is in use."""
        known = self._repository(repository)
        with known.lock:
            known.challenge = known.challenge or self._greeting()
            login = None if known.key.login else self._login(repository)
            key = self._key(known, login) if login is not None else None
            known.key = key or known.key
            return key is not None

    def sees_all(self, repository: str, *, of_the_repository: bool) -> bool:
        """Whether "not found" can be believed; `of_the_repository` when even that is not found."""
        known = self._repository(repository)
        if known.challenge is None:
            return self._open_to_all()
        if known.key.basic or known.key.grants:
            return True
        return known.key.grants is None and bool(known.key.header) and not of_the_repository

    def _repository(self, name: str) -> Repository:
        with self._lock:
            return self._repositories.setdefault(name, Repository(name))

    def _ask(self, method: str, path: str, accept: str, key: _Key) -> Answer:
        headers = {"Accept": accept, **({"Authorization": key.header} if key.header else {})}
        return self._sender.send(method, f"{self._base}/v2/{path}", headers)

    def _fresh(self, known: Repository) -> _Key:
        """The token, asked for again when it has expired."""
        with known.lock:
            if known.key.expires < time.monotonic():
                login = self._login(known.name) if known.key.login else None
                known.key = self._key(known, login) or known.key
            return known.key

    def _next_key(self, known: Repository, refused: _Key, answer: Answer) -> None:
        """Leaves another key than the refused one. DeniedError when there is none."""
        with known.lock:
            if known.key != refused:
                return
            header = answer.headers.get("WWW-Authenticate", "")
            known.challenge = known.challenge or choose_challenge(header) or self._greeting()
            if not refused.header and (key := self._key(known, None)) is not None:
                known.key = key
                return
            login = None if refused.login else self._login(known.name)
            key = self._key(known, login) if login is not None else None
            if key is None:
                raise DeniedError(self._why(answer.status, login_used=refused.login))
            known.key = key

    def _key(self, known: Repository, login: Login | None) -> _Key | None:
        """A key for this login, or for a stranger; None when there is no such key."""
        challenge = known.challenge
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            usable = login is not None and login.password
            return _Key(login.basic, login=True, basic=True) if login and usable else None
        self._check_realm(challenge)
        token = _fetch_token(self._sender, challenge, known.name, login)
        if isinstance(token, int):
            self._judge_login(_Key(login=login is not None), token)
            return None
        header = f"Bearer {token.value}"
        return _Key(header, token.expires, token.grants, login=login is not None)

    def _judge_login(self, key: _Key, status: int) -> None:
        """A login that is refused before it ever worked is not tried on: accounts get locked."""
        if key.login and status == 401 and not self._login_works:
            self._login_works = False

    def _check_realm(self, challenge: Challenge) -> None:
        try:
            realm = urlsplit(challenge.parameters["realm"])
            host, _ = realm.hostname, realm.port
        except ValueError:
            host = None
        if not host or realm.scheme not in ("http", "https") or realm.username is not None:
            raise UnreachableError("the address of its token server is none")
        if realm.scheme == "http" and realm.netloc not in self._options.plain_http:
            raise UnreachableError("its token server is without TLS (see --plain-http)")

    def _login(self, repository: str) -> Login | None:
        if self._login_works is False:
            return None
        return self._keyring.find(self._registry, repository)

    def _why(self, status: int, *, login_used: bool) -> str:
        if self._login_works is False:
            return "it does not take the login that is stored for it here"
        if login_used:
            return f"the login that is stored for it here may not read it ({status})"
        return f"it wants a login and none is stored for it here ({status})"

    def _greeting(self) -> Challenge | None:
        """How the registry as a whole wants to be asked; None when it is open to all."""
        answer = self._sender.send("GET", f"{self._base}/v2/", {})
        self._open = answer.status == 200
        return choose_challenge(answer.headers.get("WWW-Authenticate", ""))

    def _open_to_all(self) -> bool:
        if self._open is None:
            self._greeting()
        return bool(self._open)


class _Token(NamedTuple):
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


def _fetch_token(
    sender: Sender, challenge: Challenge, repository: str, login: Login | None
) -> _Token | int:
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
    return _Token(value, asked + lifetime - _EARLY, _grants(value, repository))


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
        access.type == "repository"
        and (access.name == repository or access.name.endswith(f"/{repository}"))
        and bool({"pull", "*"} & set(access.actions or ()))
        for access in claims.access
    )


class Challenge(NamedTuple):
    """`scheme` and the names of `parameters` are lower-case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """All challenges of the header; what makes no sense is left out."""
    challenges: list[tuple[str, dict[str, str]]] = []
    for part in _PART.finditer(header):
        name = part["name"].lower()
        if part["quoted"] is None and part["plain"] is None:
            challenges.append((name, {}))
        elif challenges:
            value = part["plain"] or re.sub(r"\\(.)", r"\1", part["quoted"] or "")
            challenges[-1][1].setdefault(name, value)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in challenges)


def choose_challenge(header: str) -> Challenge | None:
    """Bearer with a realm goes before Basic, as docker has it; None when there is neither."""
    by_scheme = {challenge.scheme: challenge for challenge in reversed(parse_challenges(header))}
    bearer = by_scheme.get("bearer")
    if bearer is not None and bearer.parameters.get("realm"):
        return bearer
    return by_scheme.get("basic")
