"""The flags of docker run and its kin, from rules/catalog/docker_run_flags.yaml."""

from __future__ import annotations

from functools import cache
from typing import Literal

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record
from advisor.readers.flag_scan import FlagSet, flag_set

Engine = Literal["docker", "podman", "nerdctl"]
Scope = Literal["both", "run", "global"]
Verb = Literal["run", "create"]
Kind = Literal[
    "bool",
    "bytes",
    "cgroup-rule",
    "cgroupns",
    "count",
    "count-device",
    "cpus",
    "device",
    "domain",
    "duration",
    "env",
    "expose",
    "extra-host",
    "gpus",
    "integer",
    "ip-address",
    "key-value",
    "label",
    "link",
    "mac-address",
    "mount",
    "network",
    "pid",
    "platform",
    "publish",
    "pull",
    "rate-device",
    "restart",
    "security-option",
    "small-count",
    "stream",
    "swap-bytes",
    "swappiness",
    "sysctl",
    "text",
    "ulimit",
    "userns",
    "uts",
    "volume",
    "weight-device",
]


class Flag(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One flag; `alias` names the flag it is another spelling of."""

    name: str
    value: Kind
    short: str = ""
    part: str = ""
    repeatable: bool = False
    scope: Scope = "both"
    engines: tuple[Engine, ...] = ("docker", "podman", "nerdctl")
    podman: Kind | None = None
    alias: str = ""
    default: bool = False
    windows: bool = False
    note: str = ""

    @property
    def canonical(self) -> str:
        """The name it is known by, dashes included."""
        return f"--{self.alias or self.name}"

    @property
    def field(self) -> str:
        """The field of `Run` that the flag sets."""
        own = self.name.replace("-", "_") if "docker" in self.engines else "unknown_field"
        return self.part or own


class RemovedFlag(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A spelling that Docker once took; `now` is what took its place, empty where nothing did."""

    written: str
    now: str
    note: str


class FlagCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table rules/catalog/docker_run_flags.yaml."""

    sources: dict[str, str]
    flags: tuple[Flag, ...]
    removed: tuple[RemovedFlag, ...]


@cache
def flag_catalog() -> FlagCatalog:
    """The table, read once; RuleError when it does not load."""
    return load_catalog("docker_run_flags", FlagCatalog)


@cache
def command_flags(engine: Engine, verb: Verb) -> FlagSet[Flag]:
    """What may stand between `run` or `create` and the image."""
    scopes: tuple[Scope, ...] = ("both", "run") if verb == "run" else ("both",)
    return _flag_set(engine, scopes)


@cache
def global_flags(engine: Engine) -> FlagSet[Flag]:
    """What may stand before `run` or `create`."""
    return _flag_set(engine, ("global",))


@cache
def removed_spellings() -> dict[str, RemovedFlag]:
    """Old spellings by how they are written."""
    return {removed.written: removed for removed in flag_catalog().removed}


def _flag_set(engine: Engine, scopes: tuple[Scope, ...]) -> FlagSet[Flag]:
    flags = flag_catalog().flags
    return flag_set(flag for flag in flags if flag.scope in scopes and engine in flag.engines)
