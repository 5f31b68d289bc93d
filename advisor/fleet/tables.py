"""A fleet as tables for SQL: their columns, and the rows that a reading gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from advisor.facts.snapshot import Snapshot
from advisor.judging.assessment import Assessment, Thing
from advisor.judging.threshold import REASON as BASELINE

Rows = dict[str, list[dict[str, Any]]]

_THING = {
    "name": "VARCHAR",
    "kind": "VARCHAR",
    "outcome": "VARCHAR",
    "location": "VARCHAR",
    "rule": "VARCHAR",
    "size": "BIGINT",
    "machines": "VARCHAR[]",
    "users": "VARCHAR[]",
    "owners": "VARCHAR[]",
}
TABLES: dict[str, dict[str, str]] = {
    "hosts": {
        "name": "VARCHAR",
        "kind": "VARCHAR",
        "state": "VARCHAR",
        "reason": "VARCHAR",
        "engine": "VARCHAR",
        "version": "VARCHAR",
        "architecture": "VARCHAR",
        "cpus": "DOUBLE",
        "memory": "BIGINT",
        "gpus": "BIGINT",
        "images": "BIGINT",
        "containers": "BIGINT",
    },
    "images": _THING,
    "data": {**_THING, "at_least": "BIGINT", "files": "BIGINT"},
    "jobs": {
        "name": "VARCHAR",
        "kind": "VARCHAR",
        "owner": "VARCHAR",
        "host": "VARCHAR",
        "namespace": "VARCHAR",
        "replicas": "BIGINT",
        "gpus": "BIGINT",
    },
    "findings": {
        "rule": "VARCHAR",
        "severity": "VARCHAR",
        "status": "VARCHAR",
        "scope": "VARCHAR",
        "name": "VARCHAR",
        "owner": "VARCHAR",
        "message": "VARCHAR",
        "fingerprint": "VARCHAR",
    },
    "decisions": {
        "topic": "VARCHAR",
        "name": "VARCHAR",
        "job": "VARCHAR",
        "owner": "VARCHAR",
        "outcome": "VARCHAR",
        "rule": "VARCHAR",
        "location": "VARCHAR",
        "eligible": "BIGINT",
        "message": "VARCHAR",
    },
}
"""Each table's columns in their order; before them stand `target` and `taken`, which all have."""


def rows_of(own: Snapshot, audit: Assessment, things: Iterable[Thing]) -> Rows:
    """The rows of one reading, without what the writer puts before each."""
    listed = list(things)
    hosts = {host.name for host in own.hosts}
    ours = own.cluster is not None
    jobs = audit.plan.jobs if audit.plan is not None else ()
    return {
        "hosts": [*_hosts(own), *(_nodes(audit) if ours else ())],
        "images": [_thing(thing) for thing in listed if thing.topic == "image"],
        "data": [_thing(thing) for thing in listed if thing.topic == "data"],
        "jobs": [
            {name: getattr(job, name) for name in TABLES["jobs"] if name != "name"}
            | {"name": job.label}
            for job in jobs
            if ours or job.host in hosts
        ],
        "findings": [
            {name: getattr(finding, name) for name in TABLES["findings"] if hasattr(finding, name)}
            | {"scope": finding.subject.scope, "name": finding.subject.label}
            for finding in audit.findings
            if finding.status != "ok" and finding.reason != BASELINE
        ],
        "decisions": [
            {
                name: getattr(decision, name)
                for name in TABLES["decisions"]
                if hasattr(decision, name)
            }
            | {"name": decision.subject.label, "job": decision.use, "eligible": decision.count}
            for thing in listed
            for decision in thing.decisions
        ],
    }


def _thing(thing: Thing) -> dict[str, Any]:
    row = {name: getattr(thing, name) for name in TABLES["data"] if name != "name"}
    return row | {"name": thing.subject.label}


def _hosts(own: Snapshot) -> Iterable[dict[str, Any]]:
    for host in own.hosts:
        yield {
            "name": host.name,
            "kind": "host",
            "engine": host.engine,
            "version": host.version,
            "architecture": host.architecture,
            "cpus": host.cpus,
            "memory": host.memory,
            "gpus": host.gpus,
            "images": None if host.images is None else len(host.images),
            "containers": None if host.containers is None else len(host.containers),
        }
    known = {host.name for host in own.hosts}
    for machine in own.machines:
        if machine.name not in known and not machine.node:
            yield {
                "name": machine.name,
                "kind": "host",
                "architecture": machine.architecture,
                "gpus": machine.gpus,
            }


def _nodes(audit: Assessment) -> Iterable[dict[str, Any]]:
    """Amounts of different kinds of accelerators are never added up."""
    for node in audit.nodes:
        only = node.accelerators[0] if len(node.accelerators) == 1 else None
        yield {
            "name": node.name,
            "kind": "node",
            "architecture": node.architecture,
            "cpus": None if node.cpu is None else node.cpu / 1000,
            "memory": node.memory,
            "gpus": only.capacity if only is not None and only.kind == "whole" else None,
        }
