"""Which Docker host and which node are one machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from advisor.facts.host import DockerHost
from advisor.facts.node import Node


def nodes_of_hosts(
    hosts: Sequence[DockerHost], nodes: Sequence[Node], *, assumed_gpu_node: str = ""
) -> Mapping[str, str]:
    """Node name by host name, for the hosts that are nodes too.

    A host name or an address must agree; addresses that several machines have (a bridge's own) say
    nothing. With one host and one assumed GPU node, that host is it.
    """
    if assumed_gpu_node and len(hosts) == 1:
        return {hosts[0].name: assumed_gpu_node}
    by_name = _unique((name, node.name) for node in nodes for name in _names(node))
    by_address = _unique((address, node.name) for node in nodes for address in node.addresses)
    shared = Counter(address for host in hosts for address in host.addresses)
    found = {}
    for host in hosts:
        candidates = [by_name.get(name) for name in _spellings(host.name)]
        candidates += [by_address.get(one) for one in host.addresses if shared[one] == 1]
        if match := next((one for one in candidates if one), None):
            found[host.name] = match
    return found


def _names(node: Node) -> set[str]:
    return {spelling for name in (node.name, node.hostname) for spelling in _spellings(name)}


def _spellings(name: str) -> tuple[str, ...]:
    """A host name as given and its first label: `dgx1.lab.example` is also `dgx1`."""
    name = name.lower()
    first = name.partition(".")[0]
    return (name,) if not name or name.replace(".", "").isdigit() else (name, first)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose key belongs to one node only."""
    owners: dict[str, set[str]] = {}
    for key, node in pairs:
        if key:
            owners.setdefault(key, set()).add(node)
    return {key: next(iter(names)) for key, names in owners.items() if len(names) == 1}
