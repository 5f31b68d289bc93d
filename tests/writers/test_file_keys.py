"""Every key of a compose file has something said of it for every target."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target
from advisor.readers.compose.keys import SERVICE
from advisor.readers.compose.reader import read_compose
from advisor.writers import write
from advisor.writers.ledger import UNTOLD
from tests.readers.compose.test_reader import FILE
from tests.readers.manifest.test_reader import POD_SPEC, manifest
from tests.readers.manifest.whole_files import manifest_jobs
from tests.writers.source_cases import NAMED

TARGETS: tuple[Target, ...] = ("runai-v1", "runai-v2", "kubernetes")
VALUES: dict[str, Any] = {
    **dict.fromkeys(SERVICE, "x"),
    **dict.fromkeys(("cpus", "cpu_shares", "cpu_quota", "cpu_period", "scale"), 2),
    **dict.fromkeys(("mem_limit", "mem_reservation", "shm_size"), "1g"),
    **dict.fromkeys(("tty", "stdin_open", "privileged", "read_only", "init", "attach"), True),
    **{key: {"a": "b"} for key in ("environment", "labels", "annotations", "sysctls")},
    "extra_hosts": {"a": "10.0.0.1"},
    "restart": "always",
    "deploy": {
        "mode": "replicated",
        "endpoint_mode": "vip",
        "labels": {"a": "b"},
        "placement": {"constraints": ["node.role==worker"]},
        "update_config": {"parallelism": 2},
        "rollback_config": {"parallelism": 2},
        "replicas": 2,
        "resources": {"limits": {"pids": 3}},
        "restart_policy": {"condition": "any", "delay": "5s", "window": "1s"},
    },
    "depends_on": ["a"],
    "develop": {"watch": [{"path": "."}]},
    "gpus": "all",
    "healthcheck": {"test": "true", "start_interval": "1s"},
    "links": ["x"],
    "logging": {"driver": "json-file", "options": {"max-size": "1m"}},
    "networks": {"a": {"aliases": ["b"], "ipv4_address": "10.0.0.1"}},
    "ports": ["80:80"],
    "expose": ["81"],
    "profiles": ["x"],
    "stop_grace_period": "1m",
    "tmpfs": "/t",
    "ulimits": {"nofile": 5},
    "volumes": ["/a:/b"],
    "credential_spec": {"file": "x"},
    "devices": ["/dev/fuse"],
    "storage_opt": {"size": "1g"},
    "build": {"context": ".", "args": {"V": "1"}, "labels": {"a": "b"}},
}


def unspoken(job: JobSpec) -> list[tuple[Target, str]]:
    """Items of which the ledger has nothing to say."""
    return [
        (target, entry.item.name)
        for target in TARGETS
        for entry in write(job, Situation(target=target)).ledger
        if UNTOLD in entry.reason or not entry.reason
    ]


@pytest.mark.parametrize("key", sorted(SERVICE - {"extends", "image"}))
def test_every_key_of_a_service(key: str) -> None:
    text = yaml.safe_dump({"services": {"a": {"image": "i", key: VALUES[key]}}, **NAMED})
    (job,) = read_compose({"compose.yaml": text}, profiles=("*",))
    assert unspoken(job) == []


def test_a_service_with_much_in_it() -> None:
    (job,) = read_compose({"compose.yaml": FILE})
    assert unspoken(job) == []


def test_a_pod_with_much_in_it() -> None:
    (job,) = manifest_jobs(yaml.safe_dump(manifest("v1", "Pod", POD_SPEC)), "f.yaml")
    assert unspoken(job) == []


def test_other_containers_are_said_to_be_left_out() -> None:
    (job,) = manifest_jobs(yaml.safe_dump(manifest("v1", "Pod", POD_SPEC)), "f.yaml")
    ledger = write(job, Situation(target="runai-v2")).ledger
    fates = {entry.item.name: entry.fate for entry in ledger if entry.item.name.endswith(".image")}
    assert fates == {
        "spec.containers[0].image": "no-equivalent",
        "spec.containers[1].image": "mapped",
        "spec.initContainers[0].image": "no-equivalent",
    }


def test_keys_of_compose_find_what_became_of_them() -> None:
    """Names with dots, GPUs among the devices, options by their name, env files that were read."""
    body = {
        "image": "i",
        "labels": {"com.example.a": "b"},
        "sysctls": ["net.core.somaxconn=1024"],
        "devices": ["nvidia.com/gpu=all"],
        "security_opt": ["seccomp:unconfined"],
        "env_file": "app.env",
        "command": "run",
        "build": {"context": ".", "args": {"V": "1"}},
    }
    text = yaml.safe_dump({"services": {"a": body}}, sort_keys=False)
    files = {"app.env": {"MODE": "prod"}}
    (job,) = read_compose({"compose.yaml": text}, env_files=lambda name, _: files.get(name))
    entries = write(job, Situation(target="kubernetes")).ledger
    assert [(one.item.name, one.fate, one.output) for one in entries if one.item.place][1:] == [
        (
            'services.a.labels["com.example.a"]',
            "mapped",
            "metadata.labels: com.example.a",
        ),
        (
            'services.a.sysctls["net.core.somaxconn"]',
            "mapped",
            "securityContext.sysctls: net.core.somaxconn",
        ),
        (
            "services.a.devices[0]",
            "changed",
            "containers[0].resources.limits.nvidia.com/gpu: 1",
        ),
        (
            "services.a.security_opt[0]",
            "mapped",
            "containers[0].securityContext.seccompProfile",
        ),
        ("services.a.env_file", "mapped", "containers[0].env: MODE"),
        ("services.a.command", "mapped", "containers[0].args"),
        ("services.a.build", "unresolved", "containers[0].image: SET_ME_REGISTRY/i"),
    ]
