"""The command `advisor`; a subcommand's module is imported when it is needed."""

from __future__ import annotations

from importlib import import_module

import click

from advisor import __version__
from advisor.suggestion import suggestion

COMMANDS = {
    name: f"advisor.cli.{name}"
    for name in ("audit", "snapshot", "merge", "report", "preflight", "rules", "completion")
}
"""Subcommands in the order of the help, and the modules whose `command` they are."""


class LazyGroup(click.Group):
    """A group whose subcommands are modules."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """All names, without importing anything."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The subcommand's own command object."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[name]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, but an unknown name is answered with the nearest known one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command '{args[0]}'{suggestion(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
    invoke_without_command=True,
    epilog="Exit codes: 0 nothing found, 1 findings, 2 usage or unreadable input, 3 incomplete, "
    "130 interrupted.",
)
@click.version_option(__version__, prog_name="advisor")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Find out what has to change before GPU work moves from Docker to a Kubernetes cluster.

    advisor only reads: it never changes a cluster, a Docker host or a registry.

    \b
    Examples:
      advisor audit --demo
      advisor audit --context prod --docker-host ssh://admin@gpu-01
      advisor preflight --context prod
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
