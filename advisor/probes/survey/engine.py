"""What the script asked of a host's engine, answered again as the engine itself would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from advisor.facts.source import Refusal, Source
from advisor.probes.docker.documents import Document
from advisor.probes.docker.endpoint import Endpoint
from advisor.probes.docker.engine import EngineError
from advisor.probes.docker.probe import read_host
from advisor.probes.docker.remote import CommandResult
from advisor.probes.result import NoProgress, ProbeResult

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
        """Whether an engine told of itself at all."""
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
                    {"Id": key, "Names": [Document(one).text("Name")]}
                    for key, one in self._containers.items()
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
    found = read_host(endpoint, engine, _NoShell(), 0, NoProgress())
    assert found.host is not None
    host = replace(found.host, addresses=addresses, mount_table_read=True)
    return replace(found, host=host, source=_without_what_nobody_asks(found.source))


def _without_what_nobody_asks(source: Source) -> Source:
    """Layers are not counted by the script: that makes no host incomplete."""
    refused = tuple(
        replace(one, supplement=True) if one.reason == _NOT_ASKED else one
        for one in source.refused
        if not _is_of_shell(one)
    )
    partial = any(not one.supplement for one in refused)
    return replace(source, refused=refused, status="partial" if partial else "ok")


def _is_of_shell(refusal: Refusal) -> bool:
    return refusal.resource == "mount table"


def _first(lines: Iterable[str]) -> Any:
    return next(iter(_documents(lines)), {})


def _by_id(lines: Iterable[str], key: str) -> dict[str, Any]:
    found = ((Document(one).text(key), one) for one in _documents(lines))
    return {name: one for name, one in found if name}


def _documents(lines: Iterable[str]) -> Iterable[Any]:
    """A document of each line that is one."""
    for line in lines:
        try:
            yield msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            continue
