"""One reading judged: what the site says of it, its own report, its rows of the tables.

A part of the work is a function of an order, which all parts share, and of a reading, so that any
process on any machine that sees the folder gives the same bytes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from advisor import __version__, api
from advisor.checking.processes import check_version, map_parts
from advisor.collection.collect import load_recording
from advisor.configuration.settings import Settings
from advisor.errors import AdvisorError, ExitCode
from advisor.facts.record import Record
from advisor.facts.snapshot import Snapshot, merge
from advisor.facts.source import unread
from advisor.findings.finding import STRICTEST, Outcome, Severity
from advisor.fleet.folder import Kind, Reading, State, state_of
from advisor.fleet.tables import Rows, rows_of
from advisor.judging.assessment import Assessment, RequirementState, Thing
from advisor.judging.threshold import FailOn
from advisor.output.overview import PENDING
from advisor.readers.specs import cores
from advisor.rulebook.loaded import Rulebook


class Order(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What holds for every reading. `snapshots` are absolute paths: the cluster that the hosts are
    judged for. Clusters of the folder are judged as they are, without what is assumed."""

    advisor: str
    folder: str
    settings: Settings
    rules: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    fail_on: FailOn = "error"


class Part(Record, frozen=True, kw_only=True):
    """A reading, and what is wanted of it besides its standing."""

    reading: Reading
    page: bool = False
    tables: bool = False


class Standing(Record, frozen=True, kw_only=True):
    """A line of the site. `outcome` is the strictest of all images and data (None: there are none),
    `requirements` counts those of Run:ai by state, `gaps` the facts that are missing. `reason` says
    why there is nothing, or not all."""

    reading: Reading
    kind: Kind = "host"
    name: str = ""
    taken: str = ""
    state: State = "whole"
    reason: str = ""
    outcome: Outcome | None = None
    images: dict[Outcome, int] = {}
    data: dict[Outcome, int] = {}
    jobs: int = 0
    findings: dict[Severity, int] = {}
    requirements: dict[RequirementState, int] = {}
    gaps: int = 0
    exit_code: int = 0

    @property
    def open(self) -> int:
        """Images and data that somebody has to see to."""
        return sum(self.images.get(outcome, 0) + self.data.get(outcome, 0) for outcome in PENDING)

    @property
    def moves(self) -> int:
        """Images and data that must move."""
        return self.images.get("move", 0) + self.data.get("move", 0)


class Judged(Record, frozen=True, kw_only=True):
    """The result for one part: its standing, its report page where asked for, its table rows."""

    standing: Standing
    page: str = ""
    rows: Rows = {}


def judge_fleet(order: Order, parts: Sequence[Part], engine: str = "") -> Iterator[Judged]:
    """Each part in order, on all cores of this machine or by a Dask scheduler's workers.

    InputError for rules or a target that cannot be read, ProbeError when the engine fails.
    """
    packed = msgspec.msgpack.encode(order)
    if not engine:
        _setup(packed)  # once, before processes are forked with it
    work = map_parts(
        judge_part, packed, [msgspec.msgpack.encode(part) for part in parts], cores(), engine
    )
    with closing(work) as results:
        for result in results:
            yield msgspec.msgpack.decode(result, type=Judged)


def judge_part(order: bytes, part: bytes) -> bytes:
    """A Part as a Judged, both packed; a file that cannot be read is a standing that says so."""
    setup = _setup(order)
    wanted = msgspec.msgpack.decode(part, type=Part)
    return msgspec.msgpack.encode(_judged(setup, wanted))


class _Setup(Record, frozen=True, kw_only=True):
    """What a process keeps from part to part. `known` are the findings of the cluster that hosts
    are judged for: they are not the hosts'."""

    order: Order
    rulebook: Rulebook
    target: Snapshot
    known: frozenset[str]


@lru_cache(maxsize=1)
def _setup(packed: bytes) -> _Setup:
    order = msgspec.msgpack.decode(packed, type=Order)
    check_version(order.advisor)
    rulebook = api.load_rulebook(order.settings, order.rules)
    nothing = Snapshot(advisor=__version__, taken="")
    target = api.load_snapshots(order.snapshots) if order.snapshots else nothing
    alone = api.audit(target, order.settings, rulebook=rulebook, translate=False)
    known = frozenset(
        finding.fingerprint for finding in alone.findings if finding.status == "finding"
    )
    return _Setup(order=order, rulebook=rulebook, target=target, known=known)


def _judged(setup: _Setup, part: Part) -> Judged:
    reading, order = part.reading, setup.order
    try:
        own = load_recording(os.path.join(order.folder, reading.path))
        state = state_of(own)
        if state == "failed":
            return Judged(standing=_unread(reading, own.taken, _reasons(own)))
        assessment = _assessment(setup, own)
    except AdvisorError as error:
        reason = error.line().replace(order.folder + os.sep, "")
        return Judged(standing=_unread(reading, "", reason))
    return Judged(
        standing=_standing(reading, own, state, assessment, order.fail_on),
        page=api.render(assessment, "html") if part.page else "",
        rows=rows_of(own, assessment, things_of(own, assessment)) if part.tables else {},
    )


def _assessment(setup: _Setup, own: Snapshot) -> Assessment:
    settings = setup.order.settings
    if own.cluster is not None:
        return api.audit(own, replace(settings, assume=None), rulebook=setup.rulebook)
    together = merge([setup.target, own]) if setup.order.snapshots else own
    return api.audit(together, settings, rulebook=setup.rulebook, baseline=setup.known)


def _unread(reading: Reading, taken: str, reason: str) -> Standing:
    return Standing(
        reading=reading,
        kind="cluster" if reading.target.startswith("clusters/") else "host",
        name=reading.target.rpartition("/")[2],
        taken=taken,
        state="failed",
        reason=reason,
        exit_code=ExitCode.INCOMPLETE,
    )


def _standing(
    reading: Reading, own: Snapshot, state: State, audit: Assessment, fail_on: FailOn
) -> Standing:
    things = things_of(own, audit)
    outcomes = {thing.outcome for thing in things}
    table = audit.readiness if own.cluster is not None else None
    needed = [row.state for row in (table.requirements if table else ()) if row.needed]
    severities = [finding.severity for finding in audit.findings if finding.status == "finding"]
    hosts = {host.name for host in own.hosts}
    jobs = audit.plan.jobs if audit.plan is not None else ()
    return Standing(
        reading=reading,
        kind="cluster" if own.cluster is not None else "host",
        name=_name(own, reading),
        taken=own.taken,
        state=state,
        reason=_reasons(own),
        outcome=next((outcome for outcome in STRICTEST if outcome in outcomes), None),
        images=_counted([thing.outcome for thing in things if thing.topic == "image"]),
        data=_counted([thing.outcome for thing in things if thing.topic == "data"]),
        jobs=sum(1 for job in jobs if own.cluster is not None or job.host in hosts),
        findings=_counted(severities),
        requirements=_counted(needed),
        gaps=len(audit.not_assessed),
        exit_code=api.exit_code(audit, fail_on),
    )


def things_of(own: Snapshot, audit: Assessment) -> list[Thing]:
    """The images and data of this reading: of a host those that it holds, whatever else the cluster
    that it is judged for has."""
    every = [*audit.images, *audit.data]
    if own.cluster is not None:
        return every
    names = {host.name for host in own.hosts} | {machine.name for machine in own.machines}
    names |= {node.name for node in audit.nodes if node.machine in names}
    return [thing for thing in every if names.intersection(thing.machines)]


def _name(own: Snapshot, reading: Reading) -> str:
    if own.cluster is not None:
        return own.cluster.context or reading.target.rpartition("/")[2]
    names = [host.name for host in own.hosts] or [machine.name for machine in own.machines]
    return names[0] if len(names) == 1 else reading.target.rpartition("/")[2]


def _reasons(snapshot: Snapshot) -> str:
    from advisor.output.wording import not_read

    return "; ".join(not_read(source) for source in unread(snapshot.sources))


def _counted(values: list[Any]) -> dict[Any, int]:
    return dict(sorted(Counter(values).items()))
