"""The docker package's client, held to reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import docker
import requests
import urllib3
from docker.constants import MINIMUM_DOCKER_API_VERSION
from docker.errors import DockerException
from docker.tls import TLSConfig

from advisor.probes.answers import EndlessError, Pace, read_body
from advisor.probes.docker.dial import CommandPool, StreamAdapter, StreamPool, UnixPool
from advisor.probes.docker.documents import Document
from advisor.probes.docker.endpoint import Endpoint, TlsFiles
from advisor.probes.docker.engine import READERS, EngineError, as_json, choose_version
from advisor.probes.docker.reasons import describe_failure, describe_ssh_failure, describe_status
from advisor.probes.docker.remote import dial_words

BASE = "http+docker://localhost"
LARGEST_BYTES = 1 << 28
"""Of one answer, unpacked: a host of thousands of containers has a tenth of it."""


class ReadOnlyClient(docker.APIClient):
    """An APIClient through which nothing but GET passes."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Raises EngineError for any other method, before anything is sent."""
        if request.method != "GET":
            raise EngineError(f"advisor does not send {request.method} requests")
        return super().send(request, **options)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: an engine sends nobody elsewhere, and where to is not for it to say."""


class ClientReader:
    """The EngineReader of a real engine."""

    api_version = ""

    def __init__(
        self,
        endpoint: Endpoint,
        timeout: float,
        environment: Mapping[str, str],
        connections: int = READERS,
    ) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._pool = _make_pool(endpoint, timeout, environment, connections)
        try:
            self._client = _make_client(endpoint, timeout)
        except (DockerException, requests.RequestException, OSError, ValueError) as error:
            raise EngineError(describe_failure(error, endpoint, timeout)) from error
        if self._pool is not None:
            self._client.mount(BASE, StreamAdapter(self._pool))
            self._client.base_url = BASE

    def negotiate(self) -> None:
        """Agrees on the API version. Raises EngineError."""
        url = f"{self._client.base_url}/version"
        try:
            version = Document(as_json(self._fetch(url, {})))
        except EngineError as error:
            if error.status is not None and requests.utils.get_environ_proxies(url):
                reason = f"{error.reason} (asked through a proxy: see HTTP_PROXY and NO_PROXY)"
                raise EngineError(reason, error.status) from error
            raise
        self.api_version = choose_version(version.text("ApiVersion"), version.text("MinAPIVersion"))

    def get(self, path: str, **parameters: str) -> bytes:
        """The body of GET `path`, below the API version. Raises EngineError."""
        url = f"{self._client.base_url}/v{self.api_version}{path}"
        return self._fetch(url, parameters)

    def close(self) -> None:
        """Gives back all connections and ends every ssh."""
        self._client.close()

    def _fetch(self, url: str, parameters: Mapping[str, str]) -> bytes:
        # Given with the request, or REQUESTS_CA_BUNDLE would replace the engine's own authority.
        options: dict[str, Any] = {
            "timeout": self._timeout,
            "verify": self._client.verify,
            "allow_redirects": False,
            "stream": True,
        }
        try:
            with self._client.get(url, params=dict(parameters), **options) as answer:
                pace = Pace("an engine", LARGEST_BYTES, self._timeout)
                body = read_body(answer.raw, pace, decode=True)
        except EndlessError as error:
            raise EngineError(str(error)) from error
        except _FAILURES as error:
            raise EngineError(self._reason(error)) from error
        if answer.status_code != requests.codes.ok:
            raise EngineError(describe_status(answer.status_code, body), answer.status_code)
        return body

    def _reason(self, error: BaseException) -> str:
        said = self._pool.last_error() if self._pool else ""
        if said:
            return describe_ssh_failure(said, self._endpoint)
        return describe_failure(error, self._endpoint, self._timeout)


_FAILURES = (requests.RequestException, DockerException, urllib3.exceptions.HTTPError, OSError)


def _make_pool(
    endpoint: Endpoint, timeout: float, environment: Mapping[str, str], connections: int
) -> StreamPool | None:
    """None for transports that the docker package serves well itself."""
    if endpoint.transport == "unix":
        return UnixPool(endpoint.socket, timeout, connections)
    if endpoint.transport == "ssh":
        return CommandPool(dial_words(endpoint, timeout), environment, timeout, connections)
    return None


def _make_client(endpoint: Endpoint, timeout: float) -> ReadOnlyClient:
    """A client that has sent nothing yet; the version given is replaced by `negotiate`."""
    urls = {
        "unix": f"unix://{endpoint.socket}",
        "npipe": f"npipe://{endpoint.socket}",
        "tcp": f"tcp://{_bracketed(endpoint.host)}:{endpoint.port}",
        "ssh": "unix:///",
    }
    return ReadOnlyClient(
        base_url=urls[endpoint.transport],
        version=MINIMUM_DOCKER_API_VERSION,
        timeout=int(timeout) or 1,
        tls=_tls_config(endpoint.tls),
        max_pool_size=READERS,
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tls_config(tls: TlsFiles | None) -> TLSConfig | bool:
    if tls is None:
        return False
    pair = (tls.certificate, tls.key) if tls.certificate else None
    return TLSConfig(client_cert=pair, ca_cert=tls.authority or None, verify=tls.verify)
