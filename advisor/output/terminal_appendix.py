"""What the terminal shows last with `verbose`: what is not known, the machines, what was read."""

from __future__ import annotations

from advisor.facts.quantity import plural, some
from advisor.output.overview import Overview
from advisor.output.terminal_findings import Screen, name, prose
from advisor.output.wording import accelerator, amount, cores, node_role, node_states, size


def show(screen: Screen, view: Overview) -> None:
    """Every part is left out when it has nothing to say."""
    _not_assessed(screen, view)
    _nodes(screen, view)
    _hosts(screen, view)
    _sources(screen, view)
    _set_aside(screen, view)


def _not_assessed(screen: Screen, view: Overview) -> None:
    gaps = view.assessment.not_assessed
    if not gaps:
        return
    screen.heading("Not assessed (not a pass)")
    for gap in gaps:
        probe = f" [{gap.probe}]" if gap.probe else ""
        screen.line(name(gap.fact, "bold magenta"), f"{probe} {gap.reason}", indent=2)
        screen.line(f"rules {some(gap.rules, 8)}; for {some(gap.subjects, 4)}", indent=6)
        if gap.settle:
            screen.line("to settle it: ", name(gap.settle, "bold"), indent=6)


def _nodes(screen: Screen, view: Overview) -> None:
    if not view.nodes:
        return
    screen.heading("Nodes")
    for group in view.nodes:
        node = group.shape
        states = "".join(f", {state}" for state in node_states(node))
        screen.line(name(some(group.names, 3), "bold"), f" {node_role(node)}{states}", indent=2)
        for summary in node.accelerators:
            product = f", {summary.product}" if summary.product else ""
            screen.line(f"{accelerator(summary)}{product}", indent=6)
        taints = f"; taints {some(node.taints, 3)}" if node.taints else ""
        shape = f"{cores(node.cpu)} CPU, {size(node.memory)} memory, {node.architecture}{taints}"
        screen.line(shape, indent=6)


def _hosts(screen: Screen, view: Overview) -> None:
    hosts = view.assessment.hosts
    if not hosts:
        return
    screen.heading("Docker hosts")
    headers = ("Host", "Engine", "Images", "Containers", "Cards", "Is node")
    screen.table(
        headers,
        (
            (
                host.name,
                f"{host.engine} {host.version}",
                amount(host.images),
                amount(host.containers),
                amount(host.gpus),
                host.node or "-",
            )
            for host in hosts
        ),
    )


def _sources(screen: Screen, view: Overview) -> None:
    if not view.assessment.sources:
        return
    screen.heading("Read")
    for source in view.assessment.sources:
        style = "" if source.status == "ok" else "bold magenta"
        reason = f": {source.reason}" if source.reason else ""
        screen.line(
            prose(f"{source.status:<8}", style), f"{source.probe} {source.target}{reason}", indent=2
        )
        for refusal in source.refused:
            screen.line(f"refused: {refusal.verb} {refusal.resource}: {refusal.reason}", indent=10)


def _set_aside(screen: Screen, view: Overview) -> None:
    audit = view.assessment
    removed = sum(redaction.count for redaction in audit.redactions)
    screen.heading("Besides")
    rules, checks = plural(view.passed, "rule"), plural(view.checks, "check")
    lines = [
        f"{rules} found everything in order ({checks} passed in all).",
        f"{plural(removed, 'value')} redacted before the snapshot was written." if removed else "",
        *(f"suppressed: {f.rule} on {f.subject.label}: {f.reason}" for f in view.suppressed),
        *(f"this ignore matched nothing: {ignore}" for ignore in audit.unmatched_ignores),
        *audit.notes,
        f"advisor {audit.advisor}",
    ]
    for line in filter(None, lines):
        screen.line(line, indent=2)
