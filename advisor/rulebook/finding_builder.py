"""Findings are made here and nowhere else, so that they cannot disagree in form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec.structs import replace

from advisor.findings.finding import Finding, Gap
from advisor.rulebook.case import Case
from advisor.rulebook.expression import Fault, Missing, Result
from advisor.rulebook.loaded import LoadedRule
from advisor.rulebook.template import TextError

Builder = Callable[[Case, LoadedRule, Result], Finding]
"""Makes the finding of a rule that is not false of a case."""


def written(case: Case, loaded: LoadedRule, result: Result) -> Finding:
    """The finding with its texts, its evidence and its gaps."""
    if isinstance(result, Missing):
        return unknown(case, loaded, result)
    if isinstance(result, Fault):
        return broken(case, loaded, result)
    return found(case, loaded)


def counted(case: Case, loaded: LoadedRule, result: Result) -> Finding:
    """Without any of these, for findings that are only counted. A rule of the user's is rendered
    all the same: it may break on the way."""
    if isinstance(result, Fault) or not loaded.built_in:
        return without_texts(written(case, loaded, result))
    return Finding(
        rule=loaded.rule.id,
        severity=loaded.rule.severity,
        status="unknown" if isinstance(result, Missing) else "finding",
        subject=case.view.subject,
        message="",
        place=case.view.place,
        owner=case.view.owner,
    )


def without_texts(finding: Finding) -> Finding:
    """The finding without message and remedy, for those that are only counted."""
    return replace(finding, message="", remedy="", evidence=(), gaps=(), links=())


def found(case: Case, loaded: LoadedRule) -> Finding:
    """The rule is true of the case; an error when its text cannot be rendered."""
    try:
        message, remedy = _kept(case.message(loaded)), _kept(case.remedy(loaded))
    except TextError as fault:
        return broken(case, loaded, Fault(f"its text cannot be rendered: {fault.what}"))
    return Finding(
        rule=loaded.rule.id,
        severity=loaded.rule.severity,
        status="finding",
        subject=case.view.subject,
        message=message,
        remedy=remedy,
        evidence=case.evidence(loaded),
        place=case.view.place,
        links=loaded.rule.links,
        fingerprint=loaded.fingerprint(case.view.subject.id),
        owner=case.view.owner,
    )


@lru_cache(maxsize=4096)
def _kept(text: str) -> str:
    """The first of equal texts: many uses of an image are told the same."""
    return text


def unknown(case: Case, loaded: LoadedRule, missing: Missing) -> Finding:
    """The rule depends on a fact that is not there."""
    gaps = case.gaps(loaded, missing.key)
    return Finding(
        rule=loaded.rule.id,
        severity=loaded.rule.severity,
        status="unknown",
        subject=case.view.subject,
        message=cannot_tell(loaded, gaps),
        evidence=case.evidence(loaded),
        gaps=gaps,
        place=case.view.place,
        links=loaded.rule.links,
        fingerprint=loaded.fingerprint(case.view.subject.id),
        owner=case.view.owner,
    )


def broken(case: Case, loaded: LoadedRule, fault: Fault) -> Finding:
    """The rule itself failed on these facts; the run goes on."""
    return Finding(
        rule=loaded.rule.id,
        severity=loaded.rule.severity,
        status="error",
        subject=case.view.subject,
        message=f"Rule {loaded.rule.id} could not be applied: {fault.text}.",
        remedy=f"Correct the rule ({loaded.document.file}) or disable it in the configuration.",
        evidence=case.evidence(loaded),
        place=case.view.place,
        fingerprint=loaded.fingerprint(case.view.subject.id),
        owner=case.view.owner,
    )


def cannot_tell(loaded: LoadedRule, gaps: Iterable[Gap]) -> str:
    """What would be judged and which facts are missing for it."""
    return _cannot_tell(loaded.rule.title, tuple(gap.fact for gap in gaps))


_NAMES = ("Prometheus", "Pod Security", "Docker", "Kubernetes", "LeaderWorkerSet", "Knative")
_DENIALS = {"There is no ": "there is any ", "No ": "any ", "Nothing ": "anything "}
"""How a title denies, and how the question about it begins."""


@lru_cache(maxsize=1024)
def _cannot_tell(title: str, facts: tuple[str, ...]) -> str:
    """Kept: one missing list leaves thousands of subjects without the same facts."""
    verb = "is" if len(facts) == 1 else "are"
    return f"{_question(title)}: {', '.join(facts)} {verb} not known."


def _question(title: str) -> str:
    """The title as what cannot be told; a first word that is no ordinary word keeps its capital."""
    if title.startswith("Cannot tell"):
        return title
    for denial, question in _DENIALS.items():
        if title.startswith(denial):
            return f"Cannot tell whether {question}{title.removeprefix(denial)}"
    is_name = title.startswith(_NAMES)
    clause = title[0].lower() + title[1:] if title[:2].istitle() and not is_name else title
    return f"Cannot tell whether {clause}"
