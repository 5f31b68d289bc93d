"""A small client for filling a kube-apiserver: whole objects in, whole objects out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import urllib3

Json: TypeAlias = dict[str, Any]

THREADS = 8
MERGE = "application/merge-patch+json"
STATUS_KEPT_ON_CREATE = frozenset({"Node"})


class KubeRequestError(Exception):
    """A request the server refused; `body` is its Status object."""

    def __init__(self, method: str, path: str, status: int, body: Json) -> None:
        self.status = status
        self.body = body
        super().__init__(f"{method} {path}: {status} {body.get('message', body)}")


class KubeClient:
    """Talks to one server as the owner of `token`. Threads may share it."""

    def __init__(self, url: str, authority: Path, token: str) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._pool = urllib3.PoolManager(
            maxsize=THREADS, ca_certs=str(authority), retries=False, timeout=300
        )
        self._resources: dict[str, dict[str, Json]] = {}

    def close(self) -> None:
        """Closes the idle connections."""
        self._pool.clear()

    def get(self, path: str) -> Json:
        """The answer to GET `path`."""
        return self.request("GET", path)

    def delete(self, path: str) -> Json:
        """Deletes an object, or with the path of a collection all in it, without any grace."""
        return self.request("DELETE", path, {"gracePeriodSeconds": 0})

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        """Replaces the object at `path`; `path` may end in a subresource such as /status."""
        return self.request("PUT", path, body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Json:
        """Merges `body` into the object at `path`; `path` may end in a subresource."""
        answer = self._send("PATCH", path, body, MERGE)
        result: Json = msgspec.json.decode(answer)
        return result

    def create(self, path: str, body: Mapping[str, Any]) -> Json:
        """Posts `body` to the collection at `path`, just as it is."""
        return self.request("POST", path, body)

    def apply_status(self, path: str, status: Mapping[str, Any]) -> Json:
        """Replaces the status of the object at `path`, whatever else changed meanwhile."""
        body = {**self.get(path), "status": status}
        body["metadata"].pop("resourceVersion")
        return self.put(f"{path}/status", body)

    def add(self, *manifests: Mapping[str, Any]) -> tuple[Json, ...]:
        """Creates each object of any kind, its namespace first if need be, and its status too."""
        return tuple(self._add(manifest) for manifest in manifests)

    def bulk_create(
        self, path: str, bodies: Iterable[Mapping[str, Any]], *, threads: int = THREADS
    ) -> None:
        """Posts many objects to one collection at once; the first refusal is raised."""
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda body: self._send("POST", path, body), bodies):
                pass

    def bulk_apply_status(
        self, statuses: Mapping[str, Mapping[str, Any]], *, threads: int = THREADS
    ) -> None:
        """Merges a status into the object at each path at once; the first refusal is raised."""
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(self._merge_status, statuses.items()):
                pass

    def collection_path(self, manifest: Mapping[str, Any]) -> str:
        """Where `manifest` is posted, by its apiVersion, kind and namespace."""
        resource = self._resource(manifest["apiVersion"], manifest["kind"])
        prefix = _group_path(manifest["apiVersion"])
        if not resource["namespaced"]:
            return f"{prefix}/{resource['name']}"
        namespace = manifest["metadata"].get("namespace", "default")
        return f"{prefix}/namespaces/{namespace}/{resource['name']}"

    def is_ready(self) -> bool:
        """What /readyz says; raises urllib3's errors while nobody listens."""
        answer = self._pool.request("GET", f"{self.url}/readyz", headers=self._headers)
        return answer.status == 200

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """The decoded answer; KubeRequestError unless it is a success."""
        result: Json = msgspec.json.decode(self._send(method, path, body))
        return result

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, content_type: str = ""
    ) -> bytes:
        headers = self._headers | ({"Content-Type": content_type} if content_type else {})
        data = None if body is None else msgspec.json.encode(body)
        answer = self._pool.request(method, self.url + path, body=data, headers=headers)
        if answer.status >= 300:
            raise KubeRequestError(method, path, answer.status, _status_object(answer.data))
        return answer.data

    def _merge_status(self, entry: tuple[str, Mapping[str, Any]]) -> None:
        path, status = entry
        self.patch(f"{path}/status", {"status": status})

    def _add(self, manifest: Mapping[str, Any]) -> Json:
        path = self.collection_path(manifest)
        try:
            created = self.create(path, manifest)
        except KubeRequestError as error:
            if error.body.get("details", {}).get("kind") != "namespaces":
                raise
            name = manifest["metadata"]["namespace"]
            self.create("/api/v1/namespaces", {"metadata": {"name": name}})
            created = self.create(path, manifest)
        if "status" not in manifest or manifest["kind"] in STATUS_KEPT_ON_CREATE:
            return created
        return self.apply_status(f"{path}/{created['metadata']['name']}", manifest["status"])

    def _resource(self, version: str, kind: str) -> Json:
        if kind not in self._resources.get(version, {}):
            listed = self.get(_group_path(version))["resources"]
            self._resources[version] = {r["kind"]: r for r in listed if "/" not in r["name"]}
        return self._resources[version][kind]


def _group_path(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _status_object(data: bytes) -> Json:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.DecodeError:
        return {"message": data.decode(errors="replace")}
