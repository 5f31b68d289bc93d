"""The `use` variable: one image or data path in one job."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from advisor.findings.finding import Evidence, Gap
from advisor.jobs.spec import JobSpec
from advisor.placement.eligibility import Eligibility
from advisor.placement.image_location import Location
from advisor.rulebook.loaded import Use
from advisor.views.base import UNSET, UnsetType, ViewFacts, plain

_NODES_SHOWN = 20


def use_view(
    job: JobSpec | None,
    location: Location,
    eligible: Eligibility | None,
    *,
    nodes_of_hosts: Mapping[str, str],
    nodes_gap: tuple[Gap, ...],
    absence_gap: Gap | None = None,
    pull_policy: str = "",
    read_only: bool = False,
    assumed: Collection[str] = (),
) -> Use:
    """The facts of one use. `nodes_gap` says why nodes are missing when `eligible` is None;
    `absence_gap` why the one eligible node may have what no machine is known to have. Nobody can
    go to a node that is only `assumed`, so it is no machine that has something."""
    eligible_facts = _eligible_facts(eligible)
    unseen = absence_gap if not location.machines else None
    facts = UseFacts(
        job=job.label if job is not None else None,
        title=_title(job),
        location=location.place,
        registry_name=location.registry_name or None,
        machines=tuple(machine for machine in location.machines if machine not in assumed),
        presumed=any(evidence.strength == "presumed" for evidence in location.evidence),
        eligible=eligible_facts,
        on_eligible=UNSET if unseen else _on_eligible(location, eligible, nodes_of_hosts),
        unmet=eligible.unmet if eligible is not None else (),
        pull_policy=pull_policy,
        read_only=read_only,
    )
    return Use(
        label=job.label if job is not None else "",
        facts=plain(facts),
        owner=job.owner if job is not None else "",
        evidence=(*location.evidence, *_node_evidence(eligible)),
        gaps=(*location.gaps, *_eligible_gaps(eligible, nodes_gap), *((unseen,) if unseen else ())),
    )


def _title(job: JobSpec | None) -> str:
    if job is None:
        return "a GPU job"
    return job.label if names_kind(job) else f"job {job.label}"


def names_kind(job: JobSpec) -> bool:
    """Whether the job's label says what it is: `Pod team/train`, `service web`."""
    return job.kind[:1].isupper() or job.kind == "service"


def _eligible_facts(eligible: Eligibility | None) -> EligibleFacts | UnsetType:
    if eligible is None or eligible.count is None:
        return UNSET
    return EligibleFacts(
        count=eligible.count, ready=len(eligible.ready), nodes=eligible.nodes[:_NODES_SHOWN]
    )


def _on_eligible(
    location: Location, eligible: Eligibility | None, nodes_of_hosts: Mapping[str, str]
) -> bool | UnsetType:
    if eligible is None or eligible.count != 1:
        return UNSET
    places = {nodes_of_hosts.get(machine, machine) for machine in location.machines}
    return eligible.nodes[0] in places


def _node_evidence(eligible: Eligibility | None) -> tuple[Evidence, ...]:
    if eligible is None or eligible.count is None:
        return ()
    count = len(eligible.nodes)
    shown = ", ".join(eligible.nodes[:5]) + (", ..." if count > 5 else "")
    more = f"; {len(eligible.maybe)} more may be" if eligible.maybe else ""
    value = f"{count} ({shown}){more}" if count else "0"
    return (Evidence(fact="use.eligible", value=value, source="Kubernetes nodes"),)


def _eligible_gaps(eligible: Eligibility | None, nodes_gap: tuple[Gap, ...]) -> tuple[Gap, ...]:
    if eligible is None:
        return tuple(
            Gap(fact="use.eligible", probe=gap.probe, reason=gap.reason, settle=gap.settle)
            for gap in nodes_gap
        )
    if eligible.count is not None:
        return ()
    return tuple(
        Gap(fact="use.eligible", probe=gap.probe, reason=gap.reason, settle=gap.settle)
        for gap in eligible.gaps
    )


class EligibleFacts(ViewFacts, frozen=True, kw_only=True):
    """The nodes that one pod of the job could ever be scheduled on.

    count: how many; ready: how many would take it today; nodes: names, at most twenty
    """

    count: int
    ready: int
    nodes: tuple[str, ...] = ()


class UseFacts(ViewFacts, frozen=True, kw_only=True):
    """One use.

    job: the job's name, or null for the cluster-level verdict that unused things get
    title: the same for a sentence: `job train-a`, `Pod team/train`, `a GPU job`
    location: for an image `registry-verified`, `registry-claimed`, `local-only` or `unknown`; for
    data `outside`, `on-machine` or `unknown`
    registry_name: the name under which a registry has an image, where the job uses another; or null
    machines: where it is, when it is on machines; presumed: nobody looked, that is the usual case
    eligible: the nodes (see EligibleFacts), missing when nodes could not be read
    on_eligible: whether it is on the one eligible node (only there when exactly one is eligible and
    what that node has is known)
    unmet: requirements no node meets, in words
    pull_policy: the job's image pull policy, empty when it names none
    read_only: whether this use only reads
    """

    job: str | None
    title: str
    location: str
    registry_name: str | None = None
    machines: tuple[str, ...] = ()
    presumed: bool = False
    eligible: EligibleFacts | UnsetType = UNSET
    on_eligible: bool | UnsetType = UNSET
    unmet: tuple[str, ...] = ()
    pull_policy: str = ""
    read_only: bool = False
