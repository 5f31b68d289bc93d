"""Logins that docker and podman keep: auth files and credential helpers."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from advisor.facts.image_reference import DOCKER_HUB
from advisor.probes.docker.remote import CommandRunner

HELPER_SECONDS = 10.0
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HUB_KEY = "https://index.docker.io/v1/"
_HUB_NAMES = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_IDENTITY = "<token>"
"""The user name for which the secret is an identity token."""


class Login:
    """A user and password, or an identity token; never printed, never stored."""

    __slots__ = ("identity_token", "password", "username")

    def __init__(self, username: str, password: str, identity_token: str = "") -> None:
        self.username = username
        self.password = password
        self.identity_token = identity_token

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return f"Basic {base64.b64encode(f'{self.username}:{self.password}'.encode()).decode()}"

    def __repr__(self) -> str:
        return "Login(...)"


class Keyring(Protocol):
    """The logins that auth files and credential helpers hold."""

    def find(self, registry: str, repository: str) -> Login | None:
        """The login for a repository, None when there is none."""


class _Entry(msgspec.Struct):
    auth: str = ""
    username: str = ""
    password: str = ""
    identitytoken: str = ""


class _AuthFile(msgspec.Struct, rename={"helpers": "credHelpers", "store": "credsStore"}):
    auths: dict[str, _Entry | None] | None = None
    helpers: dict[str, str] | None = None
    store: str = ""


class _Secret(msgspec.Struct, rename="pascal"):
    username: str = ""
    secret: str = ""


class StoredLogins:
    """The Keyring of the files in `paths`; in each, helpers go before what is written down."""

    def __init__(self, paths: tuple[Path, ...], runner: CommandRunner) -> None:
        self._files = [file for path in paths if (file := _read(path)) is not None]
        self._runner = runner
        self._helped: dict[tuple[str, str], Login | None] = {}
        self._lock = Lock()

    def find(self, registry: str, repository: str) -> Login | None:
        """The login of the entry for the longest part of the name, from a helper first; None
        without any."""
        for file in self._files:
            helper = _helper(file, registry) or file.store
            login = self._ask_helper(helper, registry) if helper else None
            login = login or _written(file, f"{registry}/{repository}")
            if login is not None:
                return login
        return None

    def _ask_helper(self, helper: str, registry: str) -> Login | None:
        if not _HELPER.fullmatch(helper):
            return None
        with self._lock:
            key = (helper, registry)
            if key not in self._helped:
                self._helped[key] = self._run(helper, registry)
            return self._helped[key]

    def _run(self, helper: str, registry: str) -> Login | None:
        """Docker keeps Docker Hub's login under a key of its own, podman under its name."""
        keys = (_HUB_KEY, DOCKER_HUB) if registry == DOCKER_HUB else (registry,)
        logins = (self._run_for(helper, key) for key in keys)
        return next((login for login in logins if login is not None), None)

    def _run_for(self, helper: str, server: str) -> Login | None:
        words = [f"docker-credential-{helper}", "get"]
        done = self._runner.run(words, stdin=server, timeout=HELPER_SECONDS)
        if done.code != 0:
            return None
        try:
            secret = msgspec.json.decode(done.output, type=_Secret)
        except (msgspec.DecodeError, UnicodeError):
            return None
        if secret.username == _IDENTITY:
            return Login("", "", secret.secret)
        return Login(secret.username, secret.secret) if secret.secret else None


def auth_files(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The files in the order in which they count; $REGISTRY_AUTH_FILE stands for all others."""
    if named := environment.get("REGISTRY_AUTH_FILE"):
        return (Path(named),)
    home = environment.get("HOME", "")
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    config = environment.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    docker = environment.get("DOCKER_CONFIG") or (f"{home}/.docker" if home else "")
    files = [Path(docker) / "config.json"] if docker else []
    files += [Path(folder) / "containers/auth.json" for folder in (runtime, config) if folder]
    return tuple(files)


def _read(path: Path) -> _AuthFile | None:
    """A file that is not there or makes no sense holds no logins, as for docker itself."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_AuthFile)
    except (OSError, msgspec.DecodeError):
        return None


def _helper(file: _AuthFile, registry: str) -> str:
    """The one named for the registry under any of its names."""
    named = (file.helpers or {}).items()
    return next((helper for key, helper in named if _scope(key) == registry), "")


def _written(file: _AuthFile, name: str) -> Login | None:
    longest: tuple[int, Login] | None = None
    for key, entry in (file.auths or {}).items():
        scope = _scope(key)
        fits = name == scope or name.startswith(f"{scope}/")
        if entry is None or not fits or (longest is not None and len(scope) <= longest[0]):
            continue
        if (login := _login(entry)) is not None:
            longest = (len(scope), login)
    return longest[1] if longest else None


def _scope(key: str) -> str:
    """`quay.io` or `quay.io/team`; docker writes some with a scheme and the API's version."""
    host, _, path = re.sub(r"^https?://", "", key).rstrip("/").partition("/")
    host = DOCKER_HUB if host in _HUB_NAMES else host
    return host if path in ("", "v1", "v2") else f"{host}/{path}"


def _login(entry: _Entry) -> Login | None:
    if entry.identitytoken:
        return Login("", "", entry.identitytoken)
    if not entry.auth:
        return Login(entry.username, entry.password) if entry.password else None
    try:
        text = base64.b64decode(entry.auth, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    username, colon, password = text.partition(":")
    return Login(username, password.rstrip("\0")) if colon else None
