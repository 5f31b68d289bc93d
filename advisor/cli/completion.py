"""`advisor completion`."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> int:
    """Print a script that completes advisor's commands and options.

    \b
    Examples:
      advisor completion bash > ~/.local/share/bash-completion/completions/advisor
      advisor completion zsh > "${fpath[1]}/_advisor"
      advisor completion fish > ~/.config/fish/completions/advisor.fish
    """
    from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

    from advisor.cli.root import root
    from advisor.cli.stream import print_result
    from advisor.errors import ExitCode

    shells: dict[str, type[ShellComplete]] = {
        "bash": BashComplete,
        "zsh": ZshComplete,
        "fish": FishComplete,
    }
    script = shells[shell](root, {}, "advisor", "_ADVISOR_COMPLETE")
    print_result(script.source_template % script.source_vars() + "\n")
    return ExitCode.OK
