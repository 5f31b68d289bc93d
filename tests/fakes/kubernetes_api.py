"""An API server in memory: pages its objects like a real one, and fails when told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from advisor.probes.kubernetes.connection import Connection
from advisor.probes.kubernetes.transport import Answer, Request, TransportError

Json = dict[str, Any]
Fault = Answer | TransportError
BUILT_IN = {
    "apps": ("v1", ("deployments", "statefulsets", "daemonsets")),
    "batch": ("v1", ("jobs", "cronjobs")),
    "storage.k8s.io": ("v1", ("storageclasses", "csidrivers", "csinodes")),
    "networking.k8s.io": ("v1", ("ingressclasses",)),
    "node.k8s.io": ("v1", ("runtimeclasses",)),
    "scheduling.k8s.io": ("v1", ("priorityclasses",)),
    "apiregistration.k8s.io": ("v1", ("apiservices",)),
    "admissionregistration.k8s.io": (
        "v1",
        (
            "validatingwebhookconfigurations",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        ),
    ),
    "resource.k8s.io": (
        "v1",
        ("deviceclasses", "resourceslices", "resourceclaims", "resourceclaimtemplates"),
    ),
}


def answer(status: int, body: Json | bytes, **headers: str) -> Answer:
    """An answer with a JSON body, or with just these bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    return Answer(status=status, body=data, headers=headers)


def refusal(status: int, message: str = "", **headers: str) -> Answer:
    """A Status object as the API sends it."""
    return answer(status, {"kind": "Status", "message": message}, **headers)


class FakeKubernetesApi:
    """A transport. `objects` are by path; `faults` of a path are used up before it answers.

    `extra` are served groups besides those every cluster has: group to (version, resources).
    """

    def __init__(
        self,
        objects: Mapping[str, list[Json | None]] | None = None,
        *,
        faults: Mapping[str, list[Fault]] | None = None,
        extra: Mapping[str, tuple[str, tuple[str, ...]]] | None = None,
        page: int = 500,
        version: str = "v1.34.3",
    ) -> None:
        self.version = version
        self.objects = dict(objects or {})
        self.faults = {path: list(each) for path, each in (faults or {}).items()}
        self.groups = BUILT_IN | dict(extra or {})
        self.page = page
        self.requests: list[Request] = []
        self.stream_faults: list[TransportError | bytes | None] = []
        self.review: Callable[[Json], Json] = lambda _: {"allowed": True}

    def send(self, request: Request) -> Answer:
        """Answer from memory."""
        self.requests.append(request)
        waiting = self.faults.get(request.path)
        if waiting:
            fault = waiting[0] if len(waiting) == 1 else waiting.pop(0)
            if isinstance(fault, TransportError):
                raise fault
            if fault.status != 200 or fault.body:
                return fault
        if request.body is not None:
            return answer(201, {"status": self.review(json.loads(request.body))})
        if request.path == "/version":
            return answer(200, {"gitVersion": self.version})
        if request.path == "/apis":
            return answer(200, self._discovery())
        return self._list(request)

    def stream(self, request: Request) -> Iterator[bytes]:
        """The whole list at once, in parts that respect nothing."""
        self.requests.append(request)
        fault = self.stream_faults.pop(0) if self.stream_faults else None
        if isinstance(fault, TransportError):
            raise fault
        items = self.objects.get(request.path, self._in_namespace(request.path))
        document = {"kind": kind_of(request.path), "metadata": {}, "items": items}
        body = json.dumps(document, separators=(",", ":"))
        data = fault if fault is not None else body.encode() + b"\n"
        yield from (data[start : start + 100_000] for start in range(0, len(data), 100_000))

    def paths(self) -> list[str]:
        """Every path asked for, in order."""
        return [request.path for request in self.requests]

    def _discovery(self) -> Json:
        items = [
            {
                "metadata": {"name": group},
                "versions": [
                    {"version": version, "resources": [{"resource": one} for one in resources]}
                ],
            }
            for group, (version, resources) in self.groups.items()
        ]
        return {"kind": "APIGroupDiscoveryList", "items": items}

    def _list(self, request: Request) -> Answer:
        items = self.objects.get(request.path, self._in_namespace(request.path))
        start = int(request.query.get("continue", "0"))
        size = min(int(request.query["limit"]), self.page)
        left = len(items) - start - size
        metadata: Json = {}
        if left > 0:
            metadata = {"continue": str(start + size), "remainingItemCount": left}
        page = {"metadata": metadata, "items": items[start : start + size]}
        return answer(200, {"kind": kind_of(request.path), **page})

    def _in_namespace(self, path: str) -> list[Json | None]:
        parts = path.split("/namespaces/")
        if len(parts) != 2:
            return []
        namespace, _, resource = parts[1].partition("/")
        found = self.objects.get(f"{parts[0]}/{resource}", [])
        return [one for one in found if one and one["metadata"]["namespace"] == namespace]


def kind_of(path: str) -> str:
    """The kind of the list at a path, spelled in lower case but for its last word."""
    resource = path.rpartition("/")[2]
    singular = resource.removesuffix("es") if resource.endswith("sses") else resource[:-1]
    singular = f"{resource[:-3]}y" if resource.endswith("ies") else singular
    return "PodList" if singular == "pod" else f"{singular}List"


NOTHING_WRONG = Answer(status=200, body=b"")
"""A fault that is none: it lets one request through before the next fault."""


def connection(api: FakeKubernetesApi) -> Connection:
    """A connection to a fake."""
    return Connection(context="test", server="https://api.example:6443", transport=api)


class Pauses:
    """Instead of waiting: remembers for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
