"""From a kubeconfig, or the pod this runs in, to a server that answers and a way to reach it."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import urlsplit

import msgspec

from advisor.errors import ProbeError
from advisor.facts.source import Refusal
from advisor.probes.kubernetes.credentials import Credentials, KeyPair
from advisor.probes.kubernetes.discovery import Served, discover, server_version
from advisor.probes.kubernetes.kubeconfig import (
    Cluster,
    Kubeconfig,
    User,
    content,
    kubeconfig_paths,
    load_kubeconfig,
)
from advisor.probes.kubernetes.transport import Client, PoolTransport, ReadError, Transport

_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_LOGIN = re.compile(r"//[^@]*@")
IN_CLUSTER = "in-cluster"

_OF_KUBECONFIG = frozenset({"http", "https", "socks5"})
_OF_ENVIRONMENT = _OF_KUBECONFIG | {"socks5h"}
_PORTS = {"http": 80, "https": 443}


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A server and how to reach it. `context` is the kubeconfig's name for it; `unverified` is
    whether the kubeconfig says not to check who answers."""

    context: str
    server: str
    transport: Transport
    unverified: bool = False


def connect(*, context: str | None, kubeconfig: str | None, timeout: float) -> Connection:
    """Load the configuration; nothing is sent yet. Raises ProbeError.

    `kubeconfig` None means $KUBECONFIG, then ~/.kube/config, then the service account of the pod.
    `timeout` is in seconds: without a byte from the server, and for an exec plugin as a whole.
    """
    config = load_kubeconfig(kubeconfig_paths(kubeconfig))
    if config.empty and not kubeconfig and context is None:
        name, cluster, user = _in_cluster(config)
    else:
        name = _chosen(config, context)
        cluster, user = _of_context(config, name)
    with _naming_context(f"context {name}"):
        server = cluster.server if "://" in cluster.server else f"http://{cluster.server}"
        server = re.split(r"[?#]", server, maxsplit=1)[0].rstrip("/")
        secure = server.lower().startswith("https://")
        credentials = Credentials(user, cluster, secure=secure, seconds=timeout)
        try:
            transport = PoolTransport(
                server,
                credentials,
                timeout=timeout,
                context=_tls(cluster, credentials.key_pair) if secure else None,
                server_name=cluster.tls_server_name,
                proxy=proxy_of(server, cluster.proxy_url),
            )
        except ImportError as error:
            reason = f"its proxy takes one more package: {error}"
            raise ProbeError(reason, remedy="pip install PySocks") from error
        except (OSError, ValueError) as error:
            raise ProbeError(f"its certificates or proxy cannot be used: {error}") from error
        return Connection(
            context=name,
            server=_LOGIN.sub("//", server),
            transport=transport,
            unverified=secure and cluster.insecure_skip_tls_verify,
        )


def _chosen(config: Kubeconfig, context: str | None) -> str:
    """The context to use, checked against those the files hold."""
    name = context or config.current_context
    listed = ", ".join(sorted(config.contexts)) or "none"
    known = f"(it knows: {listed})"
    if config.empty and context and not config.where:
        raise ProbeError(
            f"no kubeconfig holds a context {context!r}: there is no kubeconfig",
            remedy="name one with --kubeconfig",
        )
    if not name:
        reason = f"no current context {known}"
        raise ProbeError(reason, where=config.where, remedy="use --context NAME")
    if name not in config.contexts:
        reason = f"no context {name!r} {known}"
        raise ProbeError(reason, where=config.where, remedy="use --context NAME")
    return name


def _of_context(config: Kubeconfig, name: str) -> tuple[Cluster, User]:
    context = config.contexts[name]
    cluster, user = config.clusters.get(context.cluster), config.users.get(context.user)
    if cluster is None:
        stated = f"a cluster {context.cluster!r}, which is not there" if context.cluster else ""
        reason = f"context {name} names {stated or 'no cluster'}"
        raise ProbeError(reason, where=config.where, remedy="mend the kubeconfig")
    if user is None and context.user:
        reason = f"context {name} names a user {context.user!r}, which is not there"
        raise ProbeError(reason, where=config.where, remedy="mend the kubeconfig, or log in again")
    if not cluster.server:
        raise ProbeError("its cluster has no server", where=f"context {name}")
    return cluster, user or User()


def _in_cluster(config: Kubeconfig) -> tuple[str, Cluster, User]:
    """The pod's service account."""
    token, authority = _SERVICE_ACCOUNT / "token", _SERVICE_ACCOUNT / "ca.crt"
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}", "") for part in ("HOST", "PORT"))
    if not token.is_file():
        if config.where:
            raise ProbeError("no current context (it knows: none)", where=config.where)
        raise ProbeError(
            "no kubeconfig: $KUBECONFIG is not set and ~/.kube/config does not exist",
            remedy="name one with --kubeconfig, or leave the cluster out with --no-cluster",
        )
    if not host or not port:
        reason = "the pod's service account cannot be used: KUBERNETES_SERVICE_HOST is not set"
        raise ProbeError(reason)
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    cluster = Cluster(server=server, certificate_authority=str(authority))
    return IN_CLUSTER, cluster, User(token_file=str(token))


def _tls(cluster: Cluster, key_pair: KeyPair | None) -> ssl.SSLContext:
    """Who is trusted, and who asks. Without a certificate authority it is the system's."""
    data, path = cluster.certificate_authority_data, cluster.certificate_authority
    if data and path:
        raise ProbeError("its cluster has certificate-authority twice", remedy="leave one of them")
    authority = content(data, path, "certificate-authority")
    if cluster.insecure_skip_tls_verify and authority is not None:
        raise ProbeError("its cluster has a certificate-authority and insecure-skip-tls-verify")
    text = None if authority is None else authority.decode("ascii", "replace")
    try:
        context = ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise ProbeError("its certificate-authority is no certificate") from error
    # As Go does: any certificate of the kubeconfig is trusted, however old-fashioned it is.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if cluster.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if key_pair is not None:
        _load(context, key_pair)
    return context


def _load(context: ssl.SSLContext, key_pair: KeyPair) -> None:
    """Python's ssl reads keys from files alone: this one is its owner's, and gone again at once."""
    handle, path = mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key_pair.certificate + b"\n" + key_pair.key)
        context.load_cert_chain(path, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError, TypeError) as error:
        raise ProbeError("its client certificate and key do not go together") from error
    finally:
        with suppress(OSError):
            os.unlink(path)


@contextmanager
def _naming_context(where: str) -> Iterator[None]:
    """Name the context in errors."""
    try:
        yield
    except ProbeError as error:
        if error.where:
            raise ProbeError(
                f"{where}: {error.what}", where=error.where, remedy=error.remedy
            ) from error
        raise ProbeError(error.what, where=where, remedy=error.remedy) from error


def proxy_of(server: str, stated: str, environment: Mapping[str, str] = os.environ) -> str:
    """The proxy's URL, empty for none; NO_PROXY says nothing of one that the kubeconfig names."""
    if stated:
        scheme = urlsplit(stated).scheme
        if scheme not in _OF_KUBECONFIG:
            raise ProbeError(
                f"its proxy-url has the scheme {scheme!r}", remedy="use http, https or socks5"
            )
        return _by_name(stated)
    scheme = urlsplit(server).scheme
    proxy = _either(environment, f"{scheme}_proxy")
    if not proxy or _is_direct(server, _either(environment, "no_proxy")):
        return ""
    # kubectl, like every Go client, takes a proxy without a scheme for an http one.
    url = proxy if urlsplit(proxy).scheme in _OF_ENVIRONMENT else f"http://{proxy}"
    return _by_name(url)


def _by_name(url: str) -> str:
    """A SOCKS proxy is given the server's name, not its address."""
    return f"socks5h{url[len('socks5') :]}" if url.startswith("socks5://") else url


def _either(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.upper()) or environment.get(name) or ""


def _is_direct(server: str, exceptions: str) -> bool:
    parts = urlsplit(server)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS.get(parts.scheme)
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    rules = (rule.strip().lower() for rule in exceptions.split(","))
    return any(_covers(rule, host, address, port) for rule in rules if rule)


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _covers(rule: str, host: str, address: _Address | None, port: int | None) -> bool:
    if rule == "*":
        return True
    if address is not None and "/" in rule:
        try:
            return address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    if _address(rule) is None:
        name, colon, number = rule.rpartition(":")
        if colon and number.isdigit():
            if int(number) != port:
                return False
            rule = name
    rule = rule.strip("[]")
    if address is not None:
        return _address(rule) == address
    rule = rule.removeprefix("*")
    if rule.startswith("."):
        return host.endswith(rule)
    return host == rule or host.endswith(f".{rule}")


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


_NOT_KUBERNETES = "does not answer like the API of a Kubernetes server"
_WORDS = {
    "unauthorized": "does not accept the credentials: token or certificate is wrong or expired",
    "invalid": _NOT_KUBERNETES,
    "absent": _NOT_KUBERNETES,
}


def first_contact(client: Client) -> tuple[str | None, tuple[Refusal, ...]]:
    """The server's version. Raises ReadError unless it is only this that may not be read."""
    try:
        return server_version(client), ()
    except ReadError as failure:
        if failure.kind != "denied":
            raise
        return None, (_refused("/version", failure, "cluster.version"),)


def served_apis(client: Client) -> tuple[Served | None, tuple[Refusal, ...]]:
    """What the server serves; None after a refusal, which leaves parts of a cluster unseen."""
    try:
        return discover(client), ()
    except ReadError as failure:
        return None, (_refused("/apis", failure, "cluster.components"),)


def no_contact(connection: Connection, failure: ReadError) -> str:
    """The one line about a server that could not be read at all."""
    known = _WORDS.get(failure.kind)
    what = f"the server {known}" if known else f"the server could not be read: {failure.reason}"
    error = ProbeError(
        what,
        where=f"{connection.server} (context {connection.context})",
        remedy="check the context, or leave the cluster out with --no-cluster",
    )
    return error.line()


def _refused(path: str, failure: ReadError, fact: str) -> Refusal:
    return Refusal(
        resource=path, verb="get", reason=failure.reason, facts=(fact,), cause=failure.kind
    )
