"""`advisor audit`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import (
    full_option,
    judging_options,
    output_options,
    owner_option,
    probe_options,
    quiet_option,
    repeatable,
)
from advisor.cli.root import ReadingCommand


@click.command("audit", cls=ReadingCommand)
@probe_options
@repeatable(
    "--jobs",
    metavar="PATH",
    help="Scripts, manifests or a folder whose jobs are judged too; repeatable.",
)
@judging_options
@owner_option
@output_options
@full_option
@quiet_option
def command(**options: Any) -> int:
    """Read a cluster and Docker hosts, and say what must move.

    Without options: the current kube context and the local Docker daemon.

    \b
    Examples:
      advisor audit --demo --format terminal --format html=report.html
      advisor audit --context prod --docker-host ssh://admin@gpu-01 --docker-host ssh://admin@gpu-02
      advisor audit --no-cluster --assume gpu-nodes=4,gpus-per-node=8
      advisor audit --snapshot cluster.json.zst --snapshot gpu-01.json.zst --fail-on warning
    """
    from advisor.cli.judging import judge_and_write, plan_judging, prepare_meanwhile
    from advisor.cli.reading import check_probe_options, read_job_files, read_snapshot

    check_probe_options(options)
    plan = plan_judging(options)
    if not options["demo"]:
        prepare_meanwhile(plan)
    jobs = read_job_files(options)
    return judge_and_write(read_snapshot(options, jobs), plan, options, jobs)
