"""`advisor nodes manifest`."""

from __future__ import annotations

import click

from advisor.cli.options import reach_option, survey_namespace_option


@click.command("manifest")
@click.option(
    "--image",
    required=True,
    metavar="IMAGE",
    help="Any image with a POSIX shell that every node can pull; busybox is enough.",
)
@survey_namespace_option
@reach_option
@click.option(
    "--images",
    is_flag=True,
    help="Ask each node's container runtime for all its images (a kubelet lists 50). The pods then"
    " run as root, and need crictl in the image or on the node.",
)
def command(image: str, namespace: str | None, reach: tuple[str, ...], images: bool) -> int:
    """Print a DaemonSet whose pods print one line of facts about their node, and sleep.

    \b
    Examples:
      advisor nodes manifest --image busybox:1.36 > nodes.yaml && kubectl apply -f nodes.yaml
      advisor nodes manifest --image registry.example/busybox --reach registry.example:443
    """
    from advisor import api
    from advisor.cli.stream import print_result

    print_result(api.node_manifest(image, namespace, reach=reach, images=images))
    return api.ExitCode.OK
