"""A fleet as one site of static pages: an index, and the report of each target."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace

from advisor import __version__
from advisor.errors import ExitCode, OutputError
from advisor.facts.record import Record
from advisor.findings.finding import STRICTEST
from advisor.fleet.folder import Reading, days_read, of_days, readings
from advisor.fleet.judging import Order, Part, Standing, judge_fleet
from advisor.output.html import asset, environment, policy

INDEX, REPORTS, _MARK = "index.html", "reports", ".advisor-fleet"
_ELSEWHERE = "name a new folder"
_WIDTH, _HEIGHT = 640, 120


class Line(Record, frozen=True, kw_only=True):
    """A target: its newest standing that could be read, the one before it, and its last try where
    that gave nothing. `link` leads to its report."""

    now: Standing
    before: Standing | None = None
    failed: Standing | None = None
    link: str = ""

    @property
    def change(self) -> int | None:
        """Open things more, or fewer, than before; None where nothing tells."""
        if self.before is None or self.now.state == "failed":
            return None
        return self.now.open - self.before.open


class Day(Record, frozen=True, kw_only=True):
    """The fleet on one day: the newest reading of each target until its end. `x` and `y` are where
    it is drawn."""

    day: str
    targets: int
    unread: int
    open: int
    moves: int
    x: float = 0
    y: float = 0


def lines_of(standings: Iterable[Sequence[Standing]]) -> list[Line]:
    """Each target's standings, from the oldest to the newest, as a line; what asks for most comes
    first."""
    lines = [_line(standing) for standing in standings]
    return sorted(lines, key=lambda line: (-_urgency(line), -line.now.open, line.now.name))


def _line(standings: Sequence[Standing]) -> Line:
    read = [standing for standing in standings if standing.state != "failed"]
    last = standings[-1]
    if not read:
        return Line(now=last)
    return Line(
        now=read[-1],
        before=read[-2] if len(read) > 1 else None,
        failed=last if last.state == "failed" else None,
        link=quote(_page(last.reading.target)),
    )


def _urgency(line: Line) -> int:
    if line.now.state == "failed":
        return len(STRICTEST) + 1
    outcome = line.now.outcome
    return len(STRICTEST) - STRICTEST.index(outcome) if outcome is not None else 0


def days_of(standings: Iterable[Sequence[Standing]], days: Sequence[str]) -> list[Day]:
    """The trend: a target counts on a day with the newest reading that it had until then."""
    every = list(standings)
    trend = []
    for day in days:
        then = [_until(of_target, day) for of_target in every]
        known = [standing for standing in then if standing is not None]
        read = [standing for standing in known if standing.state != "failed"]
        trend.append(
            Day(
                day=day,
                targets=len(known),
                unread=len(known) - len(read),
                open=sum(standing.open for standing in read),
                moves=sum(standing.moves for standing in read),
            )
        )
    most = max((day.open for day in trend), default=0) or 1
    step = _WIDTH / max(len(trend) - 1, 1)
    return [
        replace(day, x=round(step * at, 1), y=round(_HEIGHT * (1 - day.open / most), 1))
        for at, day in enumerate(trend)
    ]


def _until(standings: Sequence[Standing], day: str) -> Standing | None:
    dated = (
        (standing, standing.reading.day or standing.taken[:10]) for standing in reversed(standings)
    )
    return next((standing for standing, then in dated if then <= day), None)


def render_index(lines: Sequence[Line], days: Sequence[Day], *, judged_for: str) -> str:
    """The first page; its policy allows the style and the script in it and nothing else."""
    style, script = asset("report.css") + asset("fleet.css"), asset("fleet.js")
    made = environment()
    made.globals.update(width=_WIDTH, height=_HEIGHT)
    read = [line for line in lines if line.now.state != "failed"]
    return made.get_template("fleet.html.j2").render(
        lines=lines,
        days=days,
        read=read,
        failed=[line for line in lines if line.failed or line.now.state == "failed"],
        clusters=sum(1 for line in lines if line.now.kind == "cluster"),
        open=sum(line.now.open for line in read),
        moves=sum(line.now.moves for line in read),
        judged_for=judged_for,
        hosts_unjudged=not judged_for and any(line.now.kind == "host" for line in read),
        advisor=__version__,
        style=style,
        script=script,
        policy=policy(style, script),
    )


def write_site(
    folder: str, path: str, order: Order, *, days: int, judged_for: str, engine: str = ""
) -> tuple[int, tuple[str, ...]]:
    """Judge the folder and write its site; an exit code, and the targets that make it 3.

    InputError, OutputError, ProbeError; the old site stays as it was then.
    """
    by_target = readings(folder)
    chosen = days_read(by_target, days)
    site = SiteFolder(path)
    try:
        standings = _judge_all(by_target, chosen, order, engine, site)
        lines = lines_of(standings.values())
        trend = days_of(standings.values(), chosen)
        site.add(INDEX, render_index(lines, trend, judged_for=judged_for))
        site.finish()
    except BaseException:
        site.give_up()
        raise
    newest = {target: judged[-1].exit_code for target, judged in standings.items()}
    unread = [target for target, code in newest.items() if code == ExitCode.INCOMPLETE]
    return max(newest.values()), tuple(unread)


def _judge_all(
    by_target: Mapping[str, Sequence[Reading]],
    days: Sequence[str],
    order: Order,
    engine: str,
    site: SiteFolder,
) -> dict[str, list[Standing]]:
    """The standings of each target. The report of the newest reading goes to the site at once;
    where that one proves to be damaged, in a second round that of the one before it."""
    parts = [
        Part(reading=reading, page=reading is newest)
        for target in by_target.values()
        for newest in [next((r for r in reversed(target) if r.state != "failed"), None)]
        for reading in of_days(target, days)
    ]
    standings: dict[str, list[Standing]] = {target: [] for target in by_target}
    damaged: list[str] = []
    for part, judged in zip(parts, judge_fleet(order, parts, engine), strict=True):
        standing = judged.standing
        standings[standing.reading.target].append(standing)
        if judged.page:
            site.add(_page(standing.reading.target), judged.page)
        elif part.page:
            damaged.append(standing.reading.target)
    read = [
        [standing for standing in standings[target] if standing.state != "failed"]
        for target in damaged
    ]
    again = [
        Part(reading=standings_of[-1].reading, page=True) for standings_of in read if standings_of
    ]
    for judged in judge_fleet(order, again, engine):
        site.add(_page(judged.standing.reading.target), judged.page)
    return standings


def _page(target: str) -> str:
    return f"{REPORTS}/{target}.html"


class SiteFolder:
    """A site that is made beside the old one and takes its place when it is whole."""

    def __init__(self, path: str) -> None:
        self._folder = Path(os.path.abspath(path))
        self._part = self._folder.parent / f".{self._folder.name[:200]}.part"
        self._check()

    def _check(self) -> None:
        """OutputError, before any work, for a folder that is not a site of ours."""
        folder = self._folder
        if folder == folder.parent or Path.cwd().is_relative_to(folder):
            what = "the site would take the place of the folder that advisor is run in"
            raise OutputError(what, where=str(folder), remedy=_ELSEWHERE)
        try:
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise OutputError("this is no folder", where=str(folder), remedy=_ELSEWHERE)
            names = set(os.listdir(folder)) if folder.is_dir() else set()
            if names and (_MARK not in names or names - {_MARK, INDEX, REPORTS}):
                what = "this folder holds something else than a site of advisor"
                raise OutputError(what, where=str(folder), remedy=_ELSEWHERE)
            shutil.rmtree(self._part, ignore_errors=True)
            self._part.mkdir()
        except OSError as error:
            raise _unwritable(folder, error) from None

    def add(self, name: str, text: str) -> None:
        """Write a page; OutputError when it cannot be."""
        path = self._part / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise _unwritable(self._folder, error) from None

    def finish(self) -> None:
        """Put the new site in the place of the old one."""
        self.add(_MARK, f"advisor {__version__}\n")
        old = self._part.with_suffix(".old")
        try:
            if self._folder.exists():
                shutil.rmtree(old, ignore_errors=True)
                self._folder.rename(old)
            self._part.rename(self._folder)
        except OSError as error:
            raise _unwritable(self._folder, error) from None
        shutil.rmtree(old, ignore_errors=True)

    def give_up(self) -> None:
        """Leave the old one as it is."""
        shutil.rmtree(self._part, ignore_errors=True)


def _unwritable(folder: Path, error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    return OutputError(f"cannot be written: {reason}", where=str(folder))
