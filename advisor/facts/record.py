"""The base of every stored record."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Immutable, keyword-only, and written without its defaults so that snapshots stay small."""
