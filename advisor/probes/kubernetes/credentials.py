"""Who asks: the headers and the certificate of a kubeconfig's user."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import msgspec

from advisor.errors import ProbeError
from advisor.probes.kubernetes.exec_plugin import PluginCredentials, check_plugin, run_plugin
from advisor.probes.kubernetes.kubeconfig import AuthProvider, Cluster, User, content

Headers = list[tuple[str, str]]
_TOKEN_SECONDS = 60.0
"""How long what was read of a token's file counts: tokens of service accounts change hourly."""
_EARLY_SECONDS = 10
"""So long before its end an id-token counts as expired, as for kubectl."""
_OF_TOKENS = frozenset("!#$&'*+-.^_`|~")


class KeyPair(msgspec.Struct, frozen=True):
    """A client's certificate and key, as PEM."""

    certificate: bytes
    key: bytes


class Credentials:
    """Gives each request its headers; safe to share between threads.

    `secure` is whether the server is reached by TLS: elsewhere nothing is sent, as by kubectl.
    A plugin is run when it is first needed, and again when what it gave has expired.
    """

    def __init__(self, user: User, cluster: Cluster, *, secure: bool, seconds: float) -> None:
        self._user, self._cluster, self._seconds = user, cluster, seconds
        self._acting = list(_impersonation(user))
        self._lock = Lock()
        self._given: PluginCredentials | None = None
        self._token, self._read_at = user.token, -_TOKEN_SECONDS
        self.key_pair: KeyPair | None = None
        self._kind = ""
        if secure:
            _check(user)
            self.key_pair = _own_key_pair(user)
            self._kind = _kind(user, has_certificate=self.key_pair is not None)
        if self._kind == "exec":
            self._run()
        elif self._kind == "oidc":
            assert user.auth_provider is not None
            self._token = _id_token(user.auth_provider)
        elif self._kind == "token":
            self._token_now()

    def headers(self) -> Headers:
        """The headers of one request: authorization, and impersonation where it was asked for."""
        return [*self._authorization(), *self._acting]

    def secret(self) -> str:
        """The token or password, which no message may repeat; empty when there is none."""
        with self._lock:
            return self._token or self._user.password

    def renew(self) -> bool:
        """After a refusal: whether there may be others now."""
        if self._kind != "exec":
            return False
        with self._lock:
            self._run()
        return True

    def _authorization(self) -> Headers:
        if self._kind == "basic":
            login = f"{self._user.username}:{self._user.password}".encode()
            return [("authorization", f"Basic {base64.b64encode(login).decode()}")]
        with self._lock:
            if self._kind == "exec" and _is_over(self._given):
                self._run()
            if self._kind == "token":
                self._token_now()
            known = self._kind and self._token
            return [("authorization", f"Bearer {self._token}")] if known else []

    def _run(self) -> None:
        assert self._user.exec is not None
        given = run_plugin(self._user.exec, self._cluster, self._seconds)
        self._given, self._token = given, given.token
        if given.client_key_data:
            self.key_pair = KeyPair(
                given.client_certificate_data.encode(), given.client_key_data.encode()
            )

    def _token_now(self) -> None:
        """The file's, where there is one: it goes before what the kubeconfig itself holds."""
        now = time.monotonic()
        if not self._user.token_file or now - self._read_at < _TOKEN_SECONDS:
            return
        try:
            read = Path(self._user.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            if not self._token:
                reason = getattr(error, "strerror", None) or "it is no text"
                raise ProbeError(f"its tokenFile cannot be read: {reason}") from error
            return
        self._token, self._read_at = read or self._token, now


def _check(user: User) -> None:
    """Raises ProbeError for what kubectl refuses, too."""
    basic = bool(user.username or user.password)
    if basic and (user.token or user.token_file):
        raise ProbeError("its user has a token and a login", remedy="leave one of them")
    if user.exec is not None and user.auth_provider is not None:
        raise ProbeError("its user has an exec plugin and an auth-provider")
    others = user.act_as_uid or user.act_as_groups or user.act_as_extra
    if others and not user.act_as:
        raise ProbeError(
            "its user acts with a uid, groups or extra of somebody, and nobody is named",
            remedy="add `as` to the user in the kubeconfig",
        )
    if user.exec is not None:
        check_plugin(user.exec)


def _own_key_pair(user: User) -> KeyPair | None:
    certificate = content(
        user.client_certificate_data, user.client_certificate, "client-certificate"
    )
    if certificate is None:
        return None
    key = content(user.client_key_data, user.client_key, "client-key")
    if key is None:
        raise ProbeError("its user has a client-certificate and no client-key")
    return KeyPair(certificate, key)


def _kind(user: User, *, has_certificate: bool) -> str:
    """What is sent: what stands there goes before what has to be asked for."""
    if user.token or user.token_file:
        return "token"
    if user.username or user.password:
        return "basic"
    if has_certificate:
        return ""
    if user.exec is not None:
        return "exec"
    if user.auth_provider is not None:
        if user.auth_provider.name == "oidc":
            return "oidc"
        raise ProbeError(
            f"kubectl knows its auth-provider {user.auth_provider.name!r} no longer",
            remedy="use the cloud's exec plugin",
        )
    raise ProbeError("its user has no credentials", remedy="log in to the cluster first")


def _id_token(provider: AuthProvider) -> str:
    """The id-token while it is valid. It is never renewed: that would use up a refresh token, and
    whoever else has the same one is logged out."""
    token = provider.config.get("id-token", "")
    log_in = "run any kubectl command with this context, which renews it, or log in again"
    if not token:
        raise ProbeError("its OIDC user has no id-token, and advisor renews none", remedy=log_in)
    parts = token.split(".")
    try:
        claims = msgspec.json.decode(
            base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        )
        expiry = float(claims.get("exp", 0))
        until = datetime.fromtimestamp(expiry, tz=UTC)
    except (IndexError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise ProbeError("its OIDC id-token is no JWT", remedy="log in again") from error
    if len(parts) != 3:
        raise ProbeError("its OIDC id-token is no JWT", remedy="log in again")
    if time.time() + _EARLY_SECONDS >= expiry:
        what = f"its OIDC id-token expired at {until:%Y-%m-%dT%H:%M:%SZ}, and advisor renews none"
        raise ProbeError(what, remedy=log_in)
    return token


def _is_over(given: PluginCredentials | None) -> bool:
    end = given.expiration_timestamp if given is not None else None
    return end is not None and end <= datetime.now(end.tzinfo)


def _impersonation(user: User) -> Iterator[tuple[str, str]]:
    if not user.act_as:
        return
    yield "impersonate-user", user.act_as
    if user.act_as_uid:
        yield "impersonate-uid", user.act_as_uid
    for group in user.act_as_groups:
        yield "impersonate-group", group
    for key, values in user.act_as_extra.items():
        for value in values:
            yield f"impersonate-extra-{_header_name(key)}", value


def _header_name(key: str) -> str:
    """A key with what no header's name takes by number, as the server reads it back."""
    return "".join(
        character
        if (character.isascii() and character.isalnum()) or character in _OF_TOKENS
        else _by_number(character)
        for character in key
    )


def _by_number(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())
