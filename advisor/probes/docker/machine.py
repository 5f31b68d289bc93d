"""What the machine itself says: its mount table, GPUs, addresses, and where paths really lead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

import msgspec

from advisor.facts.host import Filesystem
from advisor.facts.mount_table import MountTable, parse_mount_table
from advisor.facts.quantity import whole_number
from advisor.probes.docker.remote import CommandRunner

BEGIN = "advisor-survey\0"
PATH_SECONDS = 3
# Bridges and taps that a runtime makes: every Docker host has the same addresses on them.
RUNTIME_INTERFACES = re.compile(
    r"lo$|docker|br-|veth|virbr|cni|flannel|cali|podman|tunl|kube|dummy"
)

SURVEY = r"""
LC_ALL=C; export LC_ALL
put() { printf '%s\0' "$@"; }
put advisor-survey
put name "$(uname -n)" kernel "$(uname -r)"
put addresses "$(ip -o addr show 2>/dev/null)"
if [ -d /proc/driver/nvidia/gpus ]; then
  set -- /proc/driver/nvidia/gpus/*
  if [ -e "$1" ]; then put gpus "$#"; else put gpus 0; fi
fi
daemon=$(cat /run/docker.pid 2>/dev/null)
[ "$(cat "/proc/$daemon/comm" 2>/dev/null)" = dockerd ] || daemon=1
for process in "$daemon" 1 self; do
  table=$(cat "/proc/$process/mountinfo" 2>/dev/null)
  if [ -n "$table" ]; then put table "$table" source "/proc/$process/mountinfo"; break; fi
done
"""

# For each path: its state and where it really is. A path below a folder the user may not search
# is resolved as far as it can be. Once a path of a mount gave no answer, its others are not asked.
LOOK = r"""
LC_ALL=C; export LC_ALL
put() { printf '%s\0' "$@"; }
limit=; command -v timeout >/dev/null 2>&1 && limit="timeout -k 1 @SECONDS@"
put advisor-survey
stuck=
look() {
  [ -z "$stuck" ] || { put stuck "" ""; return; }
  real=$($limit readlink -e -- "$1" && echo .); code=$?
  if [ "$code" -ge 124 ]; then stuck=1; put stuck "" ""; return; fi
  if [ -n "$real" ]; then
    real=${real%??}
    put found "$real" "$($limit stat -f -c '%S %b %a' -- "$real" 2>/dev/null)"; return
  fi
  above=$1
  while [ "$above" != / ] && [ -n "$above" ]; do
    above=${above%/*}; [ -n "$above" ] || above=/
    real=$($limit readlink -e -- "$above") || continue
    [ -d "$real" ] && [ ! -x "$real" ] || break
    put denied "${real%/}${1#"${above%/}"}" ""; return
  done
  put missing "" ""
}
"""

State = Literal["found", "denied", "missing", "stuck"]


class Machine(NamedTuple):
    """A machine's own account; `table_source` is empty when there was no mount table to read."""

    name: str
    kernel: str
    addresses: tuple[str, ...]
    gpus: int | None
    table: MountTable
    table_source: str


class Place(NamedTuple):
    """Where a path leads. `space` is size and available bytes."""

    state: State
    path: str
    space: tuple[int, int] | None


class Surveyor:
    """Asks one machine through a shell; `words` start it, here or over ssh."""

    def __init__(self, runner: CommandRunner, words: Sequence[str], timeout: float) -> None:
        self._runner = runner
        self._words = words
        self._timeout = timeout

    def survey(self) -> Machine | str:
        """The machine, or the clause that says why it could not be asked."""
        fields = self._fields(SURVEY)
        if isinstance(fields, str):
            return fields
        said = dict(zip(fields[::2], fields[1::2], strict=False))
        gpus = said.get("gpus", "")
        return Machine(
            name=said.get("name", ""),
            kernel=said.get("kernel", ""),
            addresses=parse_addresses(said.get("addresses", "")),
            gpus=whole_number(gpus),
            table=parse_mount_table(said.get("table", "")),
            table_source=said.get("source", ""),
        )

    def look(self, paths: Iterable[str], table: MountTable) -> dict[str, Place]:
        """Where each path leads; one that was not answered for is not in the result, nor one of
        another system (`C:\\data`), whose folders the shell would climb without an end."""
        absolute = {path for path in paths if path.startswith("/")}
        ordered = sorted(absolute, key=lambda path: (_point(table, path), path))
        script = LOOK.replace("@SECONDS@", str(PATH_SECONDS))
        for _, group in groupby(ordered, key=lambda path: _point(table, path)):
            script += "stuck=\n" + "".join(f"look {shlex.quote(path)}\n" for path in group)
        fields = self._fields(script) if ordered else []
        if isinstance(fields, str):
            return {}
        rows = zip(ordered, fields[::3], fields[1::3], fields[2::3], strict=False)
        return {path: _place(state, real, space) for path, state, real, space in rows}

    def _fields(self, script: str) -> list[str] | str:
        result = self._runner.run(self._words, stdin=script, timeout=self._timeout)
        begin = result.output.find(BEGIN)
        if begin < 0:
            return result.errors.strip().rpartition("\n")[2] or "the shell there gave no answer"
        return result.output[begin + len(BEGIN) :].split("\0")[:-1]


def parse_addresses(text: str) -> tuple[str, ...]:
    """Each address in `ip -o addr` once, without loopback, link-local, a runtime's own bridges."""
    addresses = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 4 or RUNTIME_INTERFACES.match(fields[1]):
            continue
        address = fields[3].partition("/")[0]
        if not address.startswith(("fe80:", "169.254.", "127.", "::1")):
            addresses.append(address)
    return tuple(dict.fromkeys(addresses))


def holding_filesystems(
    places: Mapping[str, Place], table: MountTable
) -> dict[str, Filesystem | None]:
    """The mount that holds each path, with one size for each mount; None where it is not known."""
    spaces: dict[str, tuple[int, int]] = {}
    return {path: _holding(path, places[path], table, spaces) for path in sorted(places)}


def _holding(
    path: str, place: Place, table: MountTable, spaces: dict[str, tuple[int, int]]
) -> Filesystem | None:
    if place.state == "missing":
        return None
    entry = table.find(path if place.state == "stuck" else place.path)
    if entry is None:
        return None
    space = spaces.setdefault(entry.mount_point, place.space) if place.space else None
    size, available = space or (None, None)
    return msgspec.structs.replace(entry, size=size, available=available)


def _place(state: str, real: str, space: str) -> Place:
    numbers = [number for word in space.split() if (number := whole_number(word)) is not None]
    sizes = (numbers[0] * numbers[1], numbers[0] * numbers[2]) if len(numbers) == 3 else None
    states: dict[str, State] = {"found": "found", "denied": "denied", "stuck": "stuck"}
    return Place(states.get(state, "missing"), real, sizes)


def _point(table: MountTable, path: str) -> str:
    entry = table.find(path)
    return entry.mount_point if entry else ""
