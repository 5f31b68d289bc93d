"""What the engine gets to judge: one subject, its facts as plain data, and what is missing."""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.findings.finding import Evidence, Gap, Place, Subject


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
