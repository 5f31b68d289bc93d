"""The docker command itself says what a command line means."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
from hypothesis import HealthCheck

from advisor.errors import InputError
from advisor.findings.finding import Place
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Veil, word
from advisor.readers.docker_run.engine_checks import find_engine_conflict, find_refused_value
from advisor.readers.docker_run.flags import GivenFlags, Scanner, command_flags
from advisor.readers.docker_run.inspect import read_container
from advisor.readers.docker_run.reader import read_docker_run
from tests.real.docker_run.daemon_lines import daemon_lines
from tests.real.docker_run.lines import Line, lines, linux_flags, windows_flags
from tests.real.docker_run.oracles import ENVIRONMENT, FILES, Daemon, Docker
from tests.real.docker_run.recorded import recorded_facts
from tests.real.docker_run.understood import understood_facts
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.docker_recorder import DockerRecorder

COUNT = int(os.environ.get("ADVISOR_DOCKER_LINES", "2000"))
"""Command lines to compare; thousands more are for a run by hand."""

compared: Counter[str] = Counter()
"""By who answered, and whether the line was taken."""

PLACE = Place(file="line.sh", line=3, column=5)


def read(line: Line) -> JobSpec:
    return read_docker_run([word(text) for text in line.words], place=PLACE, env_files=FILES)


def understanding(line: Line, folder: Path) -> object:
    """The facts, or the error."""
    try:
        spec = read(line)
    except InputError as error:
        return error
    covered = sorted({number for item in spec.items for number in item.words})
    assert covered == list(range(len(line.words)))
    return understood_facts(spec, str(folder), ENVIRONMENT)


def compare(docker: Docker, line: Line) -> None:
    request, said = docker.ask(line)
    said_of_it = "docker refuses" if request is None else "docker takes"
    hypothesis.event(said_of_it)
    compared[said_of_it] += 1
    understood = understanding(line, docker.folder)
    if request is None:
        assert isinstance(understood, InputError), (line, said)
        assert names_cause(understood, line), (understood, said)
        assert understood.where == "line.sh:3:5"
        return
    if isinstance(understood, InputError):
        assert left_to_the_daemon(line), (line, understood)
        return
    assert understood == recorded_facts(request.query, request.body), line


def left_to_the_daemon(line: Line) -> bool:
    """Whether the line is refused for what the command itself does not look at."""
    veil = Veil([word(text) for text in line.words])
    start = line.words.index("create" if "create" in line.words[:3] else "run") + 1
    scanned = Scanner(command_flags("docker", "run"), veil.texts, fail).scan(start)
    flags = GivenFlags(veil, scanned.occurrences)
    empty = flags.last("entrypoint") == ""
    return bool(empty or find_refused_value(flags) or find_engine_conflict(flags, command=True))


def fail(what: str, number: int, remedy: str) -> NoReturn:
    raise AssertionError(what)


def names_cause(error: InputError, line: Line) -> bool:
    """Whether the message names a flag of the line, its image, or a word that is no flag."""
    written = " ".join(line.words)
    flags = command_flags("docker", "run").by_name.values()
    given = [
        flag
        for flag in flags
        if f"--{flag.name}" in written or (flag.short and re.search(f"-\\w*{flag.short}", written))
    ]
    starts = ("unknown flag: -", "unknown shorthand flag: ", "flag needs an argument: -")
    named = any(f"--{flag.name}" in error.what for flag in given)
    return named or error.what.startswith((*starts, "the image: ", "no image"))


def daemon_facts(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a request, as far as an inspected container shows them."""
    host = {"ContainerIDFile": "", **inspected["HostConfig"]}
    body = {
        "Volumes": {},
        **inspected["Config"],
        "HostConfig": host,
        "NetworkingConfig": {"EndpointsConfig": {}},
    }
    facts = recorded_facts({"name": inspected["Name"].removeprefix("/")}, body)
    return {name: fact for name, fact in facts.items() if name not in NOT_SHOWN}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, started_docker_daemon: DockerDaemon) -> Daemon:
    started_docker_daemon.wipe()
    return Daemon(tmp_path_factory.mktemp("daemon"), started_docker_daemon)


@pytest.fixture(scope="module")
def recorder() -> Iterator[DockerRecorder]:
    with DockerRecorder() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory, recorder: DockerRecorder) -> Docker:
    return Docker(tmp_path_factory.mktemp("docker"), recorder)


@pytest.fixture(scope="module")
def docker_of_windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    with DockerRecorder("windows") as recorder:
        yield Docker(tmp_path_factory.mktemp("windows"), recorder)


slow = hypothesis.settings(
    deadline=None,
    max_examples=COUNT,
    derandomize="ADVISOR_DOCKER_LINES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@slow
@hypothesis.given(line=lines(linux_flags("create")))
def test_the_reader_and_docker_agree(docker: Docker, line: Line) -> None:
    compare(docker, line)


@hypothesis.settings(slow, max_examples=COUNT // 10)
@hypothesis.given(line=lines(windows_flags()))
def test_the_reader_and_docker_agree_on_flags_for_windows(
    docker_of_windows: Docker, line: Line
) -> None:
    compare(docker_of_windows, line)


@hypothesis.settings(slow, max_examples=COUNT // 10)
@hypothesis.given(line=lines(linux_flags("run"), verbs=("run",)))
def test_the_reader_and_docker_agree_on_what_run_has_besides(docker: Docker, line: Line) -> None:
    compare(docker, line)


def container_facts(inspected: dict[str, Any], daemon: Daemon) -> dict[str, Any]:
    """What the reader of containers understood, whatever the daemon fills in left out."""
    spec = read_container(inspected, daemon.image)
    return without_defaults(understood_facts(spec, str(daemon.folder), {}))


def without_defaults(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts that a container shows for certain; its name is made up where it was not given."""
    plain = {name: fact for name, fact in facts.items() if name not in (*NOT_SHOWN, "name")}
    plain["security"] = unlabelled(facts)
    if plain["swap"] == 2 * (plain["memory"] or 0):
        plain["swap"] = 0
    for name, same in SAME.items():
        plain[name] = None if plain[name] in same else plain[name]
    return plain


def unlabelled(facts: Mapping[str, Any]) -> list[str]:
    """Security options without what the daemon adds for a container that shares with its host."""
    return [option for option in facts["security"] if option != "label=disable"]


SAME: dict[str, tuple[object, ...]] = {
    "network": ("default", "bridge"),
    "ipc": ("", "private", "shareable"),
    "pids": (None, 0, -1),
    "stop_signal": ("", "SIGTERM"),
    "cgroupns": ("", "host", "private"),
    "restart": (("", 0), ("no", 0)),
    "init": (None, False),
    "runtime": ("", "runc"),
    "log_driver": ("", "json-file"),
    "volume_driver": ("", "local"),
    "entrypoint": (None, [""]),
}
"""Values that a container may show for having been given nothing."""

FILLED_IN: dict[str, tuple[object, ...]] = {
    "entrypoint": ([""],),
    "cgroupns": ("",),
    "hostname": ("",),
    "ipc": ("",),
    "log_driver": ("",),
    "name": ("",),
    "pids": (0, -1),
    "runtime": ("",),
    "swap": (0,),
    "swappiness": (-1,),
}
"""What the daemon decides where the line has nothing."""

NOT_SHOWN = frozenset({"networks", "cidfile"})
"""Facts that an inspected container has no place for, or elsewhere."""


@hypothesis.settings(slow, max_examples=int(COUNT // 5))
@hypothesis.given(line=daemon_lines())
def test_the_reader_and_a_daemon_agree(daemon: Daemon, line: Line) -> None:
    inspected, said = daemon.create(line)
    said_of_it = "a daemon refuses" if inspected is None else "a daemon takes"
    hypothesis.event(said_of_it)
    compared[said_of_it] += 1
    understood = understanding(line, daemon.folder)
    if inspected is None:
        assert isinstance(understood, InputError), (line, said)
        return
    assert isinstance(understood, dict), (line, understood)
    shown = daemon_facts(inspected)
    for name, nothing in FILLED_IN.items():
        if understood[name] in nothing:
            shown[name] = understood[name]
    if "label=disable" not in understood["security"]:
        shown["security"] = unlabelled(shown)
    assert {k: v for k, v in understood.items() if k not in NOT_SHOWN} == shown, line
    assert container_facts(inspected, daemon) == without_defaults(shown), line


def test_how_many_were_compared() -> None:
    """With `-s`: lines that the docker command or a daemon answered; none differed."""
    told = ", ".join(f"{count} that {said}" for said, count in sorted(compared.items()))
    print(f"{compared.total()} lines compared with docker, none differs: {told}")
    assert compared.total() >= COUNT
