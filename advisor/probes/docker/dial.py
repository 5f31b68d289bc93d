"""HTTP to an engine over the standard streams of a command."""

from __future__ import annotations

import socket
import subprocess
import tempfile
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


class DialConnection(urllib3.connection.HTTPConnection):
    """A connection that is one end of a socket pair; the command has the other as its streams.

    A real socket, so that timeouts and the pool's check for dropped connections work.
    """

    def __init__(self, pool: DialPool, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None

    def connect(self) -> None:
        """Starts the command."""
        ours, theirs = socket.socketpair()
        with theirs:
            ours.settimeout(self._pool.seconds)
            try:
                self._process = self._pool.start(theirs)
            except OSError:
                ours.close()
                raise
        self.sock = ours

    def close(self) -> None:
        """Ends the command too."""
        super().close()
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)


class DialPool(urllib3.connectionpool.HTTPConnectionPool):
    """Connections that are kept and used again: one run of the command for each at a time."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], seconds: float, size: int
    ) -> None:
        super().__init__("localhost", maxsize=size, block=True)
        self.seconds = seconds
        self._words = list(words)
        self._environment = dict(environment)
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this

    def start(self, streams: socket.socket) -> subprocess.Popen[bytes]:
        """Raises OSError when the command is not there."""
        return subprocess.Popen(
            self._words,
            stdin=streams.fileno(),
            stdout=streams.fileno(),
            stderr=self._errors,
            env=self._environment,
        )

    def last_error(self) -> str:
        """The last line that the command, in any of its runs, wrote as an error."""
        size = self._errors.seek(0, 2)
        self._errors.seek(max(0, size - READ_FROM_THE_END))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def _new_conn(self) -> DialConnection:
        return DialConnection(self, self.seconds)


class DialAdapter(requests.adapters.HTTPAdapter):
    """Sends a session's requests through a DialPool, whatever their host."""

    def __init__(self, pool: DialPool) -> None:
        self._dial = pool
        super().__init__()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> DialPool:
        """The pool, for requests from 2.32 on."""
        return self._dial

    def get_connection(self, *_: Any, **__: Any) -> DialPool:
        """The pool, for requests before 2.32."""
        return self._dial

    def request_url(self, request: Any, *_: Any) -> str:
        """The path alone: proxies have no part in this."""
        return str(request.path_url)

    def close(self) -> None:
        """Ends every command."""
        super().close()
        self._dial.close()
