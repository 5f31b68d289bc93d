"""Which field of a job a flag or key of a source sets, and what the tables say of it."""

from __future__ import annotations

import re
from functools import cache

from advisor.jobs.ledger import Item
from advisor.readers.runai.flags import first_catalog, second_catalog
from advisor.writers.equivalents import Equivalent, docker_equivalents
from advisor.writers.field_names import named_field
from advisor.writers.file_keys import equivalent_of_key

_FILES = frozenset({"compose", "manifest"})


def item_equivalent(item: Item, reader: str) -> Equivalent | None:
    """What the tables say of the item, of docker's flags or of a file's keys."""
    if reader in _FILES:
        return equivalent_of_key(item.name, reader)
    return None if reader.startswith("runai") else docker_equivalents().get(item.name)


def item_field(item: Item, reader: str) -> str:
    """What of a job the item sets, as the flag tables name it; empty where it is not known."""
    equivalent = item_equivalent(item, reader)
    if reader.startswith("runai"):
        return _runai_fields(reader).get(item.name, item.name)
    name = item.written if reader in _FILES else item.name
    by_value = _FIELDS_BY_VALUE.get((name, _head(item.value)))
    own = equivalent.field if equivalent else ""
    return by_value or (named_field(item.name) if reader in _FILES else "") or own


_FIELDS_BY_VALUE = {
    ("--security-opt", "no-new-privileges"): "no_new_privileges",
    ("--security-opt", "seccomp"): "seccomp",
    ("security_opt", "no-new-privileges"): "no_new_privileges",
    ("security_opt", "seccomp"): "seccomp",
}


def _head(value: str) -> str:
    return re.split(r"[=:]", value, maxsplit=1)[0]


@cache
def _runai_fields(reader: str) -> dict[str, str]:
    """Fields by the name an item has."""
    if reader == "runai-v1":
        flags = (*first_catalog().global_flags, *first_catalog().flags)
    else:
        blocks = second_catalog().blocks
        flags = (
            *second_catalog().global_flags,
            *(flag for block in blocks for flag in block.flags),
        )
    fields = {flag.canonical: flag.field for flag in flags if flag.field}
    return fields | {"NAME": "name", "COMMAND": "arguments", "--attach": "stdin"}
