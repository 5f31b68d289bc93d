"""`advisor plan`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.options import (
    form_option,
    quiet_option,
    registry_access_options,
    repeatable,
    setting_options,
    target_options,
)

if TYPE_CHECKING:
    from advisor import api
    from advisor.planning.plan import Plan
    from advisor.rulebook.loaded import Rulebook


@click.command("plan")
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@click.option(
    "--output", "-o", metavar="DIR", help="Write scripts, manifests and a README to this folder."
)
@click.option(
    "--status",
    is_flag=True,
    help="Say what of the plan is done: read the cluster, the Docker hosts and the plan's registry"
    " again.",
)
@repeatable(
    "--status-from",
    metavar="SNAPSHOT",
    help="The same by a later snapshot, without reading anything; repeatable.",
)
@repeatable(
    "--plan-folder",
    "folders",
    metavar="DIR",
    help="For the status: a folder that -o wrote, with what its copy scripts found complete;"
    " repeatable.",
)
@click.option(
    "--bandwidth",
    type=click.IntRange(1, 10_000_000),
    metavar="MBIT",
    help="Megabits a second that times are reckoned with; else the configuration's, or 1000.",
)
@setting_options
@form_option("terminal", "markdown", "json", help="How it is printed.")
@click.option("--verbose", "-v", is_flag=True, help="Cut no list short on the terminal.")
@click.option("--no-color", is_flag=True, help="No colours; NO_COLOR does the same.")
@target_options
@registry_access_options
@quiet_option
def command(snapshots: tuple[str, ...], **options: Any) -> int:
    """Plan the migration: what moves where, when, and who is asked.

    The scripts that -o writes change nothing without --apply, can be run again at any time, and
    never delete or overwrite anything. --status reads the current kube context and the local Docker
    daemon unless other targets are named, and asks the registry for the names that images get.

    \b
    Exit codes: 0 planned, 2 a file could not be read, 3 planned from a snapshot that is incomplete.
    Exit codes of the status: 0 all is done, 1 something is open, 3 something is not known or could
    not be read.

    \b
    Examples:
      advisor snapshot --demo | advisor plan - -o plan/
      advisor plan all.json.zst --registry registry.example.com/research
      advisor plan all.json.zst --registry registry.example.com/research -o plan/
      advisor plan all.json.zst --registry registry.example.com/research --status --context prod
      advisor plan all.json.zst --registry registry.example.com/research --status-from now.json.zst
    """
    from advisor import api
    from advisor.cli.plan_status import check_status_options, print_status
    from advisor.cli.stream import print_note, print_result
    from advisor.output.plan_folder import check_folder, write_folder

    asked = check_status_options(options)
    if options["output"] is not None:
        check_folder(options["output"])
    settings, rulebook = _judging(options)
    snapshot = api.load_snapshots(snapshots)
    assessment = api.audit(snapshot, settings, rulebook=rulebook)
    plan = _plan_of(assessment)
    if asked:
        return print_status(assessment, snapshot, settings, rulebook, options)
    if options["output"] is None:
        print_result(_text(plan, options))
        return _end(assessment, options)
    for path in write_folder(plan, snapshot, options["output"]):
        if "/" not in path:
            print_note(f"wrote {options['output'].rstrip('/')}/{path}", quiet=options["quiet"])
    return _end(assessment, options)


def _end(assessment: api.Assessment, options: Mapping[str, Any]) -> int:
    from advisor import api
    from advisor.cli.reading import report_sources

    report_sources(assessment.sources, quiet=options["quiet"])
    return api.ExitCode.OK if assessment.state == "complete" else api.ExitCode.INCOMPLETE


def _judging(options: Mapping[str, Any]) -> tuple[api.Settings, Rulebook]:
    from msgspec.structs import replace

    from advisor.cli.judging import rulebook_of, settings_of

    settings = settings_of(options)
    if options["bandwidth"] is not None:
        settings = replace(settings, bandwidth=options["bandwidth"])
    return settings, rulebook_of(settings, options)


def _plan_of(assessment: api.Assessment) -> Plan:
    from advisor.errors import InputError

    plan = assessment.plan
    if plan is None or not (plan.preparations or plan.images or plan.data or plan.jobs):
        raise InputError(
            "there is nothing to plan: no image, no data and no job is known",
            remedy="take a snapshot of the Docker hosts too",
        )
    return plan


def _text(plan: Plan, options: Mapping[str, Any]) -> str:
    import msgspec

    from advisor.cli.stream import colored, width
    from advisor.output.formats import RenderOptions
    from advisor.output.markdown import render_plan as markdown
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
