"""Words of a container as they are once Kubernetes has filled in its variables."""

from __future__ import annotations

import re
from collections.abc import Collection

from advisor.jobs.word import Expansion, Word, joined

_REFERENCE = re.compile(r"\$(?:\$|\(([^()]*)\))")


def cluster_word(text: str, names: Collection[str]) -> Word:
    """`$$` is a dollar sign, `$(NAME)` a variable of the container; that of no variable stays."""
    if "$" not in text:
        return Word(parts=(text,) if text else ())
    parts: list[str | Expansion] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        parts.append(text[end : match.start()])
        parts.append(_filled(match, names))
        end = match.end()
    return joined([*parts, text[end:]])


def _filled(match: re.Match[str], names: Collection[str]) -> str | Expansion:
    if match[0] == "$$":
        return "$"
    if match[1] not in names:
        return match[0]
    return Expansion(source=match[0], kind="cluster", name=match[1], quoted=True)
