"""The shape of a rule file."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from advisor.findings.finding import Consequence, Outcome, Severity

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
