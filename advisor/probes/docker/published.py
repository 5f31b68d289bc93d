"""Ports of a container that others can reach through its host."""

from __future__ import annotations

from advisor.facts.host import Port
from advisor.facts.quantity import whole_number
from advisor.probes.docker.documents import Document

LAST_PORT = 2**16 - 1


def published_ports(inspected: Document) -> tuple[Port, ...]:
    """Those published one by one, and with `-P` all exposed ones."""
    bindings = {
        spec: inspected.documents("HostConfig", "PortBindings", spec)
        for spec in inspected.names("HostConfig", "PortBindings")
    }
    ports = [_port(spec, binding) for spec, given in bindings.items() for binding in given]
    if inspected.flag("HostConfig", "PublishAllPorts"):
        exposed = inspected.names("Config", "ExposedPorts")
        ports += [_port(spec, Document({})) for spec in exposed if spec not in bindings]
    known = [port for port in ports if port is not None]
    return tuple(sorted(known, key=lambda port: (port.container_port, port.protocol)))


def _port(spec: str, binding: Document) -> Port | None:
    """`8888/tcp` with one binding; None when it is no such text."""
    number, _, protocol = spec.partition("/")
    container = whole_number(number, most=LAST_PORT)
    if container is None:
        return None
    return Port(
        container_port=container,
        protocol=protocol or "tcp",
        host_port=whole_number(binding.text("HostPort"), most=LAST_PORT) or None,
        host_address=binding.text("HostIp"),
    )
