"""What is said to be refused of a manifest, before a real API server."""

from __future__ import annotations

import json

from advisor.errors import InputError
from tests.readers.manifest.refused_samples import CHANGES, POD, changed
from tests.readers.manifest.whole_files import manifest_jobs
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.kube_client import KubeRequestError


def says(document: dict[str, object]) -> tuple[str, ...]:
    """What the reader says of it; one that it does not take at all counts as refused."""
    try:
        (job,) = manifest_jobs(json.dumps(document), "f.json")
    except InputError as error:
        return (error.line(),)
    return job.refused


def test_what_the_api_server_refuses(kube_api_server: KubeApiServer) -> None:
    client = kube_api_server.client
    client.create("/api/v1/namespaces", {"metadata": {"name": "team"}})
    wrong = []
    for name, change in {"": (POD, "spec|restartPolicy", "Never"), **CHANGES}.items():
        document = changed(*change)
        path = client.collection_path(document)
        try:
            client.create(f"{path}?dryRun=All", document)
            refused = ""
        except KubeRequestError as error:
            refused = str(error)
        if bool(refused) != bool(says(document)):
            wrong.append((name, refused, says(document)))
    assert wrong == []
