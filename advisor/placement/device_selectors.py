"""The CEL expressions by which DRA claims and classes select devices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from advisor.facts.cluster import Device
from advisor.facts.quantity import parse_quantity
from advisor.rulebook.expression import Environment, Expression, ExpressionError

_DOMAIN = re.compile(r"\b(?:attributes|capacity)\s*\[\s*(?:\"([^\"]*)\"|'([^']*)')\s*\]")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$")
_LONGEST = 10_240
"""Characters of an expression that the API server takes."""


class DeviceSelectors:
    """Evaluates selectors over devices, each once over devices that are equal to it."""

    def __init__(self) -> None:
        self._compiled = lru_cache(maxsize=1024)(self._compile)
        self._environment: Environment | None = None

    def hold(self, text: str, driver: str, device: Device) -> bool | None:
        """Whether the selector is true of the device; None where that cannot be told: it does not
        compile here, or needs what the device does not have, on which the scheduler gives up."""
        expression = self._compiled(text)
        if expression is None or self._environment is None:
            return None
        facts = {"device": _facts(text, driver, device)}
        answer = expression.evaluate(self._environment.activation(facts))
        return answer if isinstance(answer, bool) else None

    def _compile(self, text: str) -> Expression | None:
        if self._environment is None:
            self._environment = Environment(("device",), optional=True, functions=_functions())
        try:
            return self._environment.compile(text) if len(text) <= _LONGEST else None
        except ExpressionError:
            return None


def _facts(text: str, driver: str, device: Device) -> dict[str, Any]:
    """The device as selectors see it; a domain that it has nothing of is an empty map."""
    domains = {one or other for one, other in _DOMAIN.findall(text)} | {driver}
    versions = {name: _semver(value) for name, value in device.versions.items()}
    capacity = {name: _quantity(value) for name, value in device.capacity.items()}
    return {
        "driver": driver,
        "attributes": _by_domain({**device.attributes, **versions}, domains),
        "capacity": _by_domain(capacity, domains),
        "allowMultipleAllocations": device.shared,
    }


def _by_domain(values: Mapping[str, Any], domains: set[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {domain: {} for domain in domains}
    for name, value in values.items():
        domain, _, short = name.rpartition("/")
        found.setdefault(domain, {})[short] = value
    return found


def _quantity(text: str) -> float:
    return float(parse_quantity(text))


def _semver(text: str) -> list[str]:
    """Parts that compare as the version does: numbers padded, a pre-release before its release."""
    match = _VERSION.match(text)
    if match is None:
        raise ValueError(f"not a semantic version: {text[:80]!r}")
    *numbers, extra = match.groups()
    parts = [_padded(one) for one in (extra or "").split(".")]
    return [_padded(one) for one in numbers] + (["0", *parts] if extra else ["1"])


def _padded(part: str) -> str:
    """A number sorts below a word, and by its value."""
    return f"0{part:0>20}" if part.isdigit() else f"1{part}"


def _functions() -> list[Any]:
    """Kubernetes' quantities (here doubles) and semantic versions (here lists of their parts)."""
    kinds = {"quantity": cel.Type.DOUBLE, "semver": cel.Type.LIST}
    parsers = {"quantity": (_quantity, _is_quantity), "semver": (_semver, _is_semver)}
    comparisons = {
        "compareTo": (cel.Type.INT, lambda one, other: (one > other) - (one < other)),
        "isGreaterThan": (cel.Type.BOOL, lambda one, other: one > other),
        "isLessThan": (cel.Type.BOOL, lambda one, other: one < other),
    }
    made = []
    for name, (parse, tell) in parsers.items():
        asked = f"is{name.capitalize()}"
        made += [
            cel.FunctionDecl(name, [_overload(name, kinds[name], [cel.Type.STRING], parse)]),
            cel.FunctionDecl(asked, [_overload(asked, cel.Type.BOOL, [cel.Type.STRING], tell)]),
        ]
    for name, (gives, compare) in comparisons.items():
        overloads = [
            _overload(f"{kind}_{name}", gives, [type_, type_], compare)
            for kind, type_ in kinds.items()
        ]
        made.append(cel.FunctionDecl(name, overloads))
    return made


def _overload(name: str, gives: Any, takes: list[Any], does: Any) -> Any:
    """Two parameters: the first is what the function is a member of."""
    return cel.Overload(
        f"device_{name}",
        return_type=gives,
        parameters=takes,
        is_member=len(takes) > 1,
        impl=does,
    )


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except ValueError:
        return False
    return True


def _is_semver(text: str) -> bool:
    return _VERSION.match(text) is not None
