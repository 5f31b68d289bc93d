"""Which images go to the registry, under which name, from which host and in which order."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import msgspec

from advisor.facts.host import DockerHost
from advisor.jobs.spec import owners
from advisor.placement.image_inventory import reference_of
from advisor.placement.placement import Placement
from advisor.planning.image_content import (
    Content,
    Decisions,
    JudgedImage,
    image_contents,
    judge_images,
)
from advisor.planning.names import TargetName, Wish, target_names
from advisor.planning.plan import CommitStep, Holder, ImagePlan

HOLDS_BACK = frozenset({"IMG022"})
"""Rules whose findings somebody has to look at before an image leaves its machine."""


class ImagePlans(msgspec.Struct, frozen=True, kw_only=True):
    """`of_job` gives the ids of the images of a job by its id."""

    images: tuple[ImagePlan, ...]
    commits: tuple[CommitStep, ...]
    of_job: Mapping[str, tuple[str, ...]]


def plan_images(
    placement: Placement, decisions: Decisions, registry: str, held: Mapping[str, str]
) -> ImagePlans:
    """Every image that a machine has or a job wants, by content; the pushes first, in their order.
    `held` says by subject id why an image must not be pushed yet."""
    contents = image_contents(placement)
    judged = judge_images(contents, decisions, held)
    leaving = [
        content
        for content in contents
        if judged[content.id].action in ("push", "hold") and content.hosts
    ]
    pushed = [content for content in leaving if judged[content.id].action == "push"]
    sources = source_hosts(leaving, placement.snapshot.hosts)
    commits = tuple(_not_yet_committed(placement, registry))
    names = target_names((*_wishes(contents, judged), *map(_commit_wish, commits)), registry)
    sent = _sent(pushed, sources)
    plans = [
        _to_own_runtime(
            placement, content, _image_plan(content, judged[content.id], sources, names, sent)
        )
        for content in contents
    ]
    return ImagePlans(
        images=tuple(
            sorted(plans, key=lambda plan: (plan.order is None, plan.order, plan.label, plan.id))
        ),
        commits=tuple(
            msgspec.structs.replace(commit, target=names[_commit_id(commit)].name)
            for commit in commits
        ),
        of_job=_of_job(contents),
    )


def source_hosts(contents: Sequence[Content], hosts: Sequence[DockerHost]) -> dict[str, str]:
    """The host that pushes each content: again and again the one that has most of what is left, so
    that as many layers as possible are shared in one place; of equals the closest."""
    closeness = {host.name: _closeness(host.url) for host in hosts}
    holders = {content.id: content.on_hosts() for content in contents}
    held: dict[str, list[str]] = defaultdict(list)
    for key, machines in holders.items():
        for host in machines:
            held[host].append(key)
    left = {host: len(keys) for host, keys in held.items()}
    queue = [(-count, closeness.get(host, 9), host) for host, count in left.items()]
    heapify(queue)
    chosen: dict[str, str] = {}
    while queue:
        count, rank, best = heappop(queue)
        if -count > left[best] > 0:
            # Others took some of it since.
            heappush(queue, (-left[best], rank, best))
        for key in held[best] if -count == left[best] else ():
            if key not in chosen:
                chosen[key] = best
                for host in holders[key]:
                    left[host] -= 1
    return chosen


def _closeness(url: str) -> int:
    """This machine's own socket, then a network connection, then one through ssh."""
    return next(
        (rank for rank, kind in enumerate(("unix", "tcp", "ssh")) if url.startswith(kind)), 9
    )


def _wishes(contents: Iterable[Content], judged: Mapping[str, JudgedImage]) -> Iterable[Wish]:
    for content in contents:
        if judged[content.id].action in ("push", "push-from-node", "hold"):
            name = next(iter(content.names), content.id)
            yield Wish(content.id, name, sorted(content.on_hosts() | content.on_nodes()))


def _sent(pushed: Sequence[Content], sources: Mapping[str, str]) -> dict[str, tuple[int, Share]]:
    """The number of each push and what is left to send, host by host."""
    layered = [
        Layered(
            content.id,
            sources[content.id],
            content.image.layers if content.image is not None else (),
            content.size,
            len(content.users),
        )
        for content in pushed
    ]
    tree = LayerTree(layered)
    of_host: dict[str, list[Layered]] = defaultdict(list)
    for image in layered:
        of_host[image.host].append(image)
    hosts = sorted(of_host, key=lambda host: (-len(of_host[host]), host))
    ordered = [image for host in hosts for image in push_order(of_host[host], tree)]
    return {
        share.id: (number, share) for number, share in enumerate(shares(ordered, tree), start=1)
    }


def _image_plan(
    content: Content,
    judged: JudgedImage,
    sources: Mapping[str, str],
    names: Mapping[str, TargetName],
    sent: Mapping[str, tuple[int, Share]],
) -> ImagePlan:
    order, share = sent.get(content.id, (None, None))
    target = names.get(content.id, TargetName(judged.registry_name))
    source = sources.get(content.id, "")
    node, listed = _on_node(content) if judged.action == "push-from-node" else ("", "")
    return ImagePlan(
        id=content.id,
        label=content.label,
        names=content.names,
        subjects=tuple(f"image:{entry.key}" for entry in content.entries),
        content=content.identifiers.get(source, "") or _any_identifier(content),
        outcome=judged.outcome,
        action=judged.action,
        reason=judged.reason,
        holders=tuple(_holders(content)),
        users=tuple(sorted(content.users)),
        owners=owners(content.users.values()),
        target=target.name,
        renamed=target.reason,
        source_host=source,
        size=content.size,
        push_bytes=share.bytes if share else None,
        at_most=share.at_most if share else False,
        layers_after=share.after if share else "",
        order=order,
        source_node=node,
        listed=listed,
        by_hand=_by_hand(node, listed, target.name) if node else "",
    )


def _to_own_runtime(placement: Placement, content: Content, plan: ImagePlan) -> ImagePlan:
    """The plan of an image that stays on a node, and with it whether kubelets have it there: docker
    and podman keep theirs in stores of their own."""
    hosts = content.on_hosts() & placement.nodes_of_hosts.keys()
    if plan.action != "stay" or not content.users or not hosts or placement.index is None:
        return plan
    host = min(hosts)
    node = placement.index.nodes[placement.nodes_of_hosts[host]]
    answers = {placement.in_own_runtime(entry, node.name) for entry in content.entries}
    if True in answers:
        return msgspec.structs.replace(plan, in_runtime=True)
    return msgspec.structs.replace(
        plan,
        source_host=host,
        content=content.identifiers.get(host, ""),
        runtime=node.container_runtime.partition(":")[0],
        in_runtime=None if None in answers else False,
    )


def _any_identifier(content: Content) -> str:
    return next(
        iter(content.identifiers.values()), "" if content.id.startswith("name:") else content.id
    )


def _holders(content: Content) -> Iterable[Holder]:
    for node, machines in ((False, content.hosts), (True, content.nodes)):
        names: dict[str, tuple[str, ...]] = {}
        for name in sorted(machines):
            for machine in machines[name]:
                names[machine] = (*names.get(machine, ()), name)
        together: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for machine in sorted(names):
            together[names[machine]].append(machine)
        for called in sorted(together):
            yield Holder(machines=tuple(together[called]), node=node, names=called)


def _on_node(content: Content) -> tuple[str, str]:
    """A node, and the name spelled out, as its containerd lists it."""
    name, nodes = next(iter(content.nodes.items()))
    reference = reference_of(name)
    return min(nodes), reference.key if reference is not None else name


def _by_hand(node: str, listed: str, target: str) -> str:
    """The commands for an image that only a kubelet's containerd has."""
    name, goal = shlex.quote(listed), shlex.quote(target)
    return f"on {node}: ctr -n k8s.io images tag {name} {goal} && ctr -n k8s.io images push {goal}"


def _changed(placement: Placement) -> Iterable[CommitStep]:
    for entry in placement.data.entries.values():
        container = entry.container
        if entry.kind == "container-layer" and container is not None:
            yield CommitStep(
                container=container.name,
                id=container.id,
                host=entry.sightings[0].machine,
                target=container.image,
                owner=container.owner,
                changes=container.layer_changes,
                size=container.layer_size,
                paths=container.layer_paths[:20],
            )


def _not_yet_committed(placement: Placement, registry: str) -> Iterable[CommitStep]:
    """Without those that their host has an image of, by the name that an earlier plan gave it."""
    steps = tuple(_changed(placement))
    names = target_names(map(_commit_wish, steps), registry)
    listed = {
        (host.name, reference.key)
        for host in placement.snapshot.hosts
        for image in host.images or ()
        for name in image.tags
        if (reference := reference_of(name)) is not None
    }
    for step in steps:
        reference = reference_of(names[_commit_id(step)].name)
        if reference is None or (step.host, reference.key) not in listed:
            yield step


def _commit_id(step: CommitStep) -> str:
    return f"commit:{step.host}/{step.container}"


def _commit_wish(step: CommitStep) -> Wish:
    """`saved/CONTAINER:from-HOST`, made valid."""
    name = f"saved/{step.container}:from-{step.host}"
    return Wish(_commit_id(step), name, (step.host,))


def _of_job(contents: Iterable[Content]) -> dict[str, tuple[str, ...]]:
    images: dict[str, tuple[str, ...]] = {}
    for content in contents:
        for job in content.users:
            images[job] = (*images.get(job, ()), content.id)
    return images


class Layered(NamedTuple):
    """An image to push: its chain of layers from the base up, its size in bytes (None: unknown)."""

    id: str
    host: str
    layers: Sequence[str]
    size: int | None
    uses: int


class Share(NamedTuple):
    """What is sent for one image. `after` is the id of the image whose layers it builds on."""

    id: str
    bytes: int | None
    at_most: bool
    after: str


class LayerTree:
    """Chains as paths from one root, so that a common beginning is a common path."""

    def __init__(self, images: Iterable[Layered]) -> None:
        self._children: dict[tuple[int, str], int] = {}
        self.paths = {image.id: self._path(image.layers) for image in images}
        self._above: dict[int, int] = {}
        for path in self.paths.values():
            for node in path:
                self._above[node] = self._above.get(node, 0) + 1

    def _path(self, layers: Sequence[str]) -> tuple[int, ...]:
        node, path = 0, []
        for layer in layers:
            node = self._children.setdefault((node, layer), len(self._children) + 1)
            path.append(node)
        return tuple(path)

    def dependants(self, image: str) -> int:
        """How many other images begin with the whole chain of this one."""
        path = self.paths[image]
        return self._above[path[-1]] - 1 if path else 0


def push_order(images: Sequence[Layered], tree: LayerTree) -> list[Layered]:
    """What others build on first, then what most jobs use; equals by id.

    An image always comes after those it begins with: those have more dependants, or the same chain.
    """
    return sorted(images, key=lambda image: (-tree.dependants(image.id), -image.uses, image.id))


def shares(ordered: Iterable[Layered], tree: LayerTree) -> list[Share]:
    """What is left to send of each, given in the order of the pushes.

    Sizes of layers are not known, only those of images: what is saved is certain where a whole
    image came before, and otherwise makes the number an upper bound. Only pushes of the same host
    count as certain: an engine does not know what another one has sent.
    """
    sent: dict[tuple[str, int], Layered] = {}
    seen: set[int] = set()
    stored = []
    for image in ordered:
        path = tree.paths[image.id]
        stored.append(_share(image, path, sent, seen))
        seen.update(path)
        if path:
            sent.setdefault((image.host, path[-1]), image)
    return stored


def _share(
    image: Layered,
    path: Sequence[int],
    sent: dict[tuple[str, int], Layered],
    seen: set[int],
) -> Share:
    depth, base = next(
        (
            (depth, sent[image.host, path[depth]])
            for depth in range(len(path) - 1, -1, -1)
            if (image.host, path[depth]) in sent
        ),
        (-1, None),
    )
    more = depth + 1 < len(path) and path[depth + 1] in seen
    if image.size is None:
        return Share(image.id, None, False, base.id if base else "")
    if base is None:
        return Share(image.id, image.size, more, "")
    if base.size is None:
        return Share(image.id, image.size, True, base.id)
    return Share(image.id, max(image.size - base.size, 0), more, base.id)
