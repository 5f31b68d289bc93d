"""One line a finding, for editors and pipes: `file:line:column severity id message`.

What could not be judged is no finding: its severity is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from advisor.errors import one_line
from advisor.facts.source import Source, unread, unread_lists
from advisor.findings.finding import SEVERITIES, Finding, Place
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport, JobCheck
from advisor.output.formats import RenderOptions

_SILENT = frozenset({"ok", "suppressed"})
_INPUT, _READ = "input", "read"
"""What stands in place of a rule's id where it is no rule that speaks."""


def render(assessment: Assessment, options: RenderOptions) -> str:
    """An audit; what has no place in a file stands under the name of its subject."""
    lines = [*_unread(assessment.sources), *_findings(assessment.findings, "", options)]
    return _text(lines)


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """A check; first what could not be read, then job after job."""
    lines = [
        _line(problem.where or _INPUT, "error", _INPUT, problem.what) for problem in report.problems
    ]
    lines += _unread(report.sources)
    for job in report.jobs:
        lines += _findings(job.findings, _where(job), options)
    lines += _findings(report.surroundings, "", options)
    return _text(lines)


def _findings(findings: Iterable[Finding], where: str, options: RenderOptions) -> Iterator[str]:
    shown = SEVERITIES[: SEVERITIES.index(options.min_severity) + 1]
    for finding in findings:
        if finding.severity in shown and finding.status not in _SILENT:
            place = (
                _position(finding.place)
                if finding.place is not None
                else where or finding.subject.id
            )
            severity = "unknown" if finding.status == "unknown" else finding.severity
            yield _line(place, severity, finding.rule, finding.message)


def _unread(sources: Iterable[Source]) -> Iterator[str]:
    for source in unread(sources):
        for name, reason in unread_lists(source):
            what = f"{name}: {reason}" if name else reason
            yield _line(f"{source.probe}:{source.target}", "error", _READ, what)


def _where(job: JobCheck) -> str:
    return _position(job.place) if job.place is not None else job.file or job.label


def _position(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def _line(where: str, severity: str, rule: str, message: str) -> str:
    return one_line(" ".join(f"{where} {severity} {rule} {message}".split()))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
