"""JSON with comments and trailing commas, as editors keep their settings."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_TRAILING = re.compile(r'"(?:\\.|[^"\\\n])*"|,(?=\s*[\]}])', re.DOTALL)


def without_comments(text: str) -> str:
    """Plain JSON of the same length, so that offsets stay what they were."""
    bare = _TOKEN.sub(_blanked, text)
    return _TRAILING.sub(lambda match: " " if match[0] == "," else match[0], bare)


def _blanked(match: re.Match[str]) -> str:
    text = match[0]
    return text if text.startswith('"') else re.sub(r"[^\n]", " ", text)
