"""What was not read never passes: whole commands against servers that are broken in one place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.attack.broken_server import AGAIN, BLANKS, DRIP, OBJECTS, Fault, api_server, engine
from tests.cli.conftest import Advisor, Ended

CLUSTER = ("--kubeconfig", "kubeconfig", "--no-docker")
STATUS = {"kind": "Status", "status": "Failure", "message": "token expired", "code": 401}


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def audit(advisor: Advisor, folder: Path, faults: dict[str, Fault], *more: str) -> Ended:
    """Time runs out only where a server makes it."""
    endless = {DRIP, BLANKS} & {answer for _, answer in faults.values()}
    with api_server(folder, faults):
        return advisor("audit", *CLUSTER, "--timeout", "2" if endless else "60", *more)


def test_a_server_without_a_fault_is_read_whole(advisor: Advisor, folder: Path) -> None:
    ended = audit(advisor, folder, {}, "--format", "json")
    assert (ended.code, json.loads(ended.out)["state"]) == (1, "complete")


@pytest.mark.parametrize("path", ["/api/v1/nodes", "/api/v1/pods", "/apis/apps/v1/deployments"])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, body(STATUS)),
        (403, body({"kind": "Status", "message": "forbidden"})),
        (200, b"<html>"),
        (200, b"{}"),
        (200, body(STATUS)),
        (200, body({"error": "no backend"})),
        (200, body({"kind": "SecretList", "items": []})),
        (200, body({"items": None})),
        (204, b""),
        (206, b'{"items": []}'),
        (200, DRIP),
        (200, BLANKS),
    ],
)
def test_a_list_that_is_none_makes_an_audit_incomplete(
    advisor: Advisor, folder: Path, path: str, status: int, answer: bytes | str
) -> None:
    ended = audit(advisor, folder, {path: (status, answer)})
    name = path.rpartition("/")[2]
    assert ended.code == 3
    assert "INCOMPLETE kubernetes broken: not read, or not all: " in ended.out
    assert name in ended.out
    assert f"{name}: " in ended.err


@pytest.mark.parametrize(
    ("path", "page", "why"),
    [
        *(
            (path, {"items": [odd, *OBJECTS[path]]}, f"1 object was malformed ({why})")
            for path, odd, why in (
                ("/api/v1/nodes", None, "(no name): it is null"),
                ("/api/v1/nodes", {"status": {}}, "(no name): it has no name"),
                ("/api/v1/nodes", {"metadata": {"name": ""}}, "(no name): it has no name"),
                ("/api/v1/nodes", {"metadata": {"name": "n9"}}, "n9: it has no status"),
                (
                    "/api/v1/nodes",
                    {"metadata": {"name": "n9"}, "status": None},
                    "n9: it has no status",
                ),
                (
                    "/api/v1/pods",
                    {"metadata": {"name": "q", "namespace": "team"}},
                    "team/q: it has no spec",
                ),
                (
                    "/api/v1/pods",
                    {"metadata": {"name": "q", "namespace": "team"}, "spec": {}},
                    "team/q: it has no spec",
                ),
                ("/api/v1/pods", {"spec": {"containers": []}}, "(no name): it has no name"),
                ("/api/v1/namespaces", {"metadata": {}}, "(no name): it has no name"),
            )
        ),
        (
            "/api/v1/nodes",
            {"items": OBJECTS["/api/v1/nodes"], "metadata": {"remainingItemCount": 50}},
            "the server has more of the list and no page for it",
        ),
    ],
)
def test_a_list_that_is_not_whole_makes_an_audit_incomplete(
    advisor: Advisor, folder: Path, path: str, page: dict[str, object], why: str
) -> None:
    name = path.rpartition("/")[2]
    kind = f"{name.removesuffix('s').capitalize()}List"
    ended = audit(advisor, folder, {path: (200, body({"kind": kind, **page}))})
    assert ended.code == 3
    assert f"{name}: {why}" in ended.err


@pytest.mark.parametrize(
    "answer", [b"<html>sign in</html>", b"{}", b"[]", b"null", body({"message": "hello"})]
)
@pytest.mark.parametrize("path", ["/version", "/apis"])
def test_what_is_asked_first_must_be_what_an_api_server_says(
    advisor: Advisor, folder: Path, path: str, answer: bytes
) -> None:
    assert audit(advisor, folder, {path: (200, answer)}).code == 3


@pytest.mark.parametrize("path", ["/api/v1/nodes", "/api/v1/pods"])
def test_pages_without_an_end_are_given_up(advisor: Advisor, folder: Path, path: str) -> None:
    ended = audit(advisor, folder, {path: (200, AGAIN)})
    assert ended.code == 3
    assert "the server offers the same page again and again" in ended.err


def test_every_command_says_what_was_not_read(advisor: Advisor, folder: Path) -> None:
    (folder / "run.sh").write_text("docker run reg.example/a/b:1\n")
    with api_server(folder, {"/api/v1/nodes": (403, body({"message": "no"}))}):
        assert advisor("snapshot", *CLUSTER, "-o", "s.json").code == 3
        checked = advisor("check", "run.sh", "--kubeconfig", "kubeconfig")
    for ended in (
        checked,
        advisor("report", "s.json"),
        advisor("merge", "s.json", "-o", "m.json"),
        advisor("diff", "m.json", "s.json"),
        advisor("plan", "s.json", "-o", "plan"),
    ):
        assert ended.code == 3
        assert "nodes" in ended.err
    junit = advisor("report", "s.json", "--format", "junit").out
    assert '<testcase classname="kubernetes broken" name="nodes" time="0"><error' in junit


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        ("/images/json", 500, body({"message": "layer does not exist"})),
        ("/images/json", 200, body({"message": "no"})),
        ("/containers/json", 200, body(["x"])),
        ("/volumes", 200, body({"message": "no"})),
        ("/volumes", 200, body({"Volumes": [5]})),
        ("/volumes", 200, body({"Volumes": [], "Warnings": ["driver x does not answer"]})),
        ("/info", 200, b"{}"),
    ],
)
def test_an_engine_that_is_broken_in_one_place(
    advisor: Advisor, folder: Path, path: str, status: int, answer: bytes
) -> None:
    socket = folder / "engine.sock"
    with engine(socket, {path: (status, answer)}):
        ended = advisor("audit", "--no-cluster", "--docker-host", f"unix://{socket}")
    assert ended.code == 3
    assert "INCOMPLETE" in ended.out
    assert f"{path.strip('/')}: " in ended.err


def test_a_host_that_is_gone_makes_no_verdict_green(advisor: Advisor, folder: Path) -> None:
    with api_server(folder):
        gone = ("--docker-host", f"unix://{folder}/gone.sock", "--format", "json")
        ended = advisor("audit", "--kubeconfig", "kubeconfig", *gone)
    outcomes = {one["topic"]: one["outcome"] for one in json.loads(ended.out)["verdicts"]}
    assert (ended.code, outcomes) == (3, {"image": "unknown", "data": "move"})
