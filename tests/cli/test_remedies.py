"""What a message says to give is accepted when it is given, and the message is gone then."""

from __future__ import annotations

import re
import shlex

import pytest

from advisor import api
from advisor.cli.jobs import decided
from advisor.jobs.ledger import Entry
from advisor.jobs.translation import Target

_REMEDY = re.compile(r"--(?:set|data-claim|nfs|cwd) (?:'[^']*'|[^\s;,]+)")
_SAMPLES = {"DIRECTORY": "/home/ada", "SERVER:/EXPORT": "filer:/vol", "CLAIM=": "sets="}
COMMANDS = {
    **dict.fromkeys(("docker run --memory=$V img", "docker run --shm-size=$V img"), "8g"),
    **dict.fromkeys((f"docker run --{flag}=$V img" for flag in ("init", "rm", "tty")), "true"),
    **dict.fromkeys(("docker run --cpus=$V img", "docker run --gpus $N img"), "3"),
    **dict.fromkeys(("docker run --restart=on-failure:$V img", "docker run img $1"), "3"),
    **dict.fromkeys(("docker run -v name:/d img", "docker run -v /raid/x:/d img"), ""),
    "docker run -v $DIR:/d img": "/raid/x",
    "docker run --read-only=$V img": "true",
    "docker run --gpus '\"device=$D\"' img": "1",
    "docker run --userns=$V img": "host",
    "docker run --pull=$V img": "always",
    "docker run -e $V img": "A",
    "docker run -e A=$B img": "b",
    "docker run --device $D img": "/dev/nvidia0",
    "docker run -p 80:$P img": "80",
    "docker run -w $(pwd) img": "/home/ada",
}
"""By command, what its variable can hold."""


def unresolved(command: str, target: Target, *given: str) -> list[Entry]:
    """What waits for a value when the options are given as on the command line."""
    options = _parsed(("translate", command, *given))
    report = api.translate([command], target, given=decided(options))
    assert report.problems == ()
    ledgers = [job.translation.ledger for job in report.jobs]
    return [entry for ledger in ledgers for entry in ledger if entry.fate == "unresolved"]


def _parsed(arguments: tuple[str, ...]) -> dict[str, object]:
    from advisor.cli.translate import command

    return command.make_context("translate", list(arguments[1:])).params


@pytest.mark.parametrize("target", ["runai-v2", "kubernetes"])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_remedy_works_as_it_is_printed(command: str, target: Target) -> None:
    for entry in unresolved(command, target):
        for remedy in _REMEDY.findall(entry.reason):
            samples = {**_SAMPLES, "=VALUE": f"={COMMANDS[command]}"}
            for placeholder, sample in samples.items():
                remedy = remedy.replace(placeholder, sample)
            left = unresolved(command, target, *shlex.split(remedy))
            assert (entry.item.name, entry.reason) not in [
                (one.item.name, one.reason) for one in left
            ], remedy
