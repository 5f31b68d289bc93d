"""The readiness table: each requirement of a Run:ai release with what was seen of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.catalogs.runai_releases import ReleaseCatalog
from advisor.findings.finding import Finding
from advisor.judging.assessment import ReadinessTable, Requirement, RequirementState
from advisor.planning.plan import Preparation
from advisor.rulebook.loaded import Rulebook
from advisor.views.readiness import Readiness
from advisor.views.requirement import Outcome, Surveyed
from advisor.views.requirements import outcomes

NAMES = {
    "kubernetes": "Kubernetes",
    "openshift": "OpenShift",
    "gpu_operator": "NVIDIA GPU Operator",
    "operator_kubernetes": "GPU Operator on this Kubernetes",
    "operator_driver": "Driver under the GPU Operator",
    "prometheus": "Prometheus",
    "training_operator": "Kubeflow training operator",
    "mpi_operator": "MPI operator",
    "leader_worker_set": "LeaderWorkerSet",
    "knative": "Knative Serving",
    "network_operator": "NVIDIA Network Operator",
    "dra_driver": "NVIDIA DRA driver",
    "runtimes": "Container runtime",
    "operating_systems": "Operating system of nodes",
    "architectures": "Processors of nodes",
    "clocks": "Clocks of nodes",
    "system_nodes": "Nodes for Run:ai's services",
    "ingress": "Ingress",
    "default_ingress_class": "Default ingress class",
    "load_balancer": "Load balancer",
    "default_storage_class": "Default storage class",
    "pod_security": "Pod Security",
    "unsupported_gpus": "GPU products",
    "fractions": "GPU fractions",
    "upgrade": "Upgrade path",
    "secrets": "Secrets",
}
_FACT = "cluster.runai."


def readiness_table(
    found: Readiness, surveyed: Surveyed, catalog: ReleaseCatalog, rulebook: Rulebook
) -> ReadinessTable:
    """The table of `found`, and what the newest release asks for beyond it."""
    rules = _rules(rulebook)
    rows = tuple(
        _row(name, found.outcomes[name], found, catalog, rules) for name in NAMES if name in rules
    )
    newest = catalog.releases[-1]
    between: Iterable[str] = ()
    if newest.name != found.release.name:
        beyond = outcomes(surveyed, newest, catalog)
        between = [
            f"{NAMES[name]}: {one.wanted}; seen: {one.seen}"
            for name, one in beyond.items()
            if one.needed and one.met is False
        ]
        between += [
            f"{NAMES[name]}: {one.reason}"
            for name, one in beyond.items()
            if one.needed and one.met is None and found.outcomes[name].met is not None
        ]
    return ReadinessTable(
        release=found.release.name,
        asked=found.asked,
        sentence=_sentence(found.release.name, rows),
        requirements=rows,
        newest=newest.name if newest.name != found.release.name else "",
        between=tuple(between),
        gone=tuple(
            f"{one.what}; use {one.instead}"
            for one in (catalog.changed(found.release.removed) if found.asked else ())
        ),
    )


def preparations(table: ReadinessTable, findings: Iterable[Finding]) -> tuple[Preparation, ...]:
    """What has to be there before anything moves: a step for each need that is not met."""
    by_rule = {finding.rule: finding for finding in findings if finding.status == "finding"}
    return tuple(
        Preparation(
            rule=row.rule,
            title=f"Run:ai {table.release}: {row.name}",
            reason=by_rule[row.rule].message,
            remedy=by_rule[row.rule].remedy,
        )
        for row in table.requirements
        if row.state == "not met" and row.needed and row.rule in by_rule
    )


def _rules(rulebook: Rulebook) -> dict[str, str]:
    """The rule that judges each requirement; one that is switched off has no row."""
    return {
        need.removeprefix(_FACT).removesuffix(".met"): identifier
        for identifier, loaded in rulebook.items()
        for need in loaded.rule.needs
        if need.startswith(_FACT) and need.endswith(".met") and loaded.rule.enabled
    }


def _row(
    name: str, outcome: Outcome, found: Readiness, catalog: ReleaseCatalog, rules: Mapping[str, str]
) -> Requirement:
    cell = getattr(found.release, name, None)
    return Requirement(
        rule=rules[name],
        name=NAMES[name],
        state=_state(outcome),
        wanted=outcome.wanted,
        seen=outcome.seen,
        needed=outcome.needed,
        reason=outcome.reason,
        settle=outcome.settle,
        source=outcome.source or (catalog.sources.get(cell.source, "") if cell is not None else ""),
        note=cell.note if cell is not None else "",
    )


def _state(outcome: Outcome) -> RequirementState:
    if outcome.met is None:
        return "unknown"
    if outcome.met:
        return "met" if outcome.needed else "not needed"
    return "not met"


def _sentence(release: str, rows: Iterable[Requirement]) -> str:
    """Only what every installation needs decides; the rest is in the table."""
    needed = [row for row in rows if row.needed]
    unmet = sum(row.state == "not met" for row in needed)
    unknown = sum(row.state == "unknown" for row in needed)
    answer = "no" if unmet else "not known" if unknown else "yes"
    counts = {"not met": unmet, "not known": unknown}
    parts = [f"{count} {state}" for state, count in counts.items() if count]
    detail = f"of {len(needed)} requirements {', '.join(parts) or 'all are met'}"
    return f"Ready for Run:ai {release}: {answer}; {detail}."
