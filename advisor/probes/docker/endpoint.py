"""Which engine a Docker host URL, or its absence, stands for."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from advisor.errors import InputError
from advisor.facts.record import Record
from advisor.facts.secrecy import redact_text

Transport = Literal["unix", "tcp", "ssh", "npipe"]

DEFAULT_SOCKET = "/var/run/docker.sock"
SCHEMES: dict[str, Transport] = {
    "unix": "unix",
    "http+unix": "unix",
    "tcp": "tcp",
    "http": "tcp",
    "https": "tcp",
    "ssh": "ssh",
    "npipe": "npipe",
}
FORMS = "give unix:///path/to/socket, tcp://host:2376 or ssh://user@host"


class TlsFiles(Record, frozen=True, kw_only=True):
    """PEM files for an engine behind TLS; `verify` False takes any certificate of the server."""

    authority: str = ""
    certificate: str = ""
    key: str = ""
    verify: bool = True


class Endpoint(Record, frozen=True, kw_only=True):
    """An engine's address. `socket` is a path for unix, and for ssh the one at the far end."""

    url: str
    transport: Transport
    host: str = ""
    port: int | None = None
    user: str = ""
    socket: str = ""
    tls: TlsFiles | None = None


def resolve_endpoint(
    url: str | None,
    environment: Mapping[str, str],
    tls: TlsFiles | None = None,
    exists: Callable[[str], bool] | None = None,
) -> Endpoint:
    """The endpoint `url` names, or the one the docker command would use here.

    Without a URL: DOCKER_HOST, the current docker context, then the first socket there is.
    Raises InputError for a URL or context that cannot be used.
    """
    if url:
        return parse_endpoint(url, tls or _tls_of_environment(environment))
    if environment.get("DOCKER_HOST"):
        return parse_endpoint(environment["DOCKER_HOST"], tls or _tls_of_environment(environment))
    from_context = _context_endpoint(environment, tls)
    if from_context is not None:
        return from_context
    sockets = default_sockets(environment)
    socket = next(filter(exists or _is_socket, sockets), DEFAULT_SOCKET)
    return parse_endpoint(f"unix://{socket}", None)


def default_sockets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Where engines listen by habit: docker, rootless docker, podman, rootless podman."""
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    rootless = (f"{runtime}/docker.sock",) if runtime else ()
    podman = (f"{runtime}/podman/podman.sock",) if runtime else ()
    return (DEFAULT_SOCKET, *rootless, "/run/podman/podman.sock", *podman)


def parse_endpoint(url: str, tls: TlsFiles | None) -> Endpoint:
    """The endpoint of one URL; a bare path is a socket, a bare host:port is tcp."""
    if re.fullmatch(r"(?:[\w.-]+@)?[\w.-]+", url):
        raise InputError("this has no scheme", where=url, remedy=f"write ssh://{url}")
    full = _with_scheme(url)
    shown = redact_text(full)[0]
    try:
        parts = urlsplit(full)
        port = parts.port
    except ValueError as error:
        raise InputError(f"not a Docker host URL: {error}", where=shown, remedy=FORMS) from None
    transport = SCHEMES.get(parts.scheme)
    if transport is None:
        raise InputError("not a Docker host URL", where=shown, remedy=FORMS)
    if transport in ("tcp", "ssh"):
        return _network_endpoint(shown, parts, port, transport, tls)
    path = full.split("://", 1)[1]
    return Endpoint(
        url=shown, transport=transport, socket=path if path.startswith("/") else f"/{path}"
    )


def _with_scheme(url: str) -> str:
    if "://" in url:
        return url
    return f"unix://{url}" if url.startswith("/") else f"tcp://{url}"


def _network_endpoint(
    shown: str, parts: SplitResult, port: int | None, transport: Transport, tls: TlsFiles | None
) -> Endpoint:
    host = parts.hostname or ""
    if not host or host.startswith("-") or (parts.username or "").startswith("-"):
        raise InputError("no host in the Docker host URL", where=shown, remedy=FORMS)
    path = parts.path if parts.path != "/" else ""
    secured = tls if transport == "tcp" else None
    if parts.scheme == "https" and secured is None:
        secured = TlsFiles()
    return Endpoint(
        url=shown,
        transport=transport,
        host=host,
        port=port or ((2376 if secured else 2375) if transport == "tcp" else None),
        user=parts.username or "",
        socket=path if transport == "ssh" else "",
        tls=secured,
    )


def _tls_of_environment(environment: Mapping[str, str]) -> TlsFiles | None:
    """As the docker command reads DOCKER_TLS, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH."""
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    if not verify and not environment.get("DOCKER_TLS"):
        return None
    folder = Path(environment.get("DOCKER_CERT_PATH") or _config_folder(environment))
    return _tls_of_folder(folder, verify)


def _tls_of_folder(folder: Path, verify: bool) -> TlsFiles:
    files = {
        field: str(folder / name) if (folder / name).is_file() else ""
        for field, name in (
            ("authority", "ca.pem"),
            ("certificate", "cert.pem"),
            ("key", "key.pem"),
        )
    }
    return TlsFiles(**files, verify=verify)


def _context_endpoint(environment: Mapping[str, str], tls: TlsFiles | None) -> Endpoint | None:
    """The endpoint of the current docker context; None when that is the default one."""
    folder = _config_folder(environment)
    name = environment.get("DOCKER_CONTEXT") or _current_context(folder)
    if name in ("", "default"):
        return None
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = _read_object(folder / "contexts" / "meta" / key / "meta.json")
    endpoints = meta.get("Endpoints")
    engine = endpoints.get("docker") if isinstance(endpoints, dict) else None
    host = engine.get("Host") if isinstance(engine, dict) else None
    if not isinstance(host, str) or not isinstance(engine, dict):
        raise InputError(
            f"docker context {name!r} names no engine",
            where=str(folder),
            remedy="see `docker context ls`, or name the engine with --docker-host",
        )
    files = folder / "contexts" / "tls" / key / "docker"
    if tls is None and files.is_dir():
        tls = _tls_of_folder(files, not engine.get("SkipTLSVerify"))
    return parse_endpoint(host, tls)


def _current_context(folder: Path) -> str:
    name = _read_object(folder / "config.json").get("currentContext")
    return name if isinstance(name, str) else ""


def _config_folder(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME") or os.path.expanduser("~")
    return Path(environment.get("DOCKER_CONFIG") or f"{home}/.docker")


def _read_object(path: Path) -> dict[str, object]:
    """A JSON file's object; empty when it is not there or is none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False
