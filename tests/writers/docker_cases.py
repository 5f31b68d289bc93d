"""For each flag of docker run, values that matter; `python -m tests.writers.docker_cases` writes
what becomes of them to docker_flags.yaml, whose diff is for a person to review."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from advisor.findings.finding import Outcome
from advisor.jobs.translation import Situation, Target
from advisor.writers import write
from tests.writers.jobs import docker_job

GOLDEN = Path(__file__).parent / "docker_flags.yaml"
TARGETS: tuple[Target, ...] = ("runai-v1", "runai-v2", "kubernetes")
OUTCOMES: dict[str, Outcome] = {"image": "ok", "data:/data": "stay", "data:/moves": "move"}

CASES: dict[str, tuple[str, ...]] = {
    "--add-host": (
        "--add-host db:10.0.0.2",
        "--add-host a_b:10.0.0.2",
        "--add-host db:host-gateway",
    ),
    "--annotation": ("--annotation note='for the runtime'",),
    "--attach": ("-a stdout",),
    "--blkio-weight": ("--blkio-weight 500",),
    "--blkio-weight-device": ("--blkio-weight-device /dev/sda:500",),
    "--cap-add": ("--cap-add CAP_SYS_PTRACE", "--cap-add=ALL"),
    "--cap-drop": ("--cap-drop NET_RAW",),
    "--cgroup-parent": ("--cgroup-parent /slice",),
    "--cgroupns": ("--cgroupns host", "--cgroupns private"),
    "--cidfile": ("--cidfile /tmp/id",),
    "--config": (),
    "--context": (),
    "--cpu-count": ("--cpu-count 2",),
    "--cpu-percent": ("--cpu-percent 50",),
    "--cpu-period": ("--cpu-period 50000 --cpu-quota 100000",),
    "--cpu-quota": ("--cpu-quota 150000",),
    "--cpu-rt-period": ("--cpu-rt-period 1000",),
    "--cpu-rt-runtime": ("--cpu-rt-runtime 500",),
    "--cpu-shares": ("-c 512",),
    "--cpus": ("--cpus 1.5",),
    "--cpuset-cpus": ("--cpuset-cpus 0-3",),
    "--cpuset-mems": ("--cpuset-mems 0",),
    "--debug": (),
    "--detach": ("-d", "--detach=false"),
    "--detach-keys": ("--detach-keys ctrl-x",),
    "--device": ("--device /dev/nvidia0", "--device /dev/infiniband/uverbs0", "--device /dev/fuse"),
    "--device-cgroup-rule": ("--device-cgroup-rule 'c 1:3 mr'",),
    "--device-read-bps": ("--device-read-bps /dev/sda:1mb",),
    "--device-read-iops": ("--device-read-iops /dev/sda:100",),
    "--device-write-bps": ("--device-write-bps /dev/sda:1mb",),
    "--device-write-iops": ("--device-write-iops /dev/sda:100",),
    "--disable-content-trust": ("--disable-content-trust",),
    "--dns": ("--dns 8.8.8.8",),
    "--dns-option": ("--dns-option ndots:1", "--dns-opt ndots:1"),
    "--dns-search": ("--dns-search example.com",),
    "--domainname": ("--domainname example",),
    "--entrypoint": ("--entrypoint python",),
    "--env": ("-e A=1", "-e HOME", "-e TOKEN=abcdef123456", "-e NVIDIA_VISIBLE_DEVICES=0"),
    "--env-file": ("--env-file .env",),
    "--expose": ("--expose 8080",),
    "--gpus": ("--gpus 2", "--gpus all", """--gpus '"device=0,2"'""", "--gpus $COUNT"),
    "--group-add": ("--group-add 44 --group-add video",),
    "--health-cmd": ("--health-cmd 'test -f /ok'",),
    "--health-interval": ("--health-interval 10s",),
    "--health-retries": ("--health-retries 3",),
    "--health-start-interval": ("--health-start-interval 5s",),
    "--health-start-period": ("--health-start-period 30s",),
    "--health-timeout": ("--health-timeout 5s",),
    "--host": (),
    "--hostname": ("-h box",),
    "--init": ("--init", "--init=false"),
    "--interactive": ("-i",),
    "--io-maxbandwidth": ("--io-maxbandwidth 1mb",),
    "--io-maxiops": ("--io-maxiops 100",),
    "--ip": ("--network own --ip 10.0.0.2",),
    "--ip6": ("--network own --ip6 fd00::2",),
    "--ipc": ("--ipc host", "--ipc private", "--ipc container:other"),
    "--isolation": ("--isolation default",),
    "--kernel-memory": ("--kernel-memory 1g",),
    "--label": ("-l team=vision", "-l 'note=two words'"),
    "--label-file": ("--label-file labels",),
    "--link": ("--link db:db",),
    "--link-local-ip": ("--network own --link-local-ip 169.254.1.1",),
    "--log-driver": ("--log-driver journald",),
    "--log-level": (),
    "--log-opt": ("--log-opt max-size=10m",),
    "--mac-address": ("--mac-address 02:42:ac:11:00:02",),
    "--memory": ("-m 8g", "--memory 512m"),
    "--memory-reservation": ("--memory-reservation 4g",),
    "--memory-swap": ("-m 8g --memory-swap -1",),
    "--memory-swappiness": ("--memory-swappiness 0",),
    "--mount": (
        "--mount type=bind,src=/data,dst=/d,readonly",
        "--mount type=bind,src=/moves,dst=/d",
        "--mount type=tmpfs,dst=/t,tmpfs-size=64m",
        "--mount type=volume,dst=/v",
    ),
    "--name": ("--name train", "--name My_Train.1"),
    "--network": ("--network host", "--network none", "--network container:x", "--net own"),
    "--network-alias": ("--network own --network-alias db",),
    "--no-healthcheck": ("--no-healthcheck",),
    "--oom-kill-disable": ("-m 1g --oom-kill-disable",),
    "--oom-score-adj": ("--oom-score-adj -500",),
    "--pid": ("--pid host", "--pid container:x"),
    "--pids-limit": ("--pids-limit 100",),
    "--platform": ("--platform linux/arm64",),
    "--privileged": ("--privileged", "--privileged=false"),
    "--publish": ("-p 8888:8888", "-p 30080:80", "-p 53:53/udp", "-p 80"),
    "--publish-all": ("-P",),
    "--pull": ("--pull always", "--pull missing", "--pull never"),
    "--quiet": ("-q",),
    "--read-only": ("--read-only",),
    "--restart": ("--restart no", "--restart on-failure:3", "--restart always"),
    "--rm": ("--rm", "--rm=false"),
    "--runtime": ("--runtime nvidia", "--runtime runc", "--runtime kata"),
    "--security-opt": (
        "--security-opt no-new-privileges",
        "--security-opt seccomp=unconfined",
        "--security-opt label=disable",
    ),
    "--shm-size": ("--shm-size 16g", "--shm-size 64m", "--shm-size 2g -m 1g"),
    "--sig-proxy": ("--sig-proxy=false",),
    "--stop-signal": ("--stop-signal SIGINT",),
    "--stop-timeout": ("--stop-timeout 60",),
    "--storage-opt": ("--storage-opt size=20G",),
    "--sysctl": ("--sysctl net.core.somaxconn=1024",),
    "--tls": (),
    "--tlscacert": (),
    "--tlscert": (),
    "--tlskey": (),
    "--tlsverify": (),
    "--tmpfs": ("--tmpfs /t:size=64m", "--tmpfs /dev/shm", "--tmpfs /t:size=2g -m 1g"),
    "--tty": ("-t",),
    "--ulimit": ("--ulimit memlock=-1",),
    "--use-api-socket": ("--use-api-socket",),
    "--user": ("-u 1000:1000", "-u $(id -u):$(id -g)", "-u root", "-u someone"),
    "--userns": ("--userns host",),
    "--uts": ("--uts host",),
    "--volume": (
        "-v /data:/d",
        "-v /data:/d:ro,z",
        "-v /moves/a:/d",
        "-v name:/d",
        "-v /anonymous",
        "-v /var/run/docker.sock:/var/run/docker.sock",
        "-v /data:/d:rslave",
    ),
    "--volume-driver": ("--volume-driver nfs -v name:/d",),
    "--volumes-from": ("--volumes-from other",),
    "--workdir": ("-w /w",),
}
GLOBAL = ("--config /c", "--context c", "--debug", "--host tcp://h:2375", "--log-level debug",
          "--tls", "--tlscacert a", "--tlscert b", "--tlskey k", "--tlsverify")  # fmt: skip


def commands() -> list[str]:
    """Every case as a whole command."""
    run = [f"docker run {flags} img" for cases in CASES.values() for flags in cases]
    return [*run, *(f"docker {flags} run img" for flags in GLOBAL)]


def verdicts(command: str) -> dict[str, list[dict[str, str]]]:
    """The entries of its flags for each target."""
    job = docker_job(command)
    found: dict[str, list[dict[str, str]]] = {}
    for target in TARGETS:
        situation = Situation(target=target, outcomes=OUTCOMES)
        found[target] = [
            {
                "flag": f"{entry.item.name} {entry.item.value}".strip(),
                "fate": entry.fate,
                "output": entry.output,
                "reason": entry.reason,
            }
            for entry in write(job, situation).ledger
            if entry.item.name.startswith("--")
        ]
    return found


def refresh() -> None:
    """Writes the golden file anew."""
    found = {command: verdicts(command) for command in commands()}
    text = yaml.safe_dump(msgspec.to_builtins(found), sort_keys=False, width=100)
    GOLDEN.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    refresh()
