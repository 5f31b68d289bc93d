"""`advisor diff`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import diff_output_options, judging_options, quiet_option


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@judging_options
@diff_output_options
@quiet_option
def command(old: str, new: str, **options: Any) -> int:
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
