"""A summary and what to act on, on one screen; all of it with `verbose`. Plain text without escapes
unless colour is asked for."""

from __future__ import annotations

import shlex
from collections import Counter
from io import StringIO

from rich.console import Console
from rich.text import Text

from advisor.facts.quantity import plural, some
from advisor.facts.source import unread
from advisor.judging.assessment import Assessment, ReadinessTable, Thing
from advisor.output import terminal_appendix, terminal_findings
from advisor.output.formats import RenderOptions
from advisor.output.overview import (
    Overview,
    RuleGroup,
    TopicView,
    arrange,
    headline,
    pending,
    reasons,
    top_rules,
)
from advisor.output.plan_view import arrange_plan
from advisor.output.terminal_findings import OUTCOME_STYLES, SEVERITY_STYLES, Screen, name, prose
from advisor.output.wording import (
    OUTCOME_LABELS,
    holds,
    not_read,
    severity_count,
    unknown_requirements,
)
from advisor.planning.plan import CapacityRow

_THINGS = 10
_RULES = 10
_NAMES = 2
_ASK_REGISTRIES = "the same command with --check-registry"

_PROGRAMS = ("advisor ", "kubectl ")
"""What the text that settles a fact begins with where it can be pasted."""

_WAVES = 6

_LISTS = 40
"""More than a cluster has lists: each one that was not read is named."""


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Colours and styles only with `options.color`; the environment is never looked at."""
    view = arrange(assessment, options)
    screen = Screen(console=console(options), options=options)
    _show_summary(screen, view)
    if not options.verbose:
        _show_brief(screen, view)
        return screen.text()
    terminal_findings.show_things(screen, view)
    _show_plan(screen, view)
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


def _show_brief(screen: Screen, view: Overview) -> None:
    """At most 60 lines of 100 columns for a site with many findings."""
    _pending(
        screen,
        [thing for topic in view.topics for group in pending(topic) for thing in group.things],
    )
    _show_plan(screen, view)
    _findings(screen, view)
    _next(screen, view.assessment)


def _pending(screen: Screen, things: list[Thing]) -> None:
    """Images and data that somebody has to act on, a row each."""
    if not things:
        return
    screen.heading("What to act on")
    rows = [
        (
            prose(OUTCOME_LABELS[thing.outcome], OUTCOME_STYLES[thing.outcome]),
            name(thing.subject.label, "bold"),
            name(holds(thing) or "-"),
            name(some(thing.machines, _NAMES)),
            name(some(thing.users, _NAMES)),
            name(thing.rule),
        )
        for thing in things[:_THINGS]
    ]
    screen.table(("", "image or data", "size", "on", "used by", "rule"), rows)
    screen.more(len(things) - _THINGS, indent=2)


def _findings(screen: Screen, view: Overview) -> None:
    """A line for each rule, the worst consequence first."""
    rules = top_rules(view)
    if not rules and not view.broken:
        return
    screen.heading("What to look at first")
    for rule in (*view.broken, *rules[:_RULES]):
        _rule(screen, rule)
    screen.more(len(rules) - _RULES, indent=2)


def _rule(screen: Screen, rule: RuleGroup) -> None:
    label = "broken" if rule.status == "error" else rule.severity
    names = some((finding.subject.label for finding in rule.findings), _NAMES)
    screen.line(
        prose(f"{label:<8}{rule.rule} ", SEVERITY_STYLES[rule.severity]),
        f"{rule.title}: ",
        name(names),
        indent=2,
    )


def _next(screen: Screen, audit: Assessment) -> None:
    """Commands that go on from here, each on a line of its own that can be pasted."""
    screen.heading("Next")
    steps = [
        ("every finding with its evidence and remedy", f"{screen.options.command} --verbose"),
        ("the same for a browser", f"{screen.options.command} --format html=report.html"),
    ]
    if audit.plan is not None:
        steps.append(("the migration plan as scripts", _plan_command(screen.options.command)))
    if audit.not_assessed and "--demo" not in screen.options.command:
        ask = _registry_command(screen.options.command)
        texts = (ask if gap.settle == _ASK_REGISTRIES else gap.settle for gap in audit.not_assessed)
        commands = Counter(text for text in texts if text.startswith(_PROGRAMS))
        missing = plural(len(audit.not_assessed), "fact")
        for command, count in commands.most_common(1):
            steps.insert(0, (f"for {count} of {missing} that are not known", command))
    width = max(len(command) for _, command in steps)
    beside = width + max(len(what) for what, _ in steps) + 6 <= screen.console.width
    for what, command in steps:
        if beside:
            screen.line(name(f"{command:<{width}}", "bold"), name(f"  # {what}"), indent=2)
        else:
            screen.line(name(f"# {what}"), indent=2)
            screen.unbroken(name(f"  {command}", "bold"))


_OF_THE_PLAN = ("--assume", "--exclude-nodes", "--runai", "--registry", "--rules", "--config")
_OF_THE_AUDIT = (
    *("--jobs", "--baseline", "--for", "--format", "--fail-on", "--exit-zero", "--min-severity"),
    *("-v", "--verbose", "--no-color", "--full", "-q", "--quiet"),
)


def _plan_command(command: str) -> str:
    """The plan of what that command judged: of its snapshots, or of what its probes read anew."""
    words = shlex.split(command)
    saved = words[:2] == ["advisor", "report"]
    read = ["advisor", "snapshot"]
    judged = ["advisor", "plan", *(() if saved else ("-",))]
    taking: list[str] | None = judged if saved else None
    for word in words[2:]:
        if word[:1] == "-" and word != "-":
            option = word.partition("=")[0]
            taking = judged if option in _OF_THE_PLAN else read
            taking = None if option in _OF_THE_AUDIT else taking
        if taking is not None:
            taking.append(word)
    plan = f"{shlex.join(judged)} -o plan/"
    return plan if saved else f"{shlex.join(read)} | {plan}"


def _registry_command(command: str) -> str:
    """The audit that asks registries too; nothing where no registry can be asked."""
    words = shlex.split(command)
    if "--check-registry" in words:
        return ""
    audit = command if words[:2] == ["advisor", "audit"] else "advisor audit"
    return f"{audit} --check-registry"


def _show_plan(screen: Screen, view: Overview) -> None:
    """The plan in a few lines; nothing where there is none."""
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
    if plan.first:
        screen.line(f"Before anything moves: {plural(len(plan.first), 'step')}", indent=2)
    shown = plan.waves if screen.options.verbose else plan.waves[:_WAVES]
    for wave in shown:
        time = f", {wave.work.time}" if wave.work.time else ""
        screen.line(
            name(f"{wave.wave.number}. {wave.wave.title}", "bold"),
            f": {plural(len(wave.steps), 'step')}{time}",
            indent=2,
        )
    screen.more(len(plan.waves) - len(shown), indent=2)
    for row in plan.plan.capacity.rows:
        if row.fits is False:
            screen.line(prose(_short(row), "yellow"), indent=2)


def _short(row: CapacityRow) -> str:
    there = "an unknown number" if row.there is None else f"{row.there:,}"
    waits = f"; would wait: {some(row.queue, 3)}" if row.queue else ""
    return f"{row.resource} ({row.kind}): {row.asked:,} asked for at once, {there} available{waits}"


def _show_summary(screen: Screen, view: Overview) -> None:
    """Fits 30 lines of 100 columns, whatever the size of the audit."""
    audit = view.assessment
    whose = f"What changes for {audit.owner}, on " if audit.owner else "Audit of "
    screen.line(prose(f"{whose}{audit.target}", "bold"), f", taken {audit.taken}")
    if audit.assumed:
        screen.line(prose("ASSUMED ", "bold magenta"), audit.assumed)
    if audit.state == "incomplete":
        _incomplete(screen, view)
    screen.line("")
    screen.line(prose(headline(view), "bold"))
    for reason in reasons(view):
        screen.line(reason, indent=2)
    for topic in view.topics:
        screen.line(f"{topic.title}: ", _numbers(topic), indent=2)
    if audit.readiness is not None:
        _readiness(screen, audit.readiness)
    _counts(screen, view)


def _readiness(screen: Screen, table: ReadinessTable) -> None:
    """The sentence, what is not met, and what has to be looked at; the whole table is in the other
    formats."""
    screen.line("")
    screen.line(prose(table.sentence, "bold"))
    unmet = [row for row in table.requirements if row.state == "not met"]
    for row in unmet:
        if row.needed:
            screen.line(f"{row.name}: {row.wanted}; seen: {row.seen} ({row.rule})", indent=2)
    warnings = [f"{row.name} ({row.rule})" for row in unmet if not row.needed]
    if warnings:
        screen.line(f"Warnings: {', '.join(warnings)}", indent=2)
    unknown = [row for row in table.requirements if row.state == "unknown" and row.needed]
    for line in unknown_requirements(unknown):
        screen.line(line, indent=2)
    if not table.asked and table.between:
        more = "; ".join(table.between[:2])
        screen.line(f"Run:ai {table.newest} also asks for {more}", indent=2)
    if not table.asked and table.unclear:
        unclear = "; ".join(table.unclear[:2])
        screen.line(f"Not known of Run:ai {table.newest}: {unclear}", indent=2)


def _incomplete(screen: Screen, view: Overview) -> None:
    sources = unread(view.assessment.sources)
    reasons = "; ".join(
        f"{source.probe} {source.target}: {not_read(source, _LISTS)}" for source in sources[:2]
    )
    more = f"; and {len(sources) - 2:,} more" if len(sources) > 2 else ""
    screen.line(prose("INCOMPLETE ", "bold magenta"), f"{reasons}{more}")


def _numbers(topic: TopicView) -> Text:
    if not topic.total:
        return prose("none were seen, nothing was judged", "bold magenta")
    shown = [g for g in topic.groups if g.things or g.outcome != "blocked"]
    parts = [
        prose(f"{len(g.things):,} {g.label}", OUTCOME_STYLES[g.outcome] if g.things else "dim")
        for g in shown
    ]
    return Text("   ").join(parts)


def _counts(screen: Screen, view: Overview) -> None:
    counts = [severity_count(group.severity, group.count) for group in view.severities]
    broken = sum(len(rule.findings) for rule in view.broken)
    extra = f", {plural(broken, 'broken check')}" if broken else ""
    hidden = f", {view.hidden:,} below the asked severity not shown" if view.hidden else ""
    screen.line("")
    screen.line(
        prose("Findings: ", "bold"),
        f"{', '.join(counts)}{extra}{hidden}; ",
        prose(plural(len(view.assessment.not_assessed), "fact"), "bold magenta"),
        prose(" not known", "bold magenta"),
    )
