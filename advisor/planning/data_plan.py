"""Where each real location goes: used as it is, copied to a claim, or asked about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from advisor.facts.storage import StorageClass
from advisor.findings.finding import Decision, Outcome, strictest
from advisor.jobs.spec import owners
from advisor.placement.data_inventory import DataCount, DataEntry, MountUse, is_unbound, total
from advisor.placement.placement import Placement
from advisor.placement.storage_evidence import Basis, StorageService, class_service
from advisor.planning.image_content import Decisions
from advisor.planning.names import ObjectNames
from advisor.planning.plan import ClaimTarget, DataAction, DataPlan, DataSource, NfsTarget
from advisor.planning.real_location import Place, places

GIB = 2**30
_HEADROOM = 1.2
_ACTIONS: dict[Outcome, DataAction] = {
    "move": "copy",
    "ok": "use",
    "stay": "stay",
    "blocked": "wait",
    "unknown": "ask",
}
_STRENGTH: Sequence[Basis] = (
    "configuration",
    "volume in use on two nodes",
    "StorageProfile",
    "its volumes",
    "volume source",
    "catalogue",
)


class Location(msgspec.Struct, kw_only=True):
    """One real location with everything that leads to it."""

    place: Place
    entries: list[DataEntry] = []
    sources: dict[DataSource, None] = {}
    uses: list[MountUse] = []


class DataPlans(msgspec.Struct, frozen=True, kw_only=True):
    """`of_job` gives the ids of the places of a job by its id."""

    data: tuple[DataPlan, ...]
    of_job: Mapping[str, tuple[str, ...]]


def plan_data(placement: Placement, decisions: Decisions) -> DataPlans:
    """Every place that a job mounts or a machine keeps, by its real location."""
    locations = _locations(placement)
    storage = best_class(placement)
    names = ObjectNames()
    plans = [
        _plan(placement, locations[key], decisions, storage, names) for key in sorted(locations)
    ]
    return DataPlans(
        data=tuple(sorted(_nested(plans), key=lambda step: (step.label, step.id))),
        of_job=_of_job(locations),
    )


def best_class(placement: Placement) -> tuple[StorageClass, StorageService] | None:
    """The class whose volumes many nodes can mount, on the strongest evidence; the default one
    first, then by name. None when there is none, or classes could not be read."""
    judged = (
        (class_, class_service(class_, placement.evidence))
        for class_ in placement.cluster.storage_classes or ()
    )
    fit = [pair for pair in judged if pair[1].serves == "many-nodes"]
    return min(
        fit,
        key=lambda pair: (
            _STRENGTH.index(pair[1].evidence) if pair[1].evidence in _STRENGTH else len(_STRENGTH),
            not pair[0].default,
            pair[0].name,
        ),
        default=None,
    )


def _locations(placement: Placement) -> dict[str, Location]:
    locations: dict[str, Location] = {}
    for key in sorted(placement.data.entries):
        entry = placement.data.entries[key]
        if entry.kind == "container-layer":
            continue
        for place, uses in places(placement, entry):
            location = locations.setdefault(place.key, Location(place=place))
            location.entries.append(entry)
            location.uses += uses
            if place.machine:
                source = DataSource(
                    machine=place.machine, path=place.path, filesystem=place.filesystem
                )
                location.sources[source] = None
    return locations


def _plan(
    placement: Placement,
    location: Location,
    decisions: Decisions,
    storage: tuple[StorageClass, StorageService] | None,
    names: ObjectNames,
) -> DataPlan:
    place = location.place
    action, decision = _action(placement, location, decisions)
    targets = Counter(use.mount.target for use in location.uses)
    mount_path = min(targets, key=lambda path: (-targets[path], path), default="")
    count = _count(placement, location)
    read_only = bool(location.uses) and all(use.mount.read_only for use in location.uses)
    claim = None
    if action == "copy":
        claim = _claim(names.name(f"data-{_short(location)}", place.key), count.needed, storage)
    return DataPlan(
        id=place.key,
        label=place.label,
        kind=location.entries[0].kind,
        subjects=tuple(dict.fromkeys(f"data:{entry.key}" for entry in location.entries)),
        outcome=decision.outcome if decision is not None else "unknown",
        action=action,
        reason=_reason(action, decision),
        sources=tuple(location.sources),
        source_host=place.machine,
        source_path=place.path,
        users=tuple(sorted({use.job.id for use in location.uses})),
        owners=owners(use.job for use in location.uses),
        mount_path=mount_path,
        other_paths=tuple(sorted(path for path in targets if path != mount_path)),
        read_only=read_only,
        size=count.size,
        at_least=count.at_least,
        files=count.files,
        unmeasured=count.reason,
        nfs=_nfs(place, mount_path, read_only) if place.server else None,
        claim=claim,
    )


def _action(
    placement: Placement, location: Location, decisions: Decisions
) -> tuple[DataAction, Decision | None]:
    paths = [entry.source for entry in location.entries if entry.kind in ("bind", "hostPath")]
    if paths and all(placement.catalogs.system_paths.find(path) is not None for path in paths):
        return "leave", None
    labels = {use.job.label for use in location.uses}
    relevant: list[Decision] = []
    for entry in location.entries:
        every = decisions.get(f"data:{entry.key}", ())
        relevant += [entry for entry in every if entry.use in labels] or list(every)
    decision = strictest(relevant)
    if decision is None:
        return "ask", None
    if decision.outcome == "move" and all(is_unbound(entry) for entry in location.entries):
        return "ask", decision
    if location.place.network and decision.outcome in ("move", "unknown"):
        return "use", decision
    return _ACTIONS[decision.outcome], decision


def _reason(action: DataAction, decision: Decision | None) -> str:
    if action == "leave":
        return "It belongs to the machine itself, not to anybody's work: nothing of it is copied."
    if decision is None:
        return "Nothing was decided of it."
    if action == "use" and decision.outcome != "ok":
        return "Its files are on a network filesystem: every node can mount the same."
    return decision.message


def _count(placement: Placement, location: Location) -> DataCount:
    """As any of its machines counted it: they all have the same files."""
    counted = (placement.data.measured(source.machine, source.path) for source in location.sources)
    totals = [total([amount]) for amount in counted if amount is not None]
    if best := max(totals, key=_how_complete, default=None):
        return best
    sizes = [entry.volume.size for entry in location.entries if entry.volume is not None]
    size = max((size for size in sizes if size is not None), default=None)
    return DataCount(size=size, needed=size)


def _how_complete(count: DataCount) -> tuple[bool, int]:
    return count.size is not None, count.size or count.at_least or 0


def _short(location: Location) -> str:
    """A word or two for it: the last folder, the volume's name, who has it and where."""
    entry, path = location.entries[0], location.place.path.rstrip("/")
    if entry.kind == "named-volume":
        return entry.source
    if entry.kind == "anonymous-volume" and location.uses:
        use = location.uses[0]
        return f"{use.job.label.partition(' ')[0]} {use.mount.target}"
    return path.rpartition("/")[2] or location.place.label


def _claim(
    name: str, needed: int | None, storage: tuple[StorageClass, StorageService] | None
) -> ClaimTarget:
    request = None if needed is None else max(-(-int(needed * _HEADROOM) // GIB), 1) * GIB
    if storage is None:
        return ClaimTarget(name=name, request=request)
    chosen, service = storage
    detail = f": {service.detail}" if service.detail else ""
    return ClaimTarget(
        name=name,
        storage_class=chosen.name,
        evidence=f"{service.evidence}{detail}",
        request=request,
    )


def _nfs(place: Place, mount_path: str, read_only: bool) -> NfsTarget:
    """Run:ai's own forms: `-v SRC:DST:ro|rw:SERVER` early, `--nfs` with pairs later."""
    target = mount_path or place.export
    mode = "ro" if read_only else "rw"
    pairs = f"path={place.export},server={place.server},mountpath={target}"
    return NfsTarget(
        server=place.server,
        export=place.export,
        runai_v1=f"{place.export}:{target}:{mode}:{place.server}",
        runai_v2=pairs if read_only else f"{pairs},readwrite",
    )


def _nested(plans: Iterable[DataPlan]) -> list[DataPlan]:
    """Places inside of others that are copied go with those, as folders of their claims."""
    every = list(plans)
    by_host: dict[str, dict[str, DataPlan]] = defaultdict(dict)
    for plan in every:
        if plan.action == "copy" and plan.source_path.startswith("/"):
            by_host[plan.source_host][plan.source_path.rstrip("/")] = plan
    return [_inside(plan, by_host.get(plan.source_host, {})) for plan in every]


def _inside(plan: DataPlan, copied: Mapping[str, DataPlan]) -> DataPlan:
    path = plan.source_path.rstrip("/")
    if plan.action != "copy" or plan.claim is None:
        return plan
    parts = path.split("/")
    for length in range(2, len(parts)):
        outer = copied.get("/".join(parts[:length]))
        if outer is not None and outer.claim is not None:
            rest = path[len(outer.source_path.rstrip("/")) + 1 :]
            claim = msgspec.structs.replace(outer.claim, sub_path=rest)
            return msgspec.structs.replace(plan, inside=outer.id, claim=claim)
    return plan


def _of_job(locations: Mapping[str, Location]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for key in sorted(locations):
        for use in locations[key].uses:
            found[use.job.id][key] = None
    return {job: tuple(ids) for job, ids in found.items()}
