"""`advisor fleet` and its commands: many clusters and hosts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.options import (
    HOSTS_AT_ONCE,
    engine_option,
    fail_on_options,
    kubeconfig_option,
    measure_options,
    number_option,
    quiet_option,
    repeatable,
    setting_options,
    snapshot_option,
    timeout_option,
    together,
)
from advisor.cli.root import LazyGroup

if TYPE_CHECKING:
    from advisor.fleet.folder import Target
    from advisor.fleet.judging import Order

MODULES = {name: f"advisor.cli.fleet:{name}" for name in ("collect", "report", "export")}
DAYS = 5


@click.group("fleet", cls=LazyGroup, modules=MODULES, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Many clusters and hosts: read, shown as a site, exported.

    \b
    Examples:
      advisor fleet collect --hosts-from hosts.ini --all-contexts -o fleet
      advisor fleet report fleet --snapshot fleet/clusters/prod/20261130T105000Z.json.zst -o site
      advisor fleet export fleet -o fleet.parquet
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@click.command("collect")
@click.option("--output", "-o", required=True, metavar="DIR", help="The fleet's folder.")
@repeatable("--docker-host", metavar="URL", help="A host; repeatable.")
@repeatable(
    "--hosts-from",
    metavar="FILE",
    help="Hosts from an Ansible inventory or a list with one a line; repeatable.",
)
@click.option("--limit", metavar="PATTERN", help="Of --hosts-from only these: gpu,!gpu07.")
@repeatable("--context", metavar="NAME", help="A cluster; repeatable.")
@click.option("--all-contexts", is_flag=True, help="Every cluster of the kubeconfig.")
@kubeconfig_option
@click.option(
    "--older-than",
    metavar="AGE",
    help="Only what was not read as a whole within this time: 90m, 12h, 1d. It takes up again"
    " where an earlier run stopped.",
)
@number_option("--forks", HOSTS_AT_ONCE, high=256, help="Clusters and hosts that are read at once.")
@timeout_option
@measure_options
@quiet_option
def collect(**options: Any) -> int:
    """Read each cluster and host into a file of its own.

    Some are read at once, and each file is written as it comes.

    One that fails costs nothing of the others; it is listed at the end, and the code is then 3.
    What is in the folder stays, also when the run is killed.

    \b
    Examples:
      advisor fleet collect --hosts-from hosts.ini --limit gpu -o fleet
      advisor fleet collect --hosts-from hosts.ini --all-contexts --older-than 1d -o fleet
    """
    from advisor.cli.reading import report_sources
    from advisor.cli.stream import print_note
    from advisor.collection.collect import CollectOptions
    from advisor.errors import ExitCode
    from advisor.facts.source import Source, unread
    from advisor.fleet.folder import check_fleet_folder, collect_fleet, due, progress_line

    older_than = _age(options["older_than"])
    every = _targets(options)
    folder, quiet = options["output"], options["quiet"]
    check_fleet_folder(folder)
    outdated = due(every, folder, older_than)
    wanted = CollectOptions(
        hosts_at_once=options["forks"],
        timeout=options["timeout"],
        measure_seconds=options["measure_timeout"] if options["measure_data"] else None,
    )
    failed: list[Source] = []
    for number, collected in enumerate(collect_fleet(outdated, folder, wanted), 1):
        print_note(progress_line(number, len(outdated), collected), quiet=quiet)
        failed += unread(collected.snapshot.sources)
    report_sources(sorted(failed, key=lambda source: source.target), quiet=quiet)
    fresh = f", {len(every) - len(outdated):,} were fresh" if older_than else ""
    partly = len({source.target for source in failed})
    said = f"{len(outdated):,} asked, {partly:,} not read, or not all"
    print_note(f"wrote {folder}: {said}{fresh}", quiet=quiet)
    return ExitCode.INCOMPLETE if failed else ExitCode.OK


judged_options = together(
    snapshot_option,
    setting_options,
    engine_option,
    fail_on_options,
    quiet_option,
)


@click.command("report")
@click.argument("folder", metavar="DIR")
@click.option("--output", "-o", required=True, metavar="SITE", help="The folder of the site.")
@number_option(
    "--days", DAYS, high=366, help="Days of the trend: the newest N on which anything was read."
)
@judged_options
def report(folder: str, **options: Any) -> int:
    """Write one site: each cluster and host, and what is open there.

    Hosts are judged for the cluster of --snapshot or --assume, clusters as they are. The site takes
    the place of an older one when it is whole.

    \b
    Examples:
      advisor fleet report fleet --assume gpu-nodes=4,gpus-per-node=8 -o site
      advisor fleet report fleet --snapshot prod.json.zst --engine dask://scheduler:8786 -o site
    """
    from advisor.cli.stream import note_written, print_note
    from advisor.facts.quantity import some
    from advisor.fleet.site import write_site

    order = _order(folder, options)
    judged_for = ", ".join(options["snapshot"]) or (options["assume"] or "")
    code, unread = write_site(
        order.folder,
        options["output"],
        order,
        days=options["days"],
        judged_for=judged_for,
        engine=options["engine"] or "",
    )
    note_written(os.path.join(options["output"], "index.html"), quiet=options["quiet"])
    if unread:
        print_note(f"advisor: not read, or not all: {some(unread, 8)} (the site says why)")
    return code


@click.command("export")
@click.argument("folder", metavar="DIR")
@click.option(
    "--output",
    "-o",
    required=True,
    metavar="PATH",
    help="One file that ends in .parquet, or a folder with a file a table.",
)
@number_option("--days", 1, high=366, help="The newest readings of each of the newest N days.")
@judged_options
def export(folder: str, **options: Any) -> int:
    """Write tables for SQL: hosts, images, data, jobs, findings.

    \b
    Examples:
      advisor fleet export fleet --assume gpu-nodes=4 -o tables
      duckdb -c "SELECT outcome, count(*) FROM 'tables/images.parquet' GROUP BY outcome"
    """
    from advisor.cli.stream import note_written
    from advisor.fleet.export import write_tables

    order = _order(folder, options)
    paths, code = write_tables(
        order.folder, options["output"], order, days=options["days"], engine=options["engine"] or ""
    )
    for path in paths:
        note_written(path, quiet=options["quiet"])
    return code


def _order(folder: str, options: Mapping[str, Any]) -> Order:
    """What all readings are judged by; its paths are absolute, for workers stand elsewhere."""
    from advisor import __version__
    from advisor.checking.processes import dask_address
    from advisor.cli.judging import settings_of
    from advisor.fleet.judging import Order

    if options["engine"]:
        dask_address(options["engine"])
    return Order(
        advisor=__version__,
        folder=os.path.abspath(folder),
        settings=settings_of(options),
        rules=tuple(map(os.path.abspath, options["rules"])),
        snapshots=tuple(map(os.path.abspath, options["snapshot"])),
        fail_on=options["fail_on"],
    )


def _age(text: str | None) -> Any:
    from advisor.fleet.folder import parse_age

    try:
        return parse_age(text) if text else None
    except ValueError as error:
        raise click.UsageError(f"--older-than: {error}") from None


def _targets(options: Mapping[str, Any]) -> tuple[Target, ...]:
    """The hosts and clusters that are named; a usage error where there are none."""
    from advisor.cli.reading import named_hosts
    from advisor.fleet.folder import Target
    from advisor.probes.kubernetes.kubeconfig import kubeconfig_paths, load_kubeconfig

    if options["limit"] and not options["hosts_from"]:
        raise click.UsageError("--limit needs --hosts-from")
    kubeconfig = options["kubeconfig"] or ""
    contexts = list(options["context"])
    if options["all_contexts"]:
        contexts += sorted(load_kubeconfig(kubeconfig_paths(kubeconfig or None)).contexts)
    elif kubeconfig and not contexts:
        contexts = [""]
    targets = [Target(kind="host", name=url) for url in named_hosts(options)]
    targets += [Target(kind="cluster", name=name, kubeconfig=kubeconfig) for name in contexts]
    if not targets:
        raise click.UsageError("name what to read: --hosts-from, --docker-host, --context")
    return tuple(targets)
