"""Which compose files of a folder are read together."""

from __future__ import annotations

import os
import re
from pathlib import PurePath

BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""The names that compose looks for, the first that is there counts."""

_OVERRIDE = re.compile(r"(?:docker-)?compose\.override\.ya?ml", re.IGNORECASE)


def overrides(path: str) -> tuple[str, ...]:
    """The file that goes over a compose file without being named."""
    folder, name = os.path.split(path)
    if name not in BASES:
        return ()
    stem = PurePath(name).stem
    names = (f"{stem}.override.yaml", f"{stem}.override.yml")
    return tuple(_there(folder, names)[:1])


def belongs_to_another(path: str) -> bool:
    """Whether it is read together with the compose file that it goes over, or never by compose."""
    folder, name = os.path.split(path)
    if _OVERRIDE.fullmatch(name):
        stem = name.lower().split(".", 1)[0]
        return bool(_there(folder, [base for base in BASES if base.startswith(f"{stem}.")]))
    return name in BASES and bool(_there(folder, BASES[: BASES.index(name)]))


def base_beside(path: str) -> str | None:
    """The compose file that one with another name may be meant to go over."""
    folder, name = os.path.split(path)
    found = _there(folder, BASES)
    return found[0] if found and name not in BASES else None


def _there(folder: str, names: list[str] | tuple[str, ...]) -> list[str]:
    paths = [os.path.join(folder, name) for name in names]
    return [path for path in paths if os.path.lexists(path)]
