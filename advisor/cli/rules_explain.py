"""`advisor rules explain`."""

from __future__ import annotations

import click

from advisor.cli.options import config_option, rules_option


@click.command("explain")
@click.argument("rule_id", metavar="ID")
@rules_option
@config_option
def command(rule_id: str, rules: tuple[str, ...], config: str | None) -> int:
    """Show one rule: why it is there, what it needs, what it says.

    \b
    Examples:
      advisor rules explain IMG001
      advisor rules explain LAB001 --rules ./our-rules
    """
    from advisor import api
    from advisor.cli.stream import print_result

    rulebook = api.load_rulebook(api.load_settings(config), rules)
    print_result(api.explain_rule(rulebook, rule_id))
    return api.ExitCode.OK
