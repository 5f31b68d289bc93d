"""What makes snapshots: `advisor snapshot`, `advisor merge` and `advisor host-script`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import probe_options, quiet_option, reach_option
from advisor.cli.root import ReadingCommand

_output_option = click.option(
    "--output",
    "-o",
    default="-",
    show_default="standard output",
    metavar="FILE",
    help="Where the snapshot goes; .zst and .gz are packed.",
)


@click.command("snapshot", cls=ReadingCommand)
@probe_options
@_output_option
@quiet_option
def snapshot(**options: Any) -> int:
    """Save what was read, for `advisor report` and `merge`.

    It holds no environment values, no tokens and no Secrets; what was taken out is listed in it.
    Exits 3 when something that was asked for was not read; what was read is saved all the same.

    \b
    Examples:
      advisor snapshot --context prod --no-docker -o cluster.json.zst
      advisor snapshot --no-cluster -o "$(hostname).json.zst"
      advisor snapshot --no-cluster --measure-data --docker-host ssh://admin@gpu-01 -o gpu.json
      advisor snapshot --demo -o demo.json
    """
    from advisor import api
    from advisor.cli.outputs import files_read, named_inputs
    from advisor.cli.reading import (
        check_probe_options,
        read_snapshot,
        report_counts,
        report_sources,
    )
    from advisor.cli.stream import note_written
    from advisor.facts.source import unread
    from advisor.files import check_outputs

    check_probe_options(options)
    check_outputs([options["output"]], files_read(named_inputs(options), [options["output"]]))
    seen = read_snapshot(options)
    api.save_snapshot(seen, options["output"])
    note_written(options["output"], quiet=options["quiet"])
    report_sources(seen.sources, quiet=options["quiet"])
    if options["measure_data"]:
        report_counts(seen, quiet=options["quiet"])
    return api.ExitCode.INCOMPLETE if unread(seen.sources) else api.ExitCode.OK


@click.command("merge")
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@_output_option
@quiet_option
def merge(snapshots: tuple[str, ...], output: str, quiet: bool) -> int:
    """Join snapshots into one: a cluster and Docker hosts.

    Of one target read twice the newer reading is kept. '-' is standard input. Exits 3 when one of
    them is incomplete.

    \b
    Examples:
      advisor merge cluster.json.zst gpu-*.json.zst -o all.json.zst
      ssh admin@gpu-01 advisor snapshot --no-cluster | advisor merge cluster.json - -o all.json
    """
    from advisor import api
    from advisor.cli.outputs import files_read
    from advisor.cli.reading import report_sources
    from advisor.cli.stream import note_written
    from advisor.facts.source import unread
    from advisor.files import check_outputs

    check_outputs([output], files_read(snapshots, [output]))
    merged = api.load_snapshots(snapshots)
    api.save_snapshot(merged, output)
    note_written(output, quiet=quiet)
    report_sources(merged.sources, quiet=quiet)
    return api.ExitCode.INCOMPLETE if unread(merged.sources) else api.ExitCode.OK


@click.command("host-script")
@reach_option
def host_script(reach: tuple[str, ...]) -> int:
    """Print a shell script that surveys a host without Python.

    Its output is a snapshot.

    It only reads, and any POSIX shell runs it: by pdsh, Ansible's script module, or from a USB
    stick.

    \b
    Examples:
      advisor host-script > survey.sh
      ssh gpu-01 sh -s < survey.sh > gpu-01.survey
      advisor merge cluster.json.zst *.survey -o all.json.zst
    """
    from advisor import api
    from advisor.cli.stream import print_result

    print_result(api.host_script(reach))
    return api.ExitCode.OK
