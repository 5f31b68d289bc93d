"""The command `advisor`; a subcommand's module is imported when it is needed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from advisor import __version__
from advisor.cli.group import LazyGroup

COMMANDS = {
    name: f"advisor.cli.{name.replace('-', '_')}"
    for name in (
        "audit",
        "check",
        "translate",
        "snapshot",
        "merge",
        "report",
        "diff",
        "plan",
        "fleet",
        "serve",
        "preflight",
        "nodes",
        "host-script",
        "rules",
        "completion",
    )
}
"""Subcommands in the order of the help, and the modules whose `command` they are."""


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
