"""What of the plan is done, on a terminal."""

from __future__ import annotations

from advisor.output.options import RenderOptions
from advisor.output.plan_status import BOXES, TOPICS, wave_box, wave_count
from advisor.output.terminal import console
from advisor.output.terminal_text import Screen, name
from advisor.output.wording import done_of
from advisor.planning.status import PlanProgress, listed


def render_status(progress: PlanProgress, options: RenderOptions) -> str:
    """The same as the markdown's, in the same order."""
    screen = Screen(console=console(options), options=options)
    screen.line(done_of(progress.done, len(progress.steps), progress.unknown))
    if progress.waves:
        screen.heading("Waves")
    for wave in progress.waves:
        shown = name(f"{wave_box(wave)} {wave.number}. {wave.title}")
        screen.line(shown, f": {wave_count(wave)}")
    for topic, title in TOPICS.items():
        steps = listed(progress.steps, topic)
        if steps:
            screen.heading(title)
        for one in steps:
            screen.line(f"{BOXES[one.state]} ", name(one.label, "bold"), f": {one.why}")
    return screen.text()
