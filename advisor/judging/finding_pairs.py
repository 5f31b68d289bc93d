"""Findings of two assessments side by side: which are fixed, new, changed, or not seen again."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.facts.record import Record
from advisor.findings.finding import Finding
from advisor.judging.assessment import Assessment

_OF_THE_CLUSTER = frozenset({"cluster", "storageclass"})
"""Scopes of which an assessment does not list every subject."""


class FindingChange(Record, frozen=True, kw_only=True):
    """A finding that is there in both and not the same: its severity, or that it is now unknown or
    suppressed. A missing fact never makes one fixed."""

    finding: Finding
    before: str
    after: str


class FindingPairs:
    """Findings of both matched by fingerprint, then by rule and subject: wording and evidence may
    differ, the finding is the same."""

    def __init__(self, old: Assessment, new: Assessment, *, all_read: bool) -> None:
        self.fixed: list[Finding] = []
        self.added: list[Finding] = []
        self.changed: list[FindingChange] = []
        self.gone: list[Finding] = []
        self.same = 0
        self._seen = _subjects(new) - (set() if all_read else _seen_in_part(old, new))
        self._cluster_read = bool(new.nodes) and all_read
        self._judged = set(new.rules) or {finding.rule for finding in new.findings}
        before = [finding for finding in old.findings if finding.status == "finding"]
        matched = self._match(before, new.findings)
        known = {id(finding) for finding in matched}
        self.added += [
            finding
            for finding in new.findings
            if finding.status == "finding" and id(finding) not in known
        ]

    def _match(self, before: list[Finding], after: Iterable[Finding]) -> list[Finding]:
        prints: dict[str, Finding] = {}
        keys: dict[tuple[str, str], list[Finding]] = {}
        for finding in after:
            prints.setdefault(finding.fingerprint, finding)
            keys.setdefault(_key(finding), []).append(finding)
        matched: list[Finding] = []
        taken: set[int] = set()
        for finding in before:
            found = prints.get(finding.fingerprint) if finding.fingerprint else None
            if found is None or id(found) in taken:
                rest = keys.get(_key(finding), ())
                found = next((one for one in rest if id(one) not in taken), None)
            if found is None:
                self._missing(finding)
                continue
            taken.add(id(found))
            matched.append(found)
            self._both(finding, found)
        return matched

    def _missing(self, finding: Finding) -> None:
        subject = finding.subject
        whole = self._cluster_read and subject.scope in _OF_THE_CLUSTER
        judged_again = finding.rule in self._judged and (subject.id in self._seen or whole)
        (self.fixed if judged_again else self.gone).append(finding)

    def _both(self, before: Finding, after: Finding) -> None:
        if (before.severity, before.status) == (after.severity, after.status):
            self.same += 1
            return
        self.changed.append(
            FindingChange(finding=after, before=before.severity, after=_state(after))
        )


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.subject.id


def _state(finding: Finding) -> str:
    return {"finding": finding.severity, "error": "broken"}.get(finding.status, finding.status)


def _subjects(audit: Assessment) -> set[str]:
    """Everything that was looked at, and is in the assessment to tell."""
    jobs = audit.plan.jobs if audit.plan is not None else ()
    return {
        *(thing.subject.id for thing in (*audit.images, *audit.data)),
        *(finding.subject.id for finding in audit.findings),
        *(f"node:{node.name}" for node in audit.nodes),
        *(f"host:{host.name}" for host in audit.hosts),
        *(job.id for job in jobs),
    }


def _seen_in_part(old: Assessment, new: Assessment) -> set[str]:
    """Things that were on machines on which they are not seen now."""
    now = {thing.subject.id: set(thing.machines) for thing in (*new.images, *new.data)}
    return {
        thing.subject.id
        for thing in (*old.images, *old.data)
        if not set(thing.machines) <= now.get(thing.subject.id, set())
    }
