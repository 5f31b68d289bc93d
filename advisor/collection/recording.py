"""What was saved of an audit's targets: snapshots, and what the survey script printed on hosts."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor import __version__
from advisor.errors import InputError
from advisor.facts.host import Machine
from advisor.facts.redaction import redact
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Source
from advisor.facts.store import decode_snapshot
from advisor.files import input_name, read_bytes
from advisor.probes.result import ProbeResult

SURVEY_PROBE = "survey"
_MARK = b'{"advisor_survey":'
"""As the line of the script begins; a tool that ran it elsewhere may have put a name before it."""
_MOST_LINES = 20_000


def load_recording(path: str) -> Snapshot:
    """The snapshot or survey in a file, `-` being standard input; InputError for anything else."""
    return decode_recording(read_bytes(path), name=input_name(path))


def decode_recording(content: bytes, *, name: str) -> Snapshot:
    """The snapshot or the survey in `content`; `name` is what a message calls it."""
    if _MARK in content[: 1 << 16] and b'"schema":' not in content[:64]:
        return _surveys(content, name)
    return decode_snapshot(content, name=name)


def _surveys(content: bytes, name: str) -> Snapshot:
    """Each line's machine. A line that cannot be read is a failed source where another can be."""
    from advisor.probes.survey.line import SurveyError, read_host_line, recorded_host

    machines: list[Machine] = []
    hosts: list[ProbeResult] = []
    sources: list[Source] = []
    for number, line in _lines(content, name):
        try:
            machine, engine = read_host_line(line)
        except SurveyError as error:
            where = f"{name}:{number}"
            sources.append(
                Source(probe=SURVEY_PROBE, target=where, status="failed", reason=str(error))
            )
            continue
        machines.append(machine)
        sources.append(Source(probe=SURVEY_PROBE, target=machine.name, status="ok"))
        if engine.answered:
            hosts.append(recorded_host(engine, machine.addresses))
    if not machines:
        raise InputError(
            sources[0].reason,
            where=sources[0].target,
            remedy="run the script again: advisor host-script > survey.sh",
        )
    seen = Snapshot(
        advisor=__version__,
        taken=max(one.taken for one in machines),
        sources=(*sources, *(host.source for host in hosts)),
        hosts=tuple(host.host for host in hosts if host.host is not None),
        machines=tuple(machines),
    )
    clean, taken_out = redact(seen, "snapshot")
    return replace(
        clean,
        redactions=(*(redaction for host in hosts for redaction in host.redactions), *taken_out),
    )


def _lines(content: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    """The lines of the script with their numbers, without what stands before them."""
    lines = content.splitlines()
    if len(lines) > _MOST_LINES:
        raise InputError(f"holds more than {_MOST_LINES:,} lines", where=name)
    for number, line in enumerate(lines, 1):
        start = line.find(_MARK)
        if start >= 0:
            yield number, line[start:]
