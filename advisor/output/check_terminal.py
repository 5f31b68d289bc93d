"""A check on a terminal: a table of jobs, then each with what to type and what to do first.

With `verbose` each job also has the lines its findings are about, every remedy and the whole
ledger.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from advisor.errors import one_line
from advisor.facts.quantity import plural
from advisor.facts.source import unread
from advisor.findings.finding import Finding, Place
from advisor.jobs.ledger import Entry, Fate
from advisor.jobs.translation import Translation
from advisor.judging.check_report import NO_CLUSTER, VERDICTS, CheckReport, JobCheck
from advisor.output import check_view
from advisor.output.check_view import JOBS_ON_TERMINAL, VERDICT_TONES, Spot
from advisor.output.formats import RenderOptions
from advisor.output.plain_text import Page
from advisor.output.wording import TARGET_NAMES, not_read

_ROWS = 200
_LABEL = 40
_WARNINGS = 2
"""Warnings of one job that are shown without --verbose; errors are all shown."""
_SENTENCE = re.compile(r"(?:`[^`]*`|[^`])*?\.(?= )")


def render(report: CheckReport, options: RenderOptions) -> str:
    """Several jobs begin with a table; many of them are cut short unless `options.verbose`."""
    page = Page(options)
    more = f"; assumed: {report.assumed}" if report.assumed else ""
    if report.target == NO_CLUSTER and not report.assumed and report.jobs:
        more = f": name one with {_CLUSTERS}"
    broken = plural(len(report.problems), "input")
    unread_inputs = (
        f"; {broken} could not be read" if report.problems else ""
    )  # standard error says
    tally = f"{check_view.tally(report)}{unread_inputs}"
    page.prose(f"{tally}. {check_view.checked_against(report)}{more}")
    if report.state == "incomplete":
        missing = (f"{source.target}: {not_read(source)}" for source in unread(report.sources))
        page.prose(f"INCOMPLETE: {'; '.join(missing)}")
    if len(report.jobs) > JOBS_ON_TERMINAL or (options.verbose and len(report.jobs) > 1):
        _table(page, report, options)
    bound = None if options.verbose else JOBS_ON_TERMINAL
    urgent = (
        sorted(report.jobs, key=_urgency) if len(report.jobs) > JOBS_ON_TERMINAL else report.jobs
    )
    for check in urgent[:bound]:
        _job(page, check, options, alone=len(report.jobs) == 1)
    if bound is not None and len(report.jobs) > 1:
        page.line()
        page.line("--verbose shows each finding, what was not carried over, and remedies")
    if bound is not None and len(urgent) > bound:
        page.line(f"and {len(urgent) - bound:,} more jobs: --verbose, or --format json=FILE")
    _surroundings(page, report)
    _rest(page, report)
    return page.text()


_CLUSTERS = "--context NAME, --snapshot FILE or --assume gpu-nodes=4,gpus-per-node=8"


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


def _job(page: Page, check: JobCheck, options: RenderOptions, *, alone: bool) -> None:
    page.heading(f"{check_view.where(check)}  {check.label}")
    tone = VERDICT_TONES[check.verdict]
    page.prose(check.why, indent=2, hanging=2, lead=f"{check.verdict}: ", style=tone)
    if options.verbose:
        for translation in check.translations:
            _commands(page, translation)
            _entries(page, check_view.not_carried(translation))
            for missing in check_view.still_missing(translation):
                page.prose(
                    missing, indent=2, hanging=14, lead=f"{'still open':<14}", style="unknown"
                )
        spots = check_view.spots(check, check_view.shown_findings(check, options.min_severity))
        for spot in spots:
            _spot(page, spot, options.width)
        _unjudged(page, check)
        for finding in check_view.of_status(check, "suppressed"):
            page.prose(f"suppressed {finding.rule}: {finding.reason}", indent=2, hanging=2)
    elif alone:
        _in_short(page, check, options)
    else:
        _in_brief(page, check, options)


def _in_brief(page: Page, check: JobCheck, options: RenderOptions) -> None:
    """One of several jobs: the commands, and how much else there is to say."""
    for translation in check.translations:
        _commands(page, translation, titled=len(check.translations) > 1)
    findings = check_view.counts(check_view.shown_findings(check, options.min_severity))
    lost = len(_distinct(check, "no-equivalent"))
    rules = len({finding.rule for finding in check_view.of_status(check, "unknown")})
    suppressed = len(check_view.of_status(check, "suppressed"))
    parts = [
        *([findings] if findings != "none" else []),
        *([f"{lost} not carried over"] if lost else []),
        *([f"{suppressed} suppressed"] if suppressed else []),
        *([f"{plural(rules, 'rule')} not judged"] if rules else []),
    ]
    if parts:
        page.line(", ".join(parts), indent=2)
    for finding in check_view.of_status(check, "error"):
        page.prose(finding.message, indent=2, hanging=2)


def _in_short(page: Page, check: JobCheck, options: RenderOptions) -> None:
    """The commands, then what has to be done first, then counts of the rest.

    A warning about a flag is left out where the ledger already says that this flag needs a value
    or has no equivalent. What depends on a fact that is not known is counted, never dropped.
    """
    for translation in check.translations:
        _commands(page, translation)
    if check.translations or check.findings:
        page.line()
    open_entries = _distinct(check, "unresolved")
    lost = _distinct(check, "no-equivalent")
    decided = {decision.rule for decision in check.decisions if decision.outcome == "move"}
    shown = check_view.shown_findings(check, options.min_severity)

    def is_urgent(finding: Finding) -> bool:
        return finding.severity == "error" or finding.rule in decided

    stated = _told_by(filter(is_urgent, shown), open_entries)
    _entries(page, [entry for entry in open_entries if entry.item.place not in stated])
    missing = (text for each in check.translations for text in check_view.still_missing(each))
    for text in dict.fromkeys(missing):
        page.prose(text, indent=2, hanging=14, lead=f"{'still open':<14}", style="unknown")
    explained = {entry.item.place for entry in (*open_entries, *lost)} - {None}
    left_out: Counter[str] = Counter()
    room = _WARNINGS
    for finding in shown:
        if is_urgent(finding):
            same = stated.get(finding.place)
            what = f"{check_view.entry_name(same)}: {same.reason}" if same else finding.message
            remedy = _first_sentence(finding.remedy)
            _finding(page, replace(finding, message=what, remedy=remedy))
        elif finding.severity == "warning" and finding.place not in explained and room:
            room -= 1
            _finding(page, replace(finding, remedy=""))
        elif finding.severity == "info" or finding.place not in explained:
            left_out[finding.severity] += 1
    _entries(page, lost)
    _counts_of_the_rest(page, check, left_out, remedies=bool(shown))


def _counts_of_the_rest(
    page: Page, check: JobCheck, left_out: Mapping[str, int], *, remedies: bool
) -> None:
    """What was changed or suppressed and what is not known, and what --verbose shows besides."""
    changed = [check_view.entry_name(entry) for entry in _distinct(check, "changed")]
    if changed:
        page.prose(", ".join(changed), indent=2, hanging=14, lead=f"{'changed':<14}", style="info")
    _unjudged_count(page, check)
    for finding in check_view.of_status(check, "suppressed"):
        page.prose(f"suppressed {finding.rule}: {finding.reason}", indent=2, hanging=2)
    warnings, hints = left_out["warning"], left_out["info"]
    more = [plural(warnings, "more warning")] if warnings else []
    more += [plural(hints, "hint")] if hints else []
    more += ["remedies"] if remedies else []
    more += ["how each flag changes"] if changed else []
    if more:
        page.line(f"--verbose shows {', '.join(more)}", indent=2)


def _told_by(urgent: Iterable[Finding], entries: Sequence[Entry]) -> dict[Place | None, Entry]:
    """The entry that says how to give what a finding asks for, where a flag has one of each: both
    are told of in one."""
    places = Counter(entry.place for entry in urgent)
    open_ = Counter(entry.item.place for entry in entries)
    alone = {place for place, count in places.items() if place and count == open_[place] == 1}
    return {entry.item.place: entry for entry in entries if entry.item.place in alone}


def _first_sentence(text: str) -> str:
    """Up to the first full stop that is followed by a blank and stands outside of a command."""
    match = _SENTENCE.match(text)
    return match[0] if match else text


def _distinct(check: JobCheck, fate: Fate) -> tuple[Entry, ...]:
    """The entries of one fate in all translations, each source flag with each reason once."""
    entries = (
        entry
        for translation in check.translations
        for entry in check_view.entries_of(translation, fate)
    )
    return tuple({(entry.item, entry.reason): entry for entry in entries}.values())


def _unjudged_count(page: Page, check: JobCheck) -> None:
    """How many rules could not be judged, and the first command that supplies facts."""
    count = len({finding.rule for finding in check_view.of_status(check, "unknown")})
    if count:
        gaps = check_view.open_facts(check)
        settle = next((gap.settle for gap in gaps if gap.settle), "")
        how = f"; {settle}" if settle else ""
        page.prose(
            f"{plural(count, 'rule')} could not be judged{how}",
            indent=2,
            hanging=14,
            lead=f"{'unknown':<14}",
            style="unknown",
        )
    for finding in check_view.of_status(check, "error"):
        page.prose(finding.message, indent=2, hanging=2)


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


def _commands(page: Page, translation: Translation, *, titled: bool = True) -> None:
    """What to type, each line as it is: a wrapped command could not be pasted."""
    if titled:
        page.line()
        page.line(page.styled(f"In {TARGET_NAMES[translation.target]}:", "bold"), indent=2)
    for step in (*translation.before, translation.text):
        for line in step.splitlines():
            page.line(one_line(line), indent=4)


def _entries(page: Page, entries: Iterable[Entry]) -> None:
    """What shares its fate and the reason for it in one."""
    for group, text in check_view.gathered(entries):
        fate = group[0].fate
        lead, style = f"{fate:<14}", _FATE_STYLES[fate]
        page.prose(text, indent=2, hanging=14, lead=lead, style=style)


_FATE_STYLES = {"unresolved": "unknown", "no-equivalent": "warning", "changed": "info"}


def _surroundings(page: Page, report: CheckReport) -> None:
    findings = [finding for finding in report.surroundings if finding.status == "finding"]
    if not findings:
        return
    page.heading("The cluster, for these jobs")
    for finding in findings[:JOBS_ON_TERMINAL]:
        _finding(page, finding)
    if len(findings) > JOBS_ON_TERMINAL:
        page.line(f"and {len(findings) - JOBS_ON_TERMINAL:,} more", indent=2)


def _rest(page: Page, report: CheckReport) -> None:
    if report.unmatched_ignores:
        page.heading("Suppressions that met nothing")
        for ignore in report.unmatched_ignores:
            page.prose(ignore, indent=2, hanging=2)


def _urgency(check: JobCheck) -> int:
    return VERDICTS.index(check.verdict)
