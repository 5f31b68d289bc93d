"""Words that the parts of the plan share with each other and with the formats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.facts.quantity import format_bytes
from advisor.findings.finding import STRICTEST, Decision
from advisor.jobs.spec import JobSpec

_FILE = "file"


def some(names: Iterable[str], limit: int) -> str:
    """The first `limit` names, then how many more there are; `-` when there are none."""
    every = tuple(names)
    more = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return f"{', '.join(every[:limit])}{more}" or "-"


def plural(count: int, noun: str) -> str:
    """`1 image`, `2 images`; the noun takes a plain s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def data_size(size: int | None, at_least: int | None, files: int | None) -> str:
    """`1.2 TiB in 3,400,112 files`, `at least 3.0 GiB in 12 files`; empty where nothing is known.

    `files` is only known where they were counted.
    """
    known = at_least if size is None else size
    if known is None:
        return ""
    bound = "at least " if size is None else ""
    return f"{bound}{format_bytes(known)}{'' if files is None else f' in {plural(files, _FILE)}'}"


def owners(jobs: Iterable[JobSpec]) -> tuple[str, ...]:
    """Everybody who is named, each once."""
    return tuple(sorted({job.owner for job in jobs if job.owner}))


def strictest(decisions: Sequence[Decision]) -> Decision | None:
    """The decision that stands for several; None without any."""
    return min(
        decisions,
        key=lambda decision: (STRICTEST.index(decision.outcome), decision.use),
        default=None,
    )
