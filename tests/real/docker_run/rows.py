"""What both sides of a comparison write alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.jobs import numbers


def capability(name: str) -> str:
    return name.strip().upper().removeprefix("CAP_")


def option(text: str) -> str:
    return text if "=" in text else text.replace(":", "=", 1)


def extra_host(text: str) -> str:
    return text.replace("=", ":", 1).replace("[", "").replace("]", "")


def mount_row(
    kind: str,
    source: str,
    target: str,
    read_only: bool,
    options: Iterable[str],
    *,
    driver: str = "",
    driver_options: Mapping[str, str] | None = None,
    sub_path: str = "",
    size: Iterable[str] = (),
    create: bool = False,
) -> tuple[Any, ...]:
    sizes = [tmpfs_size(text.removeprefix("size=")) for text in size]
    return (
        kind,
        source,
        target,
        read_only,
        sorted(options),
        driver,
        sorted((driver_options or {}).items()),
        sub_path,
        sizes[-1] if sizes else -1,
        create,
    )


def tmpfs_size(text: str) -> int:
    try:
        return numbers.parse_size(text)
    except ValueError:
        return -1
