"""What became of one assessment in a later one: fixed, new, changed, and how far the plan is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec.structs import replace

from advisor.facts.record import Record
from advisor.facts.source import Source
from advisor.findings.finding import Finding, Outcome, Subject, Topic
from advisor.judging.assessment import Assessment, Thing, Verdict
from advisor.planning.status import PlanProgress, Seen, WaveProgress, plan_progress

DIFFERENCE_SCHEMA = 1

Turn = Literal["better", "worse", "other", "new", "gone"]
TURNS: tuple[Turn, ...] = ("worse", "new", "other", "better", "gone")
_LEFT: dict[Outcome, int] = {"move": 2, "unknown": 2, "blocked": 2, "stay": 1, "ok": 0}

_OF_THE_CLUSTER = frozenset({"cluster", "storageclass"})
"""Scopes of which an assessment does not list every subject."""


class Side(Record, frozen=True, kw_only=True):
    """One of the two, as the heading of its column says it."""

    target: str
    taken: str
    state: str
    assumed: str = ""


class VerdictChange(Record, frozen=True, kw_only=True):
    """A verdict that is another one now, or rests on another number of nodes."""

    topic: Topic
    before: Outcome
    after: Outcome
    count_before: int | None = None
    count_after: int | None = None
    sentence: str = ""


class ThingChange(Record, frozen=True, kw_only=True):
    """An image or place with another outcome; None where it was not seen."""

    subject: Subject
    topic: Topic
    turn: Turn
    before: Outcome | None = None
    after: Outcome | None = None
    message: str = ""


class Difference(Record, frozen=True, kw_only=True, omit_defaults=False):
    """`gone` are findings on what was not seen again: fixed only if it was really removed.
    `unread` says what was read less well than before. `same` counts findings without a change."""

    schema: int = DIFFERENCE_SCHEMA
    advisor: str
    old: Side
    new: Side
    verdicts: tuple[VerdictChange, ...] = ()
    things: tuple[ThingChange, ...] = ()
    fixed: tuple[Finding, ...] = ()
    added: tuple[Finding, ...] = ()
    changed: tuple[_FindingChange, ...] = ()
    gone: tuple[Finding, ...] = ()
    same: int = 0
    unread: tuple[str, ...] = ()
    progress: tuple[WaveProgress, ...] = ()


def compare(old: Assessment, new: Assessment) -> Difference:
    """Pure: of two assessments, whenever and wherever they were made."""
    unread = tuple(_unread(old.sources, new.sources))
    counted = progress_since(old, new)
    pairs = _FindingPairs(old, new, all_read=not unread)
    return Difference(
        advisor=new.advisor,
        old=_side(old),
        new=_side(new),
        verdicts=tuple(_verdicts(old.verdicts, new.verdicts)),
        things=tuple(
            sorted(
                (*_things(old.images, new.images), *_things(old.data, new.data)),
                key=lambda change: (TURNS.index(change.turn), change.topic, change.subject.label),
            )
        ),
        fixed=tuple(pairs.fixed),
        added=tuple(pairs.added),
        changed=tuple(pairs.changed),
        gone=tuple(pairs.gone),
        same=pairs.same,
        unread=unread,
        progress=counted.waves if counted is not None else (),
    )


def _verdicts(old: Iterable[Verdict], new: Iterable[Verdict]) -> Iterator[VerdictChange]:
    before = {verdict.topic: verdict for verdict in old}
    for after in new:
        was = before.get(after.topic)
        if was is None or (was.outcome, was.count) == (after.outcome, after.count):
            continue
        yield VerdictChange(
            topic=after.topic,
            before=was.outcome,
            after=after.outcome,
            count_before=was.count,
            count_after=after.count,
            sentence=after.sentence,
        )


def _things(old: Iterable[Thing], new: Iterable[Thing]) -> Iterator[ThingChange]:
    before = {thing.subject.id: thing for thing in old}
    after = {thing.subject.id: thing for thing in new}
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was is not None and now is not None and was.outcome == now.outcome:
            continue
        shown = now or was
        assert shown is not None
        yield ThingChange(
            subject=shown.subject,
            topic=shown.topic,
            turn=_turn(was, now),
            before=was.outcome if was is not None else None,
            after=now.outcome if now is not None else None,
            message=now.message if now is not None else "",
        )


def _turn(was: Thing | None, now: Thing | None) -> Turn:
    if was is None or now is None:
        return "new" if was is None else "gone"
    less = _LEFT[now.outcome] - _LEFT[was.outcome]
    return "better" if less < 0 else "worse" if less > 0 else "other"


def _unread(old: Iterable[Source], new: Iterable[Source]) -> Iterator[str]:
    """Sources, or parts of them, that were read before and are not now."""
    now = {(source.probe, source.target): source for source in new}
    for source in old:
        if source.status == "failed":
            continue
        reread = now.get((source.probe, source.target))
        if reread is None:
            yield f"{source.probe} {source.target}: not read this time"
        elif reread.status == "failed":
            yield f"{source.probe} {source.target}: {reread.reason or reread.status}"
        else:
            before = {refusal.resource for refusal in source.missing}
            for refusal in reread.missing:
                if refusal.resource not in before:
                    where = f"{source.probe} {source.target}"
                    yield f"{where}: {refusal.resource}: {refusal.reason}"


def _side(audit: Assessment) -> Side:
    return Side(target=audit.target, taken=audit.taken, state=audit.state, assumed=audit.assumed)


class _FindingChange(Record, frozen=True, kw_only=True):
    """A finding that is there in both and not the same: its severity, or that it is now unknown or
    suppressed. A missing fact never makes one fixed."""

    finding: Finding
    before: str
    after: str


class _FindingPairs:
    """Findings of both matched by fingerprint, then by rule and subject: wording and evidence may
    differ, the finding is the same."""

    def __init__(self, old: Assessment, new: Assessment, *, all_read: bool) -> None:
        self.fixed: list[Finding] = []
        self.added: list[Finding] = []
        self.changed: list[_FindingChange] = []
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
            match = prints.get(finding.fingerprint) if finding.fingerprint else None
            if match is None or id(match) in taken:
                rest = keys.get(_key(finding), ())
                match = next((finding for finding in rest if id(finding) not in taken), None)
            if match is None:
                self._missing(finding)
                continue
            taken.add(id(match))
            matched.append(match)
            self._both(finding, match)
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
            _FindingChange(
                finding=after,
                before=before.severity,
                after={"finding": after.severity, "error": "broken"}.get(
                    after.status, after.status
                ),
            )
        )


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.subject.id


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


def progress_since(
    old: Assessment, new: Assessment, copies: Mapping[str, str] | None = None
) -> PlanProgress | None:
    """None when either has no plan. A report that does not say what was seen leaves much unknown.
    `copies` are those that scripts found complete, as in `Seen`."""
    if old.plan is None or new.plan is None:
        return None
    seen = new.seen or Seen()
    return plan_progress(
        old.plan, new.plan, replace(seen, copies={**seen.copies, **(copies or {})})
    )
