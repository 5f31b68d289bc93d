"""`advisor audit`, and the same of what was saved: `advisor report` and `advisor diff`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import (
    diff_output_options,
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
def audit(**options: Any) -> int:
    """Read a cluster and Docker hosts, and say what must move.

    Without options: the current kube context and the local Docker daemon.

    \b
    Examples:
      advisor audit --demo --format terminal --format html=report.html
      advisor audit --context prod --docker-host ssh://admin@gpu-01 --docker-host ssh://admin@gpu-02
      advisor audit --no-cluster --assume gpu-nodes=4,gpus-per-node=8
      advisor audit --snapshot cluster.json.zst --snapshot gpu-01.json.zst --fail-on warning
    """
    from msgspec.structs import replace

    from advisor.cli.judging import judge_and_write, plan_judging, prepare_meanwhile
    from advisor.cli.reading import check_probe_options, read_job_files, read_snapshot

    check_probe_options(options)
    plan = plan_judging(options)
    if not options["demo"]:
        prepare_meanwhile(plan)
    jobs, unread = read_job_files(options)
    snapshot = read_snapshot(options, jobs)
    snapshot = replace(snapshot, sources=(*snapshot.sources, *unread))
    return judge_and_write(snapshot, plan, options, jobs)


@click.command("report")
@click.argument("snapshots", nargs=-1, required=True, metavar="SNAPSHOT...")
@judging_options
@owner_option
@output_options
@full_option
@quiet_option
def report(snapshots: tuple[str, ...], **options: Any) -> int:
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


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@judging_options
@diff_output_options
@quiet_option
def diff(old: str, new: str, **options: Any) -> int:
    """Say what got fixed, what is new, and how far the plan is.

    OLD and NEW are snapshots or JSON reports. Snapshots are judged now, both in the same way; a
    report stays as it was judged. What could not be read again is never taken for fixed.

    \b
    Exit codes: 0 the same or better, 1 new findings at or above --fail-on, 2 a file could not be
    read, 3 NEW is incomplete or, with --fail-on unknown, something became unknown.

    \b
    Examples:
      advisor diff last-week.json.zst today.json.zst
      advisor diff report.json today.json.zst --registry registry.example.com/research
      advisor diff old.json new.json --format markdown=diff.md --format html=diff.html
    """
    from functools import partial

    from advisor import api
    from advisor.cli.judging import plan_judging
    from advisor.cli.outputs import write_outputs
    from advisor.cli.reading import report_sources
    from advisor.output.formats import DIFF_FORMATS

    plan = plan_judging(options, DIFF_FORMATS, named=(old, new))
    before, after = (
        api.load_assessment(path, plan.settings, rulebook=plan.rulebook, baseline=plan.baseline)
        for path in (old, new)
    )
    difference = api.compare(before, after)
    write_outputs(partial(api.render_diff, difference), plan.outputs, options)
    report_sources(after.sources, quiet=options["quiet"])
    return api.diff_exit_code(difference, options["fail_on"])
