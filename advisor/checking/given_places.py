"""Places of data that the user gave and that no job of a check has data at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from advisor.catalogs.paths import SystemPathCatalog
from advisor.catalogs.table import load_catalog
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.jobs.word import word
from advisor.judging.check_report import CheckReport
from advisor.writers.data import absolute_source, rest_below

_SHOWN = 5
_ROOTS = ("/", "$", "~", "`", "%")
"""What a path begins with that does not hang on the current folder, or whose shell knows it."""


def idle_places(report: CheckReport, given: Situation) -> tuple[str, ...]:
    """What `--nfs` and `--data-claim` name in vain, each in a line with the paths there are.

    Paths of the system are no data and are not known here: nothing is said of them.
    """
    places: tuple[NfsExport | ClaimMapping, ...] = (*given.exports, *given.claims)
    if not places or not report.jobs:
        return ()
    known = sorted(set(_known(report, given.directory)))
    idle = [place for place in places if not _serves(place.path, known)]
    return tuple(_without_job(place, known) for place in idle if not _is_system(place.path))


def _without_job(place: NfsExport | ClaimMapping, known: list[str]) -> str:
    at = f" at {place.path}" if place.path else ""
    return f"{_option(place)}: no job has data{at}{_there(known) if at else ''}"


def _is_system(path: str) -> bool:
    return bool(path) and load_catalog("system_paths", SystemPathCatalog).find(path) is not None


def _serves(path: str, known: Iterable[str]) -> bool:
    """A claim without a path is for all data."""
    return any(not path or rest_below(source, path) is not None for source in known)


def _known(report: CheckReport, directory: str) -> Iterator[str]:
    """Paths and names of volumes, as `--nfs` and `--data-claim` have to name them."""
    for check in report.jobs:
        for decision in check.decisions:
            kind, _, source = decision.subject.id.removeprefix("data:").partition(":")
            if decision.topic == "data" and kind == "path":
                relative = not source.startswith(_ROOTS)
                yield absolute_source(word(source), directory).text if relative else source
            elif decision.topic == "data" and kind == "volume":
                yield source.rpartition("/")[2]


def _option(place: NfsExport | ClaimMapping) -> str:
    if isinstance(place, NfsExport):
        return f"--nfs {place.server}:{place.export}={place.path}"
    return f"--data-claim {place.claim}{f'={place.path}' if place.path else ''}"


def _there(known: list[str]) -> str:
    if not known:
        return "; there is none"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"; it is at {', '.join(known[:_SHOWN])}{more}"
