"""What a mistyped word may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggestion(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'audit'?` for the nearest known word; without a near one, all of them."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f", did you mean '{near[0]}'?" if near else f"; there is: {', '.join(words)}"
