"""The probe of Docker hosts: engines, what they hold, and the machines they run on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from advisor.errors import InputError, ProbeError, fault
from advisor.facts.host import DockerHost
from advisor.facts.redaction import redact
from advisor.facts.secrecy import redact_text
from advisor.facts.source import Redaction, Source, SourceStatus
from advisor.probes.common import NoProgress, ProbeResult, Progress, map_in_threads
from advisor.probes.docker.documents import Document
from advisor.probes.docker.endpoint import Endpoint, TlsFiles, resolve_endpoint
from advisor.probes.docker.engine import (
    READERS,
    EngineError,
    EngineReader,
    Reading,
    read,
)
from advisor.probes.docker.host_root import HostRoot
from advisor.probes.docker.listing import Listing, read_listing
from advisor.probes.docker.machine import Machine
from advisor.probes.docker.measuring import DataMeasurer, MeasureOptions
from advisor.probes.docker.placing import (
    MachineSurveyor,
    MachineUnknownError,
    Placed,
    describe_host,
    find_machine,
    host_name,
    is_podman,
    make_surveyor,
    place_data,
)
from advisor.probes.docker.remote import CommandRunner, SubprocessRunner

PROBE = "docker"
HOSTS_AT_ONCE = 16
NOTHING = Document(None)
OF_INFO = ("hosts.image_store", "hosts.data_root", "hosts.runtimes")

_NOT_FOUND = 404


class HostOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How hosts are asked. `timeout` is for a single answer, in seconds. With `measure` the places
    of data are counted, each for as long as that says. `host_root` is where the root of the machine
    of a local engine is seen from here, where this runs in a container. Each engine is asked over
    at most so many `connections`: over ssh each is a login.
    """

    tls: TlsFiles | None = None
    timeout: float = 30
    environment: Mapping[str, str] = os.environ
    measure: MeasureOptions | None = None
    host_root: str = ""
    connections: int = READERS


def probe_hosts(
    urls: Sequence[str | None],
    options: HostOptions | None = None,
    *,
    progress: Progress | None = None,
    at_once: int = HOSTS_AT_ONCE,
) -> tuple[ProbeResult, ...]:
    """Each host, `at_once` of them together, in the order of `urls`: None or "" is the engine the
    docker command would use. A failed one has a source that says why.
    """
    chosen, watching = options or HostOptions(), progress or NoProgress()

    def probe(url: str | None) -> ProbeResult:
        started = time.monotonic()
        try:
            result = _probe_url(url, chosen, watching)
        except Exception as error:  # what goes wrong with one host must not cost the others
            result = _failed(redact_text(url or "docker")[0], fault(error))
        source = msgspec.structs.replace(
            result.source, seconds=round(time.monotonic() - started, 3)
        )
        return msgspec.structs.replace(result, source=source)

    return tuple(map_in_threads(probe, urls, at_once))


def _probe_url(url: str | None, options: HostOptions, progress: Progress) -> ProbeResult:
    environment = options.environment
    try:
        endpoint = resolve_endpoint(url, environment, options.tls)
    except InputError as error:
        return _failed(redact_text(url or "docker")[0], error.line())
    from advisor.probes.docker.client import open_engine  # it imports docker's library

    try:
        with open_engine(endpoint, options.timeout, environment, options.connections) as reader:
            runner = SubprocessRunner(environment)
            measurer = None
            if options.measure is not None:
                measurer = DataMeasurer(options.measure, endpoint, runner, options.timeout)
            return read_host(endpoint, reader, runner, options, progress, measurer)
    except EngineError as error:
        return _failed(endpoint.url, error.reason)


def read_host(
    endpoint: Endpoint,
    reader: EngineReader,
    runner: CommandRunner,
    options: HostOptions,
    progress: Progress,
    measurer: DataMeasurer | None = None,
) -> ProbeResult:
    """One host through an open reader; the time it took is not in the result."""
    reading = Reading(reader, endpoint.url, progress)
    version = reading.ask_object("version", "hosts.version", having=("ApiVersion",)) or NOTHING
    info = reading.ask_object("info", *OF_INFO, having=("ID", "Name", "Driver")) or NOTHING
    name = host_name(endpoint, info)
    listing = read_listing(reading, name, podman=is_podman(version, info))
    measured = None
    try:
        surveyor = make_surveyor(endpoint, runner, options.timeout, options.host_root)
        machine, placed = _ask_machine(surveyor, info, listing)
        if measurer is not None:
            measured = measurer.measure(placed, machine.table, progress)
    except MachineUnknownError as error:
        machine, placed = None, Placed(listing.containers, listing.volumes)
        if measurer is not None:
            measured = measurer.refuse(placed, error.reason)
        facts = _placing_facts(name)
        reading.refuse("mount table", error.reason, *facts, verb="read", supplement=True)
    host = msgspec.structs.replace(
        describe_host(endpoint, version, info, machine),
        images=listing.images,
        containers=placed.containers,
        volumes=placed.volumes,
        measured=measured,
    )
    refused = reading.refused()
    status: SourceStatus = "partial" if refused else "ok"
    source = Source(
        probe=PROBE, target=endpoint.url, name=host.name, status=status, refused=refused
    )
    clean, taken_out = redact(host, PROBE, f"hosts[{host.name}]")
    redactions = sorted(
        (*taken_out, *_variables_not_kept(clean)), key=lambda redaction: redaction.path
    )
    result = ProbeResult(source=source, host=clean, redactions=tuple(redactions))
    if machine is None or not options.host_root:
        return result
    seen = HostRoot(options.host_root).describe(host.name)
    return msgspec.structs.replace(result, machines=(seen,))


def _variables_not_kept(host: DockerHost) -> Iterator[Redaction]:
    """How many values of variables are left out: only the names are ever in a record."""
    for container in host.containers or ():
        if container.variables:
            path = f"hosts[{host.name}].containers[{container.name}].variables"
            yield Redaction(path=path, redactor="variable-values", count=len(container.variables))


def _ask_machine(
    surveyor: MachineSurveyor, info: Document, listing: Listing
) -> tuple[Machine, Placed]:
    try:
        machine = find_machine(surveyor, info)
        return machine, place_data(listing, surveyor, machine.table)
    except MachineUnknownError:
        raise
    except Exception as error:  # what a shell says must not cost what the engine said
        raise MachineUnknownError(fault(error)) from error


def _placing_facts(name: str) -> tuple[str, ...]:
    return tuple(f"hosts[{name}].{facts}.filesystem" for facts in ("containers.mounts", "volumes"))


def _failed(target: str, reason: str) -> ProbeResult:
    source = Source(probe=PROBE, target=target, status="failed", reason=reason)
    return ProbeResult(source=source)


def inspect_one_container(
    name: str, endpoint: Endpoint, timeout: float, environment: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The container called `name` (or with that id) and its image, None when that is gone.

    Raises ProbeError.
    """
    from advisor.probes.docker.client import open_engine

    try:
        with open_engine(endpoint, timeout, environment) as reader:
            return inspect_container(name, reader)
    except EngineError as error:
        if error.status == _NOT_FOUND:
            raise ProbeError(
                f"no container {name!r}",
                where=endpoint.url,
                remedy="docker ps --all shows the names of all there are",
            ) from None
        raise ProbeError(error.reason, where=endpoint.url) from None


def inspect_container(
    name: str, reader: EngineReader
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The same through an engine that is already open. Raises EngineError."""
    container = read(reader, f"/containers/{quote(name, safe='')}/json")
    if not isinstance(container, dict):
        raise EngineError("the answer is no container")
    return container, _image(str(container.get("Image") or ""), reader)


def _image(image: str, reader: EngineReader) -> dict[str, Any] | None:
    if not image:
        return None
    try:
        image_document = read(reader, f"/images/{quote(image, safe='')}/json")
    except EngineError as error:
        if error.status == _NOT_FOUND:
            return None
        raise
    return image_document if isinstance(image_document, dict) else None
