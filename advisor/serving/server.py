"""The server itself: what is served, on which address, until it is told to stop."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from advisor.errors import AdvisorError, InputError
from advisor.serving import worker
from advisor.serving.application import Access, Application, Limits, Site

CONNECTIONS = 512
IDLE_SECONDS = 10

SHORTEST_TOKEN = 16
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Listen(NamedTuple):
    """An address to listen on."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(text: str) -> Listen:
    """`HOST:PORT`, `[HOST]:PORT` or `PORT`. InputError."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
        port = ""
    if not port.isdecimal() or int(port) > 65_535 or (colon and not host):
        raise InputError(
            f"'{text}' is no address to listen on",
            where="--listen",
            remedy="as in: --listen 127.0.0.1:8080",
        )
    return Listen(host or "127.0.0.1", int(port))


def check_token(listen: Listen, token: str) -> None:
    """InputError for an address that others reach without a token, and for one that is guessed."""
    if token and len(token) < SHORTEST_TOKEN:
        raise InputError(
            f"the token has fewer than {SHORTEST_TOKEN} characters",
            where="--token",
            remedy="`openssl rand -hex 24` makes one",
        )
    if not token and not listen.is_loopback:
        raise InputError(
            f"others reach {listen}, and no token is set",
            where="--listen",
            remedy="give one with --token or ADVISOR_TOKEN, or listen on 127.0.0.1",
        )


class Protocol(H11Protocol):
    """HTTP that does not wait for ever for the first line and the headers of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        self.loop.call_later(IDLE_SECONDS, self._give_up, self.cycle)

    def _give_up(self, before: object) -> None:
        """Close what has not begun another request since."""
        if self.cycle is before and not self.transport.is_closing():
            self.transport.close()


def serve(
    setup: worker.Setup,
    pages: dict[str, str],
    listen: Listen,
    token: str,
    *,
    workers: int,
    quiet: bool,
) -> None:
    """Serve until SIGINT or SIGTERM. InputError for an address that cannot be used."""
    names = _LOCAL_NAMES if listen.is_loopback and not token else frozenset()
    made = Application(
        setup,
        Site(setup.site, pages),
        Access(token, names),
        Limits(),
        processes=workers,
        quiet=quiet,
    )
    with _bound(listen) as bound:
        asyncio.run(_run(made, bound, Listen(listen.host, bound.getsockname()[1])))


async def _run(made: Application, bound: socket.socket, address: Listen) -> None:
    config = uvicorn.Config(
        made,
        http=Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=16 * 1024,
    )
    try:
        await made.start()
        sys.stderr.write(f"advisor: http://{address}/\n")
        await uvicorn.Server(config).serve(sockets=[bound])
    except BrokenProcessPool:
        raise AdvisorError("no process can be started to judge in") from None
    finally:
        await made.stop()


def _bound(listen: Listen) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        return socket.create_server((listen.host, listen.port), family=family, backlog=256)
    except OSError as error:
        raise InputError(
            f"cannot listen on {listen}: {error.strerror or error}",
            where="--listen",
            remedy="choose another address or port",
        ) from None
