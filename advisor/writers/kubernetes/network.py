"""Ports, host names and name servers."""

from __future__ import annotations

import ipaddress
import re

from advisor.jobs.ledger import amount_text, port_part, ports_of_ranges
from advisor.jobs.run import PortMapping
from advisor.writers.kubernetes.draft import Body, ManifestDraft
from advisor.writers.names import LABEL, is_service_name, object_name

_DOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\.?")
_MOST_SERVERS, _MOST_DOMAINS, _LONGEST_DOMAIN = 3, 32, 253


def put_ports(draft: ManifestDraft) -> None:
    """Container ports, each once; those somebody is to reach also on a Service."""
    ports: dict[str, PortMapping] = {}
    for port in draft.run.ports:
        ports.setdefault(port_part(port)[1], port)
    if ports:
        draft.container["ports"] = [_container_port(draft, port) for port in ports.values()]
    _leave_out_service_variables(draft)
    served = has_service(draft)
    ranges = ports_of_ranges(ports.values())
    for key, port in ports.items():
        if served:
            forward = " ".join((*draft.kubectl(), "port-forward", f"svc/{draft.name}"))
            numbers = f"{amount_text(port.host or port.container)}:{amount_text(port.container)}"
            reason = f"a port of the Service {draft.name}; from outside: {forward} {numbers}"
            if count := ranges.get(key):
                what = f"one of {count} ports of the Service {draft.name}"
                reason = f"{what}; from outside: {forward} PORT"
            output = f"Service {draft.name}: {key}"
            draft.tell("ports", "changed", reason, output, key)
        else:
            reason = "a container port, which is there for the reader only"
            output = f"containers[0].ports: {key}"
            draft.tell("ports", "mapped", reason, output, key)


def _leave_out_service_variables(draft: ManifestDraft) -> None:
    """A Service called redis would give every pod a REDIS_PORT, which programs take for a setting
    of their own; no container of Docker has such variables."""
    if has_service(draft) or draft.run.called:
        output = draft.put(draft.pod, "enableServiceLinks", False, "spec")
        reason = "no variables about Services of the namespace, as no container of Docker has them"
        draft.tell("service_links", "mapped", reason, output, added=True)


def has_service(draft: ManifestDraft) -> bool:
    """Whether something about the job is to be reached by others."""
    ports = draft.run.ports
    reached = any(not port.exposed for port in ports) and draft.spec.reader != "manifest"
    published = reached or any(port.host is not None for port in ports)
    return bool(ports) and (published or draft.run.service)


def services(draft: ManifestDraft, selector: Body) -> tuple[Body, ...]:
    """A Service under the job's name where it has ports, and one for each other name that
    containers of its project call it by; without ports it only answers with the pods' addresses."""
    names = [draft.name] if has_service(draft) else []
    for name in draft.run.called:
        host = name.lower()
        if host in names:
            continue
        if is_service_name(host):
            names.append(host)
            reason = "other services call it by this name"
            draft.tell("called", "changed", reason, f"Service {host}", name, added=True)
        elif object_name(name) != draft.name or not names:
            reason = (
                f"other services call it {name}, which no Service can be called: put"
                f" {names[0] if names else object_name(name)} in its place"
            )
            draft.tell("called", "no-equivalent", reason, "", name, added=True)
    return tuple(_service(draft, selector, name) for name in names)


def _service(draft: ManifestDraft, selector: Body, name: str) -> Body:
    if not has_service(draft):
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, **_namespace(draft), "labels": dict(selector)},
            "spec": {"clusterIP": "None", "selector": dict(selector)},
        }
    ports = [
        {
            "name": f"port-{port['containerPort']}-{port['protocol'].lower()}",
            "port": port["containerPort"],
            "targetPort": port["containerPort"],
            "protocol": port["protocol"],
        }
        for port in draft.container["ports"]
    ]
    ports += [
        {"name": f"port-{port}-tcp", "port": port, "targetPort": port, "protocol": "TCP"}
        for port in draft.run.called_ports
    ]
    for port in ports:
        port["name"] = port["name"][-15:].lstrip("-")
    kinds = {port.service for port in draft.run.ports if port.service}
    spec = {"type": kinds.pop()} if len(kinds) == 1 else {}
    for port, stated in zip(ports, draft.run.ports, strict=False):
        if spec.get("type") == "NodePort" and isinstance(stated.host, int):
            port["nodePort"] = stated.host
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, **_namespace(draft), "labels": dict(selector)},
        "spec": {**spec, "selector": dict(selector), "ports": ports},
    }


def _namespace(draft: ManifestDraft) -> Body:
    return {"namespace": draft.namespace} if draft.namespace else {}


def _container_port(draft: ManifestDraft, port: PortMapping) -> Body:
    number = draft.amount("ports", port.container, key=port_part(port)[1])
    return {"containerPort": number, "protocol": port.protocol.upper()}


def put_names(draft: ManifestDraft) -> None:
    """The pod's own name, its hosts file and its resolver."""
    _put_hostname(draft)
    _put_hosts(draft)
    _put_resolver(draft)


def _put_hostname(draft: ManifestDraft) -> None:
    if not draft.run.hostname:
        return
    if draft.run.security.host_network:
        reason = "a pod that shares the machine's network has the machine's name"
        draft.tell("hostname", "no-equivalent", reason)
        return
    stated = draft.text(draft.word(draft.run.hostname), "hostname")
    name = stated if LABEL.fullmatch(stated) else object_name(stated)
    output = draft.put(draft.pod, "hostname", name, "spec")
    if name == draft.run.hostname:
        draft.tell("hostname", "mapped", "the pod's host name", output)
    else:
        reason = "a pod's host name has lower-case letters, digits and - only"
        draft.tell("hostname", "changed", reason, output)


def _put_hosts(draft: ManifestDraft) -> None:
    by_address: dict[str, list[str]] = {}
    for entry in draft.run.host_entries:
        name, _, address = entry.partition("=")
        if not _is_domain(name.lower()):
            reason = "the hosts file of a pod takes names of letters, digits, - and . only"
            draft.tell("host_entries", "no-equivalent", reason, "", entry)
            continue
        if not _is_address(address.strip("[]")):
            reason = "an entry of the hosts file needs an address of the cluster's own network"
            draft.tell("host_entries", "unresolved", reason, "", entry)
            continue
        names = by_address.setdefault(address.strip("[]"), [])
        if name.lower() not in names:
            names.append(name.lower())
        reason = "an entry of the pod's hosts file"
        draft.tell("host_entries", "mapped", reason, f"spec.hostAliases: {entry}", entry)
    if by_address:
        draft.pod["hostAliases"] = [
            {"ip": address, "hostnames": names} for address, names in by_address.items()
        ]


def _put_resolver(draft: ManifestDraft) -> None:
    run = draft.run
    resolver: Body = {}
    servers = [server for server in dict.fromkeys(run.name_servers) if _is_address(server)]
    domains = [domain for domain in dict.fromkeys(run.search_domains) if _is_domain(domain)]
    if servers[:_MOST_SERVERS]:
        resolver["nameservers"] = servers[:_MOST_SERVERS]
    if domains[:_MOST_DOMAINS]:
        resolver["searches"] = domains[:_MOST_DOMAINS]
    if run.resolver_options:
        resolver["options"] = [_option(option) for option in run.resolver_options if option]
    if resolver:
        draft.pod["dnsConfig"] = resolver
    reason = "beside the cluster's own"
    for field, values, kept in (
        ("name_servers", run.name_servers, servers[:_MOST_SERVERS]),
        ("search_domains", run.search_domains, domains[:_MOST_DOMAINS]),
        ("resolver_options", run.resolver_options, list(run.resolver_options)),
    ):
        for value in values:
            if value in kept:
                draft.tell(field, "changed", reason, f"spec.dnsConfig: {value}", value)
            else:
                lost = "Kubernetes does not take it, or takes no more of them"
                draft.tell(field, "no-equivalent", lost, "", value)


def _option(text: str) -> Body:
    name, separator, value = text.partition(":")
    return {"name": name, "value": value} if separator else {"name": name}


def _is_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text) is not None and "%" not in text
    except ValueError:
        return False


def _is_domain(text: str) -> bool:
    return bool(_DOMAIN.fullmatch(text)) and len(text) <= _LONGEST_DOMAIN
