"""Why an engine could not be asked, in one clause with what to do about it."""

from __future__ import annotations

import re
import socket
import ssl

from advisor.errors import one_line
from advisor.facts.secrecy import redact_text
from advisor.probes.answers import error_chain
from advisor.probes.docker.endpoint import Endpoint

LONGEST = 200

# What ssh and the far shell print, and what helps. First match counts.
SSH_ADVICE = (
    (r"host key verification failed", "run `ssh {where}` once by hand and accept its key"),
    (r"permission denied \(", "load the key with ssh-add; advisor never asks for a password"),
    (r"could not resolve hostname", "check the host name"),
    (r"(docker|podman): (command )?not found", "install docker or podman at the far end"),
    (
        r"docker daemon socket|dial unix|connect: permission denied",
        "add the user at the far end to group docker",
    ),
    (r"timed out|no route|refused", "check that sshd answers there"),
)

CLIENT_CERTIFICATE = (
    "{where} wants another client certificate (put cert.pem and key.pem into DOCKER_CERT_PATH)"
)

# What OpenSSL prints. First match counts.
TLS_ADVICE = (
    (
        r"hostname.mismatch|ip.address.mismatch|doesn't match",
        "the certificate of {where} is for another host name (name the host as it does)",
    ),
    (r"has.expired", "the certificate of {where} has expired"),
    (
        r"verify.failed",
        "the certificate of {where} is not trusted (put its ca.pem into DOCKER_CERT_PATH)",
    ),
    (r"certificate.required|bad.certificate|handshake.failure|unknown.ca|eof", CLIENT_CERTIFICATE),
    (
        r"wrong.version|record.layer",
        "no TLS is spoken at {where} (give its other port, or unset DOCKER_TLS_VERIFY)",
    ),
)


def describe_failure(error: BaseException, endpoint: Endpoint, seconds: float) -> str:
    """One clause: what went wrong, where, and what to do. `seconds` was the time limit."""
    chain = list(error_chain(error))
    failed_tls = next((link for link in chain if isinstance(link, ssl.SSLError)), None)
    if failed_tls is not None:
        return _tls_trouble(failed_tls, endpoint)
    for kind, text in _causes(endpoint, seconds):
        if any(isinstance(link, kind) for link in chain):
            return text
    if any("timed out" in str(link).lower() for link in chain):
        return _silence(endpoint, seconds)
    return shorten(str(chain[-1]) or type(chain[-1]).__name__)


def describe_ssh_failure(message: str, endpoint: Endpoint) -> str:
    """`message` is what ssh said."""
    where = f"{endpoint.user}@{endpoint.host}" if endpoint.user else endpoint.host
    said = shorten(message.removeprefix("ssh: "))
    for pattern, advice in SSH_ADVICE:
        if re.search(pattern, message, re.IGNORECASE):
            return f"ssh: {said} ({advice.format(where=where)})"
    return f"ssh: {said}"


def describe_status(status: int, body: bytes) -> str:
    """What an engine's error answer says."""
    text = body.decode(errors="replace")
    message = re.search(r'"message"\s*:\s*"((?:\\.|[^"\\])*)"', text)
    said = message[1] if message else text.strip()
    if "HTTP request to an HTTPS server" in said:
        return "the engine wants TLS (set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)"
    return f"the engine answers {status}" + (f": {shorten(said)}" if said else "")


def shorten(text: str) -> str:
    """One line without secrets or control characters, cut where it gets long."""
    line = one_line(redact_text(" ".join(text.split()))[0])
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def _causes(endpoint: Endpoint, seconds: float) -> tuple[tuple[type[BaseException], str], ...]:
    where = endpoint.socket or f"{endpoint.host}:{endpoint.port}".removesuffix(":None")
    unix = endpoint.transport == "unix"
    return (
        (socket.gaierror, f"no host of the name {endpoint.host} (check the name)"),
        (
            PermissionError,
            f"permission denied on {where} (add yourself to group docker and log in again,"
            " or run advisor as a user who may)",
        ),
        (
            FileNotFoundError,
            f"no socket {where} (start the engine, or name it with --docker-host)"
            if unix
            else "ssh is not installed here (install the OpenSSH client)",
        ),
        (
            ConnectionRefusedError,
            f"connection refused at {where} (start the engine there, or check the port)"
            if not unix
            else f"nothing listens on {where} (start the engine)",
        ),
        (TimeoutError, _silence(endpoint, seconds)),
        (
            ConnectionError,
            # With TLS 1.3 a refused client certificate can show as this.
            CLIENT_CERTIFICATE.format(where=where)
            if endpoint.tls
            else f"{where} ended the connection without an answer (is it a Docker engine?)",
        ),
    )


def _silence(endpoint: Endpoint, seconds: float) -> str:
    where = endpoint.socket or endpoint.host
    return f"no answer from {where} within {seconds:g} s (check the network, or wait and try again)"


def _tls_trouble(error: ssl.SSLError, endpoint: Endpoint) -> str:
    where = f"{endpoint.host}:{endpoint.port}"
    said = str(error)
    for pattern, text in TLS_ADVICE:
        if re.search(pattern, said, re.IGNORECASE):
            return text.format(where=where)
    return f"TLS with {where} failed: {shorten(said)}"
