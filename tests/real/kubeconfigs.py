"""Made-up kubeconfigs as people have them, for a real server with the users below."""

from __future__ import annotations

import base64
import json
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

TOKENS = {"ada": "ada-token-1", "bob": "bob-token-2"}
V1, V1BETA1 = (f"client.authentication.k8s.io/{version}" for version in ("v1", "v1beta1"))
Body = dict[str, Any]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a kubeconfig can name. `dead` is where nobody listens; `proxy` is an HTTP proxy."""

    folder: Path
    server: str
    authority: Path
    certificate: Path
    key: Path
    proxy: str
    dead: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Files by name (bodies, or text), with what is in the environment and on the command line."""

    files: dict[str, Body | str]
    variables: dict[str, str] = {}
    context: str | None = None
    explicit: str = ""


def body(place: Place, user: Body | None, **changes: Any) -> Body:
    """A kubeconfig with one context of one user; `cluster` changes the cluster's keys."""
    cluster = {"server": place.server, "certificate-authority": str(place.authority)}
    cluster |= changes.pop("cluster", {})
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [{"name": "c", "cluster": {k: v for k, v in cluster.items() if v is not None}}],
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "users": [] if user is None else [{"name": "u", "user": user}],
        **changes,
    }


def _data(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _written(place: Place, name: str, text: str) -> str:
    path = place.folder / name
    path.write_text(text)
    return str(path)


def _script(place: Place, name: str, text: str) -> str:
    path = Path(_written(place, name, f"#!{sys.executable}\n{text}\n"))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def plugin(version: str = V1, **status: str) -> str:
    """A program's text that gives the status; what it is told by kubectl is checked."""
    answer = {"apiVersion": version, "kind": "ExecCredential", "status": status}
    return (
        "import json, os\n"
        "told = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        f"assert told['apiVersion'] == {version!r} and told['kind'] == 'ExecCredential'\n"
        "assert told['spec']['interactive'] is False\n"
        f"print(json.dumps({answer!r}))"
    )


def run(command: str, **fields: Any) -> Body:
    """A user whose credentials a program gives."""
    stated = {"apiVersion": V1, "command": command, "interactiveMode": "IfAvailable", **fields}
    return {"exec": {key: value for key, value in stated.items() if value is not None}}


def _jwt(expires: float) -> str:
    parts = ({"alg": "none"}, {"sub": "ada", "exp": expires})
    texts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts]
    return ".".join(one.rstrip("=") for one in (*texts, "c2ln"))


ID_TOKEN = _jwt(time.time() + 86_400)
"""It is in the server's list of tokens, for the user `oidc-user`."""
ADA, BOB = ({"token": token} for token in TOKENS.values())


def _oidc(**config: str) -> Body:
    config = {"idp-issuer-url": "https://127.0.0.1:1", "client-id": "x", **config}
    return {"auth-provider": {"name": "oidc", "config": config}}


def _two(first: Body | str, second: Body | str, **fields: Any) -> Case:
    return Case(files={"a": first, "b": second}, **fields)


def _only(text: Body | str, **fields: Any) -> Case:
    return Case(files={"a": text}, **fields)


def _acting(**fields: Any) -> Body:
    return ADA | {key.replace("_", "-"): value for key, value in fields.items()}


def _contexts(*names: str, user: str = "u") -> list[Body]:
    return [{"name": name, "context": {"cluster": "c", "user": user}} for name in names]


CASES: dict[str, Callable[[Place], Case]] = {
    "token": lambda p: _only(body(p, ADA)),
    "authority as data": lambda p: _only(
        body(
            p,
            ADA,
            cluster={
                "certificate-authority": None,
                "certificate-authority-data": _data(p.authority),
            },
        )
    ),
    "no authority": lambda p: _only(body(p, ADA, cluster={"certificate-authority": None})),
    "not verified": lambda p: _only(
        body(
            p,
            ADA,
            cluster={"certificate-authority": None, "insecure-skip-tls-verify": True},
        )
    ),
    "not verified with an authority": lambda p: _only(
        body(p, ADA, cluster={"insecure-skip-tls-verify": True})
    ),
    "authority twice": lambda p: _only(
        body(p, ADA, cluster={"certificate-authority-data": _data(p.authority)})
    ),
    "server name of the certificate": lambda p: _only(
        body(p, ADA, cluster={"tls-server-name": "localhost"})
    ),
    "server name of another": lambda p: _only(
        body(p, ADA, cluster={"tls-server-name": "elsewhere.example"})
    ),
    "server with a slash": lambda p: _only(body(p, ADA, cluster={"server": f"{p.server}/"})),
    "server without a scheme": lambda p: _only(
        body(p, ADA, cluster={"server": p.server.removeprefix("https://")})
    ),
    "certificate": lambda p: _only(
        body(p, {"client-certificate": str(p.certificate), "client-key": str(p.key)})
    ),
    "certificate as data": lambda p: _only(
        body(
            p,
            {
                "client-certificate-data": _data(p.certificate),
                "client-key-data": _data(p.key),
            },
        )
    ),
    "certificate without a key": lambda p: _only(
        body(p, {"client-certificate": str(p.certificate)})
    ),
    "certificate and token": lambda p: _only(
        body(p, BOB | {"client-certificate": str(p.certificate), "client-key": str(p.key)})
    ),
    "relative paths": lambda p: _only(
        body(
            p,
            {"tokenFile": "token-of-ada"},
            cluster={"certificate-authority": p.authority.name},
        )
    ),
    "token file with a newline": lambda p: _only(
        body(p, {"tokenFile": _written(p, "with-newline", f"{TOKENS['ada']}\n\n")})
    ),
    "token and token file": lambda p: _only(
        body(p, BOB | {"tokenFile": _written(p, "of-ada", TOKENS["ada"])})
    ),
    "token and a token file that is gone": lambda p: _only(
        body(p, BOB | {"tokenFile": str(p.folder / "gone")})
    ),
    "token file that is gone": lambda p: _only(body(p, {"tokenFile": str(p.folder / "gone")})),
    "token and login": lambda p: _only(body(p, ADA | {"username": "x", "password": "y"})),
    "token of digits": lambda p: _only(
        json.dumps(body(p, ADA)).replace(json.dumps(TOKENS["ada"]), "12345")
    ),
    "missing user": lambda p: _only(body(p, None)),
    "user without credentials": lambda p: _only(body(p, {})),
    "missing cluster": lambda p: _only(body(p, ADA, clusters=[])),
    "missing context": lambda p: _only(body(p, ADA), context="two"),
    "other context": lambda p: _only(
        body(p, ADA, contexts=_contexts("one", "two"), **{"current-context": "gone"}),
        context="two",
    ),
    "nulls": lambda p: _only(
        body(p, ADA | {"exec": None, "as": None, "as-groups": None}, preferences=None)
    ),
    "unknown keys": lambda p: _only(body(p, ADA | {"colour": "red"}, extensions=[], more=1)),
    "no kind": lambda p: _only({k: v for k, v in body(p, ADA).items() if k[0] not in "ak"}),
    "other kind": lambda p: _only(body(p, ADA, kind="Pod")),
    "name twice": lambda p: _only(
        body(p, ADA, users=[{"name": "u", "user": ADA}, {"name": "u", "user": BOB}])
    ),
    "two files, first context": lambda p: _two(
        body(p, ADA), body(p, BOB, **{"current-context": "two"}, contexts=_contexts("two"))
    ),
    "two files, same user": lambda p: _two(body(p, BOB), body(p, ADA)),
    "two files, same user in part": lambda p: _two(body(p, {}), body(p, ADA)),
    "two files, first empty": lambda p: _two("", body(p, ADA)),
    "two files, first without a context": lambda p: _two(
        body(p, ADA, **{"current-context": ""}), body(p, BOB)
    ),
    "two files, one of them missing": lambda p: Case(
        files={"a": body(p, ADA)}, variables={"KUBECONFIG": f"{p.folder}/gone:{p.folder}/a"}
    ),
    "two files, one of them broken": lambda p: _two(body(p, ADA), "a: ["),
    "two files, users in the second": lambda p: _two(
        {**body(p, None), "clusters": []}, {**body(p, ADA), "contexts": []}
    ),
    "only a comment": lambda p: _two("# nothing\n", body(p, BOB)),
    "named file": lambda p: _two(body(p, ADA), body(p, BOB), explicit="b"),
    "acts as": lambda p: _only(body(p, _acting(**{"as": "carol"}))),
    "acts as with groups": lambda p: _only(
        body(p, _acting(**{"as": "carol"}, as_groups=["x", "system:y"]))
    ),
    "acts as with all": lambda p: _only(
        body(
            p,
            _acting(
                **{"as": "carol"},
                as_uid="7",
                as_groups=["x"],
                as_user_extra={"acme.example/Scope": ["a", "b"], "r%": ["c d"]},
            ),
        )
    ),
    "acts with groups of nobody": lambda p: _only(body(p, _acting(as_groups=["x"]))),
    "acts as, not allowed": lambda p: _only(body(p, BOB | {"as": "carol"})),
    "plugin": lambda p: _only(body(p, run(_script(p, "give", plugin(token=TOKENS["ada"]))))),
    "plugin, relative": lambda p: _only(
        body(p, run(f"./{Path(_script(p, 'give-too', plugin(token=TOKENS['bob']))).name}"))
    ),
    "plugin of v1beta1": lambda p: _only(
        body(
            p,
            run(
                _script(p, "beta", plugin(V1BETA1, token=TOKENS["ada"])),
                apiVersion=V1BETA1,
                interactiveMode=None,
            ),
        )
    ),
    "plugin of v1 without a mode": lambda p: _only(
        body(p, run(_script(p, "mode", plugin(token=TOKENS["ada"])), interactiveMode=None))
    ),
    "plugin of v1alpha1": lambda p: _only(
        body(p, run("true", apiVersion="client.authentication.k8s.io/v1alpha1"))
    ),
    "plugin that answers in another version": lambda p: _only(
        body(p, run(_script(p, "other", plugin(token=TOKENS["ada"]).replace(V1, V1BETA1))))
    ),
    "plugin with a certificate": lambda p: _only(
        body(
            p,
            run(
                _script(
                    p,
                    "certify",
                    plugin(
                        clientCertificateData=p.certificate.read_text(),
                        clientKeyData=p.key.read_text(),
                    ),
                )
            ),
        )
    ),
    "plugin with half a certificate": lambda p: _only(
        body(p, run(_script(p, "half", plugin(clientKeyData=p.key.read_text()))))
    ),
    "plugin with arguments and variables": lambda p: _only(
        body(
            p,
            run(
                sys.executable,
                args=["-c", plugin().replace("{}", "{'token': os.environ['T'] + '-1'}")],
                env=[{"name": "T", "value": "ada-token"}],
            ),
        )
    ),
    "plugin that fails": lambda p: _only(body(p, run("false"))),
    "plugin that is not there": lambda p: _only(body(p, run("no-such-plugin", installHint="x"))),
    "plugin beside a token": lambda p: _only(body(p, ADA | run("false"))),
    "plugin that is told of the cluster": lambda p: _only(
        body(
            p,
            run(
                _script(
                    p,
                    "told",
                    plugin(token=TOKENS["ada"])
                    + f"\nassert told['spec']['cluster']['server'] == {p.server!r}"
                    + "\nassert told['spec']['cluster']['config'] == {'audience': 'x'}"
                    + "\nassert told['spec']['cluster']['certificate-authority-data']",
                ),
                provideClusterInfo=True,
            ),
            cluster={
                "extensions": [
                    {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
                ]
            },
        )
    ),
    "id-token": lambda p: _only(body(p, _oidc(**{"id-token": ID_TOKEN}))),
    "id-token that expired": lambda p: _only(body(p, _oidc(**{"id-token": _jwt(1)}))),
    "id-token that is none": lambda p: _only(body(p, _oidc(**{"id-token": "a.b.c"}))),
    "no id-token": lambda p: _only(body(p, _oidc())),
    "provider of old": lambda p: _only(body(p, {"auth-provider": {"name": "gcp"}})),
    "proxy": lambda p: _only(body(p, ADA, cluster={"proxy-url": p.proxy})),
    "proxy in spite of NO_PROXY": lambda p: _only(
        body(p, ADA, cluster={"proxy-url": p.proxy}), variables={"NO_PROXY": "127.0.0.1,localhost"}
    ),
    "proxy that is none": lambda p: _only(body(p, ADA, cluster={"proxy-url": "ftp://127.0.0.1"})),
    "proxy that is dead": lambda p: _only(body(p, ADA, cluster={"proxy-url": p.dead})),
    "proxy of the environment for loopback": lambda p: _only(
        body(p, ADA), variables={"HTTPS_PROXY": p.dead}
    ),
    "proxy of the environment": lambda p: _only(
        body(p, ADA, cluster={"server": _elsewhere(p), "tls-server-name": "localhost"}),
        variables={"https_proxy": p.proxy, "HTTP_PROXY": p.dead},
    ),
    "NO_PROXY of the environment": lambda p: _only(
        body(p, ADA, cluster={"server": _elsewhere(p), "tls-server-name": "localhost"}),
        variables={"HTTPS_PROXY": p.proxy, "NO_PROXY": ".example,x"},
    ),
}


def _elsewhere(place: Place) -> str:
    """A name that only the proxy knows; it leads to the same server."""
    return f"https://api.somewhere.example:{place.server.rpartition(':')[2]}"
