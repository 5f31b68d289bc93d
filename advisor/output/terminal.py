"""A summary and what to act on, on one screen; all of it with `verbose`. Plain text without escapes
unless colour is asked for."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from advisor.judging.assessment import Assessment
from advisor.output import (
    terminal_appendix,
    terminal_brief,
    terminal_findings,
    terminal_plan,
    terminal_summary,
    terminal_things,
)
from advisor.output.options import RenderOptions
from advisor.output.overview import arrange
from advisor.output.terminal_text import Screen


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Colours and styles only with `options.color`; the environment is never looked at."""
    view = arrange(assessment, options)
    screen = Screen(console=console(options), options=options)
    terminal_summary.show(screen, view)
    if not options.verbose:
        terminal_brief.show(screen, view)
        return screen.text()
    terminal_things.show(screen, view)
    terminal_plan.show(screen, view)
    terminal_findings.show(screen, view)
    terminal_appendix.show(screen, view)
    return screen.text()


def console(options: RenderOptions) -> Console:
    """Where a terminal's text is drawn, without any look at the environment."""
    return Console(
        file=StringIO(),
        width=max(options.width, 40),
        height=100,
        color_system="standard" if options.color else None,
        force_terminal=options.color,
        force_jupyter=False,
        force_interactive=False,
        no_color=not options.color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
