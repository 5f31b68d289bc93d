"""What `advisor plan --status` and `--status-from` do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from advisor import api
from advisor.cli.options import LIVE_TARGETS, refuse_contradictions
from advisor.cli.reading import named_hosts, registry_options, report_sources
from advisor.cli.stream import print_note, print_result, progress_bars

if TYPE_CHECKING:
    from advisor.planning.plan import Plan
    from advisor.planning.status import PlanProgress
    from advisor.rulebook.loaded import Rulebook

_LIVE = (*LIVE_TARGETS, "no_cluster", "no_docker", "registry_ca", "plain_http")


def check_status_options(options: Mapping[str, Any]) -> bool:
    """Whether a status is asked for; UsageError for options that need it, or contradict it."""
    asked = options["status"] or bool(options["status_from"])
    if options["status"] and options["status_from"]:
        raise click.UsageError("--status and --status-from cannot be combined")
    if asked and options["output"] is not None:
        raise click.UsageError("--output and --status cannot be combined")
    if options["folders"] and not asked:
        raise click.UsageError("--plan-folder needs --status or --status-from")
    for name in _LIVE:
        if options[name] and not options["status"]:
            raise click.UsageError(f"--{name.replace('_', '-')} needs --status")
    refuse_contradictions(options)
    return asked


def print_status(
    assessment: api.Assessment,
    snapshot: api.Snapshot,
    settings: api.Settings,
    rulebook: Rulebook,
    options: Mapping[str, Any],
) -> int:
    """3 while not all could be read, as for an audit; else 1 while something is open, and 3 while
    something is only not known."""
    assert assessment.plan is not None
    copies = api.load_copies(options["folders"])
    later = _later(assessment.plan, snapshot, options)
    now = api.audit(later, settings, rulebook=rulebook)
    progress = api.plan_progress(assessment, now, copies=copies)
    print_result(_text(progress, options))
    report_sources(later.sources, quiet=options["quiet"])
    if options["status"]:
        _name_unread_hosts(snapshot, later, assessment.plan, quiet=options["quiet"])
    if now.state != "complete":
        return api.ExitCode.INCOMPLETE
    if progress.open:
        return api.ExitCode.FINDINGS
    return api.ExitCode.INCOMPLETE if progress.unknown else api.ExitCode.OK


def _later(plan: Plan, before: api.Snapshot, options: Mapping[str, Any]) -> api.Snapshot:
    if options["status_from"]:
        return api.load_snapshots(options["status_from"])
    targets = api.CollectOptions(
        cluster=not options["no_cluster"],
        context=options["context"],
        kubeconfig=options["kubeconfig"],
        docker=not options["no_docker"],
        docker_hosts=named_hosts(options),
        hosts_at_once=options["forks"],
        timeout=options["timeout"],
    )
    with progress_bars(quiet=options["quiet"]) as progress:
        return api.read_again(plan, before, targets, registry_options(options), progress=progress)


def _text(progress: PlanProgress, options: Mapping[str, Any]) -> str:
    import msgspec

    from advisor.cli.stream import colored, width
    from advisor.output import plan_terminal
    from advisor.output.formats import RenderOptions

    if options["form"] == "json":
        return msgspec.json.format(msgspec.json.encode(progress), indent=2).decode() + "\n"
    if options["form"] == "markdown":
        return plan_terminal.render_status(progress)
    shown = RenderOptions(color=colored(options["no_color"]), width=width())
    return plan_terminal.render_status_on_terminal(progress, shown)


def _name_unread_hosts(
    before: api.Snapshot, later: api.Snapshot, plan: Plan, *, quiet: bool
) -> None:
    """Hosts that the plan moves something from and that nobody named now."""
    read = {host.name for host in later.hosts}
    wanted = {image.source_host for image in plan.pushed} | {
        step.source_host for step in plan.copied
    }
    for host in before.hosts:
        if host.name in wanted - read:
            remote = host.url.startswith(("ssh://", "tcp://"))
            url = host.url if remote else f"ssh://{host.name}"
            print_note(
                f"note: {host.name} was not read: name it with --docker-host {url}", quiet=quiet
            )
