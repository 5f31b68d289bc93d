"""What the credentials allow, asked of the server before anything is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from advisor.errors import ProbeError
from advisor.facts.record import Record
from advisor.probes.common import map_in_threads
from advisor.probes.kubernetes.connection import (
    Connection,
    connect,
    first_contact,
    no_contact,
    served_apis,
)
from advisor.probes.kubernetes.discovery import AccessReview, AccessStatus, Served
from advisor.probes.kubernetes.reads import READS, Read, node_fact_reads
from advisor.probes.kubernetes.transport import Client, ReadError

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
THREADS = 4

PermissionStatus = Literal["allowed", "denied", "not served", "unknown"]


class Permission(Record, frozen=True, kw_only=True):
    """One read and whether it is allowed; `why` says what it is for, `facts` what it feeds. It is
    of all namespaces where `namespace` is empty.

    `optional`: the API may be absent, and `not served` then means that there is nothing to read.
    """

    resource: str
    verb: str
    status: PermissionStatus
    reason: str = ""
    why: str = ""
    facts: tuple[str, ...] = ()
    optional: bool = False
    namespace: str = ""


class Preflight(Record, frozen=True, kw_only=True):
    """What one server lets these credentials read. `reason` is set when it could not be asked."""

    target: str
    server: str = ""
    version: str | None = None
    reason: str = ""
    permissions: tuple[Permission, ...] = ()


def preflight(
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    timeout: float = 30,
    node_facts: str | None = None,
) -> Preflight:
    """Ask for each read of the table, and for those of the pods in the namespace `node_facts`
    where one is given. Server trouble is in the result, never raised.

    A question is posted as a SelfSubjectAccessReview, which the server answers and does not store:
    nothing is written to the cluster.
    """
    try:
        connection = connect(context=context, kubeconfig=kubeconfig, timeout=timeout)
    except ProbeError as error:
        return Preflight(target=context or "current context", reason=error.line())
    return ask_permissions(connection, node_facts=node_facts)


def ask_permissions(
    connection: Connection,
    *,
    pause: Callable[[float], None] = time.sleep,
    node_facts: str | None = None,
) -> Preflight:
    """The preflight over a connection that is open."""
    client = Client(connection.transport, pause=pause)
    target, server = connection.context, connection.server
    try:
        version, _ = first_contact(client)
    except ReadError as failure:
        return Preflight(target=target, server=server, reason=no_contact(connection, failure))
    served, _ = served_apis(client)
    reads = (*READS, *(node_fact_reads(node_facts) if node_facts else ()))
    permissions: dict[tuple[str, str], Permission] = {}
    lock = threading.Lock()

    def ask(read: Read) -> None:
        permission = _permission(client, served, read)
        with lock:
            permissions[read.name, read.namespace] = permission

    map_in_threads(ask, reads, THREADS)
    return Preflight(
        target=target,
        server=server,
        version=version,
        permissions=tuple(permissions[read.name, read.namespace] for read in reads),
    )


def _permission(client: Client, served: Served | None, read: Read) -> Permission:
    versions = read.versions if served is None else served.versions(read)
    if not versions:
        return _answered(read, "not served", "the server does not serve this API")
    try:
        status = _review(client, read)
    except ReadError as failure:
        return _answered(read, "unknown", failure.reason)
    if status.allowed:
        return _answered(read, "allowed", "")
    return _answered(read, "denied", status.reason or status.evaluation_error or "")


def _review(client: Client, read: Read) -> AccessStatus:
    resource, _, part = read.resource.partition("/")
    attributes = {"group": read.group, "resource": resource, "verb": read.verb}
    if part:
        attributes["subresource"] = part
    if read.namespace:
        attributes["namespace"] = read.namespace
    question = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    body = client.post(REVIEWS, msgspec.json.encode(question))
    try:
        status = msgspec.json.decode(body, type=AccessReview).status
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReadError("invalid", "the answer is not an access review") from error
    if status is None or status.allowed is None:
        raise ReadError("invalid", "the answer holds no verdict")
    return status


def _answered(read: Read, status: PermissionStatus, reason: str) -> Permission:
    return Permission(
        resource=read.name,
        verb=read.verb,
        status=status,
        reason=reason,
        why=read.why,
        facts=read.facts,
        optional=read.optional,
        namespace=read.namespace,
    )
