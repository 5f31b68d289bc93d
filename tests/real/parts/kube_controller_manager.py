"""A real kube-controller-manager: it makes the pods of Jobs, service accounts, binds claims."""

from __future__ import annotations

from contextlib import ExitStack

import urllib3

from tests.real.parts import process
from tests.real.parts.certificates import CertificateAuthority
from tests.real.parts.kube_api_server import INSTALL, KubeApiServer
from tests.real.parts.part import Part, cache_directory, find_binary, free_port


class KubeControllerManager(Part):
    """Runs until it is left; the server needs `service_accounts`."""

    name = "controllers"

    def __init__(self, server: KubeApiServer) -> None:
        self._server = server

    def start(self, stack: ExitStack) -> None:
        cached = cache_directory() / "kube" / "bin" / "kube-controller-manager"
        binary = find_binary("kube-controller-manager", INSTALL, cached)
        port = free_port()
        self._health = f"https://127.0.0.1:{port}/healthz"
        authority = CertificateAuthority(self.directory / "tls")
        certificate, key = authority.issue("kube-controller-manager")
        self._pool = urllib3.PoolManager(ca_certs=str(authority.file), retries=False, timeout=5)
        stack.callback(self._pool.clear)
        command = [
            binary,
            f"--kubeconfig={self._server.kubeconfig()}",
            f"--service-account-private-key-file={self._server.service_account_key}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            "--leader-elect=false",
            "--allocate-node-cidrs=false",
            "--kube-api-qps=500",
            "--kube-api-burst=500",
            "--concurrent-job-syncs=20",
        ]
        log = self.directory / "log"
        process.start(stack, command, log=log, ready=self._healthy)

    def _healthy(self) -> bool:
        return self._pool.request("GET", self._health).status == 200
