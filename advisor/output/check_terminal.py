"""A check on a terminal: a table of jobs, then each with its lines, findings and translation."""

from __future__ import annotations

from advisor.errors import one_line
from advisor.facts.source import unread
from advisor.findings.finding import Finding
from advisor.jobs.translation import Translation
from advisor.judging.check_report import VERDICTS, CheckReport, JobCheck
from advisor.output import check_view
from advisor.output.check_view import JOBS_ON_TERMINAL, TARGET_NAMES, VERDICT_TONES, Spot
from advisor.output.options import RenderOptions
from advisor.output.plain_text import Page
from advisor.output.wording import not_read

_ROWS = 200
_LABEL = 40


def render(report: CheckReport, options: RenderOptions) -> str:
    """Several jobs begin with a table; many of them are cut short unless `options.verbose`."""
    page = Page(options)
    _head(page, report)
    if len(report.jobs) > 1:
        _table(page, report, options)
    bound = None if options.verbose else JOBS_ON_TERMINAL
    urgent = (
        sorted(report.jobs, key=_urgency) if len(report.jobs) > JOBS_ON_TERMINAL else report.jobs
    )
    for check in urgent[:bound]:
        _job(page, check, options)
    if bound is not None and len(urgent) > bound:
        page.line()
        page.line(f"and {len(urgent) - bound:,} more jobs: --verbose, or --format json=FILE")
    _surroundings(page, report)
    _rest(page, report)
    return page.text()


def _head(page: Page, report: CheckReport) -> None:
    assumed = f"; assumed: {report.assumed}" if report.assumed else ""
    page.prose(f"{check_view.tally(report)}. Judged against {report.target}{assumed}")
    if report.state == "incomplete":
        missing = (f"{one.target}: {not_read(one)}" for one in unread(report.sources))
        page.prose(f"INCOMPLETE: {'; '.join(missing)}")


def _table(page: Page, report: CheckReport, options: RenderOptions) -> None:
    rows = [("job", "where", "verdict", "findings")]
    tones = ["bold"]
    shown = report.jobs if options.verbose else report.jobs[:_ROWS]
    for check in shown:
        label = one_line(check.label)
        label = label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
        findings = check_view.counts(check.findings)
        rows.append((label, one_line(check_view.where(check)), check.verdict, findings))
        tones.append(VERDICT_TONES[check.verdict])
    page.line()
    page.table(rows, tones, 2)
    if len(report.jobs) > len(shown):
        page.line(f"and {len(report.jobs) - len(shown):,} more", indent=2)


def _job(page: Page, check: JobCheck, options: RenderOptions) -> None:
    page.heading(f"{check_view.where(check)}  {check.label}")
    tone = VERDICT_TONES[check.verdict]
    page.prose(check.why, indent=2, hanging=2, lead=f"{check.verdict}: ", style=tone)
    spots = check_view.spots(check, check_view.shown_findings(check, options.min_severity))
    for spot in spots:
        _spot(page, spot, options.width)
    _unjudged(page, check)
    for finding in check_view.of_status(check, "suppressed"):
        page.prose(f"suppressed {finding.rule}: {finding.reason}", indent=2, hanging=2)
    for translation in check.translations:
        _translation(page, translation)


def _spot(page: Page, spot: Spot, width: int) -> None:
    page.line()
    if spot.text and spot.place is not None:
        gutter = str(spot.place.line)
        room = max(width, 40) - len(f"  {gutter} | ")
        text, offset = check_view.window(spot.text, spot.caret, room)
        page.line(f"{gutter} | {one_line(text)}", indent=2)
        before = " " * len(one_line(text[:offset]))
        page.line(f"{' ' * len(gutter)} | {before}{page.styled('^', 'bold')}", indent=2)
    for finding in spot.findings:
        _finding(page, finding)


def _finding(page: Page, finding: Finding) -> None:
    lead = f"{finding.severity:<8}{finding.rule} ".ljust(15)
    page.prose(finding.message, indent=2, hanging=15, lead=lead, style=finding.severity)
    if finding.remedy:
        page.prose(finding.remedy, indent=14, hanging=3, lead="-> ")


def _unjudged(page: Page, check: JobCheck) -> None:
    """Rules that could not be judged take a few lines, whatever their number."""
    rules = sorted({finding.rule for finding in check_view.of_status(check, "unknown")})
    broken = check_view.of_status(check, "error")
    if rules or broken:
        page.line()
    if rules:
        gaps = check_view.open_facts(check)
        text = f"{', '.join(rules)}; missing: {', '.join(gap.fact for gap in gaps)}"
        lead = "not judged (not a pass): "
        page.prose(text, indent=2, hanging=2, lead=lead, style="unknown")
        settle = dict.fromkeys(gap.settle for gap in gaps if gap.settle)
        if settle:
            page.prose("; ".join(settle), indent=4, hanging=2, lead="to settle it: ")
    for finding in broken:
        page.prose(finding.message, indent=2, hanging=2)


def _translation(page: Page, translation: Translation) -> None:
    page.line()
    page.line(page.styled(f"In {TARGET_NAMES[translation.target]}:", "bold"), indent=2)
    for step in (*translation.before, translation.text):
        for line in step.splitlines():
            page.line(one_line(line), indent=4)
    for entry in check_view.not_carried(translation):
        text = f"{check_view.entry_name(entry)}: {entry.reason}"
        lead, style = f"{entry.fate:<14}", _FATE_STYLES[entry.fate]
        page.prose(text, indent=2, hanging=14, lead=lead, style=style)
    for missing in check_view.still_missing(translation):
        page.prose(missing, indent=2, hanging=14, lead=f"{'still open':<14}", style="unknown")


_FATE_STYLES = {"unresolved": "unknown", "no-equivalent": "warning", "changed": "info"}


def _surroundings(page: Page, report: CheckReport) -> None:
    found = [one for one in report.surroundings if one.status == "finding"]
    if not found:
        return
    page.heading("The cluster, for these jobs")
    for finding in found[:JOBS_ON_TERMINAL]:
        _finding(page, finding)
    if len(found) > JOBS_ON_TERMINAL:
        page.line(f"and {len(found) - JOBS_ON_TERMINAL:,} more", indent=2)


def _rest(page: Page, report: CheckReport) -> None:
    if report.problems:
        page.heading("Could not be read")
        for problem in report.problems:
            advice = f" ({problem.remedy})" if problem.remedy else ""
            where = f"{problem.where}: " if problem.where else ""
            page.prose(f"{where}{problem.what}{advice}", indent=2, hanging=2)
    if report.unmatched_ignores:
        page.heading("Suppressions that met nothing")
        for one in report.unmatched_ignores:
            page.prose(one, indent=2, hanging=2)


def _urgency(check: JobCheck) -> int:
    return VERDICTS.index(check.verdict)
