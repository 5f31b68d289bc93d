"""A real kube-apiserver with its etcd: RBAC, three users, no kubelet and no controllers."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import urllib3
from cryptography.hazmat.primitives.asymmetric import ec

from tests.real.parts import process
from tests.real.parts.certificates import CertificateAuthority, write_key
from tests.real.parts.etcd import Etcd
from tests.real.parts.kube_client import KubeClient, KubeRequestError
from tests.real.parts.part import Part, cache_directory, find_binary, free_port

INSTALL = "run .ci/build-kubernetes (needs go), or set KUBEBUILDER_ASSETS to its folder"

ADMIN = "admin"
READER = "advisor-reader"
OUTSIDER = "nobody-much"
GROUPS = {ADMIN: "system:masters", READER: "", OUTSIDER: ""}

# By default later pages come from a cache that learns of a compaction up to 15 s after it.
PAGES_FROM_ETCD = ("--feature-gates=ListFromCacheSnapshot=false",)

# Only written into the endpoints of the service "kubernetes", where loopback is refused.
DOCUMENTATION_ADDRESS = "192.0.2.1"

# Made by kube-apiserver itself shortly after it says that it is ready.
OWN_OBJECTS = (
    "/api/v1/namespaces/default",
    "/api/v1/namespaces/kube-node-lease",
    "/api/v1/namespaces/kube-public",
    "/api/v1/namespaces/kube-system",
    "/api/v1/namespaces/default/services/kubernetes",
    "/api/v1/namespaces/default/endpoints/kubernetes",
    "/apis/networking.k8s.io/v1/servicecidrs/kubernetes",
    "/apis/networking.k8s.io/v1/ipaddresses/10.0.0.1",
)


class KubeApiServer(Part):
    """Serves HTTPS on loopback at `url` by a certificate of `authority`; `client` is the admin's.

    `options` are added to the command line, for example a --runtime-config. Pods get a service
    account, as in a whole cluster, only with `service_accounts`: somebody has to make the accounts.
    """

    name = "kube"
    url: str
    authority: Path
    service_account_key: Path
    client_certificate: Callable[[str], tuple[Path, Path]]
    client: KubeClient

    def __init__(self, options: Sequence[str] = (), *, service_accounts: bool = False) -> None:
        self._options = tuple(options)
        if not service_accounts:
            self._options += ("--disable-admission-plugins=ServiceAccount",)
        self._tokens = {user: secrets.token_hex(16) for user in GROUPS}

    def start(self, stack: ExitStack) -> None:
        cached = cache_directory() / "kube" / "bin" / "kube-apiserver"
        binary = find_binary("kube-apiserver", INSTALL, cached)
        self._etcd = stack.enter_context(Etcd())
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        command = [binary, *self._command_line(port), *self._options]
        self.client = self.client_of(ADMIN)
        stack.callback(self.client.close)
        log = self.directory / "log"
        process.start(stack, command, log=log, ready=self._ready)
        self._clean_keys = self._etcd.keys()

    def wipe(self) -> None:
        """Deletes all that was created since the start, of every kind, finalizers or not."""
        self._etcd.keep_only(self._clean_keys)

    def expire_continue_tokens(self) -> None:
        """Makes 410 the answer to all tokens handed out so far, as a compaction does in a real
        cluster; needs the options PAGES_FROM_ETCD."""
        self._etcd.compact()

    def client_of(self, user: str) -> KubeClient:
        """A client that may do what `user` may; the caller closes it."""
        return KubeClient(self.url, self.authority, self._tokens[user])

    def kubeconfig(
        self, user: str = ADMIN, *, token: str | None = None, server: str | None = None
    ) -> Path:
        """Writes a kubeconfig with one context, named like `user`; `token` and `server` replace
        the true ones."""
        cluster = {"server": server or self.url, "certificate-authority": str(self.authority)}
        context = {"cluster": "real", "user": user}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": user,
            "clusters": [{"name": "real", "cluster": cluster}],
            "contexts": [{"name": user, "context": context}],
            "users": [{"name": user, "user": {"token": token or self._tokens[user]}}],
        }
        path = self.directory / f"kubeconfig-{secrets.token_hex(4)}"
        path.touch(mode=0o600)
        path.write_text(json.dumps(document))
        return path

    def grant(self, user: str, cluster_role: Mapping[str, Any], *, seconds: float = 120) -> None:
        """Creates the role, binds `user` to it and waits until the authorizer has seen both."""
        name = cluster_role["metadata"]["name"]
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"{name}-{user}"},
            "subjects": [{"kind": "User", "name": user}],
            "roleRef": role,
        }
        self.client.add(cluster_role, binding)
        rule = next(rule for rule in cluster_role["rules"] if rule.get("resources"))
        deadline = time.monotonic() + seconds
        while not self._allowed(user, rule):
            if time.monotonic() > deadline:
                raise AssertionError(f"{user} still may not use the rule {rule}")
            time.sleep(0.02)

    def _allowed(self, user: str, rule: Mapping[str, Any]) -> bool:
        resource, _, subresource = rule["resources"][0].partition("/")
        attributes = {
            "verb": rule["verbs"][0],
            "group": rule["apiGroups"][0],
            "resource": resource,
            "subresource": subresource,
            "name": next(iter(rule.get("resourceNames", ())), ""),
        }
        review = {"spec": {"user": user, "resourceAttributes": attributes}}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return bool(self.client.create(path, review)["status"]["allowed"])

    def _ready(self) -> bool:
        try:
            if not self.client.is_ready():
                return False
            for path in OWN_OBJECTS:
                self.client.get(path)
            return True
        except (urllib3.exceptions.HTTPError, KubeRequestError):
            return False

    def _command_line(self, port: int) -> tuple[str, ...]:
        authority = CertificateAuthority(self.directory / "tls")
        self.authority = authority.file
        self.client_certificate = authority.issue
        certificate, key = authority.issue("kube-apiserver")
        self.service_account_key = write_key(
            ec.generate_private_key(ec.SECP256R1()), self.directory / "service-accounts.pem"
        )
        return (
            f"--etcd-servers={self._etcd.url}",
            # It notes its compactions in a key of etcd, and panics when a wipe took that key away.
            "--etcd-compaction-interval=0",
            "--bind-address=127.0.0.1",
            f"--advertise-address={DOCUMENTATION_ADDRESS}",
            f"--secure-port={port}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--cert-dir={self.directory / 'tls'}",
            f"--client-ca-file={authority.file}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={self._token_file()}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.service_account_key}",
            f"--service-account-signing-key-file={self.service_account_key}",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--allow-privileged=true",
        )

    def _token_file(self) -> Path:
        path = self.directory / "tokens.csv"
        path.touch(mode=0o600)
        rows = (f'{token},{user},{user},"{GROUPS[user]}"' for user, token in self._tokens.items())
        path.write_text("\n".join(rows) + "\n")
        return path
