"""Variables of a makefile, as far as reading alone settles them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ASSIGNMENT = re.compile(
    r"[ ]*(?:(?:export|override|private)[ \t]+)*(?P<name>[^\s:#=!?+$]+)[ \t]*"
    r"(?P<sign>::?:?=|\?=|\+=|!=|=)[ \t]*(?P<value>.*)",
    re.DOTALL,
)
_TARGET = re.compile(r"[^\t#=][^#=]*?::?[ \t]*[^\s:#=!?+$]+[ \t]*(?:::?:?|\?|\+)?=")
_TARGET_NAME = re.compile(r":[ \t]*(?:export[ \t]+)?([^\s:#=!?+$]+)[ \t]*(?:::?:?|\?|\+)?=")
_CONDITION = re.compile(r"[ \t]*(ifeq|ifneq|ifdef|ifndef|endif)\b")
_DEFINE = re.compile(r"[ \t]*(define[ \t]+(\S+)|endef)\b")
_COMMENT = re.compile(r"(?<!\\)#.*", re.DOTALL)


class MakeVariables:
    """The variables that a makefile gives one value; those `given` to make itself go before."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = given or {}
        self._values: dict[str, str] = {}
        self._unknown: set[str] = set()
        self._conditions = 0
        self._defines = False

    def value(self, name: str) -> str | None:
        """The text behind the sign, unexpanded; None when it is not known."""
        if name in self._given:
            return self._given[name].replace("$", "$$")
        return None if name in self._unknown else self._values.get(name)

    def read(self, line: str) -> None:
        """Note what a line outside of recipes says; continuation lines are joined already."""
        condition = _CONDITION.match(line)
        define = _DEFINE.match(line)
        if condition:
            self._conditions += -1 if condition[1] == "endif" else 1
        elif define:
            self._defines = define[1] != "endef"
            self._unknown.update({define[2]} if define[2] else ())
        elif not self._defines:
            self._assign(line)

    def _assign(self, line: str) -> None:
        form = _ASSIGNMENT.fullmatch(line)
        if form is None:
            target = _TARGET_NAME.search(line) if _TARGET.match(line) else None
            self._unknown.update({target[1]} if target else ())
            return
        name, sign = form["name"], form["sign"]
        value = _COMMENT.sub("", form["value"]).strip()
        if self._conditions > 0 or sign == "!=":
            self._unknown.add(name)
        elif sign == "+=":
            self._values[name] = f"{self._values.get(name, '')} {value}".strip()
        elif sign != "?=" or name not in self._values:
            self._values[name] = value
