"""SARIF 2.1.0 for code scanning: of an audit, or of a check with the places of its findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from advisor.facts.source import Source, unread, unread_lists
from advisor.findings.finding import SEVERITIES, Finding, Severity
from advisor.jobs.inline_ignore import IN_SOURCE
from advisor.judging.assessment import Assessment, RuleSummary
from advisor.judging.check_report import CheckReport, Problem
from advisor.output.formats import RenderOptions
from advisor.output.html_text import web_link

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_BASE = "%SRCROOT%"
_ABSOLUTE = re.compile(r"^(?:/|[A-Za-z]:[\\/])")
_NO_FILE = frozenset({"", "standard input", "<command>", "command line", "-"})


def render(assessment: Assessment, options: RenderOptions) -> str:
    """An audit: findings have no place in a file, their subject is a logical location."""
    return _text(
        assessment.advisor,
        _shown(assessment.findings, options),
        assessment.rules,
        _notifications((), assessment.sources),
        assessment.state == "complete",
    )


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """A check: findings at their place, comments that suppress as suppressions in the source."""
    findings = [finding for check in report.jobs for finding in check.findings]
    return _text(
        report.advisor,
        _shown((*findings, *report.surroundings), options),
        report.rules,
        _notifications(report.problems, report.sources),
        report.state == "complete" and not report.problems,
    )


def _text(
    version: str,
    findings: Sequence[Finding],
    rules: Mapping[str, RuleSummary],
    notifications: list[dict[str, Any]],
    successful: bool,
) -> str:
    used = sorted({finding.rule for finding in findings if finding.rule in rules})
    index = {rule: number for number, rule in enumerate(used)}
    run = {
        "tool": {
            "driver": {
                "name": "advisor",
                "version": version,
                "rules": [_rule(name, rules[name]) for name in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The folder advisor ran in."}}},
        "invocations": [
            {"executionSuccessful": successful, "toolExecutionNotifications": notifications}
        ],
        "results": [_result(finding, index) for finding in findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _shown(findings: Iterable[Finding], options: RenderOptions) -> tuple[Finding, ...]:
    wanted = SEVERITIES[: SEVERITIES.index(options.min_severity) + 1]
    return tuple(
        finding for finding in findings if finding.severity in wanted and finding.status != "ok"
    )


def _rule(name: str, summary: RuleSummary) -> dict[str, Any]:
    links = [link for link in summary.links if web_link(link)]
    return {
        "id": name,
        "shortDescription": {"text": summary.title},
        "fullDescription": {"text": summary.why or summary.title},
        **({"helpUri": links[0]} if links else {}),
        "defaultConfiguration": {"level": _LEVELS[summary.severity]},
    }


def _result(finding: Finding, index: Mapping[str, int]) -> dict[str, Any]:
    """Unknown is `open`: a rule that could not be judged is neither a failure nor a pass."""
    undecided = finding.status in ("unknown", "error")
    advice = f" {finding.remedy}" if finding.remedy else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule or "unknown",
        **({"ruleIndex": index[finding.rule]} if finding.rule in index else {}),
        "kind": "open" if undecided else "fail",
        "level": "none" if undecided else _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}{advice}"},
        "locations": [_location(finding)],
        "partialFingerprints": {"advisor/v1": finding.fingerprint},
    }
    if finding.status == "suppressed":
        kind = "inSource" if IN_SOURCE in finding.reason else "external"
        result["suppressions"] = [{"kind": kind, "justification": finding.reason}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    subject = finding.subject
    logical = {"name": subject.label, "fullyQualifiedName": subject.id, "kind": "resource"}
    location: dict[str, Any] = {"logicalLocations": [logical]}
    place = finding.place
    if place is not None and place.file not in _NO_FILE:
        location["physicalLocation"] = {
            "artifactLocation": _artifact(place.file),
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    return location


def _artifact(file: str) -> dict[str, str]:
    """A path in the current folder stays relative; any other is a URI of its own."""
    path = file.replace("\\", "/") if _ABSOLUTE.match(file) and ":" in file[:2] else file
    if _ABSOLUTE.match(path):
        return {"uri": f"file://{'' if path.startswith('/') else '/'}{quote(path, safe='/:')}"}
    return {"uri": quote(path.removeprefix("./")), "uriBaseId": _BASE}


def _notifications(problems: Iterable[Problem], sources: Iterable[Source]) -> list[dict[str, Any]]:
    texts = [
        ": ".join(part for part in (problem.where, problem.what) if part) for problem in problems
    ]
    texts += [
        ": ".join(part for part in (f"{source.probe} {source.target}", name, reason) if part)
        for source in unread(sources)
        for name, reason in unread_lists(source)
    ]
    return [{"level": "error", "message": {"text": text}} for text in texts]
