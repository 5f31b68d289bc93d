"""A registry in memory, and the same behind a socket on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from urllib3 import HTTPHeaderDict

from advisor.probes.registry.credentials import Login
from advisor.probes.registry.transport import Answer

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Request(NamedTuple):
    """One that came in; `host` is what the client called the server."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    authorization: str
    body: bytes = b""


class Reply(NamedTuple):
    """`dribble` seconds pass before each byte; only `cut` bytes of the body are sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    pause: float = 0.0
    dribble: float = 0.0
    cut: int | None = None


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def errors(status: int, code: str, **headers: str) -> Reply:
    body = json.dumps({"errors": [{"code": code, "message": "sorry"}]}).encode()
    return Reply(status, body, {"Content-Type": "application/json", **headers})


class RegistryTwin:
    """`auth` is none, basic or bearer. `public` repositories are open to strangers, the rest wants
    the user `ann` with `secret`. `unknown` is what it says of what it does not have; `opaque`
    tokens do not tell what they grant. `scripted` replies come first, each once."""

    def __init__(self, auth: str = "none", public: tuple[str, ...] = (), base: str = "") -> None:
        self.auth = auth
        self.public = public
        self.base = base
        self.opaque = False
        self.unknown = "MANIFEST_UNKNOWN"
        self.documents: dict[str, tuple[str, bytes]] = {}
        self.scripted: dict[tuple[str, str], list[Reply]] = {}
        self.requests: list[Request] = []

    def add_image(self, name: str, tag: str, architecture: str = "amd64", **more: Any) -> str:
        """A single manifest; returns its digest."""
        config = json.dumps({"architecture": architecture, "os": "linux", **more}).encode()
        self._blob(name, config)
        return self._manifest(name, tag, MANIFEST, {"config": {"digest": digest_of(config)}})

    def add_index(self, name: str, tag: str, architectures: tuple[str, ...]) -> str:
        """An index of images that are in the same repository, and an attestation."""
        digests = [self.add_image(name, "", one) for one in architectures]
        listed: list[dict[str, Any]] = [
            {"digest": digest, "platform": {"architecture": one, "os": "linux"}}
            for digest, one in zip(digests, architectures, strict=True)
        ]
        unknown = {"architecture": "unknown", "os": "unknown"}
        listed.append({"digest": digest_of(b"attestation"), "platform": unknown})
        return self._manifest(name, tag, INDEX, {"manifests": listed})

    def config_digest(self, name: str, reference: str) -> str:
        """The digest of the config that a manifest names."""
        kept = self.documents[f"/v2/{name}/manifests/{reference}"][1]
        return str(json.loads(kept)["config"]["digest"])

    def script(self, method: str, path: str, *replies: Reply) -> None:
        """Replies to give before all others."""
        self.scripted.setdefault((method, path), []).extend(replies)

    def asked(self) -> list[str]:
        """Method and path of each request, in order."""
        return [f"{one.method} {one.path}" for one in self.requests]

    def answer(self, request: Request) -> Reply:
        """What a registry would say."""
        self.requests.append(request)
        if waiting := self.scripted.get((request.method, request.path)):
            return waiting.pop(0)
        if request.path == "/token":
            return self._token(request)
        if not self._may(request):
            return self._refused(request)
        if request.path == "/v2/":
            return Reply(200, b"{}")
        found = self.documents.get(request.path)
        if found is None:
            return errors(404, "BLOB_UNKNOWN" if "/blobs/" in request.path else self.unknown)
        headers = {"Content-Type": found[0], "Docker-Content-Digest": digest_of(found[1])}
        return Reply(200, found[1], headers)

    def _manifest(self, name: str, tag: str, kind: str, content: Mapping[str, Any]) -> str:
        body = json.dumps({"schemaVersion": 2, "mediaType": kind, **content}).encode()
        for reference in {tag, digest_of(body)} - {""}:
            self.documents[f"/v2/{name}/manifests/{reference}"] = (kind, body)
        return digest_of(body)

    def _blob(self, name: str, body: bytes) -> None:
        kept = ("application/octet-stream", body)
        self.documents[f"/v2/{name}/blobs/{digest_of(body)}"] = kept

    def _may(self, request: Request) -> bool:
        name = repository_of(request.path)
        if self.auth == "none":
            return True
        if self.auth == "basic":
            return name in self.public or request.authorization == Login("ann", "secret").basic
        return (
            bool(name)
            and request.authorization.startswith("Bearer ")
            and _granted(request.authorization.removeprefix("Bearer "), name)
        )

    def _refused(self, request: Request) -> Reply:
        name = repository_of(request.path)
        challenge = 'Basic realm="twin"'
        if self.auth == "bearer":
            scope = f',scope="repository:{name}:pull"' if name else ""
            challenge = f'Bearer realm="{self.base}/token",service="twin"{scope}'
        return errors(401, "UNAUTHORIZED", **{"WWW-Authenticate": challenge})

    def _token(self, request: Request) -> Reply:
        form = {key: value[-1] for key, value in parse_qs(request.body.decode()).items()}
        asked = {**request.query, **form}
        name = asked["scope"].removeprefix("repository:").removesuffix(":pull")
        known = request.authorization == Login("ann", "secret").basic
        known = known or asked.get("refresh_token") == "identity"
        if request.authorization and not known:
            return errors(401, "UNAUTHORIZED")
        token = _jwt(name, granted=known or name in self.public)
        if self.opaque:
            token = base64.urlsafe_b64encode(token.encode()).decode()
        return Reply(200, json.dumps({"token": token, "expires_in": 300}).encode())


def repository_of(path: str) -> str:
    """`a/b` of /v2/a/b/manifests/1."""
    for part in ("/manifests/", "/blobs/"):
        if part in path:
            return path.removeprefix("/v2/").partition(part)[0]
    return ""


def _jwt(name: str, *, granted: bool) -> str:
    access = [{"type": "repository", "name": name, "actions": ["pull"] if granted else []}]
    claims = json.dumps({"access": access}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.sig"


def _granted(token: str, name: str) -> bool:
    if token.count(".") != 2:
        token = base64.urlsafe_b64decode(token).decode()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return any(one["name"] == name and "pull" in one["actions"] for one in claims["access"])


class MemorySender:
    """The Sender that asks a twin without a socket."""

    def __init__(self, twin: RegistryTwin) -> None:
        self.twin = twin

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        parts = urlsplit(url)
        query = {key: value[-1] for key, value in parse_qs(parts.query).items()}
        authorization = headers.get("Authorization", "")
        request = Request(method, parts.netloc, parts.path, query, authorization, body or b"")
        reply = self.twin.answer(request)
        sent = b"" if method == "HEAD" else reply.body
        return Answer(reply.status, HTTPHeaderDict(reply.headers), sent)


class MemoryKeyring:
    """Logins by registry."""

    def __init__(self, **logins: Login) -> None:
        self.logins = logins

    def find(self, registry: str, repository: str) -> Login | None:
        del repository
        return self.logins.get(registry)


@contextmanager
def served(twin: RegistryTwin) -> Iterator[str]:
    """The twin on a loopback port; gives host and port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            parts = urlsplit(self.path)
            query = {key: value[-1] for key, value in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            authorization = self.headers.get("Authorization", "")
            host = self.headers.get("Host", "")
            request = Request(self.command, host, parts.path, query, authorization, body)
            with suppress(OSError):
                self._send(twin.answer(request))

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.pause)
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            body = b"" if self.command == "HEAD" else reply.body[: reply.cut]
            step = 1 if reply.dribble else max(1, len(body))
            for start in range(0, len(body), step):
                time.sleep(reply.dribble)
                self.wfile.write(body[start : start + step])
            self.close_connection = self.close_connection or reply.cut is not None

        do_GET = do_HEAD = do_POST = reply  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        host = f"127.0.0.1:{server.server_port}"
        twin.base = f"http://{host}"
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()
