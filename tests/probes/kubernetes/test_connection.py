from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import ProbeError
from advisor.probes.kubernetes.connection import connect

CLUSTER = {"name": "c", "cluster": {"server": "http://127.0.0.1:1/"}}


def kubeconfig(folder: Path, **changes: Any) -> str:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [CLUSTER],
        "contexts": [
            {"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("two", "one")
        ],
        "users": [{"name": "u", "user": {"token": "t"}}],
        **changes,
    }
    path = folder / "config"
    path.write_text(json.dumps(document))
    return str(path)


def reason(context: str | None, path: str) -> str:
    with pytest.raises(ProbeError) as caught:
        connect(context=context, kubeconfig=path, timeout=1)
    return caught.value.line().replace(path, "FILE")


@pytest.mark.parametrize(("asked", "used"), [(None, "one"), ("two", "two")])
def test_the_current_context_or_the_one_asked_for(
    tmp_path: Path, asked: str | None, used: str
) -> None:
    found = connect(context=asked, kubeconfig=kubeconfig(tmp_path), timeout=1)
    assert (found.context, found.server) == (used, "http://127.0.0.1:1")


def test_a_wrong_context_lists_the_known_ones(tmp_path: Path) -> None:
    assert reason("three", kubeconfig(tmp_path)) == (
        "FILE: no context 'three' (it knows: one, two) (use --context NAME)"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"current-context": ""},
            "FILE: no current context (it knows: one, two) (use --context NAME)",
        ),
        ({"contexts": None}, "FILE: no context 'one' (it knows: none) (use --context NAME)"),
        (
            {"clusters": []},
            "FILE: not a usable kubeconfig: Invalid kube-config file. Expected "
            "object with name c in FILE/clusters list",
        ),
        ({"contexts": 7}, "FILE: not a kubeconfig (check the path)"),
        (
            {"users": [{"name": "u", "token": "hunter2hunter2"}]},
            "FILE: not a usable kubeconfig: Invalid kube-config file. Expected key user in FILE/",
        ),
    ],
)
def test_a_kubeconfig_that_says_too_little(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    assert reason(None, kubeconfig(tmp_path, **changes)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", "FILE: not YAML"),
        ("just words", "FILE: not a kubeconfig (check the path)"),
        ("", "FILE: not a usable kubeconfig: Invalid kube-config. FILE file is empty"),
        ("- 1", "FILE: not a kubeconfig (check the path)"),
        ("[" * 20_000, "FILE: not a kubeconfig (check the path)"),
    ],
)
def test_a_file_that_is_no_kubeconfig(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    assert reason(None, str(path)).startswith(expected)


def test_a_missing_file(tmp_path: Path) -> None:
    assert reason(None, str(tmp_path / "none")) == "FILE: no such kubeconfig (check the path)"


def test_a_missing_certificate(tmp_path: Path) -> None:
    cluster = {"server": "https://127.0.0.1:1", "certificate-authority": str(tmp_path / "ca.pem")}
    path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": cluster}])
    assert reason(None, path) == (
        f"FILE: not a usable kubeconfig: File does not exist: {tmp_path / 'ca.pem'}"
    )


def test_neither_kubeconfig_nor_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    with pytest.raises(ProbeError) as caught:
        connect(context=None, kubeconfig=None, timeout=1)
    assert caught.value.line() == (
        "no kubeconfig: $KUBECONFIG is not set and ~/.kube/config does not exist "
        "(name one with --kubeconfig, or leave the cluster out with --no-cluster)"
    )


def plugin(script: str) -> dict[str, Any]:
    command = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", script],
    }
    return {"users": [{"name": "u", "user": {"exec": command}}]}


def test_an_exec_plugin_gives_the_token(tmp_path: Path) -> None:
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "from-plugin"},
    }
    path = kubeconfig(tmp_path, **plugin(f"print({json.dumps(json.dumps(credential))})"))
    assert connect(context=None, kubeconfig=path, timeout=1).context == "one"


def test_a_failing_exec_plugin_is_said_plainly_and_without_its_secrets(tmp_path: Path) -> None:
    script = "import sys; print('login first: --token=t0ps3cret', file=sys.stderr); sys.exit(3)"
    assert reason(None, kubeconfig(tmp_path, **plugin(script))) == (
        "FILE: context one: its credentials could not be had: exec: process returned 3. "
        "login first: --token=[redacted]"
    )


def test_variables_of_an_exec_plugin_are_not_repeated(tmp_path: Path) -> None:
    script = (
        "import os, sys; print('no login for', os.environ['PIN'], file=sys.stderr); sys.exit(3)"
    )
    changes = plugin(script)
    changes["users"][0]["user"]["exec"]["env"] = [{"name": "PIN", "value": "hunter2"}]
    assert reason(None, kubeconfig(tmp_path, **changes)) == (
        "FILE: context one: its credentials could not be had: exec: process returned 3. "
        "no login for [redacted]"
    )


def test_an_entry_of_the_file_is_not_repeated(tmp_path: Path) -> None:
    user = {"exec": None, "username": "ada", "hint": "hunter2hunter2"}
    assert reason(None, kubeconfig(tmp_path, users=[{"name": "u", "user": user}])) == (
        "FILE: context one: its credentials could not be had: Invalid kube-config file. "
        "Expected key exec in FILE/"
    )


def test_a_cluster_without_a_server(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": {}}])
    assert reason(None, path) == "context one: its cluster has no server"


@pytest.mark.parametrize("password", ["hunter2", "hunt/er2"])
def test_a_login_in_the_address_is_not_repeated(tmp_path: Path, password: str) -> None:
    cluster = {"server": f"http://ada:{password}@127.0.0.1:1"}
    path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": cluster}])
    assert connect(context=None, kubeconfig=path, timeout=1).server == "http://127.0.0.1:1"
