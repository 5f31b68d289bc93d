"""Who asks: the headers and the certificate of a kubeconfig's user, also from a program that the
kubeconfig names, which is run as kubectl runs it."""

from __future__ import annotations

import atexit
import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from advisor.errors import ProbeError
from advisor.facts.secrecy import MARK, redact_text
from advisor.probes.kubernetes.kubeconfig import AuthProvider, Cluster, ExecPlugin, User, content

_GROUP = "client.authentication.k8s.io"
_VERSIONS = frozenset({f"{_GROUP}/v1", f"{_GROUP}/v1beta1"})
_MODES = frozenset({"Never", "IfAvailable", "Always"})
_CONFIGURED = f"{_GROUP}/exec"
_SHORTEST_HIDDEN = 6
"""Characters of an exec plugin's variable from which on its value is no plain word."""
_LONGEST_SAID = 500


class PluginCredentials(msgspec.Struct, frozen=True, rename="camel"):
    """What a plugin gave; `expiration_timestamp` None is never."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None


class _Answer(msgspec.Struct, rename="camel"):
    api_version: str = ""
    status: PluginCredentials | None = None


def check_plugin(plugin: ExecPlugin) -> None:
    """Raises ProbeError for one that kubectl would not run."""
    if not plugin.command:
        raise ProbeError("its exec plugin has no command")
    if plugin.api_version not in _VERSIONS:
        known = " or ".join(sorted(_VERSIONS))
        what = f"its exec plugin has the apiVersion {plugin.api_version or 'of no name'!r}"
        raise ProbeError(what, remedy=f"kubectl knows {known}")
    if not plugin.interactive_mode and plugin.api_version == f"{_GROUP}/v1":
        raise ProbeError(
            "its exec plugin has no interactiveMode, which v1 asks for",
            remedy="add interactiveMode: IfAvailable to the kubeconfig",
        )
    if plugin.interactive_mode and plugin.interactive_mode not in _MODES:
        raise ProbeError(f"its exec plugin has the interactiveMode {plugin.interactive_mode!r}")
    if plugin.interactive_mode == "Always":
        raise ProbeError(
            "its exec plugin asks on a terminal, and advisor gives it none",
            remedy="log in with kubectl first, or use interactiveMode: IfAvailable",
        )
    if any(not variable.name for variable in plugin.env):
        raise ProbeError("its exec plugin has a variable without a name")


def run_plugin(plugin: ExecPlugin, cluster: Cluster, seconds: float) -> PluginCredentials:
    """Run it without a terminal, for so long at most. Raises ProbeError with what it said."""
    program = os.path.basename(plugin.command)
    variables = {variable.name: variable.value for variable in plugin.env}
    environment = {**os.environ, **variables, "KUBERNETES_EXEC_INFO": _info(plugin, cluster)}
    try:
        child = subprocess.Popen(
            [plugin.command, *plugin.args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = " ".join(plugin.install_hint.split())
        raise ProbeError(
            f"its exec plugin {program} cannot be run: {reason}", remedy=hint
        ) from None
    output, errors, in_time = _ended(child, seconds)
    # The end of what it complained of, without values of variables that the kubeconfig gives it
    # and without what looks like a secret.
    secrets = variables.values()
    text = errors.decode(errors="replace").strip()
    for value in secrets:
        if len(value) >= _SHORTEST_HIDDEN:
            text = text.replace(value, MARK)
    words = " ".join(redact_text(text)[0].split())
    said = f": {words[-_LONGEST_SAID:]}" if words else ""
    if not in_time:
        raise ProbeError(
            f"its exec plugin {program} did not end in {seconds:g} s{said}",
            remedy="see what it waits for with: kubectl get --raw /version",
        )
    if child.returncode != 0:
        raise ProbeError(f"its exec plugin {program} ended with {child.returncode}{said}")
    return _understood(plugin, program, output)


def _ended(child: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bytes, bool]:
    """What it wrote, and whether it ended in time. Its whole group ends here, however this process
    goes on: what it started would be left over."""

    def end_group() -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)

    atexit.register(end_group)
    try:
        with child:
            try:
                output, errors = child.communicate(timeout=seconds)
            except subprocess.TimeoutExpired as late:
                return b"", late.stderr or b"", False
            finally:
                end_group()
    finally:
        atexit.unregister(end_group)
    return output, errors, True


def _info(plugin: ExecPlugin, cluster: Cluster) -> str:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.provide_cluster_info:
        stated = {
            "server": cluster.server,
            "tls-server-name": cluster.tls_server_name,
            "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
            "certificate-authority-data": _authority(cluster),
            "proxy-url": cluster.proxy_url,
            "disable-compression": cluster.disable_compression,
        }
        configured = (
            extension for extension in cluster.extensions if extension.get("name") == _CONFIGURED
        )
        own = next((extension.get("extension") for extension in configured), None)
        spec["cluster"] = {key: value for key, value in stated.items() if value}
        spec["cluster"] |= {} if own is None else {"config": own}
    body = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}
    return json.dumps(body)


def _authority(cluster: Cluster) -> str:
    import base64

    from advisor.probes.kubernetes.kubeconfig import content

    authority = content(
        cluster.certificate_authority_data, cluster.certificate_authority, "certificate-authority"
    )
    return base64.b64encode(authority or b"").decode()


def _understood(plugin: ExecPlugin, program: str, output: bytes) -> PluginCredentials:
    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProbeError(f"its exec plugin {program} gave no ExecCredential") from None
    if answer.api_version != plugin.api_version:
        what = f"its exec plugin {program} answers in {answer.api_version or 'no apiVersion'}"
        raise ProbeError(what, remedy=f"the kubeconfig names {plugin.api_version}")
    given = answer.status or PluginCredentials()
    if bool(given.client_certificate_data) != bool(given.client_key_data):
        raise ProbeError(f"its exec plugin {program} gave a certificate or key, and not both")
    if not given.token and not given.client_key_data:
        raise ProbeError(f"its exec plugin {program} gave neither token nor certificate")
    return given


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
