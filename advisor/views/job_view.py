"""A job that was read from a file, a command or a container, as rules see it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from advisor.catalogs.runai_releases import Change, Release, ReleaseCatalog
from advisor.facts.record import Record
from advisor.findings.finding import Gap, Subject
from advisor.jobs.ledger import Entry, Item
from advisor.jobs.run import PortMapping, Run
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.jobs.translation import Translation
from advisor.jobs.word import Word
from advisor.placement.eligibility import MOST, accelerator_requirement, may_serve
from advisor.placement.placement import Placement
from advisor.rulebook.loaded import View
from advisor.views.admission import BASELINE_CAPABILITIES, Admission, against_restricted
from advisor.views.base import UNSET, UnsetType, plain
from advisor.views.facts import FlagFacts, JobFacts
from advisor.views.policies import Policies

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_DIGITS = re.compile(r"\d+(:\d+)?")
_SOCKET = re.compile(r"/(docker|podman|containerd|crio|dockershim)\.sock$")
_TIES = frozenset({"link", "links", "volumes-from", "volumes_from", "external_links"})
_NETWORKS = frozenset({"network", "net", "network_mode", "networks"})
_SHARING = _NETWORKS | {"ipc", "pid"}
_OWN_NETWORKS = frozenset({"", "default", "bridge", "host", "none"})
_CONTAINER = ("container:", "service:")
_MACHINE = re.compile(
    r"\b(?:(?:host|gateway)\.docker\.internal|host\.(?:containers|minikube)\.internal"
    r"|docker\.for\.(?:mac|win)\.(?:host\.internal|localhost)|172\.17\.0\.1)\b"
)
_MANIFEST = "manifest"
_DATA = frozenset({"bind", "hostPath", "named-volume", "anonymous-volume", "claim", "nfs"})


class ReleaseForms(Record, frozen=True, kw_only=True):
    """What the Run:ai release that was named takes no longer, and what it soon will not."""

    release: str
    gone: tuple[Change, ...]
    deprecated: tuple[Change, ...]


def release_forms(release: Release | None, catalog: ReleaseCatalog) -> ReleaseForms | None:
    """The forms of a release from the table; None where no release was named."""
    if release is None:
        return None
    return ReleaseForms(
        release=release.name,
        gone=catalog.gone(release),
        deprecated=catalog.going(release),
    )


class JobViews:
    """Makes the views of a placement's jobs. `nodes_gap` says why nodes are missing, `forms` what
    the release that was named takes no longer."""

    def __init__(
        self, placement: Placement, nodes_gap: tuple[Gap, ...], forms: ReleaseForms | None = None
    ) -> None:
        self._placement = placement
        self._forms = forms
        self._amounts = _Amounts(placement)
        self._admission = Admission(placement.snapshot.cluster)
        self._policies = Policies(placement.snapshot.cluster)
        self._nodes_gap = nodes_gap

    def facts(self, job: JobSpec, translation: Translation | None = None) -> JobFacts:
        """The facts of one job; `translation` tells what its flags became."""
        eligible = self._placement.eligible(job)
        known = eligible is not None and eligible.count is not None
        assert job.run is not None
        return JobFacts(
            name=job.label,
            kind=job.kind,
            reader=job.reader,
            owner=job.owner or None,
            template=job.template or None,
            guessed=job.guessed,
            eligible=eligible.count if eligible and eligible.count is not None else UNSET,
            ready=len(eligible.ready) if eligible and known else UNSET,
            unmet=eligible.unmet if eligible else (),
            **self._amounts.facts(job),
            **_run_facts(job, job.run),
            **_ledger_facts(translation),
            **_release_facts(job, self._forms),
            pod_security=self._admission.pod_security(job),
            refused=job.refused,
            refusals=self._admission.refusals(job),
            policy_refusals=self._policies.refusals(job, translation),
        )

    def view(self, job: JobSpec, facts: JobFacts) -> View:
        """The view of a job whose facts are known."""
        eligible = self._placement.eligible(job)
        return View(
            subject=Subject(scope="job", id=f"job:{job.id}", label=job.label),
            facts=plain(facts),
            gaps=tuple(_gaps(job, (*self._nodes_gap, *(eligible.gaps if eligible else ())))),
            ignores=job.ignores,
            owner=job.owner,
        )


def _run_facts(job: JobSpec, run: Run) -> dict[str, Any]:
    return {
        **_gpu_facts(job, run),
        **_rights_facts(run),
        **_behaviour_facts(run),
        **_source_facts(job, run),
        "shared_memory": run.shared_memory,
        "large_shared_memory": run.large_shared_memory,
        "ulimits": run.ulimits,
    }


def _gpu_facts(job: JobSpec, run: Run) -> dict[str, Any]:
    asks = run.gpus
    return {
        "gpu": bool(asks or job.accelerators),
        "gpu_all": any(ask.count == -1 for ask in asks),
        "gpu_devices": _unique(
            device for ask in asks for device in ask.devices if _is_pinned(device)
        ),
        "gpu_forms": _unique(ask.how for ask in asks),
        "gpu_portion": next((ask.portion for ask in asks if ask.portion is not None), None),
        "gpu_memory": next((ask.memory for ask in asks if ask.memory is not None), None),
    }


def _rights_facts(run: Run) -> dict[str, Any]:
    security = run.security
    seccomp = (f"seccomp={security.seccomp}",) if security.seccomp else ()
    return {
        "privileged": security.privileged,
        "host_network": security.host_network,
        "host_pid": security.host_pid,
        "host_ipc": security.host_ipc,
        "capabilities": security.capabilities_added,
        "unsafe_capabilities": tuple(
            name
            for name in security.capabilities_added
            if name.upper().removeprefix("CAP_") not in BASELINE_CAPABILITIES
        ),
        "against_restricted": against_restricted(run),
        "host_path": any(mount.kind == "hostPath" for mount in run.mounts),
        "security_options": (*seccomp, *security.options),
        "sysctls": tuple(f"{name}={value}" for name, value in security.sysctls.items()),
        "devices": run.devices,
        "runtime_sockets": _unique(
            mount.source.text for mount in run.mounts if _SOCKET.search(mount.source.text)
        ),
    }


def _behaviour_facts(run: Run) -> dict[str, Any]:
    return {
        "restart": run.restart or None,
        "service": run.service,
        "interactive": run.interactive,
        "terminal": run.terminal,
        "ports": _unique(_port(port) for port in run.ports),
    }


def _source_facts(job: JobSpec, run: Run) -> dict[str, Any]:
    name = run.name.literal if run.name is not None else None
    user = run.user.text if run.user is not None else ""
    numeric = _DIGITS.fullmatch(user) is not None
    items = () if job.reader == _MANIFEST else job.items
    expansions = (
        f"${part.name}" if part.asked else part.source for item in items for part in item.expansions
    )
    written = (
        mount.source.text or mount.target.text
        for mount in run.mounts
        if mount.kind in _DATA and not mount.read_only
    )
    return {
        "bad_name": name if name and not _NAME.fullmatch(name) else None,
        "secrets": _unique(
            variable.name
            for variable in run.environment
            if variable.secret and not variable.file and _has_text(variable.value)
        ),
        "expansions": _unique(expansions),
        "tied_to": _unique(_ties(items)),
        "networks": _unique(_own_networks(items)),
        "machine_addresses": _unique(_machine_addresses(run)),
        "user": user or None,
        "numeric_user": numeric,
        "written_paths": _unique(written) if numeric else (),
    }


def _machine_addresses(run: Run) -> Iterator[str]:
    """The names that an engine gives its machine inside of containers, and where they stand."""
    for variable in run.environment:
        if variable.value is not None and (match := _MACHINE.search(variable.value.text)):
            yield f"{match[0]} in {variable.name}"
    for word in (*(run.entrypoint or ()), *run.arguments):
        if match := _MACHINE.search(word.text):
            yield f"{match[0]} in its command"


def _ledger_facts(translation: Translation | None) -> dict[str, Any]:
    if translation is None:
        return {}
    ledger = translation.ledger
    return {
        "target": translation.target,
        "lost": tuple(_flag(entry) for entry in ledger if entry.fate == "no-equivalent"),
        "open": tuple(_flag(entry) for entry in ledger if entry.fate == "unresolved"),
    }


def _release_facts(job: JobSpec, forms: ReleaseForms | None) -> dict[str, Any]:
    if forms is None:
        return {}
    own = frozenset(_forms_of(job))
    told = {
        field: tuple(
            FlagFacts(name=change.what, reason=change.instead)
            for change in changes
            if change.name in own
        )
        for field, changes in (("gone", forms.gone), ("deprecated", forms.deprecated))
    }
    return {"release": forms.release, **told}


def _forms_of(job: JobSpec) -> Iterator[str]:
    """What of the forms that releases drop a job is written in."""
    if job.reader in ("runai-v1", "runai-v2"):
        yield f"cli-{job.reader.removeprefix('runai-')}"
    if job.object_kind or job.kind == "RunaiJob":
        yield "legacy-kinds"
    if job.reader == "runai-v2" and job.run is not None and job.run.distributed:
        yield f"training-{job.run.distributed}"


def _flag(entry: Entry) -> FlagFacts:
    return FlagFacts(
        name=entry.item.written or entry.item.name, value=entry.item.value, reason=entry.reason
    )


def _has_text(value: Word | None) -> bool:
    return value is not None and any(isinstance(part, str) and part for part in value.parts)


def _port(port: PortMapping) -> str:
    number = f"{port.host}:{port.container}" if port.host is not None else f"{port.container}"
    return number if port.protocol == "tcp" else f"{number}/{port.protocol}"


def _ties(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        last = _last(item.name)
        shared = last in _SHARING and item.value.startswith(_CONTAINER)
        if shared or (last in _TIES and item.value):
            yield f"{last.replace('_', '-')} {item.value}"


def _own_networks(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        named = _last(item.name) in _NETWORKS and item.value not in _OWN_NETWORKS
        if named and not item.value.startswith(_CONTAINER):
            yield item.value


def _last(name: str) -> str:
    """`--network`, `services.web.network_mode` and `services.web.links[0]` by their last part."""
    return name.lstrip("-").rpartition(".")[2].partition("[")[0]


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _gaps(job: JobSpec, nodes: Iterable[Gap]) -> Iterator[Gap]:
    """Why a fact of the job may be missing; `nodes` is what is not known of them."""
    for gap in nodes:
        for fact in ("accelerators_fit", "cpu_fits", "memory_fits", "eligible", "ready"):
            yield Gap(fact=f"job.{fact}", probe=gap.probe, reason=gap.reason, settle=gap.settle)
    yield Gap(
        fact="job.pod_security",
        probe="kubernetes",
        reason="namespaces were not read",
        settle="kubectl get namespaces -L pod-security.kubernetes.io/enforce",
    )
    yield Gap(
        fact="job.refusals",
        probe="kubernetes",
        reason="quotas, limits or priority classes were not read, or hold for some pods only",
        settle="kubectl describe resourcequota,limitrange -A",
    )
    yield Gap(
        fact="job.policy_refusals",
        probe="kubernetes",
        reason="a policy was not read, or needs what only a request shows",
        settle="kubectl apply --dry-run=server -f FILE",
    )
    yield Gap(
        fact="job.accelerators",
        probe=job.reader or "job",
        reason="the job does not state how many devices it asks for",
        settle="state the number, as in --gpus 1",
    )


def _is_pinned(device: str) -> bool:
    """Whether one device is picked: `/dev/kfd` and `/dev/dri` give all of them."""
    path = device.partition(":")[0]
    return not path.startswith("/dev/") or path[-1:].isdecimal()


class _Amounts:
    """The largest amounts of a placement's nodes, looked up once for all its jobs."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._most = lru_cache(maxsize=None)(self._largest)
        self._most_served = lru_cache(maxsize=None)(self._most_devices)
        self._devices_fit = lru_cache(maxsize=None)(self._fits_devices)

    def facts(self, job: JobSpec) -> dict[str, Any]:
        """The amounts of JobFacts."""
        cpu, memory = job.resources.get("cpu"), job.resources.get("memory")
        counts = [need.count for need in job.accelerators]
        known = [count for count in counts if count is not None]
        return {
            "accelerators": sum(known) if len(known) == len(counts) else UNSET,
            "cpu": UNSET if "cpu" in job.open_resources else cpu or None,
            "memory": UNSET if "memory" in job.open_resources else memory or None,
            "accelerators_fit": self._all_fit(job),
            "cpu_fits": self._fits("cpu", job),
            "memory_fits": self._fits("memory", job),
            "most_accelerators": self._most_served(job.accelerators),
            "most_cpu": self._most("cpu"),
            "most_memory": self._most("memory"),
        }

    def _fits(self, resource: str, job: JobSpec) -> bool | UnsetType:
        """What the shell decides fits for certain only a node that states no amount."""
        is_open = resource in job.open_resources
        amount = MOST if is_open else job.resources.get(resource)
        if not amount:
            return True
        index = self._placement.index
        if index is None:
            return UNSET
        return bool(index.with_allocatable(resource, amount)) or (UNSET if is_open else False)

    def _all_fit(self, job: JobSpec) -> bool | UnsetType:
        if not job.accelerators:
            return True
        if self._placement.index is None:
            return UNSET
        answers = [self._devices_fit(need) for need in job.accelerators]
        if False in answers:
            return False
        return UNSET if None in answers else True

    def _fits_devices(self, need: Any) -> bool | None:
        assert self._placement.index is not None
        found = accelerator_requirement(need, self._placement.accelerators, self._placement.index)
        if found.sure:
            return True
        return None if found.possible else False

    def _most_devices(self, needs: tuple[AcceleratorNeed, ...]) -> int | None:
        return _largest(
            accelerator.capacity
            for need in needs
            for found in self._placement.accelerators.values()
            for accelerator in found.accelerators
            if need.resource in ("", accelerator.resource) and may_serve(accelerator, need)
        )

    def _largest(self, resource: str) -> int | None:
        nodes = self._placement.index.nodes.values() if self._placement.index is not None else ()
        return _largest(node.allocatable.get(resource) for node in nodes)


def _largest(amounts: Iterable[int | None]) -> int | None:
    return max((amount for amount in amounts if amount is not None), default=None)
