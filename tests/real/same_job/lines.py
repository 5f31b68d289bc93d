"""`docker run` lines over what can run without a GPU, for images of program.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from tests.real.same_job.program import IMAGES

SHELL = {"PASSED": "from the shell", "API_TOKEN": "not-a-real-token"}
"""Variables of the shell that runs the lines; ABSENT is none of them."""
VARIABLES = 'FROM_FILE=1\n# a comment\nPASSED\nQUOTED="kept"\nWITH=a=b\n'

DATA = "DATA"
"""Stands in a line for the folder that Docker host and nodes share."""
MANY = {"--cap-add", "--cap-drop", "-e", "-v", "--mount", "--tmpfs", "--add-host", "--group-add"}
MANY |= {"--dns", "--dns-search", "--dns-option", "--sysctl", "--ulimit", "--security-opt", "-l"}

FLAGS: Mapping[str, tuple[str, ...]] = {
    "-e": (
        *("A=1", "A=", "A=with space", "A=a$(B)c", "A=$(HOME)", "A=a$$b", "A=$$(X)", "A='q\"q'"),
        *("A=two\nlines", "A=größer", "PASSED", "ABSENT", "IMAGE_VALUE", "IMAGE_VALUE=mine"),
        *("HOME=/somewhere", "PATH=/bin:/x", "HOSTNAME=me", "TERM=vt100", "TELL_EXIT=3"),
        *("API_TOKEN", "API_TOKEN=not-a-real-token", "a.b-c=1", "B=2"),
    ),
    "--env-file": (f"{DATA}/variables",),
    "-w": ("/work", "/new/folder", "/m"),
    "-u": ("1000", "1000:2000", "0", "root", "1234", "1000:0", "worker", "worker:lab", ":50"),
    "--group-add": ("2000", "44", "staff"),
    "--cap-add": ("NET_ADMIN", "cap_sys_time", "SYS_PTRACE", "CAP_IPC_LOCK"),
    "--cap-drop": ("ALL", "NET_RAW", "mknod", "CAP_CHOWN"),
    "--security-opt": ("no-new-privileges", "seccomp=unconfined", "no-new-privileges:false"),
    "--read-only": ("",),
    "--tmpfs": ("/m/t", "/m/t:size=64m", "/m/t:ro", "/m/t:exec,mode=1777", "/m/u:size=1m,uid=1000"),
    "--mount": (
        *("type=tmpfs,target=/m/tm,tmpfs-size=64m", "type=tmpfs,dst=/m/tm,tmpfs-mode=1770"),
        *("type=tmpfs,dst=/m/tm", f"type=bind,src={DATA}/folder,dst=/m/bound,readonly"),
        *(f"type=bind,src={DATA}/folder,dst=/m/bound", "type=volume,dst=/m/any"),
    ),
    "-v": (
        *(f"{DATA}/folder:/m/v", f"{DATA}/folder:/m/v:ro", f"{DATA}/folder/below:/m/b:rw"),
        *(f"{DATA}/folder/notes.txt:/m/notes.txt:ro", f"{DATA}/folder:/image/full"),
        *("/m/anonymous", "/image/full", f"{DATA}/folder/settings.yaml:/m/settings.yaml"),
        *(f"{DATA}/folder:/m/v:ro,z", f"{DATA}/folder:/m/v:rslave"),
    ),
    "--shm-size": ("128m", "1g", "8m"),
    "-m": ("64m", "256m", "1.5g"),
    "--memory-reservation": ("32m",),
    "--cpus": (".5", "1", "1.25", "0.05"),
    "--cpu-quota": ("50000", "-1"),
    "--cpu-period": ("50000",),
    "--cpu-shares": ("512",),
    "--pids-limit": ("100", "-1"),
    "-h": ("worker-7", "Big_Name", "a.b.example"),
    "--domainname": ("example.org",),
    "--name": ("train_1", "exp", "9lives"),
    "--add-host": ("db:10.1.2.3", "Filer=10.1.2.4", "db:10.1.2.5", "six:[::1]"),
    "--dns": ("9.9.9.9",),
    "--dns-search": ("lab.example",),
    "--dns-option": ("ndots:2",),
    "--ulimit": ("nofile=512:1024", "core=0", "nproc=1000"),
    "--init": ("",),
    "-i": ("",),
    "-t": ("",),
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
    "--sysctl": ("net.core.somaxconn=256", "kernel.shm_rmid_forced=1", "fs.mqueue.msg_max=20"),
    "--device": ("/dev/fuse", "/dev/zero:/dev/nought"),
    "-p": ("80", "8000-8001", "127.0.0.1::81"),
    "--expose": ("9000",),
    "-l": ("team=vision", "note=two words"),
    "--health-cmd": ("true",),
    "--no-healthcheck": ("",),
    "--oom-score-adj": ("100",),
    "--platform": ("linux/amd64",),
    "--pull": ("missing",),
}


class Line(NamedTuple):
    """A line's words; DATA in them stands for the shared folder."""

    words: tuple[str, ...]

    def within(self, data: str) -> list[str]:
        """The words with the shared folder's own path."""
        return [word.replace(DATA, data) for word in self.words]

    def pieces(self) -> set[str]:
        """What it is made of: flags with their values, the image, how the program is started."""
        pairs = {f"{one} {two}" for one, two in pairwise(self.words) if one in FLAGS}
        return pairs | {word for word in self.words if word in FLAGS or "/same/" in word}


def make_lines(count: int, registry: str, seed: int = 0) -> list[Line]:
    """That many lines, the same ones for one seed: of many made, those with most that is new."""
    made: dict[tuple[str, ...], Line] = {}

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=20 * count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(_lines(registry))
    def collect(line: Line) -> None:
        made.setdefault(line.words, line)

    collect()
    return _most_telling(list(made.values()), count)


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
    given: list[str] = []
    taken: set[str] = set()
    for name in names:
        value = draw(st.sampled_from(FLAGS[name]))
        if name in MANY or name not in taken:
            taken.add(name)
            given += [name, value] if value else [name]
    start, command = draw(st.sampled_from(_commands(image)))
    return Line(("docker", "run", *given, *start, f"{registry}/same/{image}:1", *command))


def _commands(image: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Entrypoints with the words behind the image, all of which start the program."""
    words = ("a b", "$(HOME)", "$HOME", "", "--flag=$$(X)", "two\nlines", "ü")
    own = IMAGES[image]
    free = any(line.startswith("ENTRYPOINT [") for line in own)
    ways: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        ((), ()),
        ((), ()),
        ((), words if free else ("/tell", *words)),
        ((), ("-v",) if free else ("/tell", "-v")),
        (("--entrypoint", "/tell"), ()),
        (("--entrypoint", "/tell"), words),
        (("--entrypoint=",), ("/tell", "reset")),
        (("--entrypoint", "/bin/sh"), ("-c", "exec /tell 'by sh' $IMAGE_VALUE $(echo $HOME)")),
    ]
    return ways
