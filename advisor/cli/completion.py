"""`advisor completion`, and what it answers a shell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from advisor.errors import AdvisorError

VARIABLE = "_ADVISOR_COMPLETE"
FILES, FOLDERS = "file", "dir"
_FOLDER_NAMES = ("DIR", "SITE", "[DIR]...")
_FILE_NAMES = ("FILE", "PATH", "SNAPSHOT", "SNAPSHOT...", "SPEC...", "OLD", "NEW")
_SSH_CONFIG = Path("~/.ssh/config")

_BASH = r"""
%(complete_func)s() {
    local IFS=$'\n' response line kind value
    response=$(env COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" \
        COMP_WORD="${COMP_WORDS[COMP_CWORD]}" %(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    for line in $response; do
        IFS=',' read -r kind value <<<"$line"
        case $kind in
        dir) compopt -o dirnames ;;
        file) compopt -o default ;;
        *) COMPREPLY+=("$value") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s kubectl-advisor
"""


class BashLineComplete(BashComplete):
    """Bash cuts words at `:` and `=`, so that `ssh://gpu` would be three: the line is read instead,
    and of a value only what comes after the last cut is given back."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that one."""
        line = os.environb[b"COMP_LINE"][: int(os.environ["COMP_POINT"])].decode(errors="replace")
        words = split_arg_string(line)
        incomplete = "" if not line or line[-1].isspace() else words.pop()
        cut = re.sub(r"^[:=]+", "", os.environ.get("COMP_WORD", ""))
        value = incomplete.partition("=")[2] if incomplete.startswith("--") else incomplete
        self._kept = len(value) - len(cut) if value.endswith(cut) else 0
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """A line of what the script reads."""
        return f"{item.type},{item.value[self._kept :]}"


SHELLS: dict[str, type[ShellComplete]] = {
    "bash": add_completion_class(BashLineComplete),
    "zsh": ZshComplete,
    "fish": FishComplete,
}


def completions(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What a parameter may be: names that are known here, or files or folders."""
    if param.name in ("context", "contexts"):
        names = _contexts(ctx.params.get("kubeconfig"))
    elif param.metavar == "URL":
        names = _hosts()
    elif param.metavar == "ID" and "rules" in ctx.command_path:
        from advisor import api

        names = sorted(api.load_rulebook(api.Settings()))
    else:
        kinds = {FOLDERS: _FOLDER_NAMES, FILES: _FILE_NAMES}
        kind = next((kind for kind, known in kinds.items() if param.metavar in known), "")
        return [CompletionItem(incomplete, type=kind)] if kind else []
    return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


def _contexts(kubeconfig: str | None) -> Iterable[str]:
    from advisor.probes.kubernetes.kubeconfig import kubeconfig_paths, load_kubeconfig

    with suppress(AdvisorError):
        return sorted(load_kubeconfig(kubeconfig_paths(kubeconfig)).contexts)
    return ()


def _hosts() -> Iterable[str]:
    """Those that ssh has a section for; patterns are no hosts."""
    text = ""
    with suppress(OSError):
        text = _SSH_CONFIG.expanduser().read_text(encoding="utf-8", errors="replace")
    lines = re.findall(r"^\s*host(?:\s+|\s*=\s*)(.+)$", text, re.IGNORECASE | re.MULTILINE)
    names = (name.strip('"') for line in lines for name in line.split("#")[0].split())
    plain = dict.fromkeys(name for name in names if not re.search(r"[*?!]", name))
    return ("unix:///var/run/docker.sock", *(f"ssh://{name}" for name in plain))


@click.command("completion")
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print a script with which your shell completes commands.

    It also completes options, contexts, hosts, rules and files.

    \b
    Examples:
      advisor completion bash > ~/.local/share/bash-completion/completions/advisor
      advisor completion zsh > "${fpath[1]}/_advisor"
      advisor completion fish > ~/.config/fish/completions/advisor.fish
    """
    from advisor.cli.stream import print_result
    from advisor.errors import ExitCode

    script = SHELLS[shell](ctx.find_root().command, {}, "advisor", VARIABLE)
    print_result(script.source_template % script.source_vars() + "\n")
    return ExitCode.OK
