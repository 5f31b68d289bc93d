"""A bridge of this machine for the containers of a test."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real.parts.part import find_binary

PREFIX = "adv-"


@contextmanager
def bridge(address: str) -> Iterator[str]:
    """The name of a new bridge with `address` (and its prefix length); it goes with the block."""
    program = find_binary("ip", "apt-get install iproute2")
    name = PREFIX + secrets.token_hex(4)
    subprocess.run([program, "link", "add", name, "type", "bridge"], check=True)
    try:
        subprocess.run([program, "address", "add", address, "dev", name], check=True)
        subprocess.run([program, "link", "set", name, "up"], check=True)
        yield name
    finally:
        subprocess.run([program, "link", "delete", name], check=True)


def bridges() -> tuple[str, ...]:
    """The bridges of tests that there are."""
    return tuple(sorted(path.name for path in Path("/sys/class/net").glob(f"{PREFIX}*")))
