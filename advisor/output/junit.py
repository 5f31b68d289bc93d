"""JUnit XML for build servers: a suite for each job or area, a case for each rule that spoke."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from advisor.facts.source import Source, unread, unread_lists
from advisor.findings.finding import SEVERITIES, Finding
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport, JobCheck
from advisor.output.formats import RenderOptions

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(assessment: Assessment, options: RenderOptions) -> str:
    """An audit: one suite for each kind of subject."""
    scopes = sorted({finding.subject.scope for finding in assessment.findings})
    suites = (
        _suite(scope, [f for f in assessment.findings if f.subject.scope == scope], "", options)
        for scope in scopes
    )
    return _document((*_unread(assessment.sources), *suites))


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """A check: one suite for each job, one for the cluster, an error for each unread input."""
    suites = [_job(check, options) for check in report.jobs]
    if report.surroundings:
        suites.append(_suite("cluster", report.surroundings, "", options))
    if report.problems:
        cases = [
            _case("input", problem.where or "input", f"<error {_message(problem.what)}/>")
            for problem in report.problems
        ]
        suites.append(_element("input", cases, errors=len(cases)))
    return _document((*_unread(report.sources), *suites))


def _unread(sources: Iterable[Source]) -> Iterator[str]:
    """An error for each list that was asked for and not read; no suite where all was."""
    cases = [
        _case(
            f"{source.probe} {source.target}", name or source.target, f"<error {_message(reason)}/>"
        )
        for source in unread(sources)
        for name, reason in unread_lists(source)
    ]
    if cases:
        yield _element("read", cases, errors=len(cases))


def _job(check: JobCheck, options: RenderOptions) -> str:
    where = f"{check.place.file}:{check.place.line}" if check.place else check.file or check.kind
    return _suite(f"{where} {check.label}", check.findings, check.why, options)


def _suite(name: str, findings: Sequence[Finding], why: str, options: RenderOptions) -> str:
    wanted = SEVERITIES[: SEVERITIES.index(options.min_severity) + 1]
    shown = [
        finding for finding in findings if finding.severity in wanted and finding.status != "ok"
    ]
    cases = list(_cases(shown)) or [_case(name, why or "nothing found", "")]
    return _element(
        name,
        cases,
        failures=sum(map(_fails, shown)),
        errors=sum(finding.status == "error" for finding in shown),
        skipped=sum(finding.status in ("unknown", "suppressed") for finding in shown),
    )


def _cases(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        place = finding.place
        where = f"{place.file}:{place.line}:{place.column}: " if place else ""
        text = f"{where}{finding.message}\n{finding.remedy}".strip()
        yield _case(f"{finding.subject.label}", finding.rule or "unknown", _inside(finding, text))


def _fails(finding: Finding) -> bool:
    return finding.status == "finding" and finding.severity != "info"


def _inside(finding: Finding, text: str) -> str:
    """Info passes, with its text as output; unknown and suppressed count as skipped."""
    if _fails(finding):
        kind = quoteattr(finding.severity)
        return f"<failure {_message(finding.message)} type={kind}>{_safe(text)}</failure>"
    if finding.status == "error":
        return f'<error {_message(finding.message)} type="rule"/>'
    if finding.status == "finding":
        return f"<system-out>{_safe(text)}</system-out>"
    reason = finding.reason or finding.message
    return f"<skipped {_message(f'{finding.status}: {reason}')}/>"


def _case(classname: str, name: str, inside: str) -> str:
    head = f'<testcase classname={_attribute(classname)} name={_attribute(name)} time="0"'
    return f"    {head}>{inside}</testcase>" if inside else f"    {head}/>"


def _element(
    name: str, cases: Sequence[str], *, failures: int = 0, errors: int = 0, skipped: int = 0
) -> str:
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    body = "\n".join(cases)
    return f'  <testsuite name={_attribute(name)} {counts} time="0">\n{body}\n  </testsuite>'


def _document(suites: Iterable[str]) -> str:
    body = "".join(f"{suite}\n" for suite in suites)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<testsuites name="advisor">\n{body}</testsuites>\n'


def _message(text: str) -> str:
    return f"message={_attribute(text)}"


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))


def _safe(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))
