"""`advisor nodes role`."""

from __future__ import annotations

import click

from advisor.cli.options import survey_namespace_option


@click.command("role")
@survey_namespace_option
def command(namespace: str | None) -> int:
    """Print the Role that `advisor audit --node-facts` needs beside the ClusterRole of an audit.

    \b
    Examples:
      advisor nodes role | kubectl apply -f -
    """
    from advisor import api
    from advisor.cli.stream import print_result

    print_result(api.node_facts_role(namespace))
    return api.ExitCode.OK
