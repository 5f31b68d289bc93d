"""Suppressions: who said which finding is to be ignored, and which of them met nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from advisor.configuration.settings import Ignore
from advisor.findings.finding import Finding, Subject
from advisor.rulebook.view import View


class Suppressions:
    """Applies the configuration's ignores and the views' own, and keeps count of those that met."""

    def __init__(self, ignores: Sequence[Ignore]) -> None:
        self._ignores = tuple(ignores)
        self._met: set[Ignore] = set()
        self._of_views: dict[Ignore, None] = {}

    def applied(self, findings: tuple[Finding, ...], view: View) -> tuple[Finding, ...]:
        """The findings of a view, whose own ignores are remembered, so that those that meet nothing
        are reported."""
        if not self._ignores and not view.ignores:
            return findings
        self._of_views.update(dict.fromkeys(own_ignores(view)))
        return tuple(self._apply(one, view) for one in findings)

    def _apply(self, finding: Finding, view: View) -> Finding:
        """The finding, suppressed with the reason when an ignore fits it."""
        fitting = [
            ignore
            for ignore in (*own_ignores(view), *self._ignores)
            if ignore.rule == finding.rule and _fits(ignore.subject, finding.subject, view)
        ]
        self._met.update(fitting)
        if not fitting:
            return finding
        return msgspec.structs.replace(finding, status="suppressed", reason=fitting[0].reason)

    def unmatched(self) -> tuple[Ignore, ...]:
        """The ignores that suppressed nothing, the configuration's first."""
        return tuple(i for i in (*self._ignores, *self._of_views) if i not in self._met)


def own_ignores(view: View) -> Iterator[Ignore]:
    """What the subject says about itself, in an annotation or a comment."""
    for rule, reason in view.ignores:
        yield Ignore(rule=rule, subject=view.subject.id, reason=reason)


def _fits(pattern: str, subject: Subject, view: View) -> bool:
    if pattern == view.subject.id:
        return True
    return fnmatchcase(subject.id, pattern) or fnmatchcase(subject.label, pattern)
