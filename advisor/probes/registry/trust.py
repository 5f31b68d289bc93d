"""Whom a TLS connection to a registry trusts, and the certificate it shows."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from advisor.errors import InputError

_SYSTEM_FOLDERS = ("/etc/docker/certs.d", "/etc/containers/certs.d")
_USER_FOLDERS = (".config/docker/certs.d", ".config/containers/certs.d")


def certificate_folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where docker and podman look for a folder with the name of a registry."""
    home = environment.get("HOME", "")
    own = [Path(home) / folder for folder in _USER_FOLDERS] if home else []
    return (*own, *map(Path, _SYSTEM_FOLDERS))


def registry_context(registry: str, authority: str, folders: Iterable[Path]) -> ssl.SSLContext:
    """The context for one registry: the system's authorities, the user's, and those that docker
    and podman keep for it. InputError names a file that is no certificate."""
    files = [path for folder in folders for path in _listed(folder / registry)]
    authorities = [str(path) for path in files if path.suffix == ".crt"]
    context = tls_context([*([authority] if authority else []), *authorities])
    for certificate in (path for path in files if path.suffix == ".cert"):
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(certificate, certificate.with_suffix(".key"), password="")
        except (OSError, ssl.SSLError, ValueError) as error:
            raise _unusable(str(certificate), error) from None
    return context


def tls_context(authorities: Iterable[str]) -> ssl.SSLContext:
    """A context that checks certificates, with more authorities than the system's."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        # A Python that has no authorities of its own, as on macOS.
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    for path in authorities:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            raise _unusable(path, error) from None
    return context


def _unusable(path: str, error: Exception) -> InputError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else "no PEM certificate"
    if isinstance(error, ssl.SSLError):
        why = "it holds no certificate in PEM form"
    return InputError(f"cannot be used as a certificate: {why}", where=path)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
