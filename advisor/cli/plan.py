"""`advisor plan`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.options import judging_options, quiet_option

if TYPE_CHECKING:
    from advisor import api
    from advisor.planning.plan import Plan


@click.command("plan")
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@click.option(
    "--output", "-o", metavar="DIR", help="Write scripts, manifests and a README to this folder."
)
@click.option(
    "--status",
    metavar="SNAPSHOT",
    help="A later snapshot: say what of the plan is done. 'DIR' stays as it is.",
)
@click.option(
    "--bandwidth",
    type=click.IntRange(1, 10_000_000),
    metavar="MBIT",
    help="Megabits a second that times are reckoned with; else the configuration's, or 1000.",
)
@judging_options
@click.option(
    "--format",
    "form",
    type=click.Choice(("terminal", "markdown", "json")),
    default="terminal",
    show_default=True,
    help="How it is printed.",
)
@click.option("--verbose", "-v", is_flag=True, help="Cut no list short on the terminal.")
@click.option("--no-color", is_flag=True, help="No colours; NO_COLOR does the same.")
@quiet_option
def command(snapshots: tuple[str, ...], **options: Any) -> int:
    """Plan the migration: what moves where, in which order, and who has to be asked.

    The scripts that -o writes change nothing without --apply, can be run again at any time, and
    never delete or overwrite anything.

    \b
    Examples:
      advisor plan all.json.zst --registry registry.example.com/research
      advisor plan all.json.zst --registry registry.example.com/research -o plan/
      advisor plan all.json.zst --registry registry.example.com/research --status now.json.zst
    """
    from advisor import api
    from advisor.cli.stream import print_note, print_result
    from advisor.plan_folder import check_folder, write_folder

    if options["output"] is not None and options["status"] is not None:
        raise click.UsageError("--output and --status cannot be combined")
    if options["output"] is not None:
        check_folder(options["output"])
    snapshot = api.load_snapshots(snapshots)
    plan = _plan(snapshot, options)
    if options["status"] is not None:
        return _print_status(plan, options)
    if options["output"] is None:
        print_result(_text(plan, options))
        return api.ExitCode.OK
    for path in write_folder(plan, snapshot, options["output"]):
        if "/" not in path:
            print_note(f"wrote {options['output'].rstrip('/')}/{path}", quiet=options["quiet"])
    return api.ExitCode.OK


def _plan(snapshot: api.Snapshot, options: Mapping[str, Any]) -> Plan:
    from msgspec.structs import replace

    from advisor import api
    from advisor.cli.judging import settings_of
    from advisor.errors import InputError

    settings = settings_of(options)
    if options["bandwidth"] is not None:
        settings = replace(settings, bandwidth=options["bandwidth"])
    rulebook = api.load_rulebook(settings, options["rules"])
    plan = api.audit(snapshot, settings, rulebook=rulebook).plan
    if plan is None or not (plan.images or plan.data or plan.jobs):
        raise InputError(
            "there is nothing to plan: no image, no data and no job is known",
            remedy="take a snapshot of the Docker hosts too",
        )
    return plan


def _text(plan: Plan, options: Mapping[str, Any]) -> str:
    import msgspec

    from advisor.cli.stream import colored, width
    from advisor.output.options import RenderOptions
    from advisor.output.plan_markdown import render_plan as markdown
    from advisor.output.plan_terminal import render_plan as terminal

    if options["form"] == "json":
        text = msgspec.json.encode(plan, order="sorted")
        return msgspec.json.format(text, indent=2).decode() + "\n"
    if options["form"] == "markdown":
        return markdown(plan)
    shown = RenderOptions(
        color=colored(options["no_color"]), width=width(), verbose=options["verbose"]
    )
    return terminal(plan, shown)


def _print_status(plan: Plan, options: Mapping[str, Any]) -> int:
    """1 while something is open, 3 while something is only not known."""
    import msgspec

    from advisor import api
    from advisor.cli.stream import print_result
    from advisor.output.plan_status import render_status
    from advisor.planning.status import plan_progress

    progress = plan_progress(plan, api.load_snapshots([options["status"]]))
    if options["form"] == "json":
        text = msgspec.json.format(msgspec.json.encode(progress), indent=2).decode() + "\n"
        print_result(text)
    else:
        print_result(render_status(progress))
    states = {one.state for one in progress}
    if "open" in states:
        return api.ExitCode.FINDINGS
    return api.ExitCode.INCOMPLETE if "unknown" in states else api.ExitCode.OK
