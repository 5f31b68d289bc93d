"""Jobs that differ in nothing but their names are examined once.

A view is made and judged with a stand-in for the job's name; for each job that is alike the name is
then put in. Rules whose outcome could hang on the name itself rule that out for their scope.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from advisor.findings.finding import Decision, Evidence, Finding, Gap, Subject
from advisor.jobs.spec import JobSpec
from advisor.rulebook.case import without_texts
from advisor.rulebook.engine import Examined, Judging
from advisor.rulebook.expression import FactUse, UseForm, condition_facts
from advisor.rulebook.loaded import LoadedRule, Rulebook, View
from advisor.rulebook.template import template_facts
from advisor.views.use_view import names_kind

STAND_IN = "JOB-STAND-IN-7f3a9c"
_NOBODY = Subject(scope="job", id="", label="")
_HARMLESS: Mapping[str, tuple[UseForm, ...]] = {
    **dict.fromkeys(("use.job", "use.title", "job.name"), ("asked", "printed")),
    **dict.fromkeys(
        ("image.jobs", "image.never_pull", "data.jobs", "data.writers"),
        ("asked", "counted", "listed"),
    ),
    "job.owner": (),
}
"""The facts that hold the name of a job that is examined alone, and what a rule may do with them
so that another name can be put into its words afterwards. Whose it is no rule of ours asks for."""
NAMES = frozenset(_HARMLESS)


class ExaminedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view that has been examined. `named` are the numbers of its findings with the stand-in,
    None where the view is of this very job. `brief` are its findings without
    their texts, for counting."""

    view: View
    examined: Examined
    named: frozenset[int] | None
    brief: tuple[Finding, ...]

    def of_job(self, job: JobSpec) -> tuple[View, Examined]:
        """The view and what was found of it, with the job's own name."""
        return (self.view, self.examined) if self.named is None else _for(self, self.named, job)


class ViewExaminer:
    """Examines views; `key` says when two of them can differ in nothing but the job's name."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._known: dict[Hashable, tuple[ExaminedView, ...]] = {}
        self._closed = {
            scope: _hangs_on_names(rulebook, scope) for scope in ("image", "data", "job")
        }

    def examine(
        self,
        judging: Judging,
        scope: str,
        job: JobSpec,
        key: Hashable,
        make: Callable[[JobSpec], Sequence[View]],
    ) -> tuple[ExaminedView, ...]:
        """What the rules say of the views that `make` gives for the job; a key of None, or rules
        that hang on names, have them made for this very job."""
        if key is None or self._closed[scope]:
            return tuple(_examined(judging, view, None) for view in make(job))
        key = (scope, names_kind(job), key)
        if (known := self._known.get(key)) is None:
            stand_in = replace(job, label=STAND_IN, ignores=())
            known = tuple(_examined(judging, view, _mentions) for view in make(stand_in))
            self._known[key] = known
        return known


def _examined(
    judging: Judging, view: View, mentions: Callable[[Finding], bool] | None
) -> ExaminedView:
    examined = judging.examine(view)
    findings = examined.findings
    named = (
        {number for number, finding in enumerate(findings) if mentions(finding)}
        if mentions
        else None
    )
    return ExaminedView(
        view=view,
        examined=examined,
        named=None if named is None else frozenset(named),
        brief=tuple(without_texts(finding) for finding in findings if finding.status != "unknown"),
    )


def _hangs_on_names(rulebook: Rulebook, scope: str) -> bool:
    """Whether a user's rule of the scope depends on names; of our own a test shows that none does,
    and reading their syntax trees would take longer than a check of one job."""
    return any(
        hangs_on_names(loaded)
        for loaded in (*rulebook.plain(scope), *rulebook.deciding(scope))
        if not loaded.built_in
    )


def hangs_on_names(loaded: LoadedRule) -> bool:
    """Whether a rule does more with a name than print it or ask whether there is one: its syntax
    trees say it."""
    return any(map(_gives_away, _uses(loaded)))


def _uses(loaded: LoadedRule) -> Iterator[FactUse]:
    names = loaded.environment.names
    yield from condition_facts(loaded.expression.serialized(), names)
    yield from template_facts(loaded.rule.message, names)
    yield from template_facts(loaded.rule.remedy, names)


def _gives_away(use: FactUse) -> bool:
    return any(
        use.path != name or use.form not in harmless
        for name, harmless in _HARMLESS.items()
        if _touches(use.path, name)
    )


def _touches(path: str, name: str) -> bool:
    """Whether the path is the name, a group of facts with it, or a part of it."""
    return f"{path}.".startswith(f"{name}.") or f"{name}.".startswith(f"{path}.")


def _mentions(finding: Finding) -> bool:
    return STAND_IN.encode() in msgspec.msgpack.encode(replace(finding, subject=_NOBODY))


def _for(known: ExaminedView, named: frozenset[int], job: JobSpec) -> tuple[View, Examined]:
    examined, view = known.examined, known.view
    if view.subject.scope == "job":
        subject = Subject(scope="job", id=f"job:{job.id}", label=job.label)
        view = replace(view, ignores=job.ignores, subject=subject)
    elif job.ignores:
        view = replace(view, ignores=job.ignores)
    own = view.subject is not known.view.subject
    findings = examined.findings
    if own or named:
        findings = tuple(
            _renamed(finding, job.label, view.subject)
            if number in named
            else (replace(finding, subject=view.subject) if own else finding)
            for number, finding in enumerate(examined.findings)
        )
    decisions = tuple(_redecided(decision, job) for decision in examined.decisions)
    return view, Examined(findings=findings, decisions=decisions, passed=examined.passed)


def _renamed(finding: Finding, name: str, subject: Subject) -> Finding:
    return replace(
        finding,
        subject=subject,
        message=finding.message.replace(STAND_IN, name),
        remedy=finding.remedy.replace(STAND_IN, name),
        evidence=_evidence(finding.evidence, name),
        gaps=tuple(_gap(gap, name) for gap in finding.gaps) if finding.gaps else (),
    )


def _gap(gap: Gap, name: str) -> Gap:
    if STAND_IN not in gap.reason and STAND_IN not in gap.settle:
        return gap
    reason, settle = (text.replace(STAND_IN, name) for text in (gap.reason, gap.settle))
    return replace(gap, reason=reason, settle=settle)


def _redecided(decision: Decision, job: JobSpec) -> Decision:
    return replace(
        decision,
        use=job.label,
        owner=job.owner,
        message=decision.message.replace(STAND_IN, job.label),
        remedy=decision.remedy.replace(STAND_IN, job.label),
        evidence=_evidence(decision.evidence, job.label),
    )


def _evidence(stated: tuple[Evidence, ...], name: str) -> tuple[Evidence, ...]:
    for number, finding in enumerate(stated):
        if STAND_IN in finding.value:
            own = replace(finding, value=finding.value.replace(STAND_IN, name))
            stated = (*stated[:number], own, *stated[number + 1 :])
    return stated
