"""`advisor rules`."""

from __future__ import annotations

import click

from advisor.cli.group import LazyGroup

MODULES = {name: f"advisor.cli.rules_{name}" for name in ("list", "explain", "test", "new")}


@click.group("rules", cls=LazyGroup, modules=MODULES, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """The rulebook: its rules, their manual, their tests.

    \b
    Examples:
      advisor rules list
      advisor rules explain IMG001
      advisor rules new LAB001 > rules/LAB001.yaml && advisor rules test rules
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
