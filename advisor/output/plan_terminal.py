"""The plan on a terminal: waves first, then what moves, then what has to be asked."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.facts.quantity import format_bytes, plural, some
from advisor.output.formats import RenderOptions
from advisor.output.markdown import DATA_ACTIONS, IMAGE_ACTIONS, code, plain
from advisor.output.plan_view import work_of_wave
from advisor.output.terminal import console
from advisor.output.terminal_findings import Screen, name, prose
from advisor.output.wording import done_of, holds
from advisor.planning.plan import PLACEHOLDER_REGISTRY, Plan
from advisor.planning.status import PlanProgress, State, Topic, WaveProgress, listed

_ROWS = 12

TOPICS: dict[Topic, str] = {
    "secret": "Pull secret",
    "image": "Images",
    "data": "Data",
    "job": "Jobs",
}
BOXES: dict[State, str] = {"done": "[x]", "open": "[ ]", "unknown": "[ ] not known:"}


def render_plan(plan: Plan, options: RenderOptions) -> str:
    """Bounded lists; the JSON and the markdown have everything."""
    screen = Screen(console=console(options), options=options)
    none = " (none was named: give --registry HOST/PATH)"
    screen.line(
        f"Images go to {plan.registry}{none if plan.registry == PLACEHOLDER_REGISTRY else ''}"
    )
    _preparations(screen, plan)
    _waves(screen, plan)
    _images(screen, plan)
    _data(screen, plan)
    _capacity(screen, plan)
    _questions(screen, plan)
    return screen.text()


def _preparations(screen: Screen, plan: Plan) -> None:
    if not plan.preparations:
        return
    screen.heading("Before anything moves")
    for preparation in plan.preparations:
        screen.line(
            prose(f"{preparation.reason} {preparation.remedy} ({preparation.rule})"), indent=2
        )


def _waves(screen: Screen, plan: Plan) -> None:
    screen.heading(f"Waves, at {plan.bandwidth} Mbit/s")
    for wave in plan.waves[: screen.bound(_ROWS)]:
        work = work_of_wave(wave)
        unknown = (
            f" ({plural(work.unknown, 'size')} not known)" if work.unknown and work.time else ""
        )
        screen.line(
            name(f"{wave.number}. {wave.title}", "bold"),
            f": {plural(len(wave.jobs), 'job')}, {plural(len(wave.images), 'image')},"
            f" {plural(len(wave.data), 'place')}, {work.text or 'nothing to send'}{unknown}",
        )
    screen.more(max(len(plan.waves) - _ROWS, 0) if not screen.options.verbose else 0)


def _images(screen: Screen, plan: Plan) -> None:
    moving = [image for image in plan.images if image.action.startswith("push")]
    screen.heading(f"Images to push: {len(moving)} of {len(plan.images)}")
    bound = screen.bound(_ROWS)
    screen.table(
        ("", "image", "target", "to send", "from"),
        (
            (
                str(image.order or IMAGE_ACTIONS[image.action]),
                image.label,
                image.target,
                _amount(image.push_bytes, at_most=image.at_most),
                image.source_host,
            )
            for image in moving[:bound]
        ),
    )
    screen.more(len(moving) - len(moving[:bound]))
    for step in plan.commits:
        whose = f"; ask {step.owner}" if step.owner else ""
        screen.line(f"Work only in the container {step.container} on {step.host}{whose}", indent=2)
    if moving:
        screen.line(prose(plan.pull_secret.reason, "dim"), indent=2)


def _data(screen: Screen, plan: Plan) -> None:
    screen.heading(f"Data: {len(plan.data)}")
    bound = screen.bound(_ROWS)
    screen.table(
        ("what", "place", "size", "goes to", "for everyone at"),
        (
            (
                DATA_ACTIONS[place.action],
                place.label,
                holds(place) or "not known",
                place.claim.name if place.claim else "",
                place.mount_path,
            )
            for place in plan.data[:bound]
        ),
    )
    screen.more(len(plan.data) - len(plan.data[:bound]))


def _capacity(screen: Screen, plan: Plan) -> None:
    screen.heading("Capacity")
    if not plan.capacity.known:
        screen.line("The nodes are not known.")
    for row in plan.capacity.rows:
        there = "an unknown number" if row.there is None else f"{row.there:,}"
        screen.line(f"{row.resource} ({row.kind}): {row.asked:,} asked at once, {there} there")
        if row.stopped_jobs:
            screen.line(
                f"{row.stopped:,} more by {plural(len(row.stopped_jobs), 'job')} not running now:"
                f" {some(row.stopped_jobs, 5)}",
                indent=2,
            )
        if row.queue:
            screen.line(f"would wait: {some(row.queue, 5)}", indent=2)
        if row.too_large:
            screen.line(f"no node can take: {some(row.too_large, 5)}", indent=2)


def _questions(screen: Screen, plan: Plan) -> None:
    screen.heading(f"Questions: {len(plan.questions)}")
    bound = screen.bound(_ROWS)
    for question in plan.questions[:bound]:
        whom = question.owner or "the administrator"
        screen.line(
            name(f"{question.id} {whom}: ", "bold"),
            f"{question.text} ({some(question.about, 3)})",
        )
    screen.more(len(plan.questions) - len(plan.questions[:bound]))


def _amount(size: int | None, *, at_most: bool = False) -> str:
    if size is None:
        return "not known"
    return f"{'at most ' if at_most else ''}{format_bytes(size)}"


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
        for step in steps:
            yield f"- {BOXES[step.state]} {code(step.label)}: {plain(step.why)}"


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
        for step in steps:
            screen.line(f"{BOXES[step.state]} ", name(step.label, "bold"), f": {step.why}")
    return screen.text()
