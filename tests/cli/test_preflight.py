from __future__ import annotations

from pathlib import Path

from advisor.cli.preflight import _FORMATS
from advisor.probes.kubernetes.preflight import Permission, Preflight
from tests.cli.conftest import Advisor

ROOT = Path(__file__).parent.parent.parent
ANSWER = Preflight(
    target="prod",
    server="https://kube.example.com:6443",
    version="v1.34.3",
    permissions=(
        Permission(resource="nodes", verb="list", status="allowed", why="how many GPUs there are"),
        Permission(
            resource="storage.k8s.io/storageclasses",
            verb="list",
            status="denied",
            reason="no RBAC policy\nmatched",
            why="whether storage serves many nodes",
        ),
        Permission(resource="run.ai/runaijobs", verb="list", status="not served", why="jobs"),
    ),
)


def test_the_table_counts_what_is_missing() -> None:
    assert _FORMATS["text"](ANSWER) == (
        "prod (https://kube.example.com:6443), Kubernetes v1.34.3\n"
        "\n"
        "allowed     list  nodes                          how many GPUs there are\n"
        "denied      list  storage.k8s.io/storageclasses  whether storage serves many nodes"
        " (no RBAC policy\\nmatched)\n"
        "not served  list  run.ai/runaijobs               jobs\n"
        "\n"
        "3 rights asked for, 1 missing;"
        " `advisor preflight --cluster-role` prints a role that has all\n"
    )


def test_a_right_in_one_namespace_names_it_and_its_role() -> None:
    logs = Permission(
        resource="pods/log",
        verb="get",
        status="denied",
        why="what nodes say",
        namespace="advisor-nodes",
    )
    assert _FORMATS["text"](Preflight(target="prod", server="s", permissions=(logs,))) == (
        "prod (s)\n\n"
        "denied  get  pods/log in advisor-nodes  what nodes say\n\n"
        "1 rights asked for, 1 missing; `advisor nodes role` prints one for the logs\n"
    )


def test_a_namespace_without_its_option_is_a_usage_error(advisor: Advisor) -> None:
    ended = advisor("preflight", "--node-facts-namespace", "x")
    assert ended.code == 2
    assert "--node-facts-namespace needs --node-facts" in ended.err


def test_the_printed_role_is_the_shipped_one(advisor: Advisor) -> None:
    shipped = (ROOT / "deploy" / "clusterrole.yaml").read_text(encoding="utf-8")
    assert advisor("preflight", "--cluster-role") == (0, shipped, "")


def test_a_server_that_cannot_be_asked_is_3(advisor: Advisor) -> None:
    ended = advisor("preflight", "--context", "prod")
    assert (ended.code, ended.out, ended.err.count("\n")) == (3, "", 1)
    assert ended.err.startswith("advisor: prod: ")
