"""`--publish` and `--expose`, as Docker's nat package reads them."""

from __future__ import annotations

import ipaddress
from typing import Literal, cast

from advisor.jobs.numbers import parse_decimal_integer
from advisor.jobs.run import PortMapping
from advisor.readers.masking import is_veiled

Protocol = Literal["tcp", "udp", "sctp"]
_PROTOCOLS = ("tcp", "udp", "sctp")


def parse_publish(text: str) -> list[PortMapping]:
    """`[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`, ranges, or `published=,target=,protocol=`.

    A host port left to the shell or to be picked from a range is None; a container port left to
    the shell gives nothing. Raises ValueError.
    """
    address, host, inside = _split(_standard_notation(text))
    protocol, port = split_protocol(inside)
    _check_address(address)
    if not port:
        raise ValueError("no port of the container")
    if is_veiled(port) or is_veiled(protocol):
        return []
    first, last = parse_range(port)
    hosts = _host_ports(host, last - first + 1)
    if protocol.lower() not in _PROTOCOLS:
        raise ValueError("a protocol is tcp, udp or sctp")
    return [
        PortMapping(
            container=first + offset,
            host=host_port,
            address=address.strip("[]"),
            protocol=cast(Protocol, protocol.lower()),
        )
        for offset, host_port in enumerate(hosts)
    ]


def parse_expose(text: str) -> list[PortMapping]:
    """`PORT[-PORT][/PROTOCOL]`; nothing where the shell decides. Raises ValueError."""
    if ":" in text:
        raise ValueError("not PORT[/PROTOCOL]")
    protocol, port = split_protocol(text)
    if is_veiled(text):
        return []
    first, last = parse_range(port)
    known = protocol.lower() if protocol.lower() in _PROTOCOLS else "tcp"
    return [
        PortMapping(container=number, protocol=cast(Protocol, known))
        for number in range(first, last + 1)
    ]


def parse_range(text: str) -> tuple[int, int]:
    """First and last port. Raises ValueError."""
    parts = text.split("-")
    try:
        numbers = [parse_decimal_integer(part, low=0, high=2**16 - 1) for part in parts[:2]]
    except ValueError:
        raise ValueError("a port is a number from 0 to 65535") from None
    if numbers[-1] < numbers[0]:
        raise ValueError("a range of ports that ends before it starts")
    return numbers[0], numbers[-1]


def split_protocol(text: str) -> tuple[str, str]:
    """Protocol and port of `PORT[/PROTOCOL]`."""
    port, _, rest = text.partition("/")
    if not port:
        return "", ""
    return rest.split("/")[0] or "tcp", port


def _standard_notation(text: str) -> str:
    if "=" not in text:
        return text
    values = {"protocol": "tcp"}
    for part in text.split(","):
        name, found, value = part.partition("=")
        if not found or not name:
            raise ValueError("not NAME=VALUE,...")
        values[name] = value
    return f"{values.get('published', '')}:{values.get('target', '')}/{values['protocol']}"


def _split(text: str) -> tuple[str, str, str]:
    *front, inside = text.split(":")
    if not front:
        return "", "", inside
    return ":".join(front[:-1]), front[-1], inside


def _check_address(text: str) -> None:
    bare = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    if not bare or is_veiled(bare):
        return
    try:
        if "%" in bare:
            raise ValueError
        ipaddress.ip_address(bare)
    except ValueError:
        raise ValueError("not an IP address before the ports") from None


def _host_ports(text: str, count: int) -> list[int | None]:
    """One host port for each of `count` ports."""
    if not text or is_veiled(text):
        return [None] * count
    first, last = parse_range(text)
    if last - first + 1 == count:
        return [first + offset for offset in range(count)]
    if count != 1:
        raise ValueError("as many ports of the host as of the container are needed")
    return [None]
