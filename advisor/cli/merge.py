"""`advisor merge`."""

from __future__ import annotations

import click

from advisor.cli.options import quiet_option, snapshot_output_option


@click.command("merge")
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@snapshot_output_option
@quiet_option
def command(snapshots: tuple[str, ...], output: str, quiet: bool) -> int:
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
