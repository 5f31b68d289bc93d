"""`advisor nodes remove`."""

from __future__ import annotations

import click

from advisor.cli.options import survey_namespace_option


@click.command("remove")
@survey_namespace_option
def command(namespace: str | None) -> int:
    """Print the command that removes what `advisor nodes manifest` made; nothing is run.

    \b
    Examples:
      advisor nodes remove
    """
    from advisor import api
    from advisor.cli.stream import print_result

    print_result(f"{api.node_removal(namespace)}\n")
    return api.ExitCode.OK
