"""Every manifest that tests write, before a real API server and the schemas of three releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import kubernetes_validate
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from kubernetes_validate.utils import all_versions, schema_contents
from referencing import Registry, Resource

from advisor.jobs.run import Run
from advisor.jobs.translation import Situation
from advisor.readers.compose.reader import read_compose
from advisor.writers import write
from tests.readers.compose.test_reader import FILE as COMPOSE
from tests.readers.manifest.test_reader import POD_SPEC, manifest
from tests.readers.manifest.whole_files import manifest_jobs
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.kube_client import KubeRequestError
from tests.writers.kubernetes.test_writer import MANIFEST as CRON_JOB
from tests.writers.kubernetes_samples import SITUATIONS, any_runs, command_jobs, job_of

GENERATED = 200


def accepted(server: KubeApiServer, documents: Iterable[dict[str, Any]]) -> int:
    """Creates each as a dry run, unknown and repeated fields refused, and gives how many.

    An amount that only the shell knows is a placeholder, which the server has to refuse.
    """
    count = 0
    for document in documents:
        path = f"{server.client.collection_path(document)}?dryRun=All&fieldValidation=Strict"
        if any(open_amounts(document)):
            with pytest.raises(KubeRequestError):
                server.client.create(path, document)
            count += 1
            continue
        server.client.create(path, document)
        for version in VERSIONS:
            validator(version, document["apiVersion"], document["kind"]).validate(document)
        count += 1
    taken.append(count)
    return count


@cache
def validator(version: str, api_version: str, kind: str) -> Draft202012Validator:
    """Of a release's strict schema, which `kubernetes_validate.validate` reads anew each time."""
    group, _, number = api_version.rpartition("/")
    name = "-".join(filter(None, (kind.lower(), group.partition(".")[0], number)))
    release = next(one for one in all_versions() if one.startswith(f"{version}."))
    folder = f"kubernetes-json-schema/v{release}-local-strict"
    schema = schema_contents(f"{folder}/{name}.json", version)
    definitions = schema_contents(f"{folder}/_definitions.json", version)
    known: Registry[Any] = Resource.from_contents(schema) @ Registry()
    return Draft202012Validator(schema, registry=Resource.from_contents(definitions) @ known)


def open_amounts(value: Any, key: str = "") -> Iterator[str]:
    """Placeholders where a number has to be."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from open_amounts(below, "amount" if key in _AMOUNTS_BELOW else name)
    elif isinstance(value, list):
        for below in value:
            yield from open_amounts(below, key)
    elif isinstance(value, str) and value.startswith("SET_ME_") and key in _NUMBERS:
        yield value


_AMOUNTS_BELOW = ("limits", "requests")
_NUMBERS = frozenset(
    {"amount", "sizeLimit", "containerPort", "hostPort", "port", "targetPort", "backoffLimit"}
    | {"terminationGracePeriodSeconds", "runAsUser", "runAsGroup", "supplementalGroups"}
    | {"periodSeconds", "timeoutSeconds", "failureThreshold", "initialDelaySeconds", "replicas"}
)

taken: list[int] = []


def parsed(text: str) -> list[Any]:
    """By libyaml, which takes a tenth of the time."""
    return list(yaml.load_all(text, yaml.CSafeLoader))


def newest(number: int) -> tuple[str, ...]:
    """The newest minor releases whose schemas are there."""
    major, minor = kubernetes_validate.latest_version().split(".")[:2]
    return tuple(f"{major}.{int(minor) - back}" for back in range(number))


VERSIONS = newest(3)


@pytest.fixture
def cluster(kube_api_server: KubeApiServer) -> KubeApiServer:
    for name in ("team", "runai-team-a"):
        kube_api_server.client.create("/api/v1/namespaces", {"metadata": {"name": name}})
    return kube_api_server


def test_the_schemas_are_of_three_releases() -> None:
    assert len(VERSIONS) == 3
    odd = {"apiVersion": "v1", "kind": "Pod", "spec": {"odd": 1}}
    with pytest.raises(ValidationError):
        validator(VERSIONS[0], "v1", "Pod").validate(odd)
    with pytest.raises(ValidationError):
        kubernetes_validate.validate(odd, VERSIONS[0], strict=True)


def test_manifests_of_every_docker_flag(cluster: KubeApiServer) -> None:
    count = 0
    for job in command_jobs():
        for situation in SITUATIONS:
            translation = write(job, situation)
            assert list(yaml.load_all(translation.text, yaml.CSafeLoader)) == list(
                translation.documents
            )
            count += accepted(cluster, translation.documents)
    assert count >= len(command_jobs()) * len(SITUATIONS)


@settings(
    max_examples=GENERATED,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(any_runs(), st.sampled_from(SITUATIONS))
def test_manifests_of_any_job(cluster: KubeApiServer, run: Run, situation: Situation) -> None:
    translation = write(job_of(run), situation)
    assert parsed(translation.text) == list(translation.documents)
    accepted(cluster, translation.documents)
    again = manifest_jobs(translation.text, "job.yaml")
    assert len(again) == 1
    adapted = write(again[0], situation)
    accepted(cluster, adapted.documents)


def test_manifests_of_compose_files_and_of_manifests(cluster: KubeApiServer) -> None:
    jobs = [
        *read_compose({"compose.yaml": COMPOSE}),
        *manifest_jobs(CRON_JOB, "f.yaml"),
        *manifest_jobs(yaml.safe_dump(manifest("v1", "Pod", POD_SPEC)), "f.yaml"),
    ]
    written = [
        document
        for job in jobs
        for situation in SITUATIONS
        for document in write(job, situation).documents
    ]
    assert accepted(cluster, written) == 12


def test_how_many_were_taken() -> None:
    """With `-s`: objects that the API server and each release's schema took."""
    print(f"{sum(taken)} objects taken by the API server and by the schemas of {VERSIONS}")
    assert sum(taken) >= GENERATED
