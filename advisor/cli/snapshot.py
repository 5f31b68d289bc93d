"""`advisor snapshot`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import probe_options, quiet_option, snapshot_output_option
from advisor.cli.root import ReadingCommand


@click.command("snapshot", cls=ReadingCommand)
@probe_options
@snapshot_output_option
@quiet_option
def command(**options: Any) -> int:
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
    snapshot = read_snapshot(options)
    api.save_snapshot(snapshot, options["output"])
    note_written(options["output"], quiet=options["quiet"])
    report_sources(snapshot.sources, quiet=options["quiet"])
    if options["measure_data"]:
        report_counts(snapshot, quiet=options["quiet"])
    return api.ExitCode.INCOMPLETE if unread(snapshot.sources) else api.ExitCode.OK
