"""`advisor translate`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import (
    cluster_options,
    form_option,
    job_options,
    quiet_option,
    setting_options,
    snapshot_option,
)


@click.command("translate")
@click.argument("specs", nargs=-1, metavar="SPEC...")
@click.option(
    "--to",
    "target",
    type=click.Choice(("runai-v1", "runai-v2", "kubernetes")),
    default="runai-v2",
    show_default=True,
    help="The form to write.",
)
@job_options
@click.option("--explain", is_flag=True, help="Say in comments where each flag comes from.")
@form_option("text", "json", help="json has the whole ledger of flags and fields.")
@click.option(
    "--output", "-o", default="-", show_default="standard output", metavar="FILE", help="Where to."
)
@cluster_options
@click.option("--no-cluster", is_flag=True, hidden=True)
@snapshot_option
@setting_options
@quiet_option
def command(specs: tuple[str, ...], **options: Any) -> int:
    """Write jobs anew, as `runai` commands or manifests.

    SPEC is a file, a folder, - for standard input, or a quoted command. Standard output gets
    nothing but the commands or manifests, with a comment where one belongs back into a loop; what
    was not carried over goes to standard error.

    \b
    Exit codes: 0 translated, 1 something waits for a value that only you have, 2 an input could not
    be read or translated.

    \b
    Examples:
      advisor translate 'docker run --gpus 2 -v /raid:/data:ro nvcr.io/nvidia/pytorch:24.05-py3'
      advisor translate train.sh --to kubernetes --nfs filer:/vol/raid=/raid -o job.yaml
      advisor translate compose.yaml --to runai-v1 --dialect early --explain
    """
    from advisor import api
    from advisor.cli.check import report_problems
    from advisor.cli.jobs import decided, read_named_container, read_target, require_specs
    from advisor.cli.judging import rulebook_of, settings_of
    from advisor.cli.outputs import files_read, named_inputs
    from advisor.cli.stream import print_note, print_result
    from advisor.files import STANDARD_STREAM, check_outputs, write_atomically
    from advisor.output import translation

    require_specs(specs, options, "translate")
    check_outputs(
        [options["output"]], files_read(named_inputs(options, specs), [options["output"]])
    )
    given = decided(options)
    settings = settings_of(options)
    snapshot = read_target(options, default=False)
    report = api.translate(
        specs,
        options["target"],
        snapshot,
        settings,
        rulebook=rulebook_of(settings, options),
        given=given,
        container=read_named_container(options, snapshot),
    )
    text = (
        translation.render_json(report)
        if options["form"] == "json"
        else translation.render_text(report, explain=options["explain"])
    )
    if options["output"] == STANDARD_STREAM:
        print_result(text)
    else:
        write_atomically(options["output"], text.encode())
    for line in translation.remarks(report):
        print_note(line, quiet=options["quiet"])
    report_problems(report, quiet=options["quiet"])
    if report.problems:
        return api.ExitCode.USAGE
    return api.ExitCode.FINDINGS if translation.is_open(report) else api.ExitCode.OK
