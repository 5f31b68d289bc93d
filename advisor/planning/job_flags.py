"""What a job is started with today, flag by flag, and what became of each for each target."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from advisor.jobs.ledger import Entry, Item
from advisor.jobs.translation import Target, Translation
from advisor.planning.plan_items import FlagFate, JobFlag

_JOIN = " \\\n    "


def start_command(items: Iterable[Item], engine: str) -> str:
    """The `docker run` that makes such a container, a flag a line; empty when nothing is known."""
    given = tuple(items)
    flags = [_flag(item) for item in given if item.name.startswith("-")]
    words = [shlex.quote(item.value) for item in given if item.name == "IMAGE"]
    words += [_arguments(item) for item in given if item.name == "COMMAND"]
    return _JOIN.join((f"{engine} run", *flags, " ".join(words))) if given else ""


def job_flags(translations: Sequence[Translation]) -> tuple[JobFlag, ...]:
    """Every flag with its fates, in the order of the source; what no flag asked for is left out."""
    found: dict[tuple[str, str], dict[Target, Entry]] = {}
    for translation in translations:
        for entry in translation.ledger:
            key = (entry.item.written or entry.item.name, entry.item.value)
            found.setdefault(key, {}).setdefault(translation.target, entry)
    return tuple(
        JobFlag(
            written=written,
            value=value,
            became=tuple(
                FlagFate(target=target, fate=entry.fate, reason=entry.reason, output=entry.output)
                for target, entry in fates.items()
            ),
        )
        for (written, value), fates in found.items()
    )


def _arguments(item: Item) -> str:
    """Words of a shell stand as they were written; those of a container are one word each."""
    return item.value if item.words else shlex.quote(item.value)


def _flag(item: Item) -> str:
    written = item.written or item.name
    return f"{written} {shlex.quote(item.value)}" if item.value else written
