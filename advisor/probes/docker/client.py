"""The docker package's client, held to reading, over a unix socket or a command's streams."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

import docker
import requests
import requests.adapters
import urllib3
import urllib3.connection
import urllib3.connectionpool
from docker.constants import MINIMUM_DOCKER_API_VERSION
from docker.errors import DockerException
from docker.tls import TLSConfig

from advisor.probes.answers import EndlessError, Pace, read_body
from advisor.probes.docker.documents import Document
from advisor.probes.docker.endpoint import Endpoint, TlsFiles
from advisor.probes.docker.engine import READERS, EngineError, EngineReader, as_json, choose_version
from advisor.probes.docker.reasons import describe_failure, describe_ssh_failure, describe_status
from advisor.probes.docker.remote import dial_words

BASE = "http+docker://localhost"
LARGEST_BYTES = 1 << 28
"""The largest answer, unpacked: a host of thousands of containers has a tenth of it."""


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
            # A client that has sent nothing yet; the version given is replaced by `negotiate`.
            urls = {
                "unix": f"unix://{endpoint.socket}",
                "npipe": f"npipe://{endpoint.socket}",
                "tcp": f"tcp://{_bracketed(endpoint.host)}:{endpoint.port}",
                "ssh": "unix:///",
            }
            self._client = ReadOnlyClient(
                base_url=urls[endpoint.transport],
                version=MINIMUM_DOCKER_API_VERSION,
                timeout=int(timeout) or 1,
                tls=_tls_config(endpoint.tls),
                max_pool_size=READERS,
            )
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


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tls_config(tls: TlsFiles | None) -> TLSConfig | bool:
    if tls is None:
        return False
    pair = (tls.certificate, tls.key) if tls.certificate else None
    return TLSConfig(client_cert=pair, ca_cert=tls.authority or None, verify=tls.verify)


END_SECONDS = 5
READ_FROM_THE_END = 4000
LISTEN_SECONDS = 0.5


@contextmanager
def open_engine(
    endpoint: Endpoint, timeout: float, environment: Mapping[str, str], connections: int = READERS
) -> Iterator[EngineReader]:
    """A reader of the engine over at most so many connections, its API version agreed.

    Raises EngineError.
    """
    reader = ClientReader(endpoint, timeout, environment, connections)
    try:
        reader.negotiate()
        yield reader
    finally:
        reader.close()


class StreamConnection(urllib3.connection.HTTPConnection):
    """A connection whose socket, and perhaps a process behind it, its pool opens."""

    def __init__(self, pool: StreamPool) -> None:
        super().__init__("localhost", timeout=pool.seconds)
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None

    def connect(self) -> None:
        """Raises OSError."""
        self.sock, self._process = self._pool.open_stream()

    def close(self) -> None:
        """Close the socket and end its process."""
        super().close()
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)


class StreamPool(urllib3.connectionpool.HTTPConnectionPool):
    """Connections that are kept and used again, at most `size` of them."""

    def __init__(self, seconds: float, size: int) -> None:
        super().__init__("localhost", maxsize=size, block=True)
        self.seconds = seconds

    @abstractmethod
    def open_stream(self) -> tuple[socket.socket, subprocess.Popen[bytes] | None]:
        """A socket that is connected and has its time limit. Raises OSError."""

    def last_error(self) -> str:
        """The last line that a process behind a connection wrote as an error."""
        return ""

    def _new_conn(self) -> StreamConnection:
        return StreamConnection(self)


class UnixPool(StreamPool):
    """Connections to a unix socket."""

    def __init__(self, path: str, seconds: float, size: int) -> None:
        super().__init__(seconds, size)
        self._path = path

    def open_stream(self) -> tuple[socket.socket, None]:
        """Unlike the docker package's own, it leaves no socket open when that fails."""
        stream = socket.socket(socket.AF_UNIX)
        try:
            stream.settimeout(self.seconds)
            stream.connect(self._path)
        except BaseException:
            stream.close()
            raise
        return stream, None


class CommandPool(StreamPool):
    """Connections that are one end of a socket pair; a command has the other as its streams.

    A real socket, so that timeouts and the pool's check for dropped connections work, and one run
    of the command (a login, for ssh) serves many requests.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], seconds: float, size: int
    ) -> None:
        super().__init__(seconds, size)
        self._words = list(words)
        self._environment = dict(environment)
        self._listeners: list[threading.Thread] = []
        self._errors = b""

    def open_stream(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        """Start the command whose standard streams are the connection."""
        ours, theirs = socket.socketpair()
        with theirs:
            ours.settimeout(self.seconds)
            try:
                return ours, self._start(theirs.fileno())
            except BaseException:
                ours.close()
                raise

    def last_error(self) -> str:
        for listener in self._listeners:
            listener.join(LISTEN_SECONDS)
        lines = self._errors.decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def _listen(self, pipe: IO[bytes]) -> None:
        """Keep the end of what a command complains of, however much that is."""
        with pipe, suppress(OSError, ValueError):
            while part := os.read(pipe.fileno(), READ_FROM_THE_END):
                self._errors = (self._errors + part)[-READ_FROM_THE_END:]

    def _start(self, streams: int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._words,
            stdin=streams,
            stdout=streams,
            stderr=subprocess.PIPE,
            env=self._environment,
        )
        listener = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
        listener.start()
        self._listeners.append(listener)
        return process


class StreamAdapter(requests.adapters.HTTPAdapter):
    """Sends a session's requests through a StreamPool, whatever their host."""

    def __init__(self, pool: StreamPool) -> None:
        self._pool = pool
        super().__init__()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> StreamPool:
        """The pool, for requests from 2.32 on."""
        return self._pool

    def get_connection(self, *_: Any, **__: Any) -> StreamPool:
        """The pool, for requests before 2.32."""
        return self._pool

    def request_url(self, request: Any, *_: Any) -> str:
        """The path alone: proxies have no part in this."""
        return str(request.path_url)

    def close(self) -> None:
        """Ends every command."""
        super().close()
        self._pool.close()
