"""`docker run` lines over what can run without a GPU, for images of program.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from tests.real.same_job.program import IMAGES

SHELL = {"PASSED": "from the shell", "API_TOKEN": "not-a-real-token"}
"""Variables of the shell that runs the lines; ABSENT is none of them."""
FILES = {
    "variables": 'FROM_FILE=1\n# a comment\nPASSED\nQUOTED="kept"\nWITH=a=b\n',
    "more variables": "  INDENTED=1\nA=of the file\nTAIL=x \nHASH=a#b\nABSENT\nEMPTY=\nB=$A\r\n",
    "labels": "team=vision\n# a comment\nempty=\nsite\n",
    "seccomp.json": '{"defaultAction": "SCMP_ACT_ALLOW"}',
}
"""What the lines name, by the name in the shared folder."""

DATA = "DATA"
"""Stands in a line for the folder that Docker host and nodes share."""
VOLUME = "filled"
"""A named volume of the Docker host with something in it."""
MANY = {"--cap-add", "--cap-drop", "-e", "-v", "--mount", "--tmpfs", "--add-host", "--group-add"}
MANY |= {"--dns", "--dns-search", "--dns-option", "--sysctl", "--ulimit", "--security-opt", "-l"}
MANY |= {"--env-file", "--device", "-p", "--expose"}
LONG = {
    "-e": "--env",
    "-w": "--workdir",
    "-u": "--user",
    "-v": "--volume",
    "-m": "--memory",
    "-h": "--hostname",
    "-i": "--interactive",
    "-t": "--tty",
    "-p": "--publish",
    "-l": "--label",
    "--network": "--net",
    "--dns-option": "--dns-opt",
}
AS_IT_IS = frozenset({"-d", "--rm", "--restart"})
"""Flags that the side of docker looks for among the words."""

FLAGS: Mapping[str, tuple[str, ...]] = {
    "-e": (
        *("A=1", "A=", "A=with space", "A=a$(B)c", "A=$(HOME)", "A=a$$b", "A=$$(X)", "A='q\"q'"),
        *("A=two\nlines", "A=größer", "PASSED", "ABSENT", "IMAGE_VALUE", "IMAGE_VALUE=mine"),
        *("HOME=/somewhere", "PATH=/bin:/x", "HOSTNAME=me", "TERM=vt100", "TELL_EXIT=3"),
        *("API_TOKEN", "API_TOKEN=not-a-real-token", "a.b-c=1", "B=2", "1A=1", "a b=c", "ü=ö"),
        *("A=$(A)", "B=$(A)/$(B)", "A=$$$(A)", "A=: x", "A=tab\there", "A= padded ", "A='", "A=~"),
        *("A=0x10", "A=1_000", "A=- x", "A=#", "A={{.}}", "A=\\n", "_=x", "PWD=/x", "USER=me"),
    ),
    "--env-file": (f"{DATA}/variables", f"{DATA}/more variables"),
    "-w": ("/work", "/new/folder", "/m", "/work/", "/work/../m", "/", "/image/full", "/with space"),
    "-u": (
        *("1000", "1000:2000", "0", "root", "1234", "1000:0", "worker", "worker:lab", ":50"),
        *("0:0", "65534:65534", "worker:1234", "1000:lab", "root:staff", ":lab", "01000"),
    ),
    "--group-add": ("2000", "44", "staff", "lab", "0"),
    "--cap-add": ("NET_ADMIN", "cap_sys_time", "SYS_PTRACE", "CAP_IPC_LOCK", "NET_RAW"),
    "--cap-drop": ("ALL", "NET_RAW", "mknod", "CAP_CHOWN", "all", "SETUID"),
    "--privileged": ("false",),
    "--security-opt": (
        *("no-new-privileges", "seccomp=unconfined", "no-new-privileges:false"),
        *("no-new-privileges=true", "seccomp:unconfined", f"seccomp={DATA}/seccomp.json"),
        *("label=disable", "apparmor=unconfined", "systempaths=unconfined"),
    ),
    "--read-only": ("", "false"),
    "--tmpfs": (
        *("/m/t", "/m/t:size=64m", "/m/t:ro", "/m/t:exec,mode=1777", "/m/u:size=1m,uid=1000"),
        *("/m/t:size=65536k,noexec", "/dev/shm:size=32m", "/image/full", "/work", "/m/t:rw,nosuid"),
        *("/m/t/", "/m/t:size=10%", "/m/t:mode=0700"),
    ),
    "--mount": (
        *("type=tmpfs,target=/m/tm,tmpfs-size=64m", "type=tmpfs,dst=/m/tm,tmpfs-mode=1770"),
        *("type=tmpfs,dst=/m/tm", f"type=bind,src={DATA}/folder,dst=/m/bound,readonly"),
        *(f"type=bind,src={DATA}/folder,dst=/m/bound", "type=volume,dst=/m/any"),
        f"type=bind,source={DATA}/folder,destination=/m/bound/,readonly=false",
        f"type=bind,source={DATA}/folder/notes.txt,target=/m/notes.txt,ro=true",
        f"type=bind,src={DATA}/folder,dst=/m/bound,bind-propagation=rslave",
        f'type=bind,"src={DATA}/with, comma",dst=/m/comma',
        *("type=volume,dst=/image/full", "type=volume,dst=/image/full,volume-nocopy", "dst=/m/any"),
        *(f"src={VOLUME},dst=/m/filled", f"type=volume,src={VOLUME},dst=/m/filled,readonly"),
        *("type=tmpfs,dst=/dev/shm,tmpfs-size=16m", "type=tmpfs,dst=/m/tm,tmpfs-size=1048576,ro"),
    ),
    "-v": (
        *(f"{DATA}/folder:/m/v", f"{DATA}/folder:/m/v:ro", f"{DATA}/folder/below:/m/b:rw"),
        *(f"{DATA}/folder/notes.txt:/m/notes.txt:ro", f"{DATA}/folder:/image/full"),
        *("/m/anonymous", "/image/full", f"{DATA}/folder/settings.yaml:/m/settings.yaml"),
        *(f"{DATA}/folder:/m/v:ro,z", f"{DATA}/folder:/m/v:rslave", f"{DATA}/folder/:/m/v/"),
        *(f"{DATA}/missing:/m/missing", f"{DATA}/with space:/m/with space:ro"),
        *(f"{VOLUME}:/m/filled", f"{VOLUME}:/m/filled:ro", f"{VOLUME}:/image/full"),
        *("/etc/hostname:/m/hostname:ro", f"{DATA}/folder/../folder:/m/v", f"{DATA}/folder:/work"),
    ),
    "--shm-size": ("128m", "1g", "8m", "67108864", "0.5g"),
    "-m": ("64m", "256m", "1.5g", "64M", "67108864", "100000k", "0"),
    "--memory-swap": ("-1", "2g"),
    "--memory-reservation": ("32m",),
    "--cpus": (".5", "1", "1.25", "0.05", "1.0", "2"),
    "--cpuset-cpus": ("0", "0-1"),
    "--cpu-quota": ("50000", "-1"),
    "--cpu-period": ("50000",),
    "--cpu-shares": ("512",),
    "--pids-limit": ("100", "-1", "0"),
    "-h": ("worker-7", "Big_Name", "a.b.example", "UPPER", "9"),
    "--domainname": ("example.org",),
    "--name": ("train_1", "exp", "9lives"),
    "--add-host": (
        *("db:10.1.2.3", "Filer=10.1.2.4", "db:10.1.2.5", "six:[::1]", "six=fe80::2"),
        *("a_b:10.1.2.6", "db.lab.example:10.1.2.3", "localhost:10.1.2.7"),
    ),
    "--dns": ("9.9.9.9", "8.8.8.8", "2620:fe::fe"),
    "--dns-search": ("lab.example", "."),
    "--dns-option": ("ndots:2", "rotate", "timeout:1"),
    "--ulimit": (
        "nofile=512:1024",
        "core=0",
        "nproc=1000",
        "nofile=2048",
        "stack=8388608",
        "cpu=9",
    ),
    "--init": ("", "false"),
    "-i": ("",),
    "-t": ("", "false"),
    "-d": ("",),
    "--rm": ("",),
    "--restart": ("no", "on-failure:2", "unless-stopped"),
    "--stop-signal": ("SIGINT",),
    "--stop-timeout": ("3",),
    "--network": ("none", "host", "bridge"),
    "--pid": ("host",),
    "--ipc": ("host", "private", "shareable"),
    "--uts": ("host",),
    "--userns": ("host",),
    "--sysctl": (
        *("net.core.somaxconn=256", "kernel.shm_rmid_forced=1", "fs.mqueue.msg_max=20"),
        *("net.ipv4.ip_unprivileged_port_start=1024", "net.ipv4.tcp_keepalive_time=600"),
    ),
    "--device": ("/dev/fuse", "/dev/zero:/dev/nought", "/dev/null:/dev/void:r"),
    "--cgroupns": ("host", "private"),
    "--label-file": (f"{DATA}/labels",),
    "--log-opt": ("max-size=10m",),
    "--runtime": ("runc",),
    "--blkio-weight": ("100",),
    "--oom-kill-disable": ("", "false"),
    "-p": ("80", "8000-8001", "127.0.0.1::81"),
    "--expose": ("9000",),
    "-l": ("team=vision", "note=two words"),
    "--health-cmd": ("true", "test -e /m || exit 1"),
    "--health-interval": ("5s",),
    "--no-healthcheck": ("",),
    "--oom-score-adj": ("100",),
    "--platform": ("linux/amd64",),
    "--pull": ("missing",),
}


class Line(NamedTuple):
    """A line by its flags with their values, as they are written, and what stands behind them; DATA
    stands for the shared folder."""

    options: tuple[tuple[str, str], ...]
    written: tuple[str, ...]
    image: str
    command: tuple[str, ...]

    def within(self, data: str) -> list[str]:
        """The words with the shared folder's own path."""
        words = ("docker", "run", *self.written, self.image, *self.command)
        return [word.replace(DATA, data) for word in words]

    def pieces(self) -> set[str]:
        """What it is made of: flags with their values, the image, how the program is started."""
        pairs = {word for name, value in self.options for word in (name, f"{name} {value}")}
        return {*pairs, self.image, f"{len(self.command)} words"}


def make_lines(count: int, registry: str, seed: int = 0) -> list[Line]:
    """That many lines, the same ones for one seed: of many made, those with most that is new."""
    made: dict[Line, None] = {}

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=10 * count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(_lines(registry))
    def collect(line: Line) -> None:
        made.setdefault(line)

    collect()
    return _most_telling(list(made), count)


def _most_telling(lines: list[Line], count: int) -> list[Line]:
    seen: Counter[str] = Counter()
    chosen: list[Line] = []
    for _ in range(min(count, len(lines))):
        best = max(lines, key=lambda line: sum(1 / (1 + 9 * seen[one]) for one in line.pieces()))
        chosen.append(best)
        lines.remove(best)
        seen.update(best.pieces())
    return chosen


@st.composite
def _lines(draw: st.DrawFn, registry: str) -> Line:
    image = draw(st.sampled_from(sorted(IMAGES)))
    names = draw(st.lists(st.sampled_from(sorted(FLAGS)), min_size=2, max_size=7))
    given: list[tuple[str, str]] = []
    for name in names:
        value = draw(st.sampled_from(FLAGS[name]))
        if name in MANY or name not in dict(given):
            given.append((name, value))
    start, command = draw(st.sampled_from(_commands(image)))
    given += start
    written = tuple(word for one in given for word in draw(st.sampled_from(_ways_to_write(*one))))
    return Line(tuple(given), written, f"{registry}/same/{image}:1", command)


def _ways_to_write(name: str, value: str) -> list[tuple[str, ...]]:
    """A flag with its value as a user may write them; an empty value is none."""
    long = LONG.get(name, name)
    if value == "false":
        return [(f"{long}=false",)]
    if name in AS_IT_IS:
        return [(name, value) if value else (name,)]
    if not value and name not in _WITH_VALUE:
        return [(name,), (f"{long}=true",)]
    short = (
        [(f"{name}{value}",), (f"{name}={value}",)] if value and not name.startswith("--") else []
    )
    return [(name, value), (name, value), (f"{long}={value}",), (long, value), *short]


_WITH_VALUE = frozenset({"--entrypoint"})


def _commands(image: str) -> list[tuple[list[tuple[str, str]], tuple[str, ...]]]:
    """Entrypoints with the words behind the image, all of which start the program."""
    words = ("a b", "$(HOME)", "$HOME", "", "--flag=$$(X)", "two\nlines", "ü")
    own = IMAGES[image]
    free = any(line.startswith("ENTRYPOINT [") for line in own)
    by_shell = "exec /tell 'by sh' $(echo $HOME) $((1+1)) \"$@\""
    return [
        *([([], ())] * 2 if "CMD" in " ".join(own) or free else []),
        ([], words if free else ("/tell", *words)),
        ([], ("-v",) if free else ("/tell", "-v")),
        ([], ("$(A)$$(A)$", "$(A") if free else ("/tell", "$(A)$$(A)$", "$(A")),
        ([("--entrypoint", "/tell")], ()),
        ([("--entrypoint", "/tell")], words),
        ([("--entrypoint", "")], ("/tell", "reset")),
        ([("--entrypoint", "/bin/sh")], ("-c", by_shell, "sh", "$(HOME)", "a  b")),
    ]
