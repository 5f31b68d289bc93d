"""What a mistyped word may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggestion(word: str, known: Iterable[str], *, listing: bool = True) -> str:
    """`, did you mean 'audit'?` for the nearest known word.

    Without a near one all of them, or nothing where `listing` them would be too long.
    """
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f", did you mean '{near[0]}'?"
    return f"; there is: {', '.join(words)}" if listing else ""
