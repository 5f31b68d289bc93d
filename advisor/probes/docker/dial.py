"""HTTP to an engine over a unix socket, or over the standard streams of a command."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

import requests
import requests.adapters
import urllib3
import urllib3.connection
import urllib3.connectionpool

END_SECONDS = 5
READ_FROM_THE_END = 4000
LISTEN_SECONDS = 0.5


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
        """Ends the process too."""
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
        """Starts the command."""
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
