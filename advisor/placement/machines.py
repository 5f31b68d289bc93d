"""Which Docker host and which node are one machine, and the nodes of a cluster that does not exist
yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from advisor.configuration.settings import Assumption
from advisor.facts.cluster import Node
from advisor.facts.host import Filesystem, Machine, MountedFilesystem
from advisor.facts.mount_table import Entry, MountTable


class Named(Protocol):
    """A host that has a name and addresses."""

    @property
    def name(self) -> str:
        """Its host name."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its addresses."""


def nodes_of_hosts(
    hosts: Sequence[Named], nodes: Sequence[Node], *, assumed_gpu_node: str = ""
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
        candidates += [
            by_address.get(address) for address in host.addresses if shared[address] == 1
        ]
        if match := next((candidate for candidate in candidates if candidate), None):
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


_MOST_LINKS = 40
"""On the way of one path, as in the kernel."""


class MachineTable:
    """The mount table of a surveyed machine."""

    def __init__(self, machine: Machine) -> None:
        self._links = machine.links
        self._table = MountTable(
            Entry(number=mount.number, parent=mount.parent, filesystem=_plain(mount))
            for mount in machine.mounts or ()
        )

    def find(self, path: str) -> Filesystem | None:
        """The filesystem that holds a path, links near the top of its mount followed; None where
        the table does not say."""
        real = self._follow(path)
        return self._table.find(real) if real is not None else None

    def _follow(self, path: str) -> str | None:
        """The path without links; None for links that lead around in a circle."""
        waiting = [part for part in reversed(path.split("/")) if part]
        done: list[str] = []
        followed = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                done = done[:-1]
            elif part != ".":
                aim = self._links.get("/" + "/".join([*done, part]))
                if aim is None:
                    done.append(part)
                    continue
                followed += 1
                if followed > _MOST_LINKS:
                    return None
                done = [] if aim.startswith("/") else done
                waiting += [step for step in reversed(aim.split("/")) if step]
        return "/" + "/".join(done)


class SurveyedMachines:
    """The mount tables of all surveyed machines, by the node that each is and by its own name."""

    def __init__(self, machines: Sequence[Machine], nodes: Sequence[Node]) -> None:
        known = {node.name for node in nodes}
        joined = nodes_of_hosts(machines, nodes)
        self._of_nodes: dict[str, Machine] = {}
        self._of_hosts = {machine.name: machine for machine in machines if not machine.node}
        for machine in machines:
            name = machine.node if machine.node in known else joined.get(machine.name, "")
            # What a pod of the node said counts before what the same host said elsewhere.
            if name and (machine.node or name not in self._of_nodes):
                self._of_nodes[name] = machine
        self._tables: dict[str, MachineTable] = {}

    def of_node(self, node: str) -> Machine | None:
        """What a node's survey said."""
        return self._of_nodes.get(node)

    def on_node(self, node: str, path: str) -> Filesystem | None:
        """The filesystem that holds the path on a node; None where nobody said."""
        return self._find(self._of_nodes.get(node), path)

    def on_host(self, host: str, path: str) -> Filesystem | None:
        """What the survey of a host said, by the host's name."""
        return self._find(self._of_hosts.get(host), path)

    def _find(self, machine: Machine | None, path: str) -> Filesystem | None:
        if machine is None or machine.mounts is None or not path.startswith("/"):
            return None
        key = f"{machine.node}/{machine.name}"
        if key not in self._tables:
            self._tables[key] = MachineTable(machine)
        return self._tables[key].find(path)


def _plain(mount: MountedFilesystem) -> Filesystem:
    return Filesystem(**{name: getattr(mount, name) for name in Filesystem.__struct_fields__})


_HOSTNAME = "kubernetes.io/hostname"
_GIVEN = "assumed"


def assumed_nodes(
    assumption: Assumption, nodes: Sequence[Node], gpu_nodes: Sequence[str]
) -> tuple[Node, ...]:
    """The cluster's own CPU nodes, and as many GPU nodes as assumed.

    The cluster's GPU nodes come first and are cloned up to the number; without any, nodes of the
    stated shape are made. `cpu_nodes` counts only where the cluster has no nodes of its own.
    """
    own = [node for node in nodes if node.name in gpu_nodes]
    kept = [_shaped(node, assumption) for node in own[: assumption.gpu_nodes]]
    template = _shaped(own[0], assumption) if own else _stated(assumption)
    missing = range(len(kept), assumption.gpu_nodes)
    clones = [_named(template, f"{_GIVEN}-gpu-{number + 1}") for number in missing]
    others = [node for node in nodes if node.name not in gpu_nodes]
    if not nodes:
        plain = _node({})
        others = [_named(plain, f"{_GIVEN}-cpu-{n + 1}") for n in range(assumption.cpu_nodes)]
    return (*kept, *clones, *others)


def _stated(assumption: Assumption) -> Node:
    amounts = {
        "cpu": assumption.cpus and assumption.cpus * 1000,
        "memory": assumption.memory,
        assumption.gpu: assumption.gpus_per_node or 1,
    }
    node = _node({name: amount for name, amount in amounts.items() if amount})
    return msgspec.structs.replace(node, labels=_whole_cards(assumption))


def _whole_cards(assumption: Assumption) -> dict[str, str]:
    """What feature discovery says of a machine whose cards are neither split nor shared."""
    return {
        f"{assumption.gpu}.count": str(assumption.gpus_per_node or 1),
        f"{assumption.gpu}.replicas": "1",
        f"{assumption.gpu}.sharing-strategy": "none",
    }


def _node(amounts: dict[str, int]) -> Node:
    return Node(
        name=_GIVEN,
        ready=True,
        operating_system="linux",
        capacity=amounts,
        allocatable=amounts,
    )


def _shaped(node: Node, assumption: Assumption) -> Node:
    """`node` with the amounts the user stated in place of its own."""
    stated = {
        "cpu": assumption.cpus and assumption.cpus * 1000,
        "memory": assumption.memory,
        assumption.gpu: assumption.gpus_per_node,
    }
    changes = {name: amount for name, amount in stated.items() if amount}
    return msgspec.structs.replace(
        node,
        labels={**node.labels, **_whole_cards(assumption)}
        if assumption.gpus_per_node
        else node.labels,
        capacity={**node.capacity, **changes},
        allocatable={**node.allocatable, **changes},
    )


def _named(node: Node, name: str) -> Node:
    labels = {**node.labels, _HOSTNAME: name}
    return msgspec.structs.replace(
        node,
        name=name,
        hostname=name,
        addresses=(),
        labels=labels,
        image_count=0,
        ready=True,
        unschedulable=False,
    )
