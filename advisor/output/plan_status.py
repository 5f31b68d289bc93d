"""What of the plan is done, as a task list of markdown or lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.output.markdown_text import code, plain
from advisor.output.options import RenderOptions
from advisor.output.terminal import console
from advisor.output.terminal_text import Screen, name
from advisor.output.wording import done_of
from advisor.planning.status import PlanProgress, Topic, WaveProgress, listed
from advisor.planning.step_states import State

TOPICS: dict[Topic, str] = {
    "secret": "Pull secret",
    "image": "Images",
    "data": "Data",
    "job": "Jobs",
}
BOXES: dict[State, str] = {"done": "[x]", "open": "[ ]", "unknown": "[ ] not known:"}


def render_status(progress: PlanProgress) -> str:
    """The count first, then the waves, then each step by topic, what is done last."""
    return "\n".join(_lines(progress)).strip() + "\n"


def _lines(progress: PlanProgress) -> Iterable[str]:
    yield done_of(progress.done, len(progress.steps), progress.unknown)
    if progress.waves:
        yield "\n## Waves\n"
    for wave in progress.waves:
        yield f"- {wave_box(wave)} {wave.number}. {plain(wave.title)}: {wave_count(wave)}"
    for topic, title in TOPICS.items():
        steps = listed(progress.steps, topic)
        if steps:
            yield f"\n## {title}\n"
        for one in steps:
            yield f"- {BOXES[one.state]} {code(one.label)}: {plain(one.why)}"


def wave_box(wave: WaveProgress) -> str:
    """Ticked when all of the wave is done."""
    return "[x]" if wave.done == wave.total else "[ ]"


def wave_count(wave: WaveProgress) -> str:
    """`2 of 5 done`."""
    return done_of(wave.done, wave.total, wave.unknown)


def render_status_on_terminal(progress: PlanProgress, options: RenderOptions) -> str:
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
