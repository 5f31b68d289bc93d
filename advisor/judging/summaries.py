"""Nodes, hosts, rules and the readiness table, as the report shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.catalogs.runai_releases import Release, ReleaseCatalog
from advisor.configuration.settings import Settings
from advisor.facts.cluster import Node
from advisor.facts.host import DockerHost
from advisor.facts.quantity import format_bytes
from advisor.facts.snapshot import Snapshot
from advisor.findings.finding import Finding
from advisor.judging.assessment import (
    AcceleratorSummary,
    HostSummary,
    NodeSummary,
    ReadinessTable,
    Requirement,
    RequirementState,
    RuleSummary,
)
from advisor.placement.accelerators import NodeAccelerators, is_gpu_node
from advisor.placement.placement import Placement
from advisor.planning.plan import Preparation
from advisor.rulebook.loaded import LoadedRule, Rulebook
from advisor.views.machine_views import hard_taints, taint_text
from advisor.views.readiness import Readiness
from advisor.views.requirement import Outcome, Surveyed, some_names
from advisor.views.requirements import installed_release, outcomes


def node_summaries(placement: Placement) -> tuple[NodeSummary, ...]:
    """GPU nodes first, then by name."""
    machines = {node: host for host, node in placement.nodes_of_hosts.items()}
    summaries = [_node(placement, node, machines.get(node.name, "")) for node in placement.nodes]
    return tuple(sorted(summaries, key=lambda node: (node.gpu is False, node.name)))


def host_summaries(placement: Placement) -> tuple[HostSummary, ...]:
    """Docker hosts in the order they were read."""
    return tuple(_host(placement, host) for host in placement.snapshot.hosts)


def rule_summaries(
    rules: Mapping[str, LoadedRule], passed: Mapping[str, int]
) -> dict[str, RuleSummary]:
    """What the report says of each rule that was applied."""
    return {
        identifier: RuleSummary(
            title=loaded.rule.title,
            severity=loaded.rule.severity,
            consequence=loaded.rule.consequence,
            why=loaded.rule.why.strip(),
            links=loaded.rule.links,
            passed=passed.get(identifier, 0),
        )
        for identifier, loaded in sorted(rules.items())
    }


def target_words(snapshot: Snapshot) -> str:
    """Which cluster and hosts, in words."""
    parts = []
    if snapshot.cluster is not None:
        parts.append(f"cluster {snapshot.cluster.context}")
    names = [host.name for host in snapshot.hosts]
    if names:
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        parts.append(f"Docker host{'s' if len(names) > 1 else ''} {shown}")
    return " with ".join(parts) or "nothing that could be read"


def assumption_words(settings: Settings) -> str:
    """The assumed cluster in words, empty without one."""
    assumption = settings.assume
    if assumption is None:
        return ""
    stated = {
        "GPU nodes": assumption.gpu_nodes,
        f"{assumption.gpu} a node": assumption.gpus_per_node,
        "cores a node": assumption.cpus,
        "memory a node": None if assumption.memory is None else format_bytes(assumption.memory),
        "CPU nodes": assumption.cpu_nodes or None,
    }
    shape = ", ".join(f"{what}: {amount}" for what, amount in stated.items() if amount is not None)
    return f"{shape}; amounts that are not stated count as enough"


def notes(placement: Placement) -> Iterable[str]:
    """What was left out on purpose."""
    if placement.system_workloads:
        yield (
            f"workloads of the system (DaemonSets, and those in namespaces that the setting "
            f"system_namespaces names) are not counted as jobs: {placement.system_workloads}"
        )
    if placement.excluded:
        yield f"nodes left out by --exclude-nodes: {', '.join(placement.excluded)}"
    if placement.images.unnamed_unused:
        yield (
            "images without a name that nothing uses (remains of builds) are left out: "
            f"{placement.images.unnamed_unused}"
        )
    if placement.data.anonymous_unused:
        yield f"anonymous volumes that nothing uses are left out: {placement.data.anonymous_unused}"


def _node(placement: Placement, node: Node, machine: str) -> NodeSummary:
    accelerators = placement.accelerators[node.name]
    return NodeSummary(
        name=node.name,
        gpu=is_gpu_node(accelerators),
        ready=node.ready,
        schedulable=not node.unschedulable,
        accelerators=_accelerators(accelerators),
        taints=tuple(taint_text(taint) for taint in hard_taints(node)),
        architecture=node.architecture,
        cpu=node.capacity.get("cpu"),
        memory=node.capacity.get("memory"),
        machine=machine,
        assumed=node.name in placement.assumed,
    )


def _accelerators(accelerators: NodeAccelerators) -> tuple[AcceleratorSummary, ...]:
    return tuple(
        AcceleratorSummary(
            resource=accelerator.resource,
            kind=accelerator.kind or "kind unknown",
            capacity=accelerator.capacity,
            allocatable=accelerator.allocatable,
            product=accelerator.product,
        )
        for accelerator in accelerators.accelerators
    )


def _host(placement: Placement, host: DockerHost) -> HostSummary:
    return HostSummary(
        name=host.name,
        url=host.url,
        engine=host.engine,
        version=host.version,
        images=None if host.images is None else len(host.images),
        containers=None if host.containers is None else len(host.containers),
        gpus=host.gpus,
        node=placement.nodes_of_hosts.get(host.name, ""),
    )


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
    "high_availability": "High availability",
    "node_roles": "Labels of node roles",
    "control_plane": "Node for Run:ai's control plane",
    "ingress": "Ingress",
    "default_ingress_class": "Default ingress class",
    "load_balancer": "Load balancer",
    "default_storage_class": "Default storage class",
    "pod_security": "Pod Security",
    "unsupported_gpus": "GPU products",
    "fractions": "GPU fractions",
    "upgrade": "Upgrade path",
    "admission": "Admission of jobs",
    "secrets": "Secrets",
    "support": "Support of the release",
}
_FACT = "cluster.runai."


def readiness_table(
    readiness: Readiness, surveyed: Surveyed, catalog: ReleaseCatalog, rulebook: Rulebook
) -> ReadinessTable:
    """The table of a release, and what the newest release asks for beyond it."""
    rules = _rules(rulebook)
    rows = tuple(
        _row(name, readiness.outcomes[name], readiness, catalog, rules)
        for name in NAMES
        if name in rules
    )
    newest = catalog.releases[-1]
    between: list[str] = []
    unclear: list[str] = []
    if newest.name != readiness.release.name:
        for name, outcome in outcomes(surveyed, newest, catalog).items():
            if outcome.needed and outcome.met is False:
                between.append(f"{NAMES[name]} ({outcome.wanted}; seen: {outcome.seen})")
            elif (
                outcome.needed and outcome.met is None and readiness.outcomes[name].met is not None
            ):
                unclear.append(f"{NAMES[name]} ({outcome.reason})")
    return ReadinessTable(
        release=readiness.release.name,
        asked=readiness.asked,
        sentence=_sentence(readiness.release.name, rows),
        requirements=rows,
        newest=newest.name if newest.name != readiness.release.name else "",
        between=tuple(between),
        unclear=tuple(unclear),
        gone=tuple(
            f"{change.what}; use {change.instead}"
            for change in catalog.gone(readiness.release)
            if readiness.asked and change.jobs
        ),
        changes=_changes(readiness.release, installed_release(surveyed.cluster, catalog), catalog),
        command_line=_command_line(readiness.release, catalog),
    )


def _changes(
    release: Release, installed: Release | None, catalog: ReleaseCatalog
) -> tuple[str, ...]:
    """What an upgrade from the release that is there loses, or soon will; without one, what the
    release itself took away and every form of jobs."""
    removed = [change for change in catalog.gone(release) if change.removed]
    if installed is not None:
        lost = [change for change in removed if not change.gone(installed)]
    else:
        lost = [change for change in removed if change.jobs or change.removed == release.name]
    dated = [(f"removed in {change.removed}", change) for change in lost]
    dated += [(f"deprecated since {one.deprecated}", one) for one in catalog.going(release)]
    return tuple(f"{when}: {change.what}; use {change.instead}" for when, change in dated)


def _command_line(release: Release, catalog: ReleaseCatalog) -> str:
    """The versions of the runai command that the release takes, in words."""
    gone = {change.name for change in catalog.gone(release)}
    going = {change.name for change in catalog.going(release)}
    taken = [
        f"version {version}{' (deprecated)' if f'cli-v{version}' in going else ''}"
        for version in (1, 2)
        if f"cli-v{version}" not in gone
    ]
    return f"runai of {' or '.join(taken)}"


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
    name: str,
    outcome: Outcome,
    readiness: Readiness,
    catalog: ReleaseCatalog,
    rules: Mapping[str, str],
) -> Requirement:
    cell = getattr(readiness.release, name, None)
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
        return "by hand" if outcome.by_hand else "unknown"
    if outcome.met:
        return "met" if outcome.needed else "not needed"
    return "not met"


def _sentence(release: str, rows: Iterable[Requirement]) -> str:
    """Only what every installation needs decides; the rest is in the table."""
    needed = [row for row in rows if row.needed]
    unmet = sum(row.state == "not met" for row in needed)
    unknown = sum(row.state == "unknown" for row in needed)
    by_hand = [row.name for row in needed if row.state == "by hand"]
    told = "yes, as far as a cluster can tell" if by_hand else "yes"
    answer = "no" if unmet else "not known" if unknown else told
    look = f"to look at by hand ({some_names(by_hand)})"
    counts = {"not met": unmet, "not known": unknown, look: len(by_hand)}
    parts = [f"{count} {state}" for state, count in counts.items() if count]
    detail = f"of {len(needed)} requirements {', '.join(parts) or 'all are met'}"
    return f"Ready for Run:ai {release}: {answer}; {detail}."
