"""`advisor rules new`."""

from __future__ import annotations

import click


@click.command("new")
@click.argument("rule_id", metavar="ID")
@click.option("--scope", default="image", show_default=True, help="What the rule judges.")
def command(rule_id: str, scope: str) -> int:
    """Print a rule file to start from; it loads, and its examples pass.

    \b
    Examples:
      advisor rules new LAB001 > our-rules/LAB001.yaml
      advisor rules new LAB002 --scope node > our-rules/LAB002.yaml
    """
    from advisor import api
    from advisor.cli.stream import print_result

    print_result(api.new_rule(rule_id, scope))
    return api.ExitCode.OK
