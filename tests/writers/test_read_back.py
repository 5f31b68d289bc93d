"""The ledger against what was written, over all flags, readers and targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.jobs.spec import JobSpec
from advisor.readers.compose.reader import read_compose
from tests.readers.compose.test_reader import FILE
from tests.readers.manifest.test_reader import JOB
from tests.readers.manifest.whole_files import manifest_jobs
from tests.writers.jobs import docker_job, runai_job
from tests.writers.manifest_cases import manifests, runai_objects
from tests.writers.read_back import TARGETS, faults, uncovered
from tests.writers.source_cases import compose_files, docker_commands, runai_commands

pytestmark = pytest.mark.slow

_DOCKER, _COMPOSE, _RUNAI = docker_commands(), compose_files(), runai_commands()
_MANIFESTS, _OBJECTS = manifests(), runai_objects()


def _service(text: str) -> JobSpec:
    (job,) = read_compose({"compose.yaml": text}, profiles=("*",))
    return job


def _read(read: Callable[[str], JobSpec], texts: Iterable[str]) -> list[JobSpec]:
    """The jobs of those that are no mistake."""
    jobs = []
    for text in texts:
        try:
            jobs.append(read(text))
        except InputError:
            continue
    return jobs


def _all_faults(jobs: Iterable[JobSpec]) -> list[str]:
    return [fault for job in jobs for target in TARGETS for fault in faults(job, target)]


@pytest.mark.parametrize("flag", sorted(_DOCKER))
def test_flags_of_docker(flag: str) -> None:
    jobs = _read(docker_job, _DOCKER[flag])
    assert jobs
    assert _all_faults(jobs) == []
    assert [one for job in jobs for one in uncovered(job)] == []


@pytest.mark.parametrize("key", sorted(_COMPOSE))
def test_keys_of_compose(key: str) -> None:
    jobs = _read(_service, _COMPOSE[key])
    assert jobs
    assert _all_faults(jobs) == []
    of_itself = {("name",), ("pull",), ("image",)}
    assert {one for job in jobs for one in uncovered(job)} - of_itself == set()


@pytest.mark.parametrize("flag", sorted(_RUNAI))
def test_flags_of_runai(flag: str) -> None:
    jobs = _read(runai_job, _RUNAI[flag])
    assert jobs
    assert _all_faults(jobs) == []
    by_command = {("distributed",)}  # the subcommand says it
    assert {one for job in jobs for one in uncovered(job)} - by_command == set()


def test_a_manifest_and_a_service_with_much_in_them() -> None:
    jobs = [*manifest_jobs(JOB, "job.yaml"), *read_compose({"compose.yaml": FILE})]
    assert _all_faults(jobs) == []


@pytest.mark.parametrize("field", sorted(_MANIFESTS))
def test_fields_of_manifests(field: str) -> None:
    jobs = [job for text in _MANIFESTS[field] for job in manifest_jobs(text, "a.yaml")]
    assert _all_faults(jobs) == []
    with_names_of_their_own = {("security_options",)}  # of which each is a part too
    assert {one for job in jobs for one in uncovered(job)} - with_names_of_their_own == set()


@pytest.mark.parametrize("field", sorted(_OBJECTS))
def test_fields_of_objects_of_runai(field: str) -> None:
    jobs = [job for text in _OBJECTS[field] for job in manifest_jobs(text, "a.yaml")]
    assert _all_faults(jobs) == []
    by_kind = {("distributed",)}
    assert {one for job in jobs for one in uncovered(job)} - by_kind == set()


def test_there_are_thousands_of_cases() -> None:
    tables = (_DOCKER, _COMPOSE, _RUNAI, _MANIFESTS, _OBJECTS)
    texts = sum(len(texts) for table in tables for texts in table.values())
    assert texts * len(TARGETS) > 6_000


_FLAGS = [
    text.removeprefix("docker run ").removesuffix(" img run it")
    for texts in _DOCKER.values()
    for text in texts
    if text.endswith(" img run it")
]


@given(st.lists(st.sampled_from(_FLAGS), min_size=2, max_size=6))
@settings(deadline=None)
def test_flags_of_docker_together(flags: list[str]) -> None:
    jobs = _read(docker_job, [f"docker run {' '.join(flags)} img run it"])
    assert _all_faults(jobs) == []
