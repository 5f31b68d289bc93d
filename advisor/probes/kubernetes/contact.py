"""The first words with a server: whether it answers, takes the credentials, and what it serves."""

from __future__ import annotations

from advisor.errors import ProbeError
from advisor.facts.source import Refusal
from advisor.probes.kubernetes.client import Client, ReadError
from advisor.probes.kubernetes.connection import Connection
from advisor.probes.kubernetes.discovery import Served, discover, server_version

_NOT_KUBERNETES = "does not answer like the API of a Kubernetes server"
_WORDS = {
    "unauthorized": "does not accept the credentials: token or certificate is wrong or expired",
    "invalid": _NOT_KUBERNETES,
    "absent": _NOT_KUBERNETES,
}


def first_contact(client: Client) -> tuple[str | None, tuple[Refusal, ...]]:
    """The server's version. Raises ReadError unless it is only this that may not be read."""
    try:
        return server_version(client), ()
    except ReadError as failure:
        if failure.kind != "denied":
            raise
        return None, (_refused("/version", failure, "cluster.version"),)


def served_apis(client: Client) -> tuple[Served | None, tuple[Refusal, ...]]:
    """What the server serves; None after a refusal, which leaves parts of a cluster unseen."""
    try:
        return discover(client), ()
    except ReadError as failure:
        return None, (_refused("/apis", failure, "cluster.components"),)


def no_contact(connection: Connection, failure: ReadError) -> str:
    """The one line about a server that could not be read at all."""
    known = _WORDS.get(failure.kind)
    what = f"the server {known}" if known else f"the server could not be read: {failure.reason}"
    error = ProbeError(
        what,
        where=f"{connection.server} (context {connection.context})",
        remedy="check the context, or leave the cluster out with --no-cluster",
    )
    return error.line()


def _refused(path: str, failure: ReadError, fact: str) -> Refusal:
    return Refusal(
        resource=path, verb="get", reason=failure.reason, facts=(fact,), cause=failure.kind
    )
