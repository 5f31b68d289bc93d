"""`advisor check`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import (
    cluster_options,
    engine_option,
    job_options,
    judging_options,
    output_options,
    quiet_option,
    registry_options,
    snapshot_option,
)


@click.command("check")
@click.argument("specs", nargs=-1, metavar="SPEC...")
@cluster_options
@click.option("--no-cluster", is_flag=True, help="Do not even read the current context.")
@snapshot_option
@registry_options
@click.option(
    "--to",
    "targets",
    multiple=True,
    type=click.Choice(("runai-v1", "runai-v2", "kubernetes")),
    help="Show each job in this form too; repeatable. Else runai-v2 for what is no manifest.",
)
@job_options
@judging_options
@output_options
@engine_option
@quiet_option
def command(specs: tuple[str, ...], **options: Any) -> int:
    """Say whether each job runs on the cluster, and what to type.

    SPEC is a file, a folder, - for standard input, or a quoted command. Without a cluster,
    snapshot or --assume the current kube context is asked; without one of those, what depends on
    the cluster is unknown.

    \b
    Exit codes: 0 nothing found, 1 findings, 2 an input could not be read (the others are judged all
    the same), 3 a cluster that was asked for could not be read.

    \b
    Examples:
      advisor check 'docker run --gpus all -v /raid:/data lab/train:3' --assume gpu-nodes=2
      advisor check ./project --snapshot cluster.json.zst --format sarif=check.sarif
      advisor check job.yaml --context prod --fail-on warning
    """
    from functools import partial

    from advisor import api
    from advisor.cli.jobs import decided, read_named_container, read_target, require_specs
    from advisor.cli.judging import plan_judging, report_unmatched
    from advisor.cli.options import refuse_idle_registry_options
    from advisor.cli.outputs import write_outputs
    from advisor.cli.reading import asked_registries, report_sources

    require_specs(specs, options, "check")
    refuse_idle_registry_options(options)
    given = decided(options)
    plan = plan_judging(options, named=specs)
    snapshot = read_target(options, default=True)
    report = api.check(
        specs,
        snapshot,
        plan.settings,
        rulebook=plan.rulebook,
        baseline=plan.baseline,
        targets=options["targets"],
        given=given,
        places=_places(plan.outputs, options),
        container=read_named_container(options, snapshot),
        registries=asked_registries(options),
        engine=options["engine"] or "",
        rules=options["rules"],
    )
    write_outputs(partial(api.render_check, report), plan.outputs, options)
    report_sources(report.sources, quiet=options["quiet"])
    report_unmatched(report.unmatched_ignores, quiet=options["quiet"])
    report_problems(report, quiet=options["quiet"])
    return api.check_exit_code(report, options["fail_on"])


def _places(outputs: Any, options: Any) -> int | None:
    """Line numbers in manifests for as many jobs as a terminal shows, or for all."""
    from advisor.output.check_view import JOBS_ON_TERMINAL

    short = not options["verbose"] and all(output.format == "terminal" for output in outputs)
    return JOBS_ON_TERMINAL if short else None


def report_problems(report: Any, *, quiet: bool) -> None:
    """Inputs that could not be read, and what was mended on the way, on standard error."""
    from advisor.cli.stream import print_note
    from advisor.errors import InputError

    for problem in report.problems:
        error = InputError(problem.what, where=problem.where, remedy=problem.remedy)
        print_note(f"advisor: {error.line()}")
    for note in report.notes:
        print_note(f"note: {note}", quiet=quiet)
