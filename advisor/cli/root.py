"""The command `advisor`, and groups whose subcommands are modules, imported when they are
needed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor import __version__
from advisor.errors import suggestion, typed_text
from advisor.files import STANDARD_STREAM

_WRITTEN = ("NAME", "NAME=VALUE", "NAME[=PATH]", "SERVER:/EXPORT=PATH", "HOST/PATH")
"""What such options are given goes into what is written."""

_STANDARD_INPUT = "advisor.standard_input"
"""Under which a context keeps that something reads it."""

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class CompletedText(click.types.StringParamType):
    """Text that a shell completes by what its metavar says it is. Where a file is read `-` is
    standard input: on a whole command line it may stand once."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The text, or what click raises for a bad value."""
        if value == STANDARD_STREAM and param and param.name != "output" and ctx:
            if _STANDARD_INPUT in ctx.meta:
                raise click.UsageError("'-' is given twice; standard input can be read once", ctx)
            ctx.meta[_STANDARD_INPUT] = param.name
        text = super().convert(value, param, ctx)
        if not isinstance(param, click.Option) or param.metavar not in _WRITTEN:
            return text
        try:
            return typed_text(text)
        except UnicodeError:
            self.fail("it is not UTF-8 text", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Only asked for by a shell."""
        from advisor.cli.completion import completions

        return completions(ctx, param, incomplete)


class GivenText(CompletedText):
    """Text that is not empty: `--context "$UNSET"` is a mistake, not the same as no option."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The text, or what click raises for a bad value."""
        text = super().convert(value, param, ctx)
        if text == "":
            self.fail("it is empty: give a value or leave the option out", param, ctx)
        return text


GIVEN_TEXT, COMPLETED_TEXT = GivenText(), CompletedText()


class ReadingCommand(click.Command):
    """A command that reads what its options name; a file that is given to it belongs elsewhere."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What click gives; a usage error that says where files go."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest:
            raise click.UsageError(
                f"{ctx.info_name} reads what its options name, and no '{rest[0]}';"
                " jobs in files: advisor check, snapshots: advisor report",
                ctx,
            )
        return rest


class LazyGroup(click.Group):
    """`modules` maps each subcommand to its module, in help order: the command there is named
    `command`, or as what stands behind a colon."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """All names, without importing anything."""
        return list(self._modules)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The subcommand's own command object."""
        if name not in self._modules:
            return None
        module, _, attribute = self._modules[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute or "command")
        for param in command.params:
            if param.type is click.STRING:
                param.type = GIVEN_TEXT if isinstance(param, click.Option) else COMPLETED_TEXT
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """What the command gives; for an interruption click's main would print an empty line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, but an unknown name is answered with the nearest known one."""
        if args[0] not in self._modules and not args[0].startswith("-"):
            ctx.fail(f"there is no command '{args[0]}'{suggestion(args[0], self._modules)}")
        return super().resolve_command(ctx, args)


COMMANDS = {
    "audit": "advisor.cli.audit:audit",
    "check": "advisor.cli.check",
    "translate": "advisor.cli.translate",
    "snapshot": "advisor.cli.snapshot:snapshot",
    "merge": "advisor.cli.snapshot:merge",
    "report": "advisor.cli.audit:report",
    "diff": "advisor.cli.audit:diff",
    "plan": "advisor.cli.plan",
    "fleet": "advisor.cli.fleet",
    "serve": "advisor.cli.serve",
    "preflight": "advisor.cli.preflight",
    "nodes": "advisor.cli.nodes",
    "host-script": "advisor.cli.snapshot:host_script",
    "rules": "advisor.cli.rules",
    "completion": "advisor.cli.completion",
}
"""Subcommands in the order of the help, and where each is (LazyGroup.modules)."""


@click.group(
    cls=LazyGroup,
    modules=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
    epilog="Exit codes: 0 nothing found, 1 findings, 2 usage or unreadable input, 3 incomplete, "
    "70 a fault in advisor itself, 130 interrupted.",
)
@click.version_option(
    __version__,
    prog_name="advisor",
    message=f"%(prog)s %(version)s from {Path(__file__).parents[1]}"
    f" (Python {sys.version.split()[0]})",
)
@click.pass_context
def root(ctx: click.Context) -> None:
    """Find out what has to change before GPU work moves from Docker to a Kubernetes cluster.

    advisor only reads: it never changes a cluster, a Docker host or a registry.

    \b
    Examples:
      advisor audit --demo
      advisor audit --context prod --docker-host ssh://admin@gpu-01
      advisor check train.sh --assume gpu-nodes=4,gpus-per-node=8
      advisor translate 'docker run --gpus 1 nvcr.io/nvidia/pytorch:24.05-py3' --to runai-v2
      advisor preflight --context prod
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
