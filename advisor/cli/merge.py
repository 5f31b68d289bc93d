"""`advisor merge`."""

from __future__ import annotations

import click

from advisor.cli.options import quiet_option, snapshot_output_option


@click.command("merge")
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@snapshot_output_option
@quiet_option
def command(snapshots: tuple[str, ...], output: str, quiet: bool) -> int:
    """Join snapshots into one: a cluster and any number of Docker hosts.

    Of one target read twice the newer reading is kept. '-' is standard input.

    \b
    Examples:
      advisor merge cluster.json.zst gpu-*.json.zst -o all.json.zst
      ssh admin@gpu-01 advisor snapshot --no-cluster | advisor merge cluster.json - -o all.json
    """
    from advisor import api
    from advisor.cli.stream import note_written
    from advisor.files import check_outputs

    check_outputs([output])
    api.save_snapshot(api.load_snapshots(snapshots), output)
    note_written(output, quiet=quiet)
    return api.ExitCode.OK
