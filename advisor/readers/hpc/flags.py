"""The flags of the programs, from rules/catalog/hpc_flags.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record


class HpcFlag(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One flag; the table's head says what each key means."""

    short: str = ""
    form: str = ""


class ProgramFlags(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The flags of one program by their long names."""

    text: dict[str, HpcFlag]
    bool: dict[str, HpcFlag]


class BatchHead(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The flags of a batch system other than Slurm, by their form; the table's head says more."""

    flags: dict[str, str]
    words: dict[str, int] = {}
    resources: dict[str, str]


class HpcCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    sources: dict[str, str]
    programs: dict[str, ProgramFlags]
    batch: dict[str, BatchHead]


@cache
def hpc_flags(program: str) -> ProgramFlags:
    """Raises RuleError when the table does not load."""
    return load_catalog("hpc_flags", HpcCatalog).programs[program]


@cache
def batch_heads() -> dict[str, BatchHead]:
    """By how their lines begin. Raises RuleError when the table does not load."""
    return load_catalog("hpc_flags", HpcCatalog).batch


class HpcOption(Record, frozen=True, kw_only=True):
    """A flag that was met. `words` are the numbers of its words, none for one of a directive."""

    name: str
    form: str
    value: str
    written: str
    words: tuple[int, ...] = ()


def scan_options(texts: Sequence[str], start: int, program: str) -> tuple[list[HpcOption], int]:
    """The flags from a word on, and the number of the first word that is none."""
    flags = hpc_flags(program)
    letters = {flag.short: name for name, flag in (*flags.text.items(), *flags.bool.items())}
    found: list[HpcOption] = []
    at = start
    while at < len(texts) and texts[at].startswith("-") and texts[at] not in ("-", "--"):
        text = texts[at]
        if text.startswith("--"):
            name, equals, value = text[2:].partition("=")
        else:
            name, value = letters.get(text[1], text[1]), text[2:].removeprefix("=")
            equals = value
        words: tuple[int, ...] = (at,)
        if name in flags.text and not equals and at + 1 < len(texts):
            value, words = texts[at + 1], (at, at + 1)
        flag = flags.text.get(name) or flags.bool.get(name) or HpcFlag()
        written = f"--{name}" if len(name) > 1 else f"-{name}"
        found.append(
            HpcOption(name=name, form=flag.form, value=value, written=written, words=words)
        )
        at = words[-1] + 1
    return found, at + 1 if texts[at : at + 1] == ["--"] else at
