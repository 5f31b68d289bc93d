"""Everything that placement knows of one snapshot, computed once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from advisor.catalogs.accelerators import (
    AcceleratorCatalog,
    CudaCatalog,
    CudaVersion,
    Entry,
    any_match,
    driver_cuda,
    parse_version,
    resource_class,
    with_own,
)
from advisor.catalogs.storage import FilesystemCatalog, StorageCatalog, SystemPathCatalog
from advisor.configuration.settings import Settings
from advisor.facts.cluster import Cluster, Node
from advisor.facts.host import Machine
from advisor.facts.selector import parse_selector
from advisor.facts.snapshot import Snapshot
from advisor.facts.storage import Claim, StorageClass
from advisor.facts.workload import Toleration, Workload
from advisor.findings.finding import Gap
from advisor.jobs.container import container_jobs
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.jobs.workload import workload_job
from advisor.placement.accelerators import (
    NodeAccelerators,
    is_gpu_node,
    node_accelerators,
    undecided_reasons,
)
from advisor.placement.admission import Admission
from advisor.placement.claim_fit import ClaimFit
from advisor.placement.data_inventory import DataEntry, DataInventory
from advisor.placement.eligibility import Eligibility, Eligible, RuntimeFits
from advisor.placement.image_inventory import KUBELET_LISTS, ImageEntry, ImageInventory
from advisor.placement.machines import SurveyedMachines, assumed_nodes, nodes_of_hosts
from advisor.placement.node_index import Names, NodeIndex, nodes_of_terms
from advisor.placement.storage_evidence import (
    NO_PROVISIONER,
    StorageEvidence,
    StorageService,
    class_service,
    storage_evidence,
    volume_service,
)
from advisor.placement.volume_fit import VolumeFit, may_bind

_STATIC = "StaticPod"
_PER_NODE_KINDS = frozenset({"DaemonSet"})
"""Workloads that belong to a node: one pod each, its paths are the node's own by intent."""

_LOST_NODE = "a node that could not be read"


class Catalogs(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of `rules/catalog/` that placement looks things up in."""

    accelerators: AcceleratorCatalog
    storage: StorageCatalog
    filesystems: FilesystemCatalog
    system_paths: SystemPathCatalog
    cuda: CudaCatalog


class Placement:
    """The nodes that count, the jobs that are known, and where each of them could run.

    `index` is None when nodes could not be read and none were assumed. `jobs` are added to those of
    the snapshot; with `jobs_of_snapshot` false there are no others, and the inventories hold what
    machines and claims have, so that each job is judged on its own (`images.of_job`).
    """

    def __init__(
        self,
        snapshot: Snapshot,
        settings: Settings,
        catalogs: Catalogs,
        *,
        jobs: Sequence[JobSpec] = (),
        jobs_of_snapshot: bool = True,
    ) -> None:
        self.snapshot = snapshot
        self.catalogs = msgspec.structs.replace(
            catalogs, accelerators=with_own(catalogs.accelerators, settings.accelerators)
        )
        self.cluster = snapshot.cluster or Cluster(context="")
        self.assumed: Names = frozenset()
        self.excluded: tuple[str, ...] = ()
        self.accelerators: dict[str, NodeAccelerators] = {}
        self._lost_nodes = self._find_lost_nodes(settings)
        self.index = self._index(settings)
        self.gpu_nodes, self.maybe_gpu_nodes = self._gpu_nodes()
        self.nodes_of_hosts = nodes_of_hosts(
            snapshot.hosts, self.nodes, assumed_gpu_node=self._only_gpu_node(settings)
        )
        self.machines = SurveyedMachines(snapshot.machines, self.nodes)
        self.system_workloads = 0
        known = tuple(self._jobs(settings)) if jobs_of_snapshot else ()
        self.jobs = (*known, *jobs)
        listed = self.jobs if jobs_of_snapshot else ()
        self.images = ImageInventory(snapshot, listed)
        self.data = DataInventory(snapshot, listed, on_host=self.machines.on_host)
        self._evidence: StorageEvidence = storage_evidence(self.cluster, catalogs.storage, settings)
        self._classes = {
            storage_class.name: storage_class
            for storage_class in self.cluster.storage_classes or ()
        }
        self._claims = ClaimFit(self.cluster, self.index) if self.index is not None else None
        self._eligible = self._make_eligible()
        self._services: dict[str, StorageService | None] = {}
        self.cuda = lru_cache(maxsize=None)(self._cuda)
        self.served_cuda = lru_cache(maxsize=64)(self._served_cuda)
        self.architectures = lru_cache(maxsize=64)(self._architectures)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that count, by name."""
        return tuple(self.index.nodes.values()) if self.index is not None else ()

    @property
    def admitted_jobs(self) -> tuple[JobSpec, ...]:
        """The jobs with the tolerations that the cluster's admission adds to their pods."""
        if self._eligible is None:
            return self.jobs
        pairs = ((job, self._eligible.added_by_admission(job)) for job in self.jobs)
        return tuple(
            replace(job, tolerations=(*job.tolerations, *added)) if added else job
            for job, added in pairs
        )

    @property
    def evidence(self) -> StorageEvidence:
        """The facts that storage is judged by."""
        return self._evidence

    def eligible(self, job: JobSpec | None) -> Eligibility | None:
        """Where the job could run; without a job, the GPU nodes. None when nodes are not known."""
        if self.index is None or self._eligible is None:
            return None
        if job is not None:
            return self._with_lost_nodes(self._eligible.of(job))
        eligible_nodes = Eligibility(
            nodes=tuple(sorted(self.gpu_nodes)),
            maybe=tuple(sorted(self.maybe_gpu_nodes)),
            ready=tuple(sorted(self.gpu_nodes & self.index.usable)),
            unmet=() if self.gpu_nodes or self.maybe_gpu_nodes else ("an accelerator",),
            gaps=self._unclassified_gaps(),
        )
        return self._with_lost_nodes(eligible_nodes)

    def in_own_runtime(self, entry: ImageEntry, name: str) -> bool | None:
        """Whether the container runtime of a node has the image: docker and podman on the machine
        keep theirs in stores of their own. None where it is not known."""
        if any(holding.node and name in holding.machines for holding in entry.holdings):
            return True
        node = self.index.nodes[name] if self.index is not None else None
        machine = self.machines.of_node(name)
        lists_all = machine is not None and machine.images is not None
        if node is None or not node.container_runtime or name in self.assumed:
            return None
        if node.container_runtime.startswith("docker:"):
            return True
        if any(holding.store == "podman" for holding in entry.holdings):
            return None  # CRI-O and the podman of root share a store.
        if not lists_all and (
            self.cluster.node_images is None or node.image_count >= KUBELET_LISTS
        ):
            return None
        return False

    def claimed(self, need: AcceleratorNeed) -> tuple[str, int] | None:
        """The driver whose devices a DRA claim takes, and how many; None where nobody can tell."""
        return self._claims.asked(need) if self._claims is not None else None

    def _with_lost_nodes(self, found: Eligibility) -> Eligibility:
        """Nodes that were listed and could not be read may be eligible for anything."""
        if not self._lost_nodes:
            return found
        gaps = (*found.gaps, *self._lost_nodes)
        return replace(found, maybe=(*found.maybe, _LOST_NODE), unmet=(), gaps=gaps)

    def _find_lost_nodes(self, settings: Settings) -> tuple[Gap, ...]:
        if self.cluster.nodes is None or settings.assume is not None:
            return ()
        return tuple(
            Gap(
                fact="cluster.nodes",
                probe=source.probe,
                reason=f"not all nodes could be read: {refusal.reason}",
                settle=f"kubectl --context {source.target} get nodes -o yaml",
            )
            for source in self.snapshot.sources
            for refusal in source.missing
            if "cluster.nodes" in refusal.facts
        )

    def _served_cuda(self, nodes: tuple[str, ...]) -> frozenset[CudaVersion | None]:
        """What the drivers of the GPU nodes among these serve; None is in it for one unknown."""
        return frozenset(self.cuda(name) for name in nodes if name in self.gpu_nodes)

    def _architectures(self, nodes: tuple[str, ...]) -> tuple[str, ...]:
        """The architectures of these nodes; empty text is in it for one that states none."""
        assert self.index is not None
        return tuple(sorted({self.index.nodes[name].architecture for name in nodes}))

    def _cuda(self, node: str) -> CudaVersion | None:
        """The newest CUDA that the driver of a node serves; None when nothing states it."""
        assert self.index is not None
        labels = self.index.nodes[node].labels
        said = self.machines.of_node(node) or Machine(name=node)
        driver = self.accelerators[node].driver or said.driver
        return parse_version(said.cuda) or driver_cuda(labels, driver, self.catalogs.cuda)

    def serve(self, entry: DataEntry) -> StorageService | None:
        """What the storage of a claim can do; None when its class could not be read."""
        if entry.key not in self._services:
            self._services[entry.key] = self._judge_storage(entry)
        return self._services[entry.key]

    def pinned(self, entry: DataEntry) -> tuple[str, ...]:
        """The nodes a bound volume's affinity names; empty when it names none."""
        volume = entry.persistent_volume
        if volume is None or not volume.node_affinity or self.index is None:
            return ()
        return tuple(sorted(nodes_of_terms(self.index, volume.node_affinity)))

    def _judge_storage(self, entry: DataEntry) -> StorageService | None:
        if entry.claim is None:
            return None
        if entry.persistent_volume is not None:
            storage_class = self._classes.get(entry.persistent_volume.storage_class)
            return volume_service(entry.persistent_volume, self._evidence, storage_class)
        name = entry.claim.storage_class
        defaults = (
            storage_class for storage_class in self._classes.values() if storage_class.default
        )
        unbound = next(defaults, None) if name is None else self._classes.get(name)
        if unbound is None and name is not None and self.cluster.storage_classes is not None:
            # Of no class, or of one that nobody made: only volumes that are there can be bound.
            unbound = StorageClass(name=name, provisioner=NO_PROVISIONER)
        return self._service_of_class(unbound, entry.claim) if unbound is not None else None

    def _service_of_class(self, of: StorageClass, claim: Claim) -> StorageService:
        """What a claim gets of its class; of one that makes no volumes only those that fit it."""
        evidence = self._evidence
        there = evidence.by_class.get(of.name, ())
        fitting = [one for one in there if one.phase == "Available" and may_bind(one, claim)]
        if of.provisioner == NO_PROVISIONER and fitting:
            evidence = replace(evidence, by_class={**evidence.by_class, of.name: fitting})
        return class_service(of, evidence)

    def _index(self, settings: Settings) -> NodeIndex | None:
        nodes = self.cluster.nodes
        if nodes is not None and settings.exclude_nodes:
            selector = parse_selector(settings.exclude_nodes)
            self.excluded = tuple(node.name for node in nodes if selector.matches(node.labels))
            nodes = tuple(node for node in nodes if node.name not in self.excluded)
        self._classify(nodes or ())
        if settings.assume is None:
            return None if nodes is None else NodeIndex(nodes)
        gpu_nodes, _ = self._gpu_nodes()
        real = {node.name for node in nodes or ()}
        assumed = assumed_nodes(settings.assume, nodes or (), sorted(gpu_nodes))
        self._classify(assumed)
        self.assumed = frozenset(node.name for node in assumed if node.name not in real)
        stated = settings.assume.gpus_per_node is not None or bool(gpu_nodes)
        return NodeIndex(
            assumed,
            open_amounts=frozenset() if gpu_nodes else self.assumed,
            open_devices=frozenset() if stated else self.assumed & self._gpu_nodes()[0],
            is_accelerator=lambda name: isinstance(
                resource_class(self.catalogs.accelerators, name), Entry
            ),
        )

    def _classify(self, nodes: Sequence[Node]) -> None:
        self.accelerators = node_accelerators(
            nodes,
            self.cluster.resource_slices if self.snapshot.cluster is not None else (),
            self.cluster.device_classes,
            self.catalogs.accelerators,
        )

    def _gpu_nodes(self) -> tuple[Names, Names]:
        answers = {name: is_gpu_node(found) for name, found in self.accelerators.items()}
        return (
            frozenset(name for name, answer in answers.items() if answer),
            frozenset(name for name, answer in answers.items() if answer is None),
        )

    def _only_gpu_node(self, settings: Settings) -> str:
        if settings.assume is None or settings.assume.gpu_nodes != 1 or len(self.gpu_nodes) != 1:
            return ""
        return next(iter(self.gpu_nodes))

    def _jobs(self, settings: Settings) -> Iterable[JobSpec]:
        for host in self.snapshot.hosts:
            yield from container_jobs(host)
        secrets = {
            (account.namespace, account.name): account.pull_secrets
            for account in self.cluster.service_accounts or ()
        }
        defaults: dict[str, dict[str, int]] = defaultdict(dict)
        for limit_range in self.cluster.limit_ranges or ():
            for limits in limit_range.limits:
                if limits.type == "Container":
                    defaults[limit_range.namespace].update(limits.defaults)
        for workload in self.cluster.workloads or ():
            if _belongs_to_system(workload, settings.system_namespaces):
                self.system_workloads += 1
                continue
            account = (workload.namespace, workload.template.service_account or "default")
            job = workload_job(
                workload,
                service_account_secrets=secrets.get(account, ()),
                default_requests=defaults[workload.namespace],
            )
            yield from _each_on_its_node(job) if workload.kind == _STATIC else (job,)

    def _make_eligible(self) -> Eligible | None:
        if self.index is None or self._claims is None:
            return None
        return Eligible(
            self.index,
            self.accelerators,
            self.gpu_nodes,
            volumes=VolumeFit(self.cluster, self.index),
            claims=self._claims,
            runtimes=RuntimeFits(self.snapshot.cluster, self.index),
            admission=Admission(self.cluster, self.index),
            taken_of=lru_cache(maxsize=None)(self._taken_of),
            kept=max(len(self.jobs), 8),
        )

    def _taken_of(self, resource: str) -> str:
        """The vendor of the cards that a scheduler's extender hands shares out of by this name;
        empty for others, and where nodes list them."""
        assert self.index is not None
        shares = self.catalogs.accelerators.by_extender.items()
        vendor = next((vendor for vendor, names in shares if any_match(names, resource)), "")
        return "" if vendor and self.index.with_capacity(resource, 1) else vendor

    def _unclassified_gaps(self) -> tuple[Gap, ...]:
        if not self.maybe_gpu_nodes:
            return ()
        reasons = [
            reason
            for name in sorted(self.maybe_gpu_nodes)
            for reason in undecided_reasons(self.accelerators[name])
        ]
        return (
            Gap(
                fact="cluster.gpu_nodes",
                probe="kubernetes",
                reason="; ".join(dict.fromkeys(reasons)),
                settle="kubectl describe nodes; kubectl get resourceslices",
            ),
        )


def _each_on_its_node(job: JobSpec) -> Iterable[JobSpec]:
    """The kubelet of a node makes a static pod from a file of its own: it can run nowhere else, and
    no taint keeps it away."""
    for node in sorted(job.nodes):
        yield msgspec.structs.replace(
            job,
            id=f"{job.id}@{node}",
            label=f"{job.label} on {node}" if len(job.nodes) > 1 else job.label,
            node_name=node,
            tolerations=(Toleration(operator="Exists"),),
            nodes={node: job.nodes[node]},
            replicas=job.nodes[node],
        )


def _belongs_to_system(workload: Workload, patterns: Sequence[str]) -> bool:
    return workload.kind in _PER_NODE_KINDS or any(
        fnmatchcase(workload.namespace, pattern) for pattern in patterns
    )
