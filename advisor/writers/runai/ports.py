"""Ports as runai's flags."""

from __future__ import annotations

from advisor.facts.quantity import whole_number
from advisor.jobs.run import PortMapping
from advisor.jobs.word import word
from advisor.writers.draft import Draft

_LAST_PORT = 2**16 - 1

NODE_PORTS = range(30000, 32768)
"""The usual range of NodePort services."""


def second_ports(draft: Draft) -> None:
    """A NodePort where the host's port can be one, else a URL."""
    for port in published(draft):
        if port.protocol != "tcp":
            _tell_protocol(draft, port)
        elif port.host in NODE_PORTS and draft.has("port"):
            text = f"service-type=NodePort,container={port.container},external={port.host}"
            output = draft.put("port", word(text))
            draft.tell("ports", "changed", _NODE_PORT, output, *_keys(port))
        elif draft.has("external-url"):
            output = draft.put("external-url", word(f"container={port.container}"))
            draft.tell("ports", "changed", _url(draft, port), output, *_keys(port))
        else:
            draft.tell_lost("ports", *_keys(port))


def first_ports(draft: Draft) -> None:
    """All ports with one kind of service: NodePort where every host port can be one."""
    ports = published(draft)
    for port in ports:
        if port.protocol != "tcp":
            _tell_protocol(draft, port)
    mapped = [port for port in ports if port.protocol == "tcp"]
    if mapped and not draft.has("service-type"):
        for port in mapped:
            draft.tell_lost("ports", *_keys(port))
        return
    nodes = all(port.host in NODE_PORTS for port in mapped)
    for port in mapped:
        output = draft.put("port", word(f"{port.host or port.container}:{port.container}"))
        reason = _NODE_PORT if nodes else _FORWARDED
        draft.tell("ports", "changed", reason, output, *_keys(port))
    if mapped:
        draft.put("service-type", word("nodeport" if nodes else "portforward"))


def published(draft: Draft) -> list[PortMapping]:
    """The ports somebody outside is to reach; exposed ones are told of, each port once."""
    ports: dict[tuple[int, str], PortMapping] = {}
    exposed = _exposed(draft)
    for port in draft.run.ports:
        if port.host is None and f"{port.container}/{port.protocol}" in exposed:
            draft.tell_lost("exposed", *_keys(port))
        else:
            ports.setdefault((port.container, port.protocol), port)
    return list(ports.values())


def _exposed(draft: Draft) -> set[str]:
    """What `--expose` names, as port/protocol."""
    found: set[str] = set()
    for item in draft.spec.items:
        if item.name == "--expose":
            span, _, protocol = item.value.partition("/")
            numbers = [whole_number(end, most=_LAST_PORT) for end in span.split("-")]
            ends = [number for number in numbers if number is not None]
            if ends:
                found |= {f"{port}/{protocol or 'tcp'}" for port in range(ends[0], ends[-1] + 1)}
    return found


def _keys(port: PortMapping) -> tuple[str, ...]:
    return (f"{port.container}/{port.protocol}", str(port.container))


def _tell_protocol(draft: Draft, port: PortMapping) -> None:
    reason = f"{port.protocol} ports are not published; pods reach each other on them"
    draft.tell("ports", "no-equivalent", reason, "", *_keys(port))


def _url(draft: Draft, port: PortMapping) -> str:
    group = draft.subcommand.removesuffix(" submit")
    ports = f"{port.host or port.container}:{port.container}"
    return (
        "reached by a URL that Run:ai shows instead of a port of this machine; or for yourself:"
        f" runai {group} port-forward NAME --port {ports}"
    )


_NODE_PORT = (
    "the same port on every node instead of on this machine; the range 30000 to 32767 is the usual"
)
_FORWARDED = (
    "forwarded to the machine that submits while the command runs; later versions want"
    " runai port-forward for this"
)
