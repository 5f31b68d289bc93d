from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import ProbeError
from advisor.probes.kubernetes.connection import connect, proxy_of

CLUSTER = {"name": "c", "cluster": {"server": "https://127.0.0.1:1/"}}

PROXY = "http://proxy.example:3128"


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


def reason(context: str | None, path: str, seconds: float = 60) -> str:
    with pytest.raises(ProbeError) as caught:
        connect(context=context, kubeconfig=path, timeout=seconds)
    return caught.value.line().replace(path, "FILE")


@pytest.mark.parametrize(("asked", "used"), [(None, "one"), ("two", "two")])
def test_the_current_context_or_the_one_asked_for(
    tmp_path: Path, asked: str | None, used: str
) -> None:
    found = connect(context=asked, kubeconfig=kubeconfig(tmp_path), timeout=1)
    assert (found.context, found.server) == (used, "https://127.0.0.1:1")


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
            "FILE: context one names a cluster 'c', which is not there (mend the kubeconfig)",
        ),
        (
            {"users": []},
            "FILE: context one names a user 'u', which is not there"
            " (mend the kubeconfig, or log in again)",
        ),
        (
            {"contexts": 7},
            "FILE: not a kubeconfig: contexts is a number, a list is needed (check the path)",
        ),
        (
            {"users": [{"name": "u", "user": {}}, {"name": "u", "user": {"token": "hunter2"}}]},
            "FILE: two of its users are called 'u' (take one of them out)",
        ),
        (
            {"users": [{"name": "u", "token": "hunter2hunter2"}]},
            "context one: its user has no credentials (log in to the cluster first)",
        ),
        (
            {"users": [{"name": "u", "user": {"token": ["hunter2hunter2"]}}]},
            "FILE: not a kubeconfig: users[0].user.token is a list, text is needed"
            " (check the path)",
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
        ("a: [", "FILE:2:1: not YAML (mend the file, or name another one with --kubeconfig)"),
        ("just words", "FILE: not a kubeconfig: the file is text, a map is needed"),
        ("", "FILE: no current context (it knows: none) (use --context NAME)"),
        ("- 1", "FILE: not a kubeconfig: the file is a list, a map is needed"),
        ("[" * 20_000, "FILE:1:1001: not YAML"),
        ("kind: Pod", "FILE: not a kubeconfig: it is a Pod of v1 (check the path)"),
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
        f"{tmp_path / 'ca.pem'}: context one: its certificate-authority cannot be read:"
        " No such file or directory (check the path in the kubeconfig)"
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


ITS_PLUGIN = f"context one: its exec plugin {Path(sys.executable).name}"


def plugin(script: str, **fields: Any) -> dict[str, Any]:
    command = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", script],
        "interactiveMode": "IfAvailable",
        **fields,
    }
    return {"users": [{"name": "u", "user": {"exec": command}}]}


def test_a_failing_exec_plugin_is_said_plainly_and_without_its_secrets(tmp_path: Path) -> None:
    script = "import sys; print('login first: --token=t0ps3cret', file=sys.stderr); sys.exit(3)"
    assert reason(None, kubeconfig(tmp_path, **plugin(script))) == (
        f"{ITS_PLUGIN} ended with 3: login first: --token=[redacted]"
    )


def test_variables_of_an_exec_plugin_are_not_repeated(tmp_path: Path) -> None:
    script = (
        "import os, sys; print('no login for', os.environ['PIN'], file=sys.stderr); sys.exit(3)"
    )
    changes = plugin(script, env=[{"name": "PIN", "value": "hunter2"}])
    assert reason(None, kubeconfig(tmp_path, **changes)) == (
        f"{ITS_PLUGIN} ended with 3: no login for [redacted]"
    )


def test_the_hint_of_a_plugin_that_is_not_there(tmp_path: Path) -> None:
    changes = plugin("", command="no-such-plugin", installHint="see https://plugins.example\n")
    assert reason(None, kubeconfig(tmp_path, **changes)) == (
        "context one: its exec plugin no-such-plugin cannot be run: No such file or directory"
        " (see https://plugins.example)"
    )


def test_a_plugin_that_hangs_ends_with_all_that_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! >{tmp_path}/child; echo open https://login.example >&2; wait"
    changes = plugin("", command="sh", args=["-c", script])
    started = time.monotonic()
    assert reason(None, kubeconfig(tmp_path, **changes), seconds=3) == (
        "context one: its exec plugin sh did not end in 3 s: open https://login.example"
        " (see what it waits for with: kubectl get --raw /version)"
    )
    assert time.monotonic() - started < 60
    assert _ends(int((tmp_path / "child").read_text()))


def _ends(process: int) -> bool:
    """Whether it is gone, or dead and nobody has asked for its end yet."""
    for _ in range(2400):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_an_expired_id_token_is_told_and_never_renewed(tmp_path: Path) -> None:
    claims = base64.urlsafe_b64encode(b'{"exp": 1700000000}').decode().rstrip("=")
    config = {
        "id-token": f"e30.{claims}.c2ln",
        "refresh-token": "r3fresh",
        "idp-issuer-url": "https://127.0.0.1:1",
    }
    user = {"auth-provider": {"name": "oidc", "config": config}}
    assert reason(None, kubeconfig(tmp_path, users=[{"name": "u", "user": user}])) == (
        "context one: its OIDC id-token expired at 2023-11-14T22:13:20Z, and advisor renews none"
        " (run any kubectl command with this context, which renews it, or log in again)"
    )


def test_a_server_that_is_not_verified_is_told_of(tmp_path: Path) -> None:
    cluster = {"server": "https://127.0.0.1:1", "insecure-skip-tls-verify": True}
    path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": cluster}])
    assert connect(context=None, kubeconfig=path, timeout=1).unverified


def test_a_cluster_without_a_server(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": {}}])
    assert reason(None, path) == "context one: its cluster has no server"


@pytest.mark.parametrize("password", ["hunter2", "hunt/er2"])
def test_a_login_in_the_address_is_not_repeated(tmp_path: Path, password: str) -> None:
    cluster = {"server": f"http://ada:{password}@127.0.0.1:1"}
    path = kubeconfig(tmp_path, clusters=[{"name": "c", "cluster": cluster}])
    assert connect(context=None, kubeconfig=path, timeout=1).server == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("server", "variables", "expected"),
    [
        ("https://api.example", {}, ""),
        ("https://api.example", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://api.example", {"https_proxy": PROXY}, PROXY),
        ("https://api.example", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, ""),
        ("http://api.example", {"HTTP_PROXY": "proxy.example:3128"}, PROXY),
        ("https://api.example", {"HTTPS_PROXY": "socks5://p:1"}, "socks5h://p:1"),
        ("https://localhost:6443", {"HTTPS_PROXY": PROXY}, ""),
        ("https://127.0.0.9", {"HTTPS_PROXY": PROXY}, ""),
        ("https://[::1]:6443", {"HTTPS_PROXY": PROXY}, ""),
    ],
)
def test_the_proxy_of_the_environment(
    server: str, variables: dict[str, str], expected: str
) -> None:
    assert proxy_of(server, "", variables) == expected


@pytest.mark.parametrize(
    ("server", "exceptions", "direct"),
    [
        ("https://api.lab.example:6443", "lab.example", True),
        ("https://api.lab.example:6443", ".lab.example", True),
        ("https://api.lab.example:6443", "*.lab.example", True),
        ("https://lab.example", ".lab.example", False),
        ("https://mylab.example", "lab.example", False),
        ("https://API.lab.example:6443", "api.lab.example:6443", True),
        ("https://api.lab.example:6443", "api.lab.example:443", False),
        ("https://api.lab.example", "a, *", True),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "10.1.2.3:6443", True),
        ("https://10.1.2.3:6443", "10.2.0.0/16,1.2.3", False),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://api.example", "10.0.0.0/8,300.0.0.0/8", False),
    ],
)
def test_no_proxy(server: str, exceptions: str, *, direct: bool) -> None:
    found = proxy_of(server, "", {"HTTPS_PROXY": PROXY, "no_proxy": exceptions})
    assert (found == "") == direct


def test_the_kubeconfigs_own_proxy_is_taken_whatever_no_proxy_says() -> None:
    assert proxy_of("https://api.example", PROXY, {"NO_PROXY": "*"}) == PROXY


def test_a_proxy_that_kubectl_would_refuse() -> None:
    with pytest.raises(ProbeError, match=r"^its proxy-url has the scheme 'ftp'"):
        proxy_of("https://api.example", "ftp://proxy.example", {})
