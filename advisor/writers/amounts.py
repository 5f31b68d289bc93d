"""Amounts as Kubernetes and Run:ai write them."""

from __future__ import annotations

_UNITS = (("Gi", 2**30), ("Mi", 2**20), ("G", 10**9), ("M", 10**6), ("Ki", 2**10), ("k", 10**3))


def memory_amount(size: int) -> str:
    """Bytes in the largest unit that loses nothing: `16Gi`, `1536Mi`, `12G`, `1001`."""
    for unit, factor in _UNITS:
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def core_amount(millicores: int) -> str:
    """Thousandths of a core in cores: `4`, `1.5`, `0.25`."""
    return f"{millicores / 1000:.3f}".rstrip("0").rstrip(".")
