"""A difference arranged for reading, in words that all of its formats share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from advisor.facts.quantity import plural
from advisor.facts.record import Record
from advisor.findings.finding import SEVERITIES, Finding
from advisor.judging.difference import TURNS, Difference, Side, ThingChange, Turn, VerdictChange
from advisor.output.formats import RenderOptions
from advisor.output.html_text import moment
from advisor.output.wording import OUTCOME_LABELS, TOPIC_TITLES, done_of
from advisor.planning.status import WaveProgress

TURN_TITLES: dict[Turn, str] = {
    "worse": "Got worse",
    "new": "New",
    "other": "Changed",
    "better": "Got better",
    "gone": "No longer seen",
}
TURN_TONES: dict[Turn, str] = {
    "worse": "blocked",
    "new": "move",
    "other": "unknown",
    "better": "ok",
    "gone": "stay",
}


class FindingGroup(Record, frozen=True, kw_only=True):
    """Findings of one kind; `meaning` says what may be concluded."""

    title: str
    meaning: str
    tone: str
    findings: tuple[Finding, ...]


class DiffView(Record, frozen=True, kw_only=True):
    """`hidden` counts findings below the asked severity."""

    difference: Difference
    headline: str
    things: tuple[tuple[Turn, tuple[ThingChange, ...]], ...]
    groups: tuple[FindingGroup, ...]
    hidden: int


def arrange_diff(difference: Difference, options: RenderOptions) -> DiffView:
    """Worst first; findings below the asked severity are only counted."""
    shown = SEVERITIES[: SEVERITIES.index(options.min_severity) + 1]
    groups = (
        ("New findings", "They were not there before.", "blocked", difference.added),
        ("Fixed", "Judged again, and in order.", "ok", difference.fixed),
        (
            "Not seen again",
            "What they were about was not seen this time: fixed only if it was removed.",
            "unknown",
            difference.gone,
        ),
    )
    every = (*difference.added, *difference.fixed, *difference.gone)
    return DiffView(
        difference=difference,
        headline=_headline(difference),
        things=tuple(
            (turn, changes)
            for turn in TURNS
            if (changes := tuple(thing for thing in difference.things if thing.turn == turn))
        ),
        groups=tuple(
            FindingGroup(title=title, meaning=meaning, tone=tone, findings=_shown(changes, shown))
            for title, meaning, tone, changes in groups
        ),
        hidden=sum(finding.severity not in shown for finding in every),
    )


def side(audit: Side) -> str:
    """What was read and when: `cluster lab, read on 2026-11-20 08:00 UTC`."""
    assumed = ", assumed" if audit.assumed else ""
    state = ", incomplete" if audit.state == "incomplete" else ""
    return f"{audit.target}, read on {moment(audit.taken)}{assumed}{state}"


def verdict_line(change: VerdictChange) -> str:
    """What a verdict was and is, with the counts where they differ."""
    counts = ""
    if change.count_before != change.count_after:
        before, after = (
            "an unknown number of GPU nodes" if count is None else plural(count, "GPU node")
            for count in (change.count_before, change.count_after)
        )
        counts = f" ({before} before, {after} now)"
    title = TOPIC_TITLES[change.topic]
    if change.before == change.after:
        return f"{title}: still {OUTCOME_LABELS[change.after]}{counts}. {change.sentence}"
    labels = f"{OUTCOME_LABELS[change.before]} before, {OUTCOME_LABELS[change.after]} now"
    return f"{title}: {labels}{counts}. {change.sentence}"


def outcomes(change: ThingChange) -> str:
    """`must move -> fine`; `not seen` where it was not."""
    before, after = (
        OUTCOME_LABELS[outcome] if outcome is not None else "not seen"
        for outcome in (change.before, change.after)
    )
    return f"{before} -> {after}"


def progress_line(wave: WaveProgress) -> str:
    """`2 of 5 done, 1 not known`."""
    return done_of(wave.done, wave.total, wave.unknown)


def _headline(difference: Difference) -> str:
    counts = (
        (len(difference.fixed), "fixed"),
        (len(difference.added), "new"),
        (len(difference.changed), "changed"),
        (len(difference.gone), "not seen again"),
        (difference.same, "as before"),
    )
    return f"Findings: {', '.join(f'{count:,} {word}' for count, word in counts)}"


def _shown(findings: Iterable[Finding], severities: Iterable[str]) -> tuple[Finding, ...]:
    wanted = tuple(severities)
    shown = (finding for finding in findings if finding.severity in wanted)
    return tuple(
        sorted(
            shown,
            key=lambda finding: (
                wanted.index(finding.severity),
                finding.rule,
                finding.subject.label,
            ),
        )
    )


FILTERS: dict[str, Any] = {
    "side": side,
    "verdict_line": verdict_line,
    "outcomes": outcomes,
    "progress_line": progress_line,
}
"""What the templates of a difference say things with."""
