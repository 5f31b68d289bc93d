"""Kubernetes label selectors, as `kubectl --selector` takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from advisor.errors import InputError

Operator = Literal["in", "notin", "exists", "absent", "gt", "lt"]

_TOKEN = re.compile(r"\s*(==|!=|[=!,()<>]|[^\s=!,()<>]+)")
_KEY = re.compile(
    r"^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$",
    re.ASCII,
)
_VALUE = re.compile(r"^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$", re.ASCII)
_SYMBOLS = frozenset({"=", "==", "!=", "!", ",", "(", ")", "<", ">"})
_COMPARISONS: dict[str, Operator] = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}
_SETS: dict[str, Operator] = {"in": "in", "notin": "notin"}
_REMEDY = "as in: gpu=no, tier in (a,b), !retired"


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One clause. `notin` holds for a label that is absent, as in Kubernetes."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet this clause."""
        value = labels.get(self.key)
        if self.operator in ("absent", "notin") and value is None:
            return True
        if value is None:
            return False
        return {
            "exists": True,
            "absent": False,
            "in": value in self.values,
            "notin": value not in self.values,
            "gt": self._compared(value) > 0,
            "lt": self._compared(value) < 0,
        }[self.operator]

    def _compared(self, value: str) -> int:
        """Sign of value minus bound; 0 where either is no whole number, which matches neither."""
        if not self.values or not _is_whole(value) or not _is_whole(self.values[0]):
            return 0
        return int(value) - int(self.values[0])

    def __str__(self) -> str:
        values = ",".join(self.values)
        return {
            "exists": self.key,
            "absent": f"!{self.key}",
            "in": f"{self.key} in ({values})",
            "notin": f"{self.key} notin ({values})",
            "gt": f"{self.key}>{values}",
            "lt": f"{self.key}<{values}",
        }[self.operator]


class Selector(msgspec.Struct, frozen=True):
    """Clauses that must all hold; without any it matches everything, as in Kubernetes."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet every clause."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)


def parse_selector(text: str, *, where: str = "--exclude-nodes") -> Selector:
    """The selector in `text`; InputError with the column of what cannot be read."""
    return Selector(_Parser(text, where).selector()) if text.strip() else Selector()


class _Parser:
    """Recursive descent over the tokens of one selector."""

    def __init__(self, text: str, where: str) -> None:
        self._where = where
        self._length = len(text.rstrip())
        self._tokens = [(m[1], m.start(1) + 1) for m in _TOKEN.finditer(text)]
        self._next = 0

    def selector(self) -> tuple[Requirement, ...]:
        clauses = [self._requirement()]
        while self._peek():
            self._expect(",")
            clauses.append(self._requirement())
        return tuple(clauses)

    def _requirement(self) -> Requirement:
        if self._peek() == "!":
            self._take()
            return Requirement(key=self._word(_KEY, "a label name"), operator="absent")
        key = self._word(_KEY, "a label name")
        operator = self._peek()
        if operator in ("", ","):
            return Requirement(key=key, operator="exists")
        if operator in _SETS:
            self._take()
            return Requirement(key=key, operator=_SETS[operator], values=self._set())
        if operator in _COMPARISONS:
            self._take()
            return self._comparison(key, _COMPARISONS[operator])
        raise self._error("an operator such as = or in")

    def _comparison(self, key: str, operator: Operator) -> Requirement:
        empty = self._peek() in ("", ",")
        value = "" if empty else self._word(_VALUE, "a label value")
        if operator in ("gt", "lt") and not _is_whole(value):
            self._next -= 0 if empty else 1
            raise self._error("a whole number")
        return Requirement(key=key, operator=operator, values=(value,))

    def _set(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._set_value()]
        while self._peek() == ",":
            self._take()
            values.append(self._set_value())
        self._expect(")")
        return tuple(sorted(set(values)))

    def _set_value(self) -> str:
        return "" if self._peek() in (",", ")") else self._word(_VALUE, "a label value")

    def _word(self, pattern: re.Pattern[str], what: str) -> str:
        token = self._peek()
        if not token or token in _SYMBOLS or not pattern.match(token):
            raise self._error(what)
        return self._take()

    def _expect(self, symbol: str) -> None:
        if self._peek() != symbol:
            raise self._error(f"'{symbol}'")
        self._take()

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def _error(self, expected: str) -> InputError:
        at_end = self._next >= len(self._tokens)
        column = self._length + 1 if at_end else self._tokens[self._next][1]
        actual = "it ends" if at_end else f"there is '{self._peek()}'"
        return InputError(
            f"column {column}: {expected} is expected where {actual}",
            where=self._where,
            remedy=_REMEDY,
        )


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"\d{1,18}", text, re.ASCII) is not None
