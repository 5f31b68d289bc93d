"""etcd, and the few calls to its JSON gateway that give a clean kube-apiserver back."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import urllib3

from tests.real.parts import process
from tests.real.parts.part import Part, cache_directory, find_binary, free_port

OPERATIONS_PER_TRANSACTION = 100
FIRST_KEY, AFTER_LAST_KEY = b"\0", b"\xff"


class Etcd(Part):
    """One member on loopback; `url` is what kube-apiserver is given."""

    name = "etcd"
    url: str

    def start(self, stack: ExitStack) -> None:
        binary = find_binary(
            "etcd", "apt-get install etcd-server", cache_directory() / "kube" / "bin" / "etcd"
        )
        self.url = f"http://127.0.0.1:{free_port()}"
        peer = f"http://127.0.0.1:{free_port()}"
        self._pool = urllib3.PoolManager(retries=False, timeout=60)
        stack.callback(self._pool.clear)
        process.start(
            stack,
            [binary, *_options(self.directory, self.url, peer)],
            log=self.directory / "log",
            ready=self._healthy,
        )

    def keys(self) -> tuple[bytes, ...]:
        """Every key, in order."""
        span = _span(FIRST_KEY, AFTER_LAST_KEY)
        answer = self._call("kv/range", {**span, "keys_only": True})
        return tuple(sorted(base64.b64decode(entry["key"]) for entry in answer.get("kvs", ())))

    def keep_only(self, keys: Sequence[bytes]) -> None:
        """Deletes every key that is not in `keys`."""
        edges = [FIRST_KEY, *sorted(keys), AFTER_LAST_KEY]
        gaps = [_span(left + b"\0", right) for left, right in pairwise(edges)]
        operations = [{"request_delete_range": gap} for gap in gaps]
        for start in range(0, len(operations), OPERATIONS_PER_TRANSACTION):
            some = operations[start : start + OPERATIONS_PER_TRANSACTION]
            self._call("kv/txn", {"success": some})

    def compact(self) -> None:
        """Forgets all history, so that continue tokens and watches from before have expired."""
        newer = self._call("kv/put", {"key": _text(b"compaction")})["header"]["revision"]
        self._call("kv/compaction", {"revision": newer, "physical": True})

    def _healthy(self) -> bool:
        return self._pool.request("GET", f"{self.url}/health").status == 200

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._pool.request("POST", f"{self.url}/v3/{method}", body=json.dumps(body))
        if answer.status != 200:
            raise AssertionError(f"etcd answered {answer.status} to {method}: {answer.data!r}")
        result: dict[str, Any] = answer.json()
        return result


def _options(directory: Path, url: str, peer: str) -> tuple[str, ...]:
    return (
        f"--data-dir={directory / 'data'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        f"--quota-backend-bytes={8 * 1024**3}",
        "--log-level=warn",
        "--logger=zap",
    )


def _span(first: bytes, end: bytes) -> dict[str, Any]:
    return {"key": _text(first), "range_end": _text(end)}


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
