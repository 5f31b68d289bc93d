"""The addresses of the server, and who may ask: the right host name, and the token where one is
set. No route reads a file or judges anything: processes do."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor import __version__
from advisor.serving import openapi, page
from advisor.serving.openapi import EXAMPLES
from advisor.serving.pool import BrokenWorkerError, BusyError, TooSlowError, WorkerPool
from advisor.serving.worker import (
    HTML,
    Answered,
    Asked,
    Form,
    Setup,
    failed,
    prepare,
    work,
)

COOKIE = "advisor"

OPEN_PATHS = frozenset({"/healthz", "/login"})
"""What is answered without a token, besides style and script."""


class Access:
    """Compares tokens without saying by the time it takes how much of one was right."""

    def __init__(self, token: str, hosts: frozenset[str]) -> None:
        self._token, self._hosts = token.encode(), hosts
        self._cookie = hmac.new(self._token, b"advisor serve", hashlib.sha256).hexdigest()

    @property
    def asks(self) -> bool:
        """Whether a token is asked for."""
        return bool(self._token)

    def may_call_it(self, host: str) -> bool:
        """Whether the server goes by this name. On loopback it has few: another one means that a
        page elsewhere had the browser sent here."""
        return not self._hosts or _name_of(host) in self._hosts

    def allows(self, path: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether a request may be answered."""
        if not self.asks or path in OPEN_PATHS or path.startswith("/static/"):
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_token(given.strip())
        return _same(cookies.get(COOKIE, "").encode(), self._cookie.encode())

    def is_token(self, given: str) -> bool:
        """Whether a text is the token."""
        return self.asks and _same(given.encode(), self._token)

    @property
    def cookie(self) -> str:
        """What a browser shows instead of the token after that was given once."""
        return self._cookie


def _same(presented: bytes, other: bytes) -> bool:
    return hmac.compare_digest(hashlib.sha256(presented).digest(), hashlib.sha256(other).digest())


def _name_of(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[").lower()
    return host.rpartition(":")[0].lower() if host.count(":") == 1 else host.lower()


class Limits(NamedTuple):
    """What a request may take: `most_bytes` of a body that is here within `body_seconds`, then
    `seconds` in its process, for which `waiting` others may wait."""

    most_bytes: int = 2**20
    body_seconds: float = 10.0
    seconds: float = 2.0
    waiting: int = 64


POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_OWN_POLICY = "frame-ancestors 'none'"
"""A report brings its own policy, with the digests of its style and script."""

Pool = WorkerPool[Asked, Answered]


class Site(NamedTuple):
    """What is served: the frame of every page, and further pages by their address."""

    frame: page.Site
    pages: Mapping[str, str]


class _Served:
    """The routes of the server."""

    def __init__(self, pool: Pool, site: Site, access: Access, limits: Limits) -> None:
        self._pool, self._site, self._access, self._limits = pool, site, access, limits
        self._examples: dict[str, bytes] = {}
        self._files = {asset.name: asset for asset in page.assets().values()}

    async def make_examples(self) -> None:
        """The page with each example filled in, once for all who look at it."""
        for example in EXAMPLES:
            form = urlencode({"text": example.text, "lines": "1"}).encode()
            self._examples[example.key] = (await self._pool.run(Asked("page", form))).body

    async def show(self, request: Request) -> Response:
        """The page with an example."""
        wanted = request.query_params.get("example", "")
        body = self._examples.get(wanted) or self._examples[EXAMPLES[0].key]
        return Response(body, media_type=HTML)

    async def whole(self, request: Request) -> Response:
        """The page with what a form without a script sent."""
        return await self._answer(request, "page")

    async def fragment(self, request: Request) -> Response:
        """The part of it that a script puts in its place."""
        return await self._answer(request, "answer")

    async def check(self, request: Request) -> Response:
        """The same for programs."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _response(failed("json", 415, "the body has to be application/json"))
        return await self._answer(request, "json")

    async def _answer(self, request: Request, form: Form) -> Response:
        try:
            body = await self._body(request, self._limits.most_bytes)
            return _response(await self._pool.run(Asked(form, body)))
        except TooLargeError:
            most = self._limits.most_bytes
            told = failed(form, 413, f"more than {most:,} bytes: paste less at once")
        except TimeoutError:
            told = failed(form, 408, "the text took too long to arrive")
        except BusyError:
            told = failed(form, 429, "the server is busy: try again in a second")
        except TooSlowError:
            told = failed(form, 422, "this takes too long to judge: paste less at once")
        except BrokenWorkerError:
            told = failed(form, 422, "this takes too much memory to judge: paste less at once")
        return _response(told)

    async def _body(self, request: Request, most: int) -> bytes:
        return await asyncio.wait_for(_body(request, most), self._limits.body_seconds)

    async def describe(self, _: Request) -> Response:
        """What programs may send, and what they get."""
        return Response(openapi.document(), media_type="application/json")

    async def asset(self, request: Request) -> Response:
        """Style and script, whose names change with them."""
        content = self._files.get(request.path_params["name"])
        if content is None:
            raise HTTPException(404)
        forever = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(content.content, media_type=content.kind, headers=forever)

    async def health(self, _: Request) -> Response:
        """Whether there is a process to work."""
        ready = self._pool.ready
        state = "ok" if ready else "no worker"
        told = {"status": state, "version": __version__, "workers": ready}
        return JSONResponse(told, status_code=200 if ready else 503)

    async def further(self, request: Request) -> Response:
        """The report."""
        text = self._site.pages[request.url.path.rpartition("/")[2]]
        return Response(text, media_type=HTML, headers={"content-security-policy": _OWN_POLICY})

    async def sign_in(self, request: Request) -> Response:
        """Take the token once; then a cookie that is made of it counts."""
        if not self._access.asks:
            return RedirectResponse("./", status_code=303)
        if request.method == "GET":
            return Response(page.sign_in(self._site.frame), media_type=HTML)
        try:
            body = await self._body(request, 4096)
        except (TimeoutError, TooLargeError):
            body = b""
        given = parse_qs(body.decode("ascii", "replace")).get("token", [""])[0]
        if not self._access.is_token(given):
            text = page.sign_in(self._site.frame, "That is not the token.")
            return Response(text, status_code=403, media_type=HTML)
        response = RedirectResponse("./", status_code=303)
        response.set_cookie(
            COOKIE,
            self._access.cookie,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def sign_out(self, _: Request) -> Response:
        """Forget the cookie."""
        response = RedirectResponse("login", status_code=303)
        response.delete_cookie(COOKIE)
        return response


def _routed(served: _Served, site: Site) -> ASGIApp:
    routes = [
        Route("/", served.show, methods=["GET"]),
        Route("/", served.whole, methods=["POST"]),
        Route("/answer", served.fragment, methods=["POST"]),
        Route("/api/v1/check", served.check, methods=["POST"]),
        Route("/api/v1/openapi.json", served.describe, methods=["GET"]),
        Route("/static/{name}", served.asset, methods=["GET"]),
        Route("/healthz", served.health, methods=["GET"]),
        Route("/login", served.sign_in, methods=["GET", "POST"]),
        Route("/logout", served.sign_out, methods=["POST"]),
        *(Route(f"/{name}", served.further, methods=["GET"]) for name in site.pages),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _not_here})


class TooLargeError(Exception):
    """The body of a request is too large."""


async def _body(request: Request, most: int) -> bytes:
    """All of it, or as much as shows that it is too much."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise TooLargeError
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)


def _response(answered: Answered) -> Response:
    if answered.fault:
        sys.stderr.write(f"advisor: a request failed: {answered.fault}\n")
    headers = {"retry-after": "1"} if answered.status == 429 else None
    return Response(answered.body, answered.status, headers, answered.kind)


async def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    form: Form = "json" if request.url.path.startswith("/api/") else "page"
    what = "there is no such page" if status == 404 else "this address is not asked like this"
    return _response(failed(form, status, what))


class Application:
    """The server for ASGI. What comes before every address is here: the host's name, the token,
    headers, a line of log. `start` before the first request, `stop` after the last."""

    def __init__(
        self,
        setup: Setup,
        site: Site,
        access: Access,
        limits: Limits,
        *,
        processes: int,
        quiet: bool = False,
    ) -> None:
        self._access, self._frame, self._quiet = access, site.frame, quiet
        self._pool: Pool = WorkerPool(
            work,
            prepare,
            (setup,),
            shared="advisor.serving.shared",
            processes=processes,
            waiting=limits.waiting,
            seconds=limits.seconds,
        )
        self._served = _Served(self._pool, site, access, limits)
        self._routed = _routed(self._served, site)

    async def start(self) -> None:
        """Make the processes ready. BrokenProcessPool when one cannot be."""
        await self._pool.start()
        await self._served.make_examples()

    async def stop(self) -> None:
        """End the processes."""
        await self._pool.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._routed(scope, receive, send)
            return
        began, status = time.monotonic(), 0
        request = Request(scope)

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", POLICY)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            answering = self._refusal(request) or self._routed
            await answering(scope, receive, dressed)
        except ClientDisconnect:
            status = 499
        finally:
            if not self._quiet:
                self._log(request, scope, status, time.monotonic() - began)

    def _refusal(self, request: Request) -> Response | None:
        """The answer to a request that may not be answered."""
        path = request.url.path
        form: Form = "json" if path.startswith("/api/") else "page"
        if not self._access.may_call_it(request.headers.get("host", "")):
            return _response(failed(form, 421, "this server does not go by that name"))
        if self._access.allows(path, request.headers, request.cookies):
            return None
        if form == "json" or path == "/answer":
            response = _response(failed("json", 401, "the token is missing or wrong"))
            response.headers["www-authenticate"] = "Bearer"
            return response
        return Response(page.sign_in(self._frame), 401, media_type=HTML)

    @staticmethod
    def _log(request: Request, scope: Scope, status: int, seconds: float) -> None:
        """Nothing of what was sent: an address that is not served could be anything."""
        route = scope.get("route")
        path = route.path if isinstance(route, Route) else "-"
        method = request.method if request.method in ("GET", "HEAD", "POST") else "-"
        sys.stderr.write(f"{method} {path} {status} {seconds * 1000:.0f} ms\n")
