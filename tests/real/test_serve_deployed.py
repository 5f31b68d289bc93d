"""deploy/serve.yaml before a real API server, and the page that it describes, of that cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.test_audit import ROLE, gpu_node
from tests.serving.served import ROOT, Served
from tests.serving.test_deployed import DOCUMENTS, one

NAMESPACE = "advisor"


def test_the_api_server_takes_all_of_it(kube_api_server: KubeApiServer) -> None:
    """Under the pod security standard that the namespace enforces, which holds for pods only."""
    client = kube_api_server.client
    client.add(ROLE)
    for document in DOCUMENTS:
        path = client.collection_path(document)
        client.create(f"{path}?fieldValidation=Strict", document)
    template = one("Deployment")["spec"]["template"]
    client.create(
        "/api/v1/namespaces/advisor/pods?fieldValidation=Strict",
        {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "x"}},
    )


def test_it_serves_what_its_account_may_read(
    kube_api_server: KubeApiServer, tmp_path: Path
) -> None:
    """The Deployment's own arguments and kubeconfig, with the places of this machine in it."""
    client = kube_api_server.client
    client.add(ROLE, gpu_node("gpu-1"), gpu_node("gpu-2"))
    for document in DOCUMENTS:
        client.create(client.collection_path(document), document)
    token = client.create(
        f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/advisor/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    )["status"]["token"]
    (tmp_path / "token").write_text(token, encoding="utf-8")
    (tmp_path / "kubeconfig").write_text(_here(kube_api_server, tmp_path), encoding="utf-8")
    container: dict[str, Any] = one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    arguments = [
        argument.replace("/etc/advisor", str(tmp_path)).replace("0.0.0.0:8080", "127.0.0.1:0")
        for argument in container["args"]
    ]
    secret = "a-token-that-is-long-enough-7"
    process = subprocess.Popen(
        [sys.executable, "-m", "advisor", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ADVISOR_TOKEN": secret, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )
    running = Served(process)
    try:
        url = running.started().url
        assert requests.get(f"{url}/healthz", timeout=30).json()["workers"] == 2
        bearer = {"authorization": f"Bearer {secret}"}
        body = {"text": "docker run --gpus 4 -v /raid:/x nvcr.io/nvidia/cuda:12.4.1 t.py"}
        answer = requests.post(f"{url}/api/v1/check", json=body, headers=bearer, timeout=30).json()
        assert answer["state"] == "complete"
        assert answer["jobs"][0]["count"] == 2
        report = requests.get(f"{url}/report", headers=bearer, timeout=30).text
        assert "gpu-2" in report
        assert token not in running.log + report
    finally:
        running.stop()


def _here(server: KubeApiServer, folder: Path) -> str:
    """The kubeconfig of the ConfigMap with this server's address and authority, and the token."""
    found = yaml.safe_load(one("ConfigMap")["data"]["kubeconfig"])
    found["clusters"][0]["cluster"] = {
        "server": server.url,
        "certificate-authority": str(server.authority),
    }
    found["users"][0]["user"]["tokenFile"] = str(folder / "token")
    return yaml.safe_dump(found)
