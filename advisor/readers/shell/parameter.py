"""`${...}` taken apart."""

from __future__ import annotations

import re

from advisor.readers.shell.segment import Opaque, Parameter

_FORM = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?:\[(?P<subscript>[^\]]*)\])?"
    r"(?P<operator>:?[-+=?])?(?P<operand>.*)",
    re.DOTALL,
)


def parameter(source: str, *, quoted: bool) -> Parameter | Opaque:
    """The parameter that `${...}` names; one that a value alone does not settle has no name."""
    form = _FORM.fullmatch(source[2:-1])
    if form is None or (form["operand"] and not form["operator"]):
        return Opaque(source, "variable", "", quoted)
    return Parameter(
        source,
        form["name"],
        form["subscript"] or "",
        form["operator"] or "",
        form["operand"],
        quoted,
    )
