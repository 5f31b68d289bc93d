"""Every image by name: which machines hold it, with which content, and what a registry said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from advisor.facts.cluster import NodeImage
from advisor.facts.host import DockerHost, HostImage
from advisor.facts.image_reference import ImageReference, is_image_id, parse_reference
from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.jobs.spec import JobSpec

KUBELET_LISTS = 50
"""Images in a node's status, unless the kubelet's nodeStatusMaxImages says otherwise."""

_NAMED_BY_MANIFEST = frozenset({"containerd", "node", "pod"})


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Copies of one image: on a Docker host, or on all the nodes that list it alike.

    `machines` are host or node names; `store` is the runtime's image store (`classic`,
    `containerd`, `podman`, `node`), or `pod` where a running pod showed it; `digests` are the
    references by digest it is known under, `tags` those by tag.
    """

    machines: tuple[str, ...]
    node: bool
    store: str
    id: str = ""
    digests: tuple[ImageReference, ...] = ()
    tags: tuple[ImageReference, ...] = ()
    size: int | None = None
    image: HostImage | None = None


class ImageEntry(msgspec.Struct, kw_only=True):
    """One image. `reference` is None for content without a name; `key` is unique.

    `answers` are what registries said of every image that they were asked for, by key.
    """

    key: str
    label: str
    reference: ImageReference | None
    holdings: list[Holding] = []
    jobs: list[JobSpec] = []
    answers: Mapping[str, RegistryImage] = {}
    on_hosts: dict[str, list[Holding]] | None = None
    on_nodes: dict[str, list[Holding]] | None = None
    """By Docker host, and by what nodes hold, once somebody has asked."""

    def copies_on(self, host: str) -> list[Holding]:
        """The copies of the image on a Docker host."""
        if self.on_hosts is None:
            self.on_hosts = defaultdict(list)
            for holding in self.holdings:
                for machine in () if holding.node else holding.machines:
                    self.on_hosts[machine].append(holding)
        return self.on_hosts.get(host, [])

    def copies_on_nodes(self, content: str = "") -> list[Holding]:
        """What nodes have of it: the copies with that id or digest; all of them without one."""
        if self.on_nodes is None:
            self.on_nodes = defaultdict(list)
            for holding in self.holdings:
                contents = (digest.digest for digest in holding.digests)
                for name in dict.fromkeys(("", holding.id, *contents)) if holding.node else ():
                    self.on_nodes[name].append(holding)
        return self.on_nodes.get(content, [])

    @property
    def registry(self) -> RegistryImage | None:
        """What was said of this one; None when nobody was asked."""
        return self.answers.get(self.key)


class ImageInventory:
    """Images by key, made from hosts, nodes, jobs and registry answers."""

    def __init__(self, snapshot: Snapshot, jobs: Iterable[JobSpec]) -> None:
        self.entries: dict[str, ImageEntry] = {}
        self._by_digest: dict[str, list[Holding]] = defaultdict(list)
        self.unnamed_unused = 0
        self._answers = {image_key(answer.reference): answer for answer in snapshot.registries}
        for host in snapshot.hosts:
            self._add_host(host)
        for image in (snapshot.cluster and snapshot.cluster.node_images) or ():
            self._add_node_image(image)
        for image in _told_by_runtimes(snapshot):
            self._add_node_image(image)
        known = tuple(jobs)
        self._add_running(known)
        for job in known:
            self._add_job(job)
        self._drop_unnamed()

    def of_job(self, job: JobSpec) -> Iterator[ImageEntry]:
        """The job's images as entries in which it is the only user; nothing is added here."""
        names = dict.fromkeys(image.reference for image in job.images)
        for name in names:
            key = image_key(name)
            known = self.entries.get(key)
            yield ImageEntry(
                key=key,
                label=image_label(name),
                reference=reference_of(name),
                holdings=known.holdings if known is not None else self._by_digest.get(key, []),
                jobs=[job],
                answers=self._answers,
            )

    def is_held(self, name: str) -> bool:
        """Whether a machine that was read has the image."""
        key = image_key(name)
        return bool(self._by_digest.get(key)) or bool((e := self.entries.get(key)) and e.holdings)

    def _entry(self, name: str) -> ImageEntry:
        key = image_key(name)
        label = image_label(name)
        entry = self.entries.get(key)
        if entry is None:
            entry = ImageEntry(
                key=key,
                label=label,
                reference=reference_of(name),
                holdings=list(self._by_digest.get(key, ())),
                answers=self._answers,
            )
            self.entries[key] = entry
        elif len(label) < len(entry.label):
            # Nodes spell names out; people know the short one.
            entry.label, entry.reference = label, reference_of(name)
        return entry

    def _add_host(self, host: DockerHost) -> None:
        for image in host.images or ():
            digests = _references(image.digests)
            holding = Holding(
                machines=(host.name,),
                node=False,
                store=host.image_store or "",
                id=image.id,
                digests=digests,
                tags=_references(image.tags),
                size=image.size,
                image=image,
            )
            self._hold(holding, image.tags or image.digests or (image.id,))

    def _add_node_image(self, image: NodeImage) -> None:
        """A node lists up to five names an image, digests first, so tags can be missing."""
        digests = _references(name for name in image.names if "@" in name)
        tags = [name for name in image.names if "@" not in name and name]
        content = next((digest.digest for digest in digests), "")
        holding = Holding(
            machines=image.nodes,
            node=True,
            store="node",
            id=content,
            digests=digests,
            tags=_references(tags),
            size=image.size,
        )
        self._hold(holding, tags or image.names)

    def _add_running(self, jobs: Sequence[JobSpec]) -> None:
        """A node has what a pod runs on it, even where its list, which the kubelet cuts, does not
        show it."""
        running: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for job in jobs:
            for pods in job.running:
                for reference, content in pods.images.items():
                    running[reference, content].update(dict.fromkeys(pods.nodes))
        for (reference, content), nodes in running.items():
            digests = _references([content] if "@" in content else ())
            holding = Holding(
                machines=tuple(nodes),
                node=True,
                store="pod",
                id=digests[0].digest if digests else "",
                digests=digests,
                tags=_references([reference]),
            )
            self._hold(holding, (reference,))

    def _hold(self, holding: Holding, names: Iterable[str]) -> None:
        """Under each of its names, and ready for whoever asks for one of its digests."""
        entries = {entry.key: entry for entry in map(self._entry, names)}
        for entry in entries.values():
            entry.holdings.append(holding)
        for key in dict.fromkeys(digest.key for digest in holding.digests):
            self._by_digest[key].append(holding)
            if key in self.entries and key not in entries:
                self.entries[key].holdings.append(holding)

    def _add_job(self, job: JobSpec) -> None:
        for image in job.images:
            entry = self.entries.get(image_key(image.image_id)) or self._entry(image.reference)
            if not is_image_id(image.reference):
                entry = self._entry(image.reference)
            # Job after job is added, so only the last can be the same.
            if not entry.jobs or entry.jobs[-1] != job:
                entry.jobs.append(job)

    def _drop_unnamed(self) -> None:
        """Content without a name that nothing uses is a leftover of builds."""
        leftovers = [e.key for e in self.entries.values() if e.reference is None and not e.jobs]
        self.unnamed_unused = len(leftovers)
        for key in leftovers:
            del self.entries[key]


def _told_by_runtimes(snapshot: Snapshot) -> Iterator[NodeImage]:
    """Images that a node's runtime has and its kubelet does not list, folded over the nodes."""
    listed = {
        (name, node)
        for image in (snapshot.cluster and snapshot.cluster.node_images) or ()
        for name in image.names
        for node in image.nodes
    }
    nodes: dict[tuple[tuple[str, ...], int | None], list[str]] = defaultdict(list)
    for machine in snapshot.machines if snapshot.cluster is not None else ():
        for image in machine.images or ():
            if machine.node and not any((name, machine.node) in listed for name in image.names):
                nodes[image.names, image.size].append(machine.node)
    for (names, size), holders in nodes.items():
        yield NodeImage(names=names, size=size, nodes=by_name(holders))


def held_by(holdings: Iterable[Holding]) -> tuple[str, ...]:
    """Every machine that has one of the copies, by name."""
    return by_name(machine for holding in holdings for machine in holding.machines)


def by_name(machines: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order; thousands that nearly are in order already stay so on the way."""
    return tuple(sorted(dict.fromkeys(machines)))


def contents(entry: ImageEntry) -> dict[str, list[str]]:
    """Machines by content id, among the copies whose ids can be compared.

    Docker's classic store and podman name content by its configuration, containerd and nodes
    by its manifest: of the two groups the one that shows more differences is given.
    """
    by_manifest: dict[str, list[str]] = defaultdict(list)
    by_configuration: dict[str, list[str]] = defaultdict(list)
    for holding in entry.holdings:
        if holding.id:
            manifest = holding.store in _NAMED_BY_MANIFEST
            group = by_manifest if manifest else by_configuration
            group[holding.id] += holding.machines
    return by_manifest if len(by_manifest) > len(by_configuration) else by_configuration


def in_registry(entry: ImageEntry, holding: Holding) -> bool | None:
    """Whether the registry has this very content under any tag of the name; None when it was not
    asked for it, or could not tell."""
    if entry.registry is None or entry.registry.status != "verified":
        return None
    name = entry.reference.name if entry.reference is not None else ""
    if entry.reference is not None and entry.reference.digest:
        return True  # It was asked for the very content that these copies are known by.
    contents = {digest.digest for digest in holding.digests if digest.name == name}
    if holding.id:
        contents.add(holding.id if ":" in holding.id else f"sha256:{holding.id}")
    if contents & set(entry.registry.holds):
        return True
    return False if contents & set(entry.registry.lacks) else None


@lru_cache(maxsize=4096)
def reference_of(name: str) -> ImageReference | None:
    """The parsed name, None for an image id or text that is no reference."""
    try:
        return parse_reference(name)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def image_key(name: str) -> str:
    """The key of an image, the same for all its spellings."""
    reference = reference_of(name)
    return reference.key if reference else name.removeprefix("sha256:")


def image_label(name: str) -> str:
    """The name as people write it; a content id shortened as Docker shortens it."""
    return f"image {name.removeprefix('sha256:')[:12]}" if is_image_id(name) else name


def _references(names: Iterable[str]) -> tuple[ImageReference, ...]:
    return tuple(reference for name in names if (reference := reference_of(name)) is not None)
