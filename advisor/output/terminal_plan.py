"""The plan in a few lines: `advisor plan` shows the whole of it."""

from __future__ import annotations

from advisor.output.overview import Overview
from advisor.output.plan_view import arrange_plan
from advisor.output.terminal_text import Screen, name, prose
from advisor.output.wording import plural, some
from advisor.planning.capacity_rows import CapacityRow

_WAVES = 6


def show(screen: Screen, view: Overview) -> None:
    """Nothing where there is no plan."""
    plan = arrange_plan(view.assessment)
    if plan is None:
        return
    screen.heading("Plan")
    where = plan.plan.registry if plan.named else "a registry that has yet to be chosen"
    screen.line(
        f"{plural(plan.total, 'step')} in {plural(len(plan.waves), 'wave')},"
        f" {plural(len(plan.plan.questions), 'question')}; images go to {where}."
        " `advisor plan SNAPSHOT` has the whole of it."
    )
    bound = screen.bound(_WAVES)
    for one in plan.waves[:bound]:
        time = f", about {one.time}" if one.time else ""
        screen.line(
            name(f"{one.wave.number}. {one.wave.title}", "bold"),
            f": {plural(len(one.steps), 'step')}{time}",
            indent=2,
        )
    screen.more(len(plan.waves) - len(plan.waves[:bound]), indent=2)
    for row in plan.plan.capacity.rows:
        if row.fits is False:
            screen.line(prose(_short(row), "yellow"), indent=2)


def _short(row: CapacityRow) -> str:
    there = "an unknown number" if row.there is None else f"{row.there:,}"
    waits = f"; would wait: {some(row.queue, 3)}" if row.queue else ""
    return f"{row.resource} ({row.kind}): {row.asked:,} asked for at once, {there} there{waits}"
