"""`--publish` and `--expose`, as Docker's nat package reads them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Literal, cast

from advisor.jobs.numbers import parse_decimal_integer
from advisor.jobs.run import PortMapping, Whole
from advisor.jobs.word import Word, is_veiled, word

AsWord = Callable[[str], Word]
"""A piece of a command's text as a word again."""

Protocol = Literal["tcp", "udp", "sctp"]
_PROTOCOLS = ("tcp", "udp", "sctp")


def parse_publish(text: str, as_word: AsWord = word) -> list[PortMapping]:
    """`[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`, ranges, or `published=,target=,protocol=`.

    A host port to be picked from a range is None; ports left to the shell are words. Raises
    ValueError.
    """
    address, host, inside = _split(_standard_notation(text))
    protocol, port = split_protocol(inside)
    _check_address(address)
    if not port:
        raise ValueError("no port of the container")
    if is_veiled(port) or is_veiled(protocol):
        known = protocol.lower() if protocol.lower() in _PROTOCOLS else ""
        container = as_word(port if known else f"{port}/{protocol}")
        outside = as_word(host) if is_veiled(host) else _host_ports(host, 1)[0] if host else None
        return [PortMapping(container=container, host=outside, protocol=_protocol(known))]
    first, last = parse_range(port)
    hosts = _host_ports(host, last - first + 1, as_word)
    if protocol.lower() not in _PROTOCOLS:
        raise ValueError("a protocol is tcp, udp or sctp")
    return [
        PortMapping(
            container=first + offset,
            host=host_port,
            address=address.strip("[]"),
            protocol=_protocol(protocol.lower()),
        )
        for offset, host_port in enumerate(hosts)
    ]


def _protocol(name: str) -> Protocol:
    return cast(Protocol, name or "tcp")


def parse_expose(text: str, as_word: AsWord = word) -> list[PortMapping]:
    """`PORT[-PORT][/PROTOCOL]`, a word where the shell decides it. Raises ValueError."""
    if ":" in text:
        raise ValueError("not PORT[/PROTOCOL]")
    protocol, port = split_protocol(text)
    if is_veiled(text):
        return [PortMapping(container=as_word(text), exposed=True)]
    first, last = parse_range(port)
    known = protocol.lower() if protocol.lower() in _PROTOCOLS else "tcp"
    return [
        PortMapping(container=number, protocol=_protocol(known), exposed=True)
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
        name, equals, value = part.partition("=")
        if not equals or not name:
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


def _host_ports(text: str, count: int, as_word: AsWord = word) -> Sequence[Whole | None]:
    """One host port for each of `count` ports."""
    if not text:
        return [None] * count
    if is_veiled(text):
        return [as_word(text)] * count
    first, last = parse_range(text)
    if last - first + 1 == count:
        return [first + offset for offset in range(count)]
    if count != 1:
        raise ValueError("as many ports of the host as of the container are needed")
    return [None]
