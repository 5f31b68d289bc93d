"""The shape of a rule file, a rule that has been read and compiled, the book that holds them all,
and the views that it judges."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from advisor.findings.finding import (
    Consequence,
    Evidence,
    Gap,
    Outcome,
    Place,
    Severity,
    Subject,
    Topic,
)
from advisor.rulebook.document import Document
from advisor.rulebook.expression import Environment, Expression


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One use of an image or a data path: the `use` variable of deciding rules."""

    label: str
    facts: dict[str, Any]
    owner: str = ""
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A subject with its facts. A key that is absent is a fact nobody could supply; null is a known
    "none". `gaps` explain absent facts by path (`node.driver`), the longest matching prefix wins.
    `evidence` says who stated a fact, by path, for facts that do not explain themselves.
    """

    subject: Subject
    facts: dict[str, Any]
    uses: tuple[Use, ...] = ()
    gaps: tuple[Gap, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    ignores: tuple[tuple[str, str], ...] = ()
    owner: str = ""
    place: Place | None = None


Scope = Literal["cluster", "node", "image", "data", "storageclass", "workload", "job", "host"]
SCOPES: tuple[Scope, ...] = (
    "cluster",
    "node",
    "image",
    "data",
    "storageclass",
    "workload",
    "job",
    "host",
)


class Parameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value the config file may set; `type` checks it."""

    type: Literal["int", "float", "bool", "string", "strings"]
    default: Any
    description: str


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts by variable (`image`, `use`, `cluster`...) and the exact result they give.

    `message` is required when `result` is `finding` and must be the whole rendered message.
    """

    name: str
    facts: dict[str, Any]
    result: Literal["finding", "ok", "unknown"]
    message: str = ""
    params: dict[str, Any] = {}


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as written. `when` is CEL over the scope's variable, `cluster`, `params` (and `use`
    for a deciding rule, one that has an `outcome`); true is a finding. `consequence` is what
    happens if nobody acts on it; reports begin with the worst.

    Deciding rules of a scope are tried in the order of their ids; the first that is true decides,
    and one that cannot be evaluated makes the outcome unknown.
    """

    id: str
    title: str
    severity: Severity
    scope: Scope
    needs: tuple[str, ...]
    when: str
    message: str
    remedy: str
    why: str
    since: str
    examples: tuple[Example, ...]
    outcome: Outcome | None = None
    consequence: Consequence = ""
    params: dict[str, Parameter] = {}
    links: tuple[str, ...] = ()
    enabled: bool = True


TOPICS: dict[str, Topic] = {"image": "image", "data": "data"}
"""The scopes that deciding rules may have, and what they decide about."""


class LoadedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with the user's settings in it. `needs` are cut where they lead into a map;
    `params` are the values in force.
    """

    rule: Rule
    document: Document
    built_in: bool
    environment: Environment
    expression: Expression
    needs: tuple[str, ...]
    params: dict[str, Any]

    def fingerprint(self, subject_id: str) -> str:
        """Stable while the rule, its facts and the subject stay: wording has no part in it."""
        parts = f"{self.rule.id}\0{subject_id}\0{_in_order(self.rule.needs)}"
        return hashlib.sha256(parts.encode()).hexdigest()[:32]


@lru_cache(maxsize=1024)
def _in_order(needs: tuple[str, ...]) -> str:
    return "\0".join(sorted(needs))


class SharedParams(NamedTuple):
    """Parameters of several rules, none of which has the name of another's."""

    values: dict[str, Any]
    rules: frozenset[str]

    def may_hold(self, loaded: LoadedRule) -> bool:
        """Whether the rule finds its own parameters among these."""
        return not loaded.rule.params or loaded.rule.id in self.rules


NONE_SHARED = SharedParams({}, frozenset())
_PARAMETER = re.compile(r"\bparams\b(?:\s*\.\s*(\w+))?")


class Rulebook(Mapping[str, LoadedRule]):
    """Every rule by id, in the order of ids, switched off or not. `together` is what the engine
    learns of the rules of a scope, for all that is judged by this book."""

    def __init__(self, rules: Mapping[str, LoadedRule]) -> None:
        self._rules = dict(sorted(rules.items()))
        self.together: dict[str, Any] = {}
        enabled = [loaded for loaded in self._rules.values() if loaded.rule.enabled]
        self._plain = _by_scope(loaded for loaded in enabled if not loaded.rule.outcome)
        self._deciding = _by_scope(loaded for loaded in enabled if loaded.rule.outcome)
        self._shared = {
            scope: _shared((*self.plain(scope), *self.deciding(scope)))
            for scope in self._plain.keys() | self._deciding.keys()
        }

    def __getitem__(self, rule_id: str) -> LoadedRule:
        return self._rules[rule_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def of_areas(self, areas: tuple[str, ...]) -> Rulebook:
        """The rules whose ids begin so."""
        return Rulebook({name: rule for name, rule in self.items() if name.startswith(areas)})

    def plain(self, scope: Scope | str) -> tuple[LoadedRule, ...]:
        """The enabled rules of a scope that only find."""
        return self._plain.get(scope, ())

    def deciding(self, scope: Scope | str) -> tuple[LoadedRule, ...]:
        """The enabled rules of a scope that decide, in the order in which they are tried."""
        return self._deciding.get(scope, ())

    def shared(self, scope: Scope | str) -> SharedParams:
        """The parameters of the scope's rules that may stand side by side."""
        return self._shared.get(scope, NONE_SHARED)


def _shared(rules: Iterable[LoadedRule]) -> SharedParams:
    values: dict[str, Any] = {}
    ids = set()
    for loaded in rules:
        named = _PARAMETER.findall(loaded.rule.when)
        if loaded.params.keys() == set(named) and not values.keys() & set(named):
            values |= loaded.params
            ids.add(loaded.rule.id)
    return SharedParams(values=values, rules=frozenset(ids))


def _by_scope(rules: Iterator[LoadedRule]) -> dict[str, tuple[LoadedRule, ...]]:
    scopes: dict[str, tuple[LoadedRule, ...]] = {}
    for loaded in rules:
        scope = loaded.rule.scope
        scopes[scope] = (*scopes.get(scope, ()), loaded)
    return scopes
