"""Sources of one flag or key each, with every kind of value; for the ledger's guard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from advisor.readers.compose.keys import SERVICE
from advisor.readers.docker_run.flags import flag_catalog
from advisor.readers.runai.flags import RunaiFlag, first_flags, second_flags
from tests.writers.docker_cases import CASES

_BY_KIND: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("bytes", "swap-bytes"), ("2g", "0", "-1", "$V", "${V}g", "$(nproc)")),
    "cpus": ("1.5", "0", "$V", "$((2+1))"),
    **dict.fromkeys(("integer", "count", "small-count", "swappiness"), ("3", "0", "-1", "$V")),
    "duration": ("10s", "1500ms", "0", "$V"),
    "volume": ("/a:/b:$V", "$V:/b", "/a:$V", "$V", "n:/b:ro", "$V:$V"),
    "mount": ("type=bind,src=$V,dst=/d", "type=tmpfs,dst=/t,tmpfs-size=$V", "type=$V,dst=/t"),
    "publish": ("80:80", "$V:$V", "$V:80", "80:$V", "80:80/$V", "8000-8001:9000-9001", "$V"),
    "expose": ("80", "80-81/udp", "$V"),
    "gpus": ("0", "all", "$V", "count=$V", '"device=$V"', "'\"device=0,1\"'"),
    "env": ("A=$V", "A", "$V=1", "2x", "A=", "$V"),
    "label": ("a=$V", "a", "$V=b"),
    "ulimit": ("nofile=5", "nofile=$V", "$V"),
    "restart": (
        "no",
        "always",
        "on-failure",
        "on-failure:3",
        "on-failure:$V",
        "unless-stopped",
        "$V",
    ),
    "network": ("bridge", "host", "none", "own", "container:x", "$V"),
    "device": ("/dev/fuse", "/dev/nvidia0", "/dev/infiniband", "$V", "/dev/dri/renderD$V"),
}
_OTHERS = ("", "host", "a", "a=b", "10.0.0.1", "a:10.0.0.1", "$V", "${V}x", "x=$V", "size=$V")
_RUNAI_VALUES = (
    *(
        "1",
        "0.5",
        "4Gi",
        "10s",
        "a",
        "a=b",
        "a=$V",
        "$V",
        "80:80",
        "$V:80",
        "80:$V",
        "1,2",
        "/a:/b:ro",
    ),
    *("container=80", "container=$V", "container=80,external=30080", "Always", "OnFailure"),
    *("c:/b", ":20Gi:/p", "path=/a,mount=/b,readwrite", "claimname=c,path=/b", "SYS_PTRACE"),
    *("name=n,path=/b,medium=Memory,size-limit=1Gi", "name=n,path=/b,size-limit=$V"),
    *("path=/e,server=s,mountpath=/m,readwrite", "key=k,operator=Exists", "nodeport"),
    *("A=keys,key=wandb", "80:$V"),
)


def docker_commands() -> dict[str, list[str]]:
    """By flag: the flag with values that are literal, empty, zero, or left to the shell."""
    found: dict[str, list[str]] = {}
    for flag in flag_catalog().flags:
        if flag.scope == "global" or "docker" not in flag.engines or flag.name == "help":
            continue
        name = f"--{flag.name}"
        alone = f"--{flag.alias or flag.name}"
        whole = [text.replace(alone, name) for text in CASES.get(alone, ())]
        if flag.value == "bool":
            whole += [name, f"{name}=true", f"{name}=false", f"{name}=$V"]
        else:
            values = _BY_KIND.get(flag.value, _OTHERS)
            whole += [f"{name}={value}" for value in values]
            whole.append(f"{name}={values[0] or 'a'} {name}={values[-1]}")
        found[name] = [f"docker run {flags} img run it" for flags in whole]
    found["GPUs"] = [
        f"docker run {flags} img"
        for flags in (
            *("--gpus 0", "--gpus 2 --gpus 1", "--runtime nvidia", "--runtime=nvidia --gpus 1"),
            *("--runtime nvidia -e NVIDIA_VISIBLE_DEVICES", "--device /dev/nvidia0 --device $D"),
            "--runtime nvidia -e NVIDIA_VISIBLE_DEVICES=$D",
            "--runtime nvidia -e NVIDIA_VISIBLE_DEVICES=0,1",
            "--runtime nvidia -e NVIDIA_VISIBLE_DEVICES=void",
            """--gpus '"device=0,1"'""",
            """--gpus "\\"device=$D\\"" """,
            "--gpus count=$N",
            "--runtime habana -e HABANA_VISIBLE_DEVICES=0,1",
            "--runtime=habana -e HABANA_VISIBLE_DEVICES=$D",
        )
    ]
    found["health"] = [
        f"docker run --health-cmd true {flags} img"
        for flags in (
            *("--health-interval 10s", "--health-interval $V", "--health-interval 0"),
            *("--health-retries 3", "--health-retries $V", "--health-timeout 1500ms"),
            *("--health-start-period $V", "--health-start-interval 5s", "--no-healthcheck=false"),
        )
    ]
    found["podman"] = [
        f"podman run {flags} img"
        for flags in ("--shm-size 0", "--tz local", "--secret a", "--health-cmd none", "--os linux")
    ]
    return found


_EACH: tuple[Any, ...] = ("$V", "${V}g", "", None, 0)
_LIMITS = {"limits": {"cpus": "2", "memory": "1g", "pids": 3}}
_OPEN_LIMITS = {"limits": {"cpus": "$V", "memory": "${V}g"}, "reservations": {"memory": "$V"}}
_COMPOSE: dict[str, tuple[Any, ...]] = {
    "blkio_config": ({"weight": 300},),
    "build": (".", {"context": ".", "args": {"V": "1"}}),
    "cap_add": (["SYS_PTRACE", "CAP_SYS_NICE"], ["$V"]),
    "cpus": ("1.5", "${V:-2}"),
    "cpu_quota": (150000,),
    "deploy": (
        {"resources": _LIMITS, "replicas": 2, "labels": {"a": "b"}, "mode": "replicated"},
        {"resources": _OPEN_LIMITS, "replicas": "$V"},
        {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"], "count": "$N"}]}}},
        {"resources": {"reservations": {"devices": [{"driver": "nvidia", "device_ids": ["$D"]}]}}},
        {"resources": {"reservations": {"devices": [{"capabilities": ["tpu"]}], "cpus": "1"}}},
        {"restart_policy": {"condition": "on-failure", "max_attempts": "$V", "delay": "5s"}},
    ),
    "devices": (["/dev/fuse"], ["$V"], ["/dev/nvidia0"], ["nvidia.com/gpu=all"]),
    "entrypoint": ("python -m x", ["a", "$V"], []),
    "environment": (["A=$V", "B"], {"A": None, "B": "1"}),
    "expose": (["80"], ["$V"], ["80-81"]),
    "extra_hosts": ({"a": "10.0.0.1"}, ["a:$V"]),
    "gpus": ("all", [{"count": "$N"}]),
    "healthcheck": (
        {"test": "true", "interval": "$V", "retries": "$V"},
        {"test": ["CMD", "true"], "start_interval": "1s", "retries": 3, "timeout": "5s"},
        {"interval": "10s"},
        {"disable": True},
        {"test": ["NONE"]},
    ),
    "ipc": ("host", "shareable"),
    "logging": ({"driver": "json-file", "options": {"max-size": "1m"}},),
    "network_mode": ("host", "none", "service:x"),
    "networks": ({"a": {"aliases": ["b"], "ipv4_address": "10.0.0.1"}}, ["a"]),
    "pid": ("host",),
    "platform": ("linux/arm64", "linux"),
    "ports": (["80:80"], ["$V:$V"], ["80:$V"], [{"target": "80", "published": "$V"}]),
    "privileged": (True, False),
    "pull_policy": ("always", "never", "build"),
    "read_only": (True,),
    "restart": ("always", "no", "on-failure:3", "on-failure:$V"),
    "runtime": ("nvidia", "runc"),
    "scale": (1, 2),
    "secrets": (["a"], [{"source": "a", "target": "/b"}]),
    "security_opt": (["no-new-privileges:true"], ["seccomp:unconfined"], ["label:disable"]),
    "shm_size": ("1g", "64m"),
    "stdin_open": (True, False),
    "stop_grace_period": ("1m", "1500ms"),
    "storage_opt": ({"size": "1g"}, {"size": "$V"}),
    "sysctls": ({"net.core.somaxconn": 1024}, ["net.core.somaxconn=$V"]),
    "tmpfs": ("/t:size=1g", "/t:size=$V", ["/t:size=50%"]),
    "tty": (True,),
    "ulimits": ({"nofile": 5}, {"nofile": {"soft": "$V", "hard": 2}}),
    "volumes": (
        ["/a:/b:ro"],
        ["/a:$V"],
        ["$V:/b"],
        [{"type": "tmpfs", "target": "/t", "tmpfs": {"size": "$V"}}],
        [{"type": "bind", "source": "/a", "target": "/b", "read_only": True}],
    ),
}
_NOT_SCALAR = frozenset(
    {"deploy", "devices", "gpus", "group_add", "healthcheck", "volumes", "ports", "configs"}
    | {"dns", "platform", "secrets", "security_opt", "tmpfs"}
)


NAMED = {key: {"a": {"external": True}} for key in ("networks", "secrets", "configs")}
"""What the services of these files name."""


def compose_files() -> dict[str, list[str]]:
    """By key: files with one service that has it."""
    found: dict[str, list[str]] = {}
    for key in sorted(SERVICE - {"extends", "image"}):
        each = () if key in _NOT_SCALAR or _is_mapped(key) else _EACH
        values = (*_COMPOSE.get(key, (["a"], {"a": "b"})), *each)
        bodies = [{"image": "img", "command": "run it", key: value} for value in values]
        found[key] = [
            yaml.dump({"services": {"a": body}, **NAMED}, Dumper=yaml.CSafeDumper)
            for body in bodies
        ]
    return found


def _is_mapped(key: str) -> bool:
    return any(isinstance(value, dict) for value in _COMPOSE.get(key, ()))


def runai_commands() -> dict[str, list[str]]:
    """By version and flag; of distributed jobs those that others do not have."""
    found: dict[str, list[str]] = {}
    standard = second_flags("standard").by_name
    for start, flags in (
        ("runai submit --name t -i img", first_flags("submit", None).by_name),
        ("runai training standard submit t -i img", standard),
        ("runai training pytorch submit t -i img", second_flags("pytorch").by_name),
    ):
        for flag in flags.values():
            again = "pytorch" in start and flag.name in standard
            if not again and flag.name not in ("help", "image", "name", "user"):
                whole = found.setdefault(f"{start.partition(' t ')[0]} --{flag.name}", [])
                whole += [f"{start} {text} -- run it" for text in _spelled(flag)]
    return found


def _spelled(flag: RunaiFlag) -> Iterator[str]:
    values = _OF_KIND.get(flag.value, _RUNAI_VALUES if flag.field else ("1", "a=b", "$V"))
    if flag.name.startswith("mig"):
        values = ("1g.5gb", "$V")
    if flag.value == "bool":
        yield f"--{flag.name}"
    yield from (f"--{flag.name}={value}" for value in values)


_OF_KIND: dict[str, tuple[str, ...]] = {
    "bool": ("false", "$V"),
    "integer": ("3", "0", "$V"),
    "count": ("3", "$V"),
    "decimal": ("2", "0", "0.5", "$V"),
    "duration": ("10s", "$V"),
}
