"""Manifests of every shape: what the tests write, for the API server to take or refuse."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from advisor.facts.workload import Toleration
from advisor.findings.finding import Outcome
from advisor.jobs.run import (
    GpuAsk,
    HealthCheck,
    PortMapping,
    Run,
    RunMount,
    Security,
    Variable,
)
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.jobs.word import word
from tests.writers.docker_cases import CASES
from tests.writers.jobs import docker_job
from tests.writers.runs import EXPANSIONS, NAMES, TEXTS, WORDS

SEED = (
    "docker run --runtime=nvidia --shm-size 16G -it --rm -e HOSTNAME=`hostname` \\\n"
    "    -v /raid/public/my_datasets:/root/dataset:ro \\\n"
    "    nvcr.io/nvidia/pytorch:19.12-py3"
)
DATA = "data:/raid/public/my_datasets"
TOLERATION = Toleration(key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")
STAY: dict[str, Outcome] = {"image": "ok", DATA: "stay", "data:/data": "stay"}
MOVE: dict[str, Outcome] = {"image": "move", DATA: "move", "data:/data": "move"}
SITUATIONS = (
    Situation(target="kubernetes"),
    Situation(
        target="kubernetes",
        outcomes=STAY,
        tolerations=(TOLERATION,),
        node_selector={"nvidia.com/gpu.present": "true"},
        namespace="team",
        host_gpus=8,
    ),
    Situation(
        target="kubernetes",
        outcomes=MOVE,
        registry="registry.example/team",
        claims=(ClaimMapping(claim="datasets"),),
        exports=(NfsExport(server="nas.example", export="/exports/raid", path="/raid"),),
    ),
)
COMMANDS = (
    SEED,
    *(f"docker run {flags} img" for flags in itertools.chain.from_iterable(CASES.values())),
)


def command_jobs() -> list[JobSpec]:
    """The job of every command."""
    return [docker_job(command) for command in COMMANDS]


PATHS = st.sampled_from(["/data", "/raid/a b", "/x'y", "/srv/é", "/a/b.c", "/a:b", "/dev/shm"])
SIZES = st.integers(1, 2**45)
SMALL = st.integers(0, 2**16)
_COUNTS = st.none() | st.integers(1, 64)
PAIRS = st.dictionaries(
    TEXTS | st.sampled_from(["team", "example.com/a", "Note"]), TEXTS, max_size=3
)
MOUNTS = st.one_of(
    st.builds(
        RunMount,
        kind=st.sampled_from(["bind", "hostPath", "named-volume", "claim", "tmpfs"]),
        source=(PATHS | st.sampled_from(["vol", "Vol_1"])).map(word) | WORDS,
        target=PATHS.map(word) | WORDS.map(lambda one: word("/m/") + one),
        read_only=st.booleans(),
        size=st.none() | SIZES,
    ),
    st.builds(
        RunMount,
        kind=st.just("nfs"),
        source=st.just(word("nas:/export")),
        target=PATHS.map(word),
        read_only=st.booleans(),
    ),
    st.builds(
        RunMount,
        kind=st.just("config"),
        source=st.sampled_from(["ConfigMap/conf", "Secret/keys"]).map(word),
        target=PATHS.map(word),
    ),
    st.builds(
        RunMount, kind=st.just("anonymous-volume"), source=st.just(word("")), target=PATHS.map(word)
    ),
)
VARIABLES = st.builds(
    Variable,
    name=NAMES | st.sampled_from(["HF_TOKEN", "odd name", "é", "A"]),
    value=st.none() | WORDS,
    secret=st.booleans(),
)
GPUS = st.one_of(
    st.just(()),
    st.builds(
        lambda **fields: (GpuAsk(how="--gpus", **fields),),
        count=st.none() | st.integers(-1, 16),
        devices=st.sampled_from([(), ("0",), ("0", "1")]),
        portion=st.none() | st.sampled_from([0.25, 0.5]),
        mig=st.sampled_from(["", "1g.5gb"]),
    ),
)
SECURITY = st.builds(
    Security,
    privileged=st.booleans(),
    capabilities_added=st.sampled_from([(), ("SYS_ADMIN",), ("ALL",), ("IPC_LOCK", "SYS_PTRACE")]),
    capabilities_dropped=st.sampled_from([(), ("ALL",), ("NET_RAW",)]),
    read_only_root=st.booleans(),
    host_network=st.booleans(),
    host_pid=st.booleans(),
    host_ipc=st.booleans(),
    no_new_privileges=st.booleans(),
    seccomp=st.sampled_from(["", "unconfined", "/profile.json", "RuntimeDefault"]),
    sysctls=st.dictionaries(
        st.sampled_from(["net.core.somaxconn", "kernel.shmmax", "fs.mqueue.msg_max", "Odd"]),
        TEXTS,
        max_size=2,
    ),
    options=st.sampled_from([(), ("apparmor=unconfined",)]),
)
HEALTH = st.builds(
    HealthCheck,
    command=st.lists(WORDS, max_size=2).map(tuple),
    by_shell=st.booleans(),
    interval=st.none() | st.floats(0.001, 1e12),
    timeout=st.none() | st.floats(0.001, 100),
    start_period=st.none() | st.floats(0, 1e12),
    retries=st.none() | st.integers(0, 2**40),
)
PORTS = st.lists(
    st.builds(
        PortMapping,
        container=st.integers(1, 65535),
        host=st.none() | st.integers(1, 65535),
        protocol=st.sampled_from(["tcp", "udp", "sctp"]),
    ),
    max_size=3,
).map(tuple)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "image": st.sampled_from(["img", "nvcr.io/nvidia/pytorch:24.07-py3"]).map(word) | WORDS,
    "name": st.none() | WORDS,
    "pull": st.sampled_from(["", "always", "missing", "never"]),
    "entrypoint": st.none() | st.lists(WORDS, max_size=1).map(tuple),
    "arguments": st.lists(WORDS, max_size=3).map(tuple),
    "environment": st.lists(VARIABLES, max_size=3, unique_by=lambda one: one.name).map(tuple),
    "environment_files": st.lists(WORDS, max_size=2).map(tuple),
    "working_directory": st.none() | WORDS,
    "user": st.none() | st.sampled_from(["1000", "1:2", "root", "me", ":5", "9" * 12]).map(word),
    "groups": st.sampled_from([(), ("44", "video")]),
    "hostname": st.sampled_from(["", "box", "My_Box", "-"]) | TEXTS,
    "host_entries": st.lists(
        st.sampled_from(["db=10.0.0.1", "DB=10.0.0.1", "x=host-gateway", "v6=[::1]", "=1"]),
        max_size=3,
    ).map(tuple),
    "name_servers": st.lists(
        st.sampled_from(["1.1.1.1", "8.8.8.8", "9.9.9.9", "::1", "odd", "4.4.4.4"]), max_size=5
    ).map(tuple),
    "search_domains": st.sampled_from([(), ("example.com", "bad domain")]),
    "resolver_options": st.sampled_from([(), ("ndots:1", "rotate")]),
    "health": st.none() | HEALTH,
    "interactive": st.booleans(),
    "terminal": st.booleans(),
    "remove": st.booleans(),
    "restart": st.sampled_from(
        ["", "no", "always", "unless-stopped", "on-failure", "on-failure:3", "OnFailure"]
    ),
    "service": st.booleans(),
    "grace_seconds": st.none() | st.integers(-1, 2**40),
    "mounts": st.lists(MOUNTS, max_size=4).map(tuple),
    "ports": PORTS,
    "gpus": GPUS,
    "cpu_limit": _COUNTS.map(lambda n: n and n * 250),
    "cpu_request": _COUNTS.map(lambda n: n and n * 10),
    "memory_limit": st.none() | SIZES,
    "memory_request": st.none() | SIZES,
    "shared_memory": st.none() | SIZES,
    "large_shared_memory": st.booleans(),
    "security": SECURITY,
    "labels": PAIRS,
    "annotations": PAIRS,
    "extended": st.sampled_from([{}, {"rdma/hca": 1}]),
    "backoff_limit": st.none() | st.integers(0, 2**40),
    "completions": _COUNTS,
    "parallelism": _COUNTS,
    "project": st.sampled_from(["", "Team A"]),
    "pull_secrets": st.sampled_from([(), ("hub",)]),
}


def any_runs() -> st.SearchStrategy[Run]:
    """Runs with nothing of them known to fit a manifest."""
    return st.fixed_dictionaries({"image": FIELDS["image"]}, optional=FIELDS_BESIDE).map(_run)


def _run(fields: dict[str, Any]) -> Run:
    return Run(**fields)


FIELDS_BESIDE = {name: strategy for name, strategy in FIELDS.items() if name != "image"}


def job_of(run: Run) -> JobSpec:
    """A job that is known by its run alone."""
    return JobSpec(id="job", label="the job", kind="job", reader="docker-run", run=run)


__all__ = [
    "COMMANDS",
    "EXPANSIONS",
    "SEED",
    "SITUATIONS",
    "any_runs",
    "command_jobs",
    "job_of",
]
