"""`--network`, as the docker command reads it."""

from __future__ import annotations

import re
from typing import NamedTuple

from advisor.jobs.numbers import parse_decimal_integer
from advisor.readers.docker_run.fields import split_fields
from advisor.readers.masking import is_veiled

_LONG = re.compile(r"[0-9A-Za-z_]=[0-9A-Za-z_]")
_KEYS = frozenset(
    {"name", "alias", "ip", "ip6", "mac-address", "link-local-ip", "driver-opt", "gw-priority"}
)


class Network(NamedTuple):
    """One network: its name, and what was said of the attachment."""

    name: str
    values: dict[str, str] = {}

    @property
    def user_defined(self) -> bool:
        """Neither one of Docker's own nor another container's; unknown counts as not."""
        own = self.name in ("", "default", "bridge", "host", "none")
        return not own and not self.name.startswith("container:") and not is_veiled(self.name)


def parse_network(text: str) -> Network:
    """A name, or `name=,alias=,ip=,...`. Raises ValueError."""
    if not _LONG.search(text):
        return Network(name=text)
    values: dict[str, str] = {}
    for field in split_fields(text):
        name, found, value = field.lower().partition("=")
        if not found or not name:
            raise ValueError(f"{field!r} is not KEY=VALUE")
        name, value = name.strip(), value.strip()
        if name not in _KEYS:
            raise ValueError(f"unknown key {name!r}")
        if name == "driver-opt" and (value.startswith("=") or "=" not in value):
            raise ValueError("driver-opt is not KEY=VALUE")
        if name == "gw-priority" and not is_veiled(value):
            parse_decimal_integer(value)
        values[name] = value
    if not values.get("name"):
        raise ValueError("no name")
    return Network(name=values["name"], values=values)
