"""What was not read never passes: a real API server behind a proxy that spoils its answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Advisor, Ended
from tests.real.attack.fault_proxy import Asked, Fault, Given, changed, spoiled
from tests.real.parts.kube_api_server import READER, KubeApiServer
from tests.real.test_audit import gpu_node

pytestmark = pytest.mark.attack

ROLE = yaml.safe_load((Path(__file__).parents[3] / "deploy" / "clusterrole.yaml").read_text())
JSON = {"Content-Type": "application/json"}
TIMEOUT = "6"


def pod(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "team", "annotations": {"note": f"of {name}"}},
        "spec": {
            "nodeName": "gpu-1",
            "containers": [{"name": "c", "image": f"reg.example/{name}:1"}],
        },
        "status": {"phase": "Running"},
    }


@pytest.fixture
def cluster(kube_api_server: KubeApiServer) -> KubeApiServer:
    """Two GPU nodes and three pods, which the reader may read."""
    kube_api_server.grant(READER, ROLE)
    kube_api_server.client.add(gpu_node("gpu-1"), gpu_node("gpu-2"), *map(pod, ("a", "b", "c")))
    return kube_api_server


def refusal(status: int, **headers: str) -> Callable[[Given], Given]:
    message = {"kind": "Status", "status": "Failure", "message": "not now", "code": status}
    answer = Given(status, {**JSON, **headers}, json.dumps(message).encode())
    return lambda _: answer


def of(name: str, spoil: Callable[[Given], Given]) -> Fault:
    """The fault for the list of one kind only."""
    return lambda asked, given: spoil(given) if asked.lists(name) else given


def late(spoil: Callable[[Given], Given]) -> Fault:
    """The fault from the moment in which the nodes are asked for."""
    begun: list[int] = []

    def fault(asked: Asked, given: Given) -> Given:
        if asked.lists("nodes"):
            begun.append(asked.number)
        return spoil(given) if begun and asked.path.startswith("/api") else given

    return fault


def cut(given: Given) -> Given:
    return given._replace(body=given.body[: len(given.body) // 2], stated=len(given.body))


def endless() -> Callable[[Given], Given]:
    tokens = iter(range(1, 10**9))

    def always_more(document: dict[str, Any]) -> None:
        document.setdefault("metadata", {})["continue"] = f"more-{next(tokens)}"

    return lambda given: changed(given, always_more)


GARBAGE = {
    "HTML": b"<html>please log in</html>",
    "nothing": b"",
    "half a document": b'{"kind":"NodeList","items":[{"meta',
    "an error": b'{"error":"no backend"}',
    "another kind": b'{"kind":"SecretList","items":[]}',
    "no list": b'{"kind":"Status","status":"Success"}',
}


def of_garbage(what: str) -> Fault:
    """For the nodes an answer of 200 that is no list of them."""
    return of("nodes", lambda _: Given(200, JSON, GARBAGE[what]))


FAULTS: dict[str, tuple[str, Callable[[], Fault]]] = {
    "401 midway": ("nodes", lambda: late(refusal(401))),
    "403 for nodes": ("nodes", lambda: of("nodes", refusal(403))),
    "403 for pods": ("pods", lambda: of("pods", refusal(403))),
    "403 for claims": (
        "persistentvolumeclaims",
        lambda: of("persistentvolumeclaims", refusal(403)),
    ),
    "nodes cut off": ("nodes", lambda: of("nodes", cut)),
    "pods cut off": ("pods", lambda: of("pods", cut)),
    "nodes without an end": ("nodes", lambda: of("nodes", endless())),
    "pods without an end": ("pods", lambda: of("pods", endless())),
    **{f"{what} for nodes": ("nodes", partial(of_garbage, what)) for what in GARBAGE},
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_command_passes_over_a_list_that_was_not_read(
    name: str, cluster: KubeApiServer, advisor: Advisor, folder: Path
) -> None:
    kind, make = FAULTS[name]
    (folder / "run.sh").write_text("docker run --gpus 1 reg.example/a/b:1\n")
    whole = ("--kubeconfig", str(cluster.kubeconfig(READER)))
    assert advisor("snapshot", *whole, "--no-docker", "-o", "whole.json").code == 0
    ended: dict[str, Ended] = {}
    for command, words in {
        "audit": ("audit", "--no-docker"),
        "JSON": ("audit", "--no-docker", "--format", "json", "--fail-on", "error"),
        "check": ("check", "run.sh"),
        "snapshot": ("snapshot", "--no-docker", "-o", "part.json"),
        "status": ("plan", "whole.json", "--status", "--no-docker"),
    }.items():
        with spoiled(cluster, make()) as kubeconfig:
            ended[command] = advisor(*words, "--kubeconfig", str(kubeconfig), "--timeout", TIMEOUT)
    ended["diff"] = advisor("diff", "whole.json", "part.json")
    ended["report"] = advisor("report", "part.json")
    assert {command: one.code for command, one in ended.items()} == dict.fromkeys(ended, 3)
    assert [command for command, one in ended.items() if f"{kind}: " not in one.err] == []
    assert "INCOMPLETE" in ended["audit"].out
    assert json.loads(ended["JSON"].out)["state"] == "incomplete"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda given: given._replace(drip=0.4),
        refusal(429, **{"Retry-After": "1"}),
        refusal(429, **{"Retry-After": "9" * 5000}),
        refusal(503, **{"Retry-After": "-1"}),
    ],
    ids=["a byte now and then", "Retry-After", "Retry-After of 5,000 digits", "Retry-After of -1"],
)
def test_a_server_that_keeps_one_waiting(
    spoil: Callable[[Given], Given], cluster: KubeApiServer, advisor: Advisor
) -> None:
    with spoiled(cluster, of("nodes", spoil)) as kubeconfig:
        ended = advisor(
            *("audit", "--no-docker", "--timeout", "4", "--kubeconfig", str(kubeconfig))
        )
    assert (ended.code, "nodes: " in ended.err) == (3, True)


def test_pods_that_are_listed_twice_count_once(cluster: KubeApiServer, advisor: Advisor) -> None:
    def twice(document: dict[str, Any]) -> None:
        document["items"] *= 2

    def audited(fault: Fault) -> dict[str, Any]:
        with spoiled(cluster, fault) as kubeconfig:
            words = ("audit", "--no-docker", "--kubeconfig", str(kubeconfig), "--format", "json")
            document: dict[str, Any] = json.loads(advisor(*words).out)
        return {key: document[key] for key in ("state", "verdicts", "nodes", "images", "data")}

    plain = audited(lambda _, given: given)
    assert plain["state"] == "complete"
    assert audited(of("pods", lambda given: changed(given, twice))) == plain


def test_a_byte_that_is_no_text_loses_one_pod(cluster: KubeApiServer, advisor: Advisor) -> None:
    def spoil(given: Given) -> Given:
        assert b"of b" in given.body
        return given._replace(body=given.body.replace(b"of b", b"of \xff"))

    with spoiled(cluster, of("pods", spoil)) as kubeconfig:
        words = ("audit", "--no-docker", "--kubeconfig", str(kubeconfig), "--format", "json")
        ended = advisor(*words)
    images = {one["subject"]["label"] for one in json.loads(ended.out)["images"]}
    assert (ended.code, images) == (3, {"reg.example/a:1", "reg.example/c:1"})
    assert "team/b" in ended.err
