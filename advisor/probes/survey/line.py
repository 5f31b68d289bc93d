"""The line that the survey script prints, as a record, and what it asked of a host's engine,
answered again as the engine would; whoever printed it is not trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from advisor.facts.host import Filesystem, Machine, MountedFilesystem, Reached, SurveyedImage
from advisor.facts.mount_table import parse_mount
from advisor.facts.quantity import whole_number
from advisor.facts.source import Refusal, Source
from advisor.probes.common import NoProgress, ProbeResult
from advisor.probes.docker.documents import Document
from advisor.probes.docker.endpoint import Endpoint
from advisor.probes.docker.engine import EngineError
from advisor.probes.docker.machine import parse_addresses
from advisor.probes.docker.probe import HostOptions, read_host
from advisor.probes.docker.remote import CommandResult

VERSION = 1
MARK = b'{"advisor_survey":'
MOST_BYTES = 1 << 22
"""The longest line: twenty times what a machine with a thousand mounts prints."""
_LONGEST = 4096
_MOST_LINES = 20_000
_DRIVER = re.compile(r"\b(\d{3}\.\d+(?:\.\d+)?)\b")
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_ANSWERS = {"yes": True, "no": False}
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class SurveyError(Exception):
    """A line that is none; its text is a clause for people."""


class _Survey(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The line as the script of this version prints it."""

    advisor_survey: int
    node: str
    name: str
    time: str
    kernel: str
    architecture: str
    cgroup: str
    driver: str
    gpus: str
    image_folder: str
    release: list[str]
    infiniband: list[str]
    mounts: list[str]
    spaces: list[str]
    links: list[str]
    reach: list[str]
    end: Literal[1]
    images: list[str] | None = None
    cuda: str = ""
    addresses: list[str] = []
    engine_version: list[str] = []
    engine_info: list[str] = []
    containers: list[str] = []
    engine_images: list[str] = []
    volumes: list[str] = []


class _Version(msgspec.Struct):
    advisor_survey: int


class _RuntimeImage(msgspec.Struct, rename="camel"):
    repo_tags: list[str] = []
    repo_digests: list[str] = []
    size: str | int | None = None


class _RuntimeImages(msgspec.Struct):
    images: list[_RuntimeImage]


def read_line(line: bytes) -> Machine:
    """The machine that a line tells of. Raises SurveyError, whatever the line holds."""
    return _machine(_decoded(line))


def read_host_line(line: bytes) -> tuple[Machine, RecordedEngine]:
    """The machine that a line of a host tells of, and what it says of the host's engine."""
    said = _decoded(line)
    engine = RecordedEngine(
        version=said.engine_version,
        info=said.engine_info,
        containers=said.containers,
        images=said.engine_images,
        volumes=said.volumes,
    )
    return _machine(said), engine


_MOST_AHEAD = timedelta(days=1)


def check_clock(machine: Machine, now: datetime) -> None:
    """Raises SurveyError for a line that is not printed yet: all that is told of times would be
    wrong."""
    if datetime.fromisoformat(machine.taken) - now > _MOST_AHEAD:
        raise SurveyError(f"its line is of {machine.taken}, which is to come (set its clock)")


def _decoded(line: bytes) -> _Survey:
    if not line.strip():
        raise SurveyError("it printed nothing")
    if len(line) > MOST_BYTES:
        raise SurveyError(f"its line is longer than {MOST_BYTES >> 20} MiB")
    if not line.lstrip().startswith(MARK):
        raise SurveyError("what it printed is no line of the survey")
    text = line.decode(errors="replace")
    try:
        version = msgspec.json.decode(text, type=_Version).advisor_survey
        if version != VERSION:
            raise SurveyError(
                f"its line is of version {version} of the survey, this advisor reads {VERSION}"
            )
        return msgspec.json.decode(text, type=_Survey)
    except msgspec.ValidationError as error:
        raise SurveyError(f"its line is not as the survey prints it: {error}") from None
    except (msgspec.DecodeError, RecursionError):
        raise SurveyError("its line is cut or damaged") from None


def _machine(said: _Survey) -> Machine:
    name, taken = _text(said.name), _time(said.time)
    if not name:
        raise SurveyError("its line does not name its machine")
    if not taken:
        raise SurveyError("its line does not say when it was printed")
    release = dict(_pair(line, "=") for line in _lines(said.release) if "=" in line)
    links = _lines(said.links)
    driver = _DRIVER.search(said.driver)
    mounts = tuple(_mounts(_lines(said.mounts), _spaces(_lines(said.spaces))))
    return Machine(
        name=name,
        node=_text(said.node),
        taken=taken,
        addresses=parse_addresses("\n".join(_lines(said.addresses))),
        kernel=_text(said.kernel),
        architecture=_ARCHITECTURES.get(said.architecture, _text(said.architecture)),
        distribution=_bare(release.get("ID", "")),
        distribution_version=_bare(release.get("VERSION_ID", "")),
        operating_system=_bare(release.get("PRETTY_NAME", "")),
        control_groups=said.cgroup if said.cgroup in ("1", "2", "hybrid") else "",
        driver=driver[1] if driver else "",
        cuda=said.cuda if re.fullmatch(r"\d{1,3}\.\d{1,3}", said.cuda) else "",
        gpus=whole_number(said.gpus),
        infiniband=_lines(said.infiniband),
        mounts=mounts or None,
        links=dict(zip(links[::2], links[1::2], strict=False)),
        image_folder=_text(said.image_folder),
        images=None if said.images is None else _images("".join(said.images)),
        reached=tuple(_reached(_lines(said.reach))),
    )


def _mounts(
    lines: Iterable[str], spaces: Mapping[str, tuple[int, int]]
) -> Iterator[MountedFilesystem]:
    for line in lines:
        entry = parse_mount(line)
        if entry is None:
            continue
        size, available = spaces.get(line.split(" ")[4], (None, None))
        fields = {
            name: getattr(entry.filesystem, name)
            for name in Filesystem.__struct_fields__
            if name not in ("size", "available")
        }
        yield MountedFilesystem(
            number=entry.number, parent=entry.parent, size=size, available=available, **fields
        )


def _spaces(lines: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Size and free bytes by mount point, as the mount table spells it."""
    found = {}
    for line in lines:
        words = line.split(" ")
        numbers = [number for word in words[:3] if (number := whole_number(word)) is not None]
        if len(words) == 4 and len(numbers) == 3 and words[3]:
            found[words[3]] = (numbers[0] * numbers[1], numbers[0] * numbers[2])
    return found


def _images(text: str) -> tuple[SurveyedImage, ...] | None:
    """What the runtime lists; None where it gave no list."""
    try:
        listed = msgspec.json.decode(text, type=_RuntimeImages).images
    except (msgspec.DecodeError, RecursionError):
        return None
    found = (
        SurveyedImage(
            names=tuple(sorted(map(_text, (*image.repo_tags, *image.repo_digests)))),
            size=whole_number(str(image.size)) if image.size is not None else None,
        )
        for image in listed[:_MOST_LINES]
    )
    return tuple(image for image in found if image.names)


def _reached(lines: Iterable[str]) -> Iterator[Reached]:
    for line in lines:
        target, _, rest = line.partition(" ")
        resolved, _, connected = rest.partition(" ")
        yield Reached(
            target=target, resolved=_ANSWERS.get(resolved), connected=_ANSWERS.get(connected)
        )


def _lines(stated: Iterable[str]) -> tuple[str, ...]:
    """The lines of a list that are not empty; the last one always is."""
    cleaned = (_text(line) for line in stated)
    return tuple(line for line in cleaned if line)[:_MOST_LINES]


def _text(stated: str) -> str:
    return _NOT_TEXT.sub("", stated)[:_LONGEST].strip()


def _pair(line: str, between: str) -> tuple[str, str]:
    name, _, value = line.partition(between)
    return name, value


def _bare(value: str) -> str:
    return value.strip("\"'")


def _time(stated: str) -> str:
    """The time as the script writes it; empty for anything else."""
    try:
        written = datetime.strptime(stated, _TIME).strftime(_TIME)
    except ValueError:
        return ""
    return stated if written == stated else ""


_NOT_ASKED = "the script does not ask for it; advisor itself does"


class RecordedEngine:
    """An engine as the script found it. Command words were left on the host: `[redacted]` stands
    for them, which no writer takes for a command."""

    def __init__(
        self,
        version: Iterable[str],
        info: Iterable[str],
        containers: Iterable[str],
        images: Iterable[str],
        volumes: Iterable[str],
    ) -> None:
        self._version, self._info = _first(version), _first(info)
        self._containers = _by_id(containers, "Id")
        self._images = _by_id(images, "Id")
        self._volumes = _by_id(volumes, "Name")
        self.api_version = Document(self._version).text("ApiVersion")

    @property
    def answered(self) -> bool:
        """Whether any engine described itself."""
        return bool(Document(self._info).text("ID"))

    def get(self, path: str, **_parameters: str) -> bytes:
        """The body of GET `path`. Raises EngineError for what the script does not ask."""
        answer = self._answer([part for part in path.split("/") if part])
        if answer is None:
            raise EngineError(_NOT_ASKED)
        return msgspec.json.encode(answer)

    def _answer(self, parts: Sequence[str]) -> Any:
        match parts:
            case ["version"]:
                return self._version
            case ["info"]:
                return self._info
            case ["volumes"]:
                return {"Volumes": list(self._volumes.values())}
            case ["images", "json"]:
                return list(self._images.values())
            case ["images", identity, "json"]:
                return self._images.get(identity)
            case ["containers", "json"]:
                return [
                    {"Id": key, "Names": [Document(container).text("Name")]}
                    for key, container in self._containers.items()
                ]
            case ["containers", identity, "json"]:
                return self._containers.get(identity)
        return None


class _NoShell:
    def run(self, words: Sequence[str], *, stdin: str, timeout: float) -> CommandResult:  # noqa: ARG002
        """Nothing: the host is not there any more."""
        return CommandResult(None, "", "")


def recorded_host(engine: RecordedEngine, addresses: tuple[str, ...]) -> ProbeResult:
    """The engine's host, read as the probe reads it. Its mount table is that of the machine."""
    name = Document(msgspec.json.decode(engine.get("/info"))).text("Name")
    endpoint = Endpoint(url=f"survey://{name}", transport="unix")
    found = read_host(endpoint, engine, _NoShell(), HostOptions(timeout=0), NoProgress())
    assert found.host is not None
    host = replace(found.host, addresses=addresses, mount_table_read=True)
    return replace(found, host=host, source=_without_what_nobody_asks(found.source))


def _without_what_nobody_asks(source: Source) -> Source:
    """Layers are not counted by the script: that makes no host incomplete."""
    refused = tuple(
        replace(refusal, supplement=True) if refusal.reason == _NOT_ASKED else refusal
        for refusal in source.refused
        if not _is_of_shell(refusal)
    )
    partial = any(not refusal.supplement for refusal in refused)
    return replace(source, refused=refused, status="partial" if partial else "ok")


def _is_of_shell(refusal: Refusal) -> bool:
    return refusal.resource == "mount table"


def _first(lines: Iterable[str]) -> Any:
    return next(iter(_documents(lines)), {})


def _by_id(lines: Iterable[str], key: str) -> dict[str, Any]:
    found = ((Document(document).text(key), document) for document in _documents(lines))
    return {name: line for name, line in found if name}


def _documents(lines: Iterable[str]) -> Iterable[Any]:
    """A document of each line that is one."""
    for line in lines:
        try:
            yield msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
