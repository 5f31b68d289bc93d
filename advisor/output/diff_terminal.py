"""A difference on a terminal: the count first, then what got worse, then what got better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from advisor.errors import one_line
from advisor.judging.difference import Difference
from advisor.output import diff_view
from advisor.output.diff_view import DiffView, arrange_diff
from advisor.output.formats import RenderOptions
from advisor.output.plain_text import Page

_ROWS = 12
_Row = TypeVar("_Row")


def render(difference: Difference, options: RenderOptions) -> str:
    """Bounded lists unless the options are verbose."""
    view = arrange_diff(difference, options)
    page = Page(options)
    page.prose(f"Before: {diff_view.side(difference.old)}")
    page.prose(f"Now:    {diff_view.side(difference.new)}")
    page.line()
    page.line(page.styled(view.headline, "bold"))
    if view.hidden:
        page.line(f"{view.hidden:,} below the asked severity not shown")
    for unread in difference.unread:
        page.prose(f"Read less well than before: {unread}", style="unknown")
    for change in difference.verdicts:
        page.prose(diff_view.verdict_line(change))
    _progress(page, difference)
    _things(page, view, options)
    _findings(page, view, options)
    return page.text()


def _progress(page: Page, difference: Difference) -> None:
    if not difference.progress:
        return
    page.heading("Progress by wave")
    for wave in difference.progress:
        page.prose(
            f"{wave.number}. {wave.title}: {diff_view.progress_line(wave)}", indent=2, hanging=3
        )


def _things(page: Page, view: DiffView, options: RenderOptions) -> None:
    for turn, changes in view.things:
        page.heading(f"{diff_view.TURN_TITLES[turn]}: images and data")
        for change in _bounded(changes, options):
            page.line(f"{one_line(change.subject.label)}: {diff_view.outcomes(change)}", indent=2)
        _more(page, changes, options)


def _findings(page: Page, view: DiffView, options: RenderOptions) -> None:
    for group in view.groups:
        if not group.findings:
            continue
        page.heading(f"{group.title} ({len(group.findings):,})")
        for finding in _bounded(group.findings, options):
            page.prose(
                f"{finding.rule} {finding.subject.label}: {finding.message}", indent=2, hanging=2
            )
        _more(page, group.findings, options)
    changed = view.difference.changed
    if changed:
        page.heading(f"Changed findings ({len(changed):,})")
        for change in _bounded(changed, options):
            where = f"{change.finding.rule} {change.finding.subject.label}"
            page.prose(f"{where}: {change.before} -> {change.after}", indent=2, hanging=2)
        _more(page, changed, options)


def _bounded(rows: Sequence[_Row], options: RenderOptions) -> Sequence[_Row]:
    return rows if options.verbose else rows[:_ROWS]


def _more(page: Page, rows: Sequence[object], options: RenderOptions) -> None:
    left = len(rows) - len(_bounded(rows, options))
    if left:
        place = f"see {options.report}" if options.report else "--verbose shows all"
        page.line(f"and {left:,} more: {place}", indent=2)
