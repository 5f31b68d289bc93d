"""A real kube-scheduler for a kube-apiserver of the tests."""

from __future__ import annotations

import json
from contextlib import ExitStack

import urllib3

from tests.real.parts import process
from tests.real.parts.certificates import CertificateAuthority
from tests.real.parts.kube_api_server import INSTALL, KubeApiServer
from tests.real.parts.part import Part, cache_directory, find_binary, free_port


class KubeScheduler(Part):
    """Runs until it is left; pods get a node, or a condition that says why there is none.

    It binds claims too only with `binds_claims`: where it is asked what it decides about volumes,
    nothing of it may change what it is asked next.
    """

    name = "scheduler"

    def __init__(self, server: KubeApiServer, *, binds_claims: bool = False) -> None:
        self._server = server
        self._binds_claims = binds_claims

    def start(self, stack: ExitStack) -> None:
        cached = cache_directory() / "kube" / "bin" / "kube-scheduler"
        binary = find_binary("kube-scheduler", INSTALL, cached)
        port = free_port()
        self._health = f"https://127.0.0.1:{port}/healthz"
        authority = CertificateAuthority(self.directory / "tls")
        certificate, key = authority.issue("kube-scheduler")
        self._pool = urllib3.PoolManager(ca_certs=str(authority.file), retries=False, timeout=5)
        stack.callback(self._pool.clear)
        settings = self.directory / "settings.json"
        settings.write_text(json.dumps(self._settings()))
        command = [
            binary,
            f"--config={settings}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
        ]
        log = self.directory / "log"
        process.start(stack, command, log=log, ready=self._healthy)

    def _settings(self) -> dict[str, object]:
        bound = {} if self._binds_claims else {"disabled": [{"name": "VolumeBinding"}]}
        return {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "leaderElection": {"leaderElect": False},
            "clientConnection": {
                "kubeconfig": str(self._server.kubeconfig()),
                "qps": 5000,
                "burst": 5000,
            },
            "podInitialBackoffSeconds": 1,
            "podMaxBackoffSeconds": 1,
            "profiles": [{"plugins": {"reserve": bound, "preBind": bound}}],
        }

    def _healthy(self) -> bool:
        return self._pool.request("GET", self._health).status == 200
