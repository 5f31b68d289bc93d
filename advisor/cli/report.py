"""`advisor report`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import (
    full_option,
    judging_options,
    output_options,
    owner_option,
    quiet_option,
)


@click.command("report")
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@judging_options
@owner_option
@output_options
@full_option
@quiet_option
def command(snapshots: tuple[str, ...], **options: Any) -> int:
    """Judge saved snapshots, as the live audit would.

    Files are the same to the byte.

    \b
    Examples:
      advisor report all.json.zst --format html=report.html
      advisor report all.json.zst --assume gpu-nodes=8 --format markdown
      advisor report all.json.zst --for alice --format html=alice.html
      advisor snapshot --demo | advisor report -
    """
    from advisor import api
    from advisor.cli.judging import judge_and_write, plan_judging

    plan = plan_judging(options, named=snapshots)
    return judge_and_write(api.load_snapshots(snapshots), plan, options)
