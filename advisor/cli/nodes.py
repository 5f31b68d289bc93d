"""`advisor nodes`."""

from __future__ import annotations

import click

from advisor.cli.group import LazyGroup

MODULES = {name: f"advisor.cli.nodes_{name}" for name in ("manifest", "role", "remove")}


@click.group("nodes", cls=LazyGroup, modules=MODULES, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """What only the nodes know: which filesystem holds a path, drivers, what they reach.

    advisor changes nothing in a cluster: it prints what you apply, and the command that removes it.

    \b
    Examples:
      advisor nodes manifest --image busybox:1.36 > nodes.yaml && kubectl apply -f nodes.yaml
      advisor audit --context prod --node-facts
      advisor nodes remove
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
