"""Ports as runai's flags."""

from __future__ import annotations

from advisor.jobs.ledger import amount_text, port_part, ports_of_ranges
from advisor.jobs.run import PortMapping
from advisor.jobs.word import Word, word
from advisor.writers.names import is_service_name
from advisor.writers.runai.draft import CommandDraft
from advisor.writers.shell_text import quote_word

NODE_PORTS = range(30000, 32768)
"""The usual range of NodePort services."""


def second_ports(draft: CommandDraft) -> None:
    """A NodePort where the host's port can be one, else a URL."""
    serving = next((value for name, value in draft.run.options if name == "serving-port"), None)
    for port in published(draft):
        if port.protocol != "tcp":
            _tell_protocol(draft, port)
        elif draft.has("serving-port") and (serving is None or _is_of(port, serving)):
            if serving is None:
                serving = draft.loud(_number(draft, port))
                draft.put("serving-port", word("container=") + serving)
            draft.tell("ports", "mapped", "the port that serves", "--serving-port", _key(port))
        elif port.service and draft.has("port"):
            value = word(f"service-type={port.service},container=") + _number(draft, port)
            fits = port.service != "NodePort" or _is_node_port(port)
            outside = word(",external=") + _outside(draft, port) if port.host and fits else word("")
            output = draft.put("port", value + outside)
            draft.tell("ports", "mapped", "by the same type of Service", output, _key(port))
        elif _is_node_port(port) and draft.has("port"):
            container = word("service-type=NodePort,container=") + _number(draft, port)
            output = draft.put("port", container + word(f",external={port.host}"))
            draft.tell("ports", "changed", _NODE_PORT, output, _key(port))
        elif draft.has("external-url"):
            output = draft.put("external-url", word("container=") + _number(draft, port))
            draft.tell("ports", "changed", _url(draft, port), output, _key(port))
        else:
            draft.tell_lost("ports", _key(port))


def first_ports(draft: CommandDraft) -> None:
    """All ports with one kind of service: NodePort where every host port can be one."""
    ports = published(draft)
    for port in ports:
        if port.protocol != "tcp":
            _tell_protocol(draft, port)
    mapped = [port for port in ports if port.protocol == "tcp"]
    if mapped and not draft.has("service-type"):
        for port in mapped:
            draft.tell_lost("ports", _key(port))
        return
    stated = {port.service.lower() for port in mapped} & _FIRST_SERVICES
    nodes = stated == {"nodeport"} or all(map(_is_node_port, mapped))
    for port in mapped:
        output = draft.put("port", _outside(draft, port) + word(":") + _number(draft, port))
        reason = _NODE_PORT if nodes else _BALANCED if stated else _FORWARDED
        draft.tell("ports", "changed", reason, output, _key(port))
    if mapped:
        kind = "nodeport" if nodes else "loadbalancer" if stated else "portforward"
        draft.put("service-type", word(kind))


def put_called(draft: CommandDraft) -> None:
    """What makes the Service by whose name other services call the job: runai itself makes none
    with a name of one's own."""
    first = ""
    for name in draft.run.called:
        host = name.lower()
        if not is_service_name(host):
            reason = f"other services call it {name}, which no Service can be called: put a name"
            reason += " without _ in its place, there too"
            draft.tell("called", "no-equivalent", reason, "", name, added=True)
        elif not draft.has("label"):
            reason = f"other services call it {name}: this dialect sets no label to find it by"
            draft.tell("called", "no-equivalent", reason, "", name, added=True)
        else:
            selected = first or draft.run.labels.get("app", "")
            first = selected or host
            output = "" if selected else draft.put("label", word(f"app={host}"))
            draft.before.append(_service(draft, host, "" if first == host else first))
            reason = f"other services call it {name}: a Service finds it by its label"
            draft.tell("called", "changed", reason, output, name, added=True)


def _service(draft: CommandDraft, name: str, selected: str) -> str:
    """The command that makes a Service, which looks for `app=NAME` unless it is told otherwise."""
    ports = [port for port in draft.run.ports if port.protocol == "tcp"]
    numbers = [quote_word(_number(draft, port)) for port in ports]
    numbers += map(str, draft.run.called_ports if numbers else ())
    reached = [f"--tcp={number}:{number}" for number in dict.fromkeys(numbers)]
    make = " ".join(("kubectl create service clusterip", name, *(reached or ["--clusterip=None"])))
    also = f" && kubectl set selector service {name} app={selected}" if selected else ""
    return f"# in the project's namespace, runai-PROJECT\n{make}{also}"


def published(draft: CommandDraft) -> list[PortMapping]:
    """The ports somebody outside is to reach; exposed ones are noted, each port once."""
    ports: dict[str, PortMapping] = {}
    ranges = ports_of_ranges(port for port in draft.run.ports if not port.exposed)
    for port in draft.run.ports:
        if count := ranges.get(_key(port)):
            reason = (
                f"one of a row of {count} ports: pods reach each other on every port; add the few"
                " that somebody outside is to reach"
            )
            draft.tell("ports", "no-equivalent", reason, "", _key(port))
        elif port.exposed:
            reason = "pods reach each other on every port; it only documents one: nothing is lost"
            draft.tell("ports", "no-equivalent", reason, "", _key(port))
        else:
            ports.setdefault(_key(port), port)
    return list(ports.values())


def _is_of(port: PortMapping, serving: Word) -> bool:
    """Whether the value of `--serving-port` names the port."""
    number = amount_text(port.container)
    return serving.text == number or f"container={number}" in serving.text.split(",")


def _is_node_port(port: PortMapping) -> bool:
    return isinstance(port.host, int) and port.host in NODE_PORTS


def _key(port: PortMapping) -> str:
    return port_part(port)[1]


def _outside(draft: CommandDraft, port: PortMapping) -> Word:
    return draft.amount("ports", port.host or port.container, key=_key(port))


def _number(draft: CommandDraft, port: PortMapping) -> Word:
    return draft.amount("ports", port.container, key=_key(port))


def _tell_protocol(draft: CommandDraft, port: PortMapping) -> None:
    reason = f"{port.protocol} ports are not published; pods reach each other on them"
    draft.tell("ports", "no-equivalent", reason, "", _key(port))


def _url(draft: CommandDraft, port: PortMapping) -> str:
    group = draft.subcommand.removesuffix(" submit")
    ports = f"{amount_text(port.host or port.container)}:{amount_text(port.container)}"
    return (
        "reached by a URL that Run:ai shows instead of a port of this machine; or for yourself:"
        f" runai {group} port-forward NAME --port {ports}"
    )


_NODE_PORT = (
    "the same port on every node instead of on this machine; the range 30000 to 32767 is the usual"
)
_FIRST_SERVICES = frozenset({"nodeport", "loadbalancer"})
_BALANCED = "at an address of its own, by the same type of Service"
_FORWARDED = (
    "forwarded to the machine that submits while the command runs; later versions want"
    " runai port-forward for this"
)
