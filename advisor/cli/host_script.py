"""`advisor host-script`."""

from __future__ import annotations

import click

from advisor.cli.options import reach_option


@click.command("host-script")
@reach_option
def command(reach: tuple[str, ...]) -> int:
    """Print a shell script that surveys a host without Python.

    Its output is a snapshot.

    It only reads, and any POSIX shell runs it: by pdsh, Ansible's script module, or from a USB
    stick.

    \b
    Examples:
      advisor host-script > survey.sh
      ssh gpu-01 sh -s < survey.sh > gpu-01.survey
      advisor merge cluster.json.zst *.survey -o all.json.zst
    """
    from advisor import api
    from advisor.cli.stream import print_result

    print_result(api.host_script(reach))
    return api.ExitCode.OK
