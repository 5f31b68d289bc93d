"""The base of every view and its form for the rule engine; and why a fact is missing: the read that
was refused, and the command that would settle it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec
from msgspec import UNSET, UnsetType

from advisor.facts.source import Refusal, Source
from advisor.findings.finding import Gap

__all__ = ["UNSET", "UnsetType", "ViewFacts", "plain"]


class ViewFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts under one name in a rule's expression; the docstrings make the rule writer's manual."""


def plain(facts: ViewFacts) -> dict[str, Any]:
    """The view as maps and lists; UNSET fields are absent, None stays null.

    By way of JSON, because expressions take lists and `msgspec.to_builtins` leaves tuples.
    """
    return cast(dict[str, Any], msgspec.json.decode(msgspec.json.encode(facts)))


_ANY_CLUSTER = "advisor audit --context NAME"


def gaps(sources: Sequence[Source], needed: Mapping[str, Iterable[str]]) -> tuple[Gap, ...]:
    """A gap for each fact whose snapshot fields a probe could not read.

    `needed` names the snapshot fields (`cluster.nodes`) behind each fact (`cluster.gpu_nodes`).
    A fact without a refused field gets none.
    """
    refused = {
        field: (source, refusal)
        for source in sources
        for refusal in source.refused
        for field in refusal.facts
    }
    found = []
    for fact, fields in needed.items():
        field = next((field for field in fields if field in refused), None)
        if field is not None:
            found.append(refused_gap(fact, *refused[field]))
    return tuple(found)


def no_cluster_gap(sources: Sequence[Source]) -> Gap:
    """Why nothing at all is known of a cluster."""
    failed = next((source for source in sources if source.probe == "kubernetes"), None)
    if failed is None:
        return Gap(
            fact="cluster",
            probe="kubernetes",
            reason="no cluster was read",
            settle=_ANY_CLUSTER,
        )
    return Gap(
        fact="cluster",
        probe="kubernetes",
        reason=failed.reason or f"{failed.target} could not be read",
        settle=f"kubectl --context {failed.target} get nodes" if failed.target else _ANY_CLUSTER,
    )


def refused_gap(fact: str, source: Source, refusal: Refusal) -> Gap:
    """The gap that one refused read leaves in a fact."""
    return Gap(
        fact=fact,
        probe=source.probe,
        reason=f"{refusal.verb} of {refusal.resource.rpartition('/')[2]} failed: {refusal.reason}",
        settle=_settle(source, refusal),
    )


def _settle(source: Source, refusal: Refusal) -> str:
    if source.probe != "kubernetes":
        return f"advisor snapshot --no-cluster --docker-host {source.target} -o host.json"
    if refusal.resource.startswith("/"):
        return f"kubectl get --raw {refusal.resource}"
    group, _, resource = refusal.resource.rpartition("/")
    name = f"{resource}.{group}" if group else resource
    if refusal.cause not in ("", "denied"):
        return f"kubectl --context {source.target} get {name} --all-namespaces"
    return f"kubectl auth can-i {refusal.verb} {name} --all-namespaces"
