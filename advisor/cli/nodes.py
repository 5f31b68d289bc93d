"""`advisor nodes`: what is applied to survey nodes, and how to take it away again."""

from __future__ import annotations

import click

from advisor.cli.options import reach_option
from advisor.cli.root import LazyGroup
from advisor.cli.stream import print_result

_namespace_option = click.option(
    "--namespace",
    metavar="NAME",
    help="A namespace of yours where the pods run, instead of one of their own.",
)
MODULES = {name: f"advisor.cli.nodes:{name}" for name in ("manifest", "role", "remove")}


@click.group("nodes", cls=LazyGroup, modules=MODULES, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """What only the nodes know: filesystems, drivers, reach.

    advisor changes nothing in a cluster: it prints what you apply, and the command that removes it.

    \b
    Examples:
      advisor nodes manifest --image busybox:1.36 > nodes.yaml && kubectl apply -f nodes.yaml
      advisor audit --context prod --node-facts
      advisor nodes remove
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@click.command("manifest")
@click.option(
    "--image",
    required=True,
    metavar="IMAGE",
    help="Any image with a POSIX shell that every node can pull; busybox is enough.",
)
@_namespace_option
@reach_option
@click.option(
    "--images",
    is_flag=True,
    help="Ask each node's container runtime for all its images (a kubelet lists 50). The pods then"
    " run as root, and need crictl in the image or on the node.",
)
def manifest(image: str, namespace: str | None, reach: tuple[str, ...], images: bool) -> int:
    """Print a DaemonSet whose pods print facts about their node.

    \b
    Examples:
      advisor nodes manifest --image busybox:1.36 > nodes.yaml && kubectl apply -f nodes.yaml
      advisor nodes manifest --image registry.example/busybox --reach registry.example:443
    """
    from advisor import api

    print_result(api.node_manifest(image, namespace, reach=reach, images=images))
    return api.ExitCode.OK


@click.command("role")
@_namespace_option
def role(namespace: str | None) -> int:
    """Print the Role that `advisor audit --node-facts` needs.

    An audit needs its ClusterRole too.

    \b
    Examples:
      advisor nodes role | kubectl apply -f -
    """
    from advisor import api

    print_result(api.node_facts_role(namespace))
    return api.ExitCode.OK


@click.command("remove")
@_namespace_option
def remove(namespace: str | None) -> int:
    """Print the command that removes what `manifest` made.

    Nothing is run.

    \b
    Examples:
      advisor nodes remove
    """
    from advisor import api

    print_result(f"{api.node_removal(namespace)}\n")
    return api.ExitCode.OK
