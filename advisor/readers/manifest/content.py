"""Parts of manifests that were met before: read once for each content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

_MOST = 2048
Found = TypeVar("Found")


def once_for_each_content(read: Callable[..., Found]) -> Callable[..., Found]:
    """`read`, a function of plain data alone, for manifests that are alike in most parts.

    What it gives is shared and must not be changed. Data that have no compact form are read anew.
    """
    known: dict[bytes, Found] = {}
    pack = msgspec.msgpack.Encoder().encode

    def reading(*parts: Any) -> Found:
        try:
            key = pack(parts)
        except (TypeError, ValueError, OverflowError):
            return read(*parts)
        if key not in known:
            if len(known) >= _MOST:
                known.clear()
            known[key] = read(*parts)
        return known[key]

    return reading
