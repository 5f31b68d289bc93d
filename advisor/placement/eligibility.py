"""The nodes that one pod of a job could ever be scheduled on, and those that take it today."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache

import msgspec

from advisor.facts.cluster import DEFAULT_TOLERATIONS, Cluster, RuntimeClass
from advisor.facts.quantity import format_bytes
from advisor.facts.workload import Toleration
from advisor.findings.finding import Gap
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.jobs.workload import is_extended
from advisor.placement.accelerators import Accelerator, NodeAccelerators, undecided_reasons
from advisor.placement.admission import Admission
from advisor.placement.claim_fit import ClaimFit
from advisor.placement.node_index import (
    HARD_EFFECTS,
    Names,
    NodeIndex,
    Requirement,
    certain,
    nodes_of_terms,
)
from advisor.placement.volume_fit import VolumeFit

_MAY_BE_ONE_CARD = frozenset(
    {"mig-single", "mig-mixed", "time-sliced", "mps", "shared", "partition"}
)
"""Kinds of which two may be parts of the same card; an unlabelled resource counts as it stands."""


def accelerator_requirement(
    need: AcceleratorNeed, found: Mapping[str, NodeAccelerators], index: NodeIndex
) -> Requirement:
    """The nodes that offer what `need` asks for: for certain, possibly, and today."""
    by_node = {name: _offers(accelerators, need) for name, accelerators in found.items()}
    sure = _named(by_node, True) | _advertised(need, index) | _open(by_node, index)
    today = _named(
        {name: _offers_today(accelerators, need) for name, accelerators in found.items()}, True
    )
    possible = sure | _named(by_node, None)
    return Requirement(
        words=need_words(need),
        sure=sure,
        possible=possible,
        today=(today & sure) | _advertised(need, index, today=True) | _open(by_node, index),
        gap=_gap(need, found) if possible - sure else None,
    )


def need_words(need: AcceleratorNeed) -> str:
    """`2 x nvidia.com/gpu`, or `1 x nvidia GPU` where any resource of the vendor will do."""
    return f"{need.count or 1} x {need.resource or (need.vendor + ' GPU').strip()}"


def _offers(found: NodeAccelerators, need: AcceleratorNeed) -> bool | None:
    answers = [
        _offer(accelerator, need, accelerator.capacity) for accelerator in found.accelerators
    ]
    if True in answers:
        return True
    hidden = not found.slices_known or bool(found.unclassified and not need.resource)
    return None if None in answers or hidden else False


def _offers_today(found: NodeAccelerators, need: AcceleratorNeed) -> bool | None:
    return any(
        _offer(accelerator, need, accelerator.allocatable) for accelerator in found.accelerators
    )


def _offer(accelerator: Accelerator, need: AcceleratorNeed, amount: int | None) -> bool | None:
    """Three-valued: None where the amount is not known."""
    if not may_serve(accelerator, need):
        return False
    named = need.resource and accelerator.resource != need.resource
    offered = accelerator.offered(need.resource) if named else amount
    return None if offered is None else offered >= (need.count or 1)


def may_serve(accelerator: Accelerator, need: AcceleratorNeed) -> bool:
    """Whether its units are of the kind that a need without a resource's name means: of its vendor,
    and cards when it wants several, since shares of one card would not be."""
    if need.resource:
        return True
    if need.vendor and accelerator.vendor != need.vendor:
        return False
    return (need.count or 1) < 2 or accelerator.kind not in _MAY_BE_ONE_CARD


def _named(answers: Mapping[str, bool | None], wanted: bool | None) -> Names:
    return frozenset(name for name, answer in answers.items() if answer is wanted)


def _open(answers: Mapping[str, bool | None], index: NodeIndex) -> Names:
    """Assumed GPU nodes whose number of devices nobody stated: taken as enough."""
    return frozenset(answers) & index.open_devices


def _advertised(need: AcceleratorNeed, index: NodeIndex, *, today: bool = False) -> Names:
    """Resources outside the catalogue (network cards, unclassified devices), by name."""
    if not need.resource:
        return frozenset()
    find = index.with_allocatable if today else index.with_capacity
    return find(need.resource, need.count or 1)


def _gap(need: AcceleratorNeed, found: Mapping[str, NodeAccelerators]) -> Gap:
    undecided = [
        accelerators for accelerators in found.values() if _offers(accelerators, need) is None
    ]
    reasons = [reason for accelerators in undecided for reason in undecided_reasons(accelerators)]
    return Gap(
        fact="node.accelerators",
        probe="kubernetes",
        reason="; ".join(dict.fromkeys(reasons)) or "labels and amounts do not agree",
        settle="kubectl describe nodes; kubectl get resourceslices -o yaml",
    )


MOST = 2**63 - 1
_EXECUTED = frozenset({"NoExecute"})


class Eligibility(msgspec.Struct, frozen=True, kw_only=True):
    """`nodes` for certain, `maybe` where a fact is missing (`gaps` say which), `ready` of `nodes`
    those that would take a pod today; `unmet` are requirements that no node meets, in words."""

    nodes: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def count(self) -> int | None:
        """How many nodes, None when unknown; with two for certain more would change nothing."""
        if self.maybe and len(self.nodes) < 2:
            return None
        return len(self.nodes)


class Eligible:
    """Answers for every job of one cluster, computing each distinct question once; the answers for
    the last `kept` jobs are at hand. `taken_of` tells the vendor of the cards that another program
    hands a resource out of, which no node lists then.
    """

    def __init__(
        self,
        index: NodeIndex,
        accelerators: Mapping[str, NodeAccelerators],
        gpu_nodes: Names,
        *,
        volumes: VolumeFit,
        claims: ClaimFit,
        runtimes: RuntimeFits,
        admission: Admission,
        taken_of: Callable[[str], str],
        kept: int = 8,
    ) -> None:
        self._kept = kept
        self._index = index
        self._gpu_nodes = gpu_nodes
        self._volumes = volumes
        self._claims = claims
        self._runtimes = runtimes
        self._admission = admission
        self._taken_of = taken_of
        self._accelerated = lru_cache(maxsize=None)(
            lambda need: accelerator_requirement(need, accelerators, index)
        )
        self._amount = lru_cache(maxsize=None)(self._having)
        self._combined = lru_cache(maxsize=None)(lambda found, proof: combine(index, found, proof))
        self._tolerant = lru_cache(maxsize=None)(self._tolerating)
        self._known: dict[int, tuple[JobSpec, Eligibility]] = {}
        self._linux = index.where(lambda node: node.operating_system in ("", "linux"))

    def of(self, job: JobSpec) -> Eligibility:
        """Where one pod of `job` could run; each is asked for several times."""
        known = self._known.get(id(job))
        if known is not None and known[0] is job:
            return known[1]
        proof = frozenset(name for pods in job.running for name in pods.nodes)
        combined = self._combined(tuple(self._requirements(job)), proof & self._index.everything)
        if len(self._known) >= self._kept:
            self._known.clear()
        self._known[id(job)] = job, combined
        return combined

    def _requirements(self, job: JobSpec) -> Iterable[Requirement]:
        yield certain("Linux", self._linux)
        runtime = self._runtimes.of(job.runtime_class)
        if runtime.requirement is not None:
            yield runtime.requirement
        added = self._admission.tolerations(job)
        tolerations = (*job.tolerations, *runtime.adds.tolerations, *added.sure)
        effects = HARD_EFFECTS
        if job.node_name:
            # The scheduler is passed over; the kubelet refuses what a taint would throw out.
            yield certain(f"nodeName {job.node_name}", self._index.named(job.node_name))
            effects = _EXECUTED
        tolerant = self._tolerant(tolerations, job.tolerates_gpu_taints, effects)
        if added.perhaps:
            every = (*tolerations, *added.perhaps)
            more = self._tolerant(every, job.tolerates_gpu_taints, effects)
            tolerant = self._admission.perhaps(
                tolerant.words, tolerant.sure, more.sure, DEFAULT_TOLERATIONS
            )
        yield tolerant
        yield certain("room for a pod", self._index.with_room)
        yield from self._resources(job, runtime.adds.overhead)
        for need in job.accelerators:
            vendor = self._taken_of(need.resource)
            if not need.claim:
                yield self._accelerated(_card_of(vendor) if vendor else need)
        claims = tuple(need for need in job.accelerators if need.claim)
        if claims:
            yield self._claims.of(claims)
        yield from self._selectors(job, runtime.adds.node_selector)
        yield from self._admission.selectors(job.namespace)
        yield from self._volumes.requirements(job)
        if job.architectures:
            words = f"architecture {' or '.join(job.architectures)}"
            yield certain(words, self._index.architecture(job.architectures))

    def added_by_admission(self, job: JobSpec) -> tuple[Toleration, ...]:
        """The tolerations that a pod of the job gets for certain."""
        return self._admission.tolerations(job).sure

    def _tolerating(
        self,
        tolerations: tuple[Toleration, ...],
        gpu_taints: bool,
        effects: frozenset[str] = HARD_EFFECTS,
    ) -> Requirement:
        names = self._index.tolerating(tolerations, effects)
        if gpu_taints:
            names |= self._gpu_nodes
        return certain("its tolerations", names)

    def _resources(self, job: JobSpec, overhead: Mapping[str, int]) -> Iterable[Requirement]:
        """What a node reserves for itself never comes back, so allocatable decides here."""
        amounts = Counter(job.resources)
        amounts.update(job.overhead or overhead)
        for name, amount in amounts.items():
            if amount and not is_extended(name):
                yield self._amount(name, amount)
        for name, text in job.open_resources.items():
            if not is_extended(name):
                yield self._open_amount(name, text)

    def _having(self, resource: str, amount: int) -> Requirement:
        names = self._index.with_allocatable(resource, amount)
        return certain(f"{_amount(resource, amount)} of {resource}", names)

    def _open_amount(self, resource: str, text: str) -> Requirement:
        """Enough for certain only where a node has no stated amount, as in an assumed cluster."""
        sure = self._index.with_allocatable(resource, MOST)
        gap = Gap(
            fact="use.eligible",
            reason=f"only the shell knows how much {resource} it asks for ({text})",
            settle=f"give the amount with --set {_variable_of(text)}=VALUE",
        )
        some = self._index.with_allocatable(resource, 1)
        return Requirement(
            words=f"{text} of {resource}", sure=sure, possible=some, today=sure, gap=gap
        )

    def _selectors(self, job: JobSpec, of_runtime: Mapping[str, str]) -> Iterable[Requirement]:
        for key, value in (*job.node_selector.items(), *of_runtime.items()):
            yield certain(f"node label {key}={value}", self._index.with_label(key, value))
        if job.node_affinity:
            yield certain("its node affinity", nodes_of_terms(self._index, job.node_affinity))
        for key in job.topology_keys:
            names = self._index.open_amounts.union(*self._index.labelled(key).values())
            yield certain(f"node label {key}, by which its pods are spread or kept together", names)


def combine(
    index: NodeIndex, requirements: tuple[Requirement, ...], proof: Names = frozenset()
) -> Eligibility:
    """The nodes that meet all of the requirements, and those that a running pod is `proof` of."""
    sure = possible = index.everything
    today = index.usable
    for requirement in requirements:
        sure &= requirement.sure
        possible &= requirement.possible
        today &= requirement.today
    sure, possible = sure | proof, possible | proof
    maybe = possible - sure
    return Eligibility(
        nodes=tuple(sorted(sure)),
        maybe=tuple(sorted(maybe)),
        ready=tuple(sorted(sure & (today | (proof & index.usable)))),
        unmet=() if possible else _unmet(requirements),
        gaps=tuple(requirement.gap for requirement in requirements if requirement.gap and maybe),
    )


def _unmet(requirements: tuple[Requirement, ...]) -> tuple[str, ...]:
    """The requirements no node meets; if each is met by some node, all that narrow it down."""
    alone = tuple(requirement.words for requirement in requirements if not requirement.possible)
    if alone:
        return alone
    widest = max((len(requirement.possible) for requirement in requirements), default=0)
    together = [
        requirement.words for requirement in requirements if len(requirement.possible) < widest
    ]
    return (" together with ".join(together),) if together else ("any node at all",)


@cache
def _card_of(vendor: str) -> AcceleratorNeed:
    """What a share of a card needs of a node."""
    return AcceleratorNeed(count=1, vendor=vendor, part=True)


def _variable_of(text: str) -> str:
    """The name of the first variable in a text that a shell fills in."""
    variable = re.search(r"\$\{?(\w+)", text, re.ASCII)
    return variable[1] if variable else "NAME"


def _amount(name: str, amount: int) -> str:
    if name == "cpu":
        return f"{amount / 1000:g} cores"
    return format_bytes(amount)


class RuntimeFit(msgspec.Struct, frozen=True, kw_only=True):
    """What the class adds to each pod, and the requirement that its very name is, if any."""

    adds: RuntimeClass
    requirement: Requirement | None = None


class RuntimeFits:
    """The runtime classes of a cluster. `cluster` is None for one that is yet to be made: it has
    every class, and none of them adds anything."""

    def __init__(self, cluster: Cluster | None, index: NodeIndex) -> None:
        self._planned = cluster is None
        self._everything = index.everything
        stated = cluster.runtime_classes if cluster is not None else ()
        self._classes = None
        if stated is not None:
            classes = (
                RuntimeClass(name=given) if isinstance(given, str) else given for given in stated
            )
            self._classes = {runtime_class.name: runtime_class for runtime_class in classes}

    def of(self, name: str) -> RuntimeFit:
        """What a class means for its pods; an empty name is no class at all."""
        nothing = RuntimeClass(name=name)
        if not name or self._planned:
            return RuntimeFit(adds=nothing)
        if self._classes is None:
            return RuntimeFit(adds=nothing, requirement=self._unread(name))
        if name not in self._classes:
            words = f"RuntimeClass {name}, which the cluster does not have"
            return RuntimeFit(adds=nothing, requirement=certain(words, frozenset()))
        return RuntimeFit(adds=self._classes[name])

    def _unread(self, name: str) -> Requirement:
        return Requirement(
            words=f"RuntimeClass {name}",
            sure=frozenset(),
            possible=self._everything,
            today=self._everything,
            gap=Gap(
                fact="cluster.runtime_classes",
                probe="kubernetes",
                reason=f"runtime classes could not be listed, nor the nodes that {name} asks for",
                settle=f"kubectl get runtimeclass {name} -o yaml",
            ),
        )
