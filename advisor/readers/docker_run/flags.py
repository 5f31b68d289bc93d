"""The flags of docker run and its kin (`rules/catalog/docker_run_flags.yaml`), found among the
words before the image, and those that a command gave, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.jobs.run import Whole
from advisor.jobs.word import is_veiled
from advisor.readers.flag_scan import (
    Fail,
    FlagOccurrence,
    FlagScanner,
    FlagSet,
    Given,
    ScannedFlags,
    flag_set,
)

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


class GivenFlags(Given[Flag]):
    """With what only docker's flags are asked for."""

    def all(self, name: str) -> list[str]:
        """Every value, in the order given."""
        return [occurrence.text for occurrence in self.of(name)]

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value, expansions as written."""
        return tuple(map(self.veil.plain, self.all(name)))

    def known(self, name: str) -> str | None:
        """The value that counts, None when it is not given or left to the shell."""
        value = self.last(name)
        return None if value is None or is_veiled(value) else value

    def amount(self, name: str, parse: Callable[[str], int]) -> Whole | None:
        """The number that counts, its words where the shell decides it; None when not given."""
        value = self.last(name)
        if not value:
            return None
        return self.veil.word(value) if is_veiled(value) else parse(value)


__all__ = ["Fail", "Occurrence", "Scanned", "Scanner"]

Occurrence = FlagOccurrence[Flag]
Scanned = ScannedFlags[Flag]


class Scanner(FlagScanner[Flag]):
    """A scanner that knows docker's old spellings."""

    def __init__(self, flags: FlagSet[Flag], texts: Sequence[str], fail: Fail) -> None:
        super().__init__(flags, texts, fail, _remedies())


@cache
def _remedies() -> dict[str, str]:
    return {written: _remedy(removed) for written, removed in removed_spellings().items()}


def _remedy(removed: RemovedFlag) -> str:
    return f"{removed.note}; now {removed.now}" if removed.now else removed.note
