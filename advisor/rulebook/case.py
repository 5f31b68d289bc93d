"""One subject as the rules see it, in one use of it where rules decide, and the findings about it,
which are made here and nowhere else, so that they cannot disagree in form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from msgspec.structs import replace

from advisor.facts.quantity import format_bytes
from advisor.findings.finding import NOT_SUPPLIED, Evidence, Finding, Gap, Strength, why_missing
from advisor.rulebook.expression import Environment, Fault, Missing, Result
from advisor.rulebook.fact_paths import AbsentFactError, look_up
from advisor.rulebook.loaded import NONE_SHARED, LoadedRule, SharedParams, Use, View
from advisor.rulebook.template import TextError, render, render_line

MAX_VALUE = 200
"""Characters of a fact's value in the evidence."""
_IN_BYTES = frozenset({"size", "available"})

Explained = TypeVar("Explained", Evidence, Gap)
Statement = Evidence | AbsentFactError
"""A fact in words, or from where on there is nothing."""


class Case:
    """Evaluates rules over the same facts; the activation is made once and shared. `stated` is what
    has been stated of the view's facts, which all cases of the view share."""

    def __init__(
        self,
        view: View,
        cluster: Mapping[str, Any],
        use: Use | None = None,
        shared: SharedParams = NONE_SHARED,
        stated: dict[str, Statement] | None = None,
    ) -> None:
        self.view = view
        self.use = use
        self._facts: dict[str, Any] = {"cluster": cluster, view.subject.scope: view.facts}
        if use is not None:
            self._facts["use"] = use.facts
        self._shared = shared
        self._activation: Any = None
        self._of_view = {} if stated is None else stated
        self._of_use: dict[str, Statement] = {}

    def evaluate(self, loaded: LoadedRule) -> Result:
        """The rule's condition; only parameters that another rule has too need facts of their own,
        which take ten times as long as a condition."""
        if self._shared.may_hold(loaded):
            return loaded.expression.evaluate(self.activation(loaded.environment))
        facts = self._facts | {"params": loaded.params}
        return loaded.expression.evaluate(loaded.environment.activation(facts))

    def activation(self, environment: Environment) -> Any:
        """The facts with the parameters that rules share, in the form that expressions take."""
        if self._activation is None:
            facts = self._facts | {"params": self._shared.values}
            self._activation = environment.activation(facts)
        return self._activation

    def message(self, loaded: LoadedRule) -> str:
        """The message; raises TextError."""
        return render_line(loaded.rule.message, self._facts | {"params": loaded.params})

    def remedy(self, loaded: LoadedRule) -> str:
        """The remedy; raises TextError."""
        return render(loaded.rule.remedy, self._facts | {"params": loaded.params})

    def evidence(self, loaded: LoadedRule) -> tuple[Evidence, ...]:
        """The facts of the rule's needs that are there, with who stated them."""
        statements = map(self._statement, loaded.needs)
        return tuple(one for one in statements if not isinstance(one, AbsentFactError))

    def _statement(self, path: str) -> Statement:
        """What is at the path in words, made once: rules have many of their needs in common, and
        what is not of the use is the same in all uses, and may be a long list."""
        known = self._of_use if path.startswith("use.") else self._of_view
        if path not in known:
            try:
                value = compact(look_up(self._facts, path))
            except AbsentFactError as missing:
                known[path] = missing.with_traceback(None)
            else:
                said = _nearest(self._sources, path) if self._sources else None
                known[path] = (
                    _stated(path, value, _who_said(said), said.strength)
                    if said
                    else _stated(path, value)
                )
        return known[path]

    @cached_property
    def _sources(self) -> dict[str, Evidence]:
        return _by_fact(self.view.evidence + (self.use.evidence if self.use else ()))

    def gaps(self, loaded: LoadedRule, key: str) -> tuple[Gap, ...]:
        """Why each fact that the rule needs is missing. `key` is the name the condition stopped at,
        used where no need is missing as a whole (a key of a map, a field of one list element).
        """
        statements = map(self._statement, loaded.needs)
        missing = [one.path for one in statements if isinstance(one, AbsentFactError)]
        paths = missing or [self._path_of(key, loaded.needs)]
        explained = _by_fact(self.view.gaps + (self.use.gaps if self.use else ()))
        gaps = {
            _nearest(explained, path) or Gap(fact=path, reason=NOT_SUPPLIED): None for path in paths
        }
        return tuple(gaps)

    def _path_of(self, key: str, needs: Iterable[str]) -> str:
        """The need in which an element or the map lacks the key, with the key; else the key."""
        for need in needs:
            value = look_up(self._facts, need)
            elements = value if isinstance(value, list) else [value]
            if any(isinstance(element, Mapping) and key not in element for element in elements):
                return f"{need}.{key}"
        return key


@lru_cache(maxsize=8192)
def _stated(fact: str, value: str, source: str = "", strength: Strength = "seen") -> Evidence:
    """Kept, because most findings of a large audit rest on the same few statements."""
    return Evidence(fact=fact, value=value, source=source, strength=strength)


def _by_fact(explained: Sequence[Explained]) -> dict[str, Explained]:
    return {fact.fact.partition(" (")[0]: fact for fact in reversed(explained)}


def _who_said(evidence: Evidence) -> str:
    """Who stated it; of a fact that was concluded also what from, as in `mount table: nfs4`."""
    concluded_from = evidence.fact.partition(" (")[2].removesuffix(")")
    shown = f"{concluded_from}: {evidence.value}" if concluded_from else ""
    return "; ".join(part for part in (shown, evidence.source) if part)


def _nearest(explained: Mapping[str, Explained], path: str) -> Explained | None:
    """The one whose fact is the path or its longest prefix."""
    return next((explained[name] for name in _prefixes(path) if name in explained), None)


@lru_cache(maxsize=1024)
def _prefixes(path: str) -> tuple[str, ...]:
    """`a.b.c`, `a.b` and `a`; the needs of rules are few and asked for again and again."""
    names = path.split(".")
    return tuple(".".join(names[:count]) for count in range(len(names), 0, -1))


def compact(value: Any) -> str:
    """A fact as one short line: lists with commas, records as `machine ws-7, size 5.0 GiB` with
    semicolons between, null as `none`, at most MAX_VALUE characters."""
    text = value if type(value) is str else _spelled(value)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _spelled(value: Any) -> str:
    if type(value) is str:
        return value
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, (list, tuple)):
        # No more elements than can be seen: a list of nodes has thousands.
        between = "; " if any(isinstance(entry, Mapping) for entry in value[:1]) else ", "
        return between.join(map(_spelled, value[:MAX_VALUE])) or "none"
    if isinstance(value, Mapping):
        return (
            ", ".join(f"{name.replace('_', ' ')} {_part(name, value[name])}" for name in value)
            or "none"
        )
    return str(value)


def _part(name: str, value: Any) -> str:
    if type(value) is str:
        return value
    if name in _IN_BYTES and type(value) is int:
        return format_bytes(value)
    several = isinstance(value, (list, tuple)) and len(value) > 1
    return f"({_spelled(value)})" if several or isinstance(value, Mapping) else _spelled(value)


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
    """The first of equal texts: many uses of an image have the same."""
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


def cannot_tell(loaded: LoadedRule, gaps: Sequence[Gap]) -> str:
    """What would be judged, and why the facts for it are missing."""
    return _cannot_tell(loaded.rule.title, why_missing(gaps))


_NAMES = ("Prometheus", "Pod Security", "Docker", "Kubernetes", "LeaderWorkerSet", "Knative")
_DENIALS = {"There is no ": "there is any ", "No ": "any ", "Nothing ": "anything "}
"""How a title denies, and how the question about it begins."""


@lru_cache(maxsize=1024)
def _cannot_tell(title: str, why: str) -> str:
    """Kept: one missing list leaves thousands of subjects without the same facts."""
    return f"{_question(title)}: {why}."


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
