"""The `image` variable, and the uses of every image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.catalogs.accelerators import parse_version
from advisor.facts.host import Container, DockerHost, HostImage
from advisor.facts.image_reference import DOCKER_HUB, is_image_id, open_parts
from advisor.findings.finding import Gap, Subject
from advisor.jobs.spec import JobImage, JobSpec
from advisor.placement.eligibility import Eligibility
from advisor.placement.image_inventory import (
    KUBELET_LISTS,
    ImageEntry,
    by_name,
    contents,
    held_by,
    image_key,
    in_registry,
)
from advisor.placement.image_location import Location, locate_image
from advisor.placement.placement import Placement
from advisor.rulebook.loaded import Use, View
from advisor.views.base import UNSET, UnsetType, plain
from advisor.views.facts import ChangedContainerFacts, ContentFacts, ImageFacts
from advisor.views.use_view import use_view

_STRICTEST = ("local-only", "unknown", "registry-claimed", "registry-verified")
_ASKED_FACTS = ("registry_status", "anonymous", "other_content")


def image_views(placement: Placement, nodes_gap: tuple[Gap, ...]) -> Iterable[View]:
    """A view of each image that a machine holds or a job names."""
    unread = _machines_without_images(placement)
    changed: dict[str, list[ChangedContainerFacts]] = {}
    for host in placement.snapshot.hosts:
        for container in host.containers or ():
            if container.layer_changes and container.layer_paths:
                layer = _layer(host, container)
                changed[f"container:{host.name}/{container.name}"] = [layer]
    for key in sorted(placement.images.entries):
        yield _image_view(placement, placement.images.entries[key], unread, nodes_gap, changed)


def job_image_views(
    placement: Placement, job: JobSpec, nodes_gap: tuple[Gap, ...]
) -> Iterable[View]:
    """A view of each image of one job, in which the job is its only user."""
    unread = _machines_without_images(placement)
    for entry in placement.images.of_job(job):
        yield _image_view(placement, entry, unread, nodes_gap, {})


def _image_view(
    placement: Placement,
    entry: ImageEntry,
    unread: Sequence[str],
    nodes_gap: tuple[Gap, ...],
    changed: dict[str, list[ChangedContainerFacts]],
) -> View:
    located = _located(entry, unread)
    uses = tuple(_use(placement, entry, job, location, nodes_gap) for job, location in located)
    facts = _facts(placement, entry, located, changed)
    owners = sorted({job.owner for job in entry.jobs if job.owner})
    return View(
        subject=Subject(scope="image", id=f"image:{entry.key}", label=entry.label),
        facts=plain(facts),
        uses=uses,
        gaps=_gaps(entry, unread, nodes_gap),
        ignores=tuple(ignore for job in entry.jobs for ignore in job.ignores),
        owner=", ".join(owners),
    )


def _located(entry: ImageEntry, unread: Sequence[str]) -> list[tuple[JobSpec | None, Location]]:
    """Where each user has it: a cluster's jobs that name it alike have it in one place."""
    known: dict[tuple[bool, str, JobImage | None], Location] = {}
    found: list[tuple[JobSpec | None, Location]] = []
    for job in _users(entry):
        named = _job_image(entry, job) if job is not None else None
        key = (job is None, job.host if job is not None else "", named)
        if key not in known:
            known[key] = locate_image(entry, job=job, images_unread=unread)
        found.append((job, known[key]))
    return found


def _use(
    placement: Placement,
    entry: ImageEntry,
    job: JobSpec | None,
    location: Location,
    nodes_gap: tuple[Gap, ...],
) -> Use:
    image = _job_image(entry, job) if job is not None else None
    eligible = placement.eligible(job)
    return use_view(
        job,
        location,
        eligible,
        nodes_of_hosts=placement.nodes_of_hosts,
        nodes_gap=nodes_gap,
        absence_gap=_absence_gap(placement, eligible),
        pull_policy=image.pull_policy if image is not None else "",
    )


def _absence_gap(placement: Placement, eligible: Eligibility | None) -> Gap | None:
    """Why the one eligible node may hold an image that it does not list; None when it lists all."""
    if placement.index is None or eligible is None or eligible.count != 1:
        return None
    name = eligible.nodes[0]
    machine = placement.machines.of_node(name)
    if machine is not None and machine.images is not None:
        return None
    if name in placement.assumed:
        reason = f"{name} is assumed, so nobody can list its images"
    elif placement.cluster.node_images is None:
        reason = f"the images of {name} could not be listed"
    elif placement.index.nodes[name].image_count >= KUBELET_LISTS:
        reason = f"{name} lists {KUBELET_LISTS} images, and may have more"
    else:
        return None
    settle = "sudo crictl images on the node that will run the job"
    return Gap(fact="use.on_eligible", probe="kubernetes", reason=reason, settle=settle)


def _job_image(entry: ImageEntry, job: JobSpec) -> JobImage | None:
    for image in job.images:
        if entry.key in (image_key(image.reference), image_key(image.image_id)):
            return image
    return None


def _facts(
    placement: Placement,
    entry: ImageEntry,
    located: Sequence[tuple[JobSpec | None, Location]],
    changed: dict[str, list[ChangedContainerFacts]],
) -> ImageFacts:
    reference = entry.reference
    copies = [holding.image for holding in entry.holdings if holding.image is not None]
    sizes = [holding.size for holding in entry.holdings if holding.size is not None]
    places = {location.place for _, location in located}
    runtime, without = _own_runtime(placement, entry, located)
    eligible = _eligible_nodes(placement, entry)
    parts = (reference.registry, reference.tag) if reference else open_parts(entry.label)
    registry, tag = (UNSET if "$" in part else part or None for part in parts)
    return ImageFacts(
        reference=entry.label,
        registry=registry,
        repository=reference.repository if reference is not None else "",
        tag=tag,
        digest=(reference.digest or None) if reference is not None else None,
        loopback=reference is not None and reference.loopback,
        short_name=reference is not None and reference.registry in ("", DOCKER_HUB),
        named=reference is not None or not is_image_id(entry.label),
        location=next(place for place in _STRICTEST if place in places),
        machines=held_by(entry.holdings),
        engine=_engine(entry),
        listed=entry.key if _engine(entry) == _NODES_OWN else entry.label,
        contents=tuple(
            ContentFacts(id=content, machines=by_name(machines))
            for content, machines in sorted(contents(entry).items())
        ),
        size=max(sizes) if sizes else UNSET,
        architectures=_architectures(entry, copies),
        created=max((copy.created for copy in copies), default=UNSET),
        jobs=tuple(sorted(job.label for job in entry.jobs)),
        never_pull=tuple(
            job.label
            for job in entry.jobs
            if (image := _job_image(entry, job)) is not None and image.pull_policy == "Never"
        ),
        eligible=UNSET if eligible is None else len(eligible),
        node_architectures=_node_architectures(placement, eligible),
        cuda=_cuda(copies),
        driver_cuda=_driver_cuda(placement, eligible),
        registry_status=entry.registry.status if entry.registry is not None else UNSET,
        anonymous=_anonymous(entry),
        other_content=_other_content(entry),
        pull_secrets=_pull_secrets(entry),
        secret_variables=_secret_variables(entry),
        changed=_changed(placement, entry, changed),
        plain_http_hosts=_plain_http_hosts(placement, entry),
        runtime=runtime,
        not_in_runtime=without,
    )


def _own_runtime(
    placement: Placement, entry: ImageEntry, located: Iterable[tuple[JobSpec | None, Location]]
) -> tuple[str, tuple[str, ...] | UnsetType]:
    """The runtime of the nodes on which the image may stay, and those of them whose runtime lacks
    it."""
    answers: dict[str, bool | None] = {}
    for job, location in located:
        eligible = placement.eligible(job)
        if job is None or eligible is None or eligible.count != 1:
            continue
        name = eligible.nodes[0]
        held_on = {placement.nodes_of_hosts.get(machine, machine) for machine in location.machines}
        if name in held_on and not location.place.startswith("registry-"):
            answers[name] = placement.in_own_runtime(entry, name)
    without = tuple(sorted(name for name, answer in answers.items() if answer is False))
    if not without:
        return "", UNSET if None in answers.values() else ()
    assert placement.index is not None
    return placement.index.nodes[without[0]].container_runtime.partition(":")[0], without


_NODES_OWN = "sudo ctr -n k8s.io images"


def _engine(entry: ImageEntry) -> str:
    """What the first machine that has it, which remedies name, tags and pushes it with."""
    first = next(iter(held_by(entry.holdings)), "")
    stores = {holding.store for holding in entry.holdings if first in holding.machines}
    if stores and stores <= {"node", "pod"}:
        return _NODES_OWN
    return "podman" if "podman" in stores else "docker"


def _users(entry: ImageEntry) -> Sequence[JobSpec | None]:
    """Its jobs; None stands for the cluster-level verdict that an unused image gets."""
    return entry.jobs or (None,)


def _eligible_nodes(placement: Placement, entry: ImageEntry) -> tuple[str, ...] | None:
    """The eligible nodes of the use that has most of them; None when one is not known."""
    widest: tuple[str, ...] = ()
    for job in _users(entry):
        eligible = placement.eligible(job)
        if eligible is None or eligible.count is None:
            return None
        widest = max(widest, eligible.nodes, key=len)
    return widest


def _node_architectures(
    placement: Placement, eligible: tuple[str, ...] | None
) -> tuple[str, ...] | UnsetType:
    if eligible is None or placement.index is None:
        return UNSET
    found = placement.architectures(eligible)
    return UNSET if "" in found else found


def _driver_cuda(placement: Placement, eligible: tuple[str, ...] | None) -> str | UnsetType:
    """The lowest of what the drivers of the eligible GPU nodes serve."""
    if eligible is None or placement.index is None:
        return UNSET
    served = placement.served_cuda(eligible)
    known = [version for version in served if version is not None]
    if not known or len(known) < len(served):
        return UNSET
    return ".".join(str(part) for part in min(known))


def _cuda(copies: Sequence[HostImage]) -> str | UnsetType | None:
    """The newest CUDA that a copy states; None when the copies state none."""
    if not copies:
        return UNSET
    stated = [copy.cuda_version for copy in copies if copy.cuda_version]
    return max(stated, key=lambda text: parse_version(text) or (0,), default=None)


def _plain_http_hosts(placement: Placement, entry: ImageEntry) -> tuple[str, ...]:
    if entry.reference is None or not entry.reference.registry:
        return ()
    registry = entry.reference.registry
    hosts = placement.snapshot.hosts
    return tuple(sorted(host.name for host in hosts if registry in host.insecure_registries))


def _architectures(entry: ImageEntry, copies: Sequence[HostImage]) -> tuple[str, ...] | UnsetType:
    """What a node can fetch; a machine's copy is of one kind alone, and tells when it is not in
    the registry or no registry was asked."""
    answer = entry.registry
    if answer is not None and answer.architectures and not _other_content(entry):
        return answer.architectures
    return tuple(sorted({copy.architecture for copy in copies if copy.architecture})) or UNSET


def _other_content(entry: ImageEntry) -> tuple[str, ...] | UnsetType:
    compared = [
        (machine, in_registry(entry, holding))
        for holding in entry.holdings
        for machine in holding.machines
    ]
    other = {machine for machine, inside in compared if inside is False}
    if not other and any(inside is None for _, inside in compared):
        return UNSET
    return tuple(sorted(other))


def _anonymous(entry: ImageEntry) -> bool | UnsetType:
    answer = entry.registry.anonymous if entry.registry is not None else None
    return UNSET if answer is None else answer


def _pull_secrets(entry: ImageEntry) -> bool | UnsetType:
    """Containers on a Docker host have no place to name one."""
    named = [job.pull_secrets for job in entry.jobs if job.pull_secrets is not None]
    return all(named) if named else UNSET


def _secret_variables(entry: ImageEntry) -> tuple[str, ...] | UnsetType:
    copies = [holding.image for holding in entry.holdings if holding.image is not None]
    names = {name for copy in copies for name in copy.secret_variables}
    return tuple(sorted(names)) if copies else UNSET


def _changed(
    placement: Placement, entry: ImageEntry, changed: dict[str, list[ChangedContainerFacts]]
) -> tuple[ChangedContainerFacts, ...] | UnsetType:
    hosts = {host.name: host for host in placement.snapshot.hosts}
    own = [job for job in entry.jobs if job.host in hosts]
    if any(hosts[job.host].containers is None for job in own):
        return UNSET
    return tuple(change for job in own for change in changed.get(job.id, ()))


def _layer(host: DockerHost, container: Container) -> ChangedContainerFacts:
    return ChangedContainerFacts(
        host=host.name,
        engine=host.engine,
        container=container.name,
        changes=container.layer_changes or 0,
        size=container.layer_size,
    )


def _machines_without_images(placement: Placement) -> tuple[str, ...]:
    hosts = [host.name for host in placement.snapshot.hosts if host.images is None]
    unread = placement.snapshot.cluster is not None and placement.cluster.node_images is None
    return (*hosts, "the cluster's nodes") if unread else tuple(hosts)


def _why_not_told(entry: ImageEntry) -> str:
    answer = entry.registry
    if not _can_be_asked(entry):
        return "no registry that all nodes reach is in its name"
    if answer is None:
        return "no registry was asked"
    if answer.status == "verified":
        return "the registry's content could not be compared with that of the machines"
    return f"the registry answered: {answer.status}{f' ({answer.reason})' if answer.reason else ''}"


def _can_be_asked(entry: ImageEntry) -> bool:
    """A registry on a machine itself is another one on each, and a name is needed to ask any."""
    return entry.reference is not None and not entry.reference.loopback


def _gaps(entry: ImageEntry, unread: Sequence[str], nodes_gap: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Why facts of an image are missing."""
    on_nodes_only = all(holding.node for holding in entry.holdings)
    not_shown = (
        "the API lists names and sizes of images on nodes, nothing of their configuration"
        if entry.holdings and on_nodes_only
        else f"images could not be listed on {', '.join(unread)}"
        if unread
        else "no machine that was read holds it"
    )
    same, open_ = "the same command with", f"{entry.label} waits for a variable"
    copy = "copy it to a registry that all nodes reach"
    told = f"{same} --check-registry" if _can_be_asked(entry) else copy
    gaps = [_gap(fact, "registry", _why_not_told(entry), told) for fact in _ASKED_FACTS]
    gaps += [_gap(fact, "jobs", open_, f"{same} --set NAME=VALUE") for fact in ("registry", "tag")]
    gaps += [
        _gap(name, "docker", not_shown, "docker image inspect NAME on a machine that has it")
        for name in ("architectures", "cuda", "secret_variables", "created", "size")
    ]
    gaps += [
        _gap(name, gap.probe, gap.reason, gap.settle)
        for gap in nodes_gap
        for name in ("eligible", "node_architectures", "driver_cuda")
    ]
    return (*gaps, *_USUAL_GAPS)


def _gap(fact: str, probe: str, reason: str, settle: str) -> Gap:
    return Gap(fact=f"image.{fact}", probe=probe, reason=reason, settle=settle)


_USUAL_GAPS = (
    _gap(
        "pull_secrets",
        "kubernetes",
        "no known job of the cluster uses it",
        "name a pull secret when the job is submitted",
    ),
    _gap(
        "driver_cuda",
        "kubernetes",
        "no label of the eligible nodes states the driver",
        "kubectl get nodes -L nvidia.com/cuda.driver-version.full",
    ),
    _gap(
        "not_in_runtime",
        "kubernetes",
        "not every image of the node's own container runtime is known",
        "sudo crictl images on the node that will run the job",
    ),
    _gap("changed", "docker", "containers could not be listed", "docker ps -a --size"),
)
