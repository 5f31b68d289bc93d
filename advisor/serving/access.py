"""Who may ask: the right host name, and the token where one is set."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

COOKIE = "advisor"

OPEN_PATHS = frozenset({"/healthz", "/login"})
"""What is answered without a token, besides style and script."""


class Access:
    """Compares tokens without saying by the time it takes how much of one was right."""

    def __init__(self, token: str, hosts: frozenset[str]) -> None:
        self._token, self._hosts = token.encode(), hosts
        self._cookie = hmac.new(self._token, b"advisor serve", hashlib.sha256).hexdigest()

    @property
    def asks(self) -> bool:
        """Whether a token is asked for."""
        return bool(self._token)

    def may_call_it(self, host: str) -> bool:
        """Whether the server goes by this name. On loopback it has few: another one means that a
        page elsewhere had the browser sent here."""
        return not self._hosts or _name_of(host) in self._hosts

    def allows(self, path: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether a request may be answered."""
        if not self.asks or path in OPEN_PATHS or path.startswith("/static/"):
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_token(given.strip())
        return _same(cookies.get(COOKIE, "").encode(), self._cookie.encode())

    def is_token(self, given: str) -> bool:
        """Whether a text is the token."""
        return self.asks and _same(given.encode(), self._token)

    @property
    def cookie(self) -> str:
        """What a browser shows instead of the token after that was given once."""
        return self._cookie


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())


def _name_of(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[").lower()
    return host.rpartition(":")[0].lower() if host.count(":") == 1 else host.lower()
