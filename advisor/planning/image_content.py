"""Images by what they contain (names and contents are many to many), and what becomes of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from advisor.facts.host import HostImage
from advisor.facts.image_reference import ImageReference
from advisor.findings.finding import Decision, Outcome, strictest
from advisor.jobs.spec import JobSpec
from advisor.placement.image_inventory import Holding, ImageEntry, image_key
from advisor.placement.placement import Placement
from advisor.planning.plan import ImageAction

_BY_CONFIGURATION = frozenset({"classic", "podman"})
"""Stores that name content by its configuration; the others name it by its manifest."""


class Content(msgspec.Struct, kw_only=True):
    """One content: what names it has on which machine, and who runs it.

    `id` is the content's, or `name:` and the image's key where nobody holds it. `hosts` and `nodes`
    are the machines that hold it by name; `image` and `identifiers` (by host) are as its engines
    state them; `digests` are the references by digest that it is known under, each once.
    """

    id: str
    entries: list[ImageEntry] = []
    hosts: dict[str, set[str]] = {}
    nodes: dict[str, set[str]] = {}
    identifiers: dict[str, str] = {}
    digests: dict[ImageReference, None] = {}
    image: HostImage | None = None
    size: int | None = None
    users: dict[str, JobSpec] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Its names as people write them, shortest first."""
        labels = {entry.label for entry in self.entries if entry.reference is not None}
        return tuple(sorted(labels, key=lambda name: (len(name), name)))

    @property
    def label(self) -> str:
        """The name that people know it by."""
        return next(iter(self.names), self.entries[0].label)

    def on_hosts(self) -> set[str]:
        """The Docker hosts that hold it."""
        return set().union(*self.hosts.values())

    def on_nodes(self) -> set[str]:
        """The nodes that list it."""
        return set().union(*self.nodes.values())


def image_contents(placement: Placement) -> list[Content]:
    """Every content that is held or wanted, by id."""
    entries = [placement.images.entries[key] for key in sorted(placement.images.entries)]
    configurations = _configurations(entries)
    contents: dict[str, Content] = {}
    of_entry: dict[str, list[Content]] = {}
    for entry in entries:
        of_entry[entry.key] = list(_add_entry(entry, configurations, contents))
    for entry in entries:
        _add_users(entry, of_entry[entry.key])
    return [contents[key] for key in sorted(contents)]


def _configurations(entries: Iterable[ImageEntry]) -> Mapping[str, str]:
    """The configuration of each manifest that stands for one only (an index stands for several)."""
    configurations: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for holding in entry.holdings:
            if holding.store in _BY_CONFIGURATION:
                for digest in holding.digests:
                    configurations[digest.digest].add(holding.id)
    return {manifest: next(iter(ids)) for manifest, ids in configurations.items() if len(ids) == 1}


def _add_entry(
    entry: ImageEntry, configurations: Mapping[str, str], found: dict[str, Content]
) -> Iterator[Content]:
    contents: dict[tuple[str, str], str] = {}
    holdings: dict[str, list[Holding]] = defaultdict(list)
    for holding in entry.holdings:
        key = (holding.store, holding.id)
        if key not in contents:
            contents[key] = _content_id(holding, configurations) or f"name:{entry.key}"
        holdings[contents[key]].append(holding)
    for content_id in holdings or (_wanted(entry, configurations),):
        content = found.setdefault(content_id, Content(id=content_id))
        content.entries.append(entry)
        _add_holdings(content, holdings.get(content_id, ()), entry.label)
        yield content


def _wanted(entry: ImageEntry, configurations: Mapping[str, str]) -> str:
    """The content that nobody holds under this name: its digest says which it is."""
    digest = entry.reference.digest if entry.reference is not None else ""
    return configurations.get(digest, digest) or f"name:{entry.key}"


def _content_id(holding: Holding, configurations: Mapping[str, str]) -> str:
    if holding.store in _BY_CONFIGURATION:
        return holding.id
    return configurations.get(holding.id, holding.id)


def _add_holdings(content: Content, holdings: Sequence[Holding], name: str) -> None:
    on_hosts = [holding for holding in holdings if not holding.node]
    content.identifiers |= {host: on_host.id for on_host in on_hosts for host in on_host.machines}
    if on_hosts:
        content.hosts[name] = {host for on_host in on_hosts for host in on_host.machines}
    if len(on_hosts) < len(holdings):
        content.nodes[name] = {
            node for holding in holdings if holding.node for node in holding.machines
        }
    for group in {id(holding.digests): holding.digests for holding in holdings}.values():
        content.digests.update(dict.fromkeys(group))
    images = [on_host.image for on_host in on_hosts if on_host.image is not None]
    if images and (content.image is None or not content.image.layers):
        content.image = images[0]
    # Engines state what is unpacked, nodes what was pulled: the larger is the safe one.
    sizes = {content.size, *(holding.size for holding in holdings)} - {None}
    content.size = max((size for size in sizes if size is not None), default=None)


def _run_by(job: JobSpec, key: str) -> set[str]:
    """The digests that its running pods have under an image's name, each pod maybe another."""
    return {
        ids.rpartition("@")[2]
        for pods in job.running
        for reference, ids in pods.images.items()
        if image_key(reference) == key
    }


def _add_users(entry: ImageEntry, contents: list[Content]) -> None:
    """What each job runs of the contents that its image's name stands for: what it was made from,
    else what its host or the cluster's nodes hold, else any of them."""
    of_id: dict[str, list[Content]] = defaultdict(list)
    of_host: dict[str, list[Content]] = defaultdict(list)
    if len(contents) > 1 and entry.jobs:
        for content in contents:
            for known in {content.id, *content.identifiers.values()} - {""}:
                of_id[known].append(content)
            for host in content.on_hosts():
                of_host[host].append(content)
    on_nodes = [content for content in contents if content.nodes]
    for job in entry.jobs:
        ids = {image.image_id for image in job.images if image_key(image.reference) == entry.key}
        ids |= _run_by(job, entry.key)
        made_from = [content for content_id in ids for content in of_id.get(content_id, ())]
        held = of_host.get(job.host, ()) if job.host else on_nodes
        for content in made_from or held or contents:
            content.users[job.id] = job


Decisions = Mapping[str, Sequence[Decision]]
"""The assessment's decisions by subject id."""

_ACTIONS: dict[Outcome, ImageAction] = {
    "move": "push",
    "ok": "use",
    "stay": "stay",
    "blocked": "wait",
    "unknown": "ask",
}


class JudgedImage(msgspec.Struct, frozen=True, kw_only=True):
    """`registry_name` is the name under which a registry has the content, empty where none does."""

    action: ImageAction
    outcome: Outcome
    reason: str
    registry_name: str = ""


class _Name(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided of one name: by use, and, for a content that none of them runs, of all.

    A name may stand for hundreds of contents, so what concerns all of them is worked out once.
    """

    of_use: Mapping[str, Sequence[Decision]]
    strictest: Decision | None
    in_registry: bool


def judge_images(
    contents: Iterable[Content], decisions: Decisions, held: Mapping[str, str]
) -> dict[str, JudgedImage]:
    """The strictest decision of the names of each content, by its id; a name that a registry has
    serves all of the content. `held` says by subject id why an image must not be pushed yet."""
    names: dict[str, _Name] = {}
    found: dict[str, JudgedImage] = {}
    for content in contents:
        for entry in content.entries:
            if entry.key not in names:
                names[entry.key] = _name(decisions.get(f"image:{entry.key}", ()))
        judged = _judged(content, names)
        keys = [f"image:{entry.key}" for entry in content.entries]
        why = next((held[key] for key in keys if key in held), "")
        clean = content.image is not None and not content.image.secret_variables
        if why and not clean and judged.action in ("push", "push-from-node"):
            judged = msgspec.structs.replace(judged, action="hold", reason=why)
        found[content.id] = judged
    return found


def _name(decisions: Sequence[Decision]) -> _Name:
    of_use: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        of_use[decision.use].append(decision)
    return _Name(
        of_use=of_use, strictest=strictest(decisions), in_registry=_all_in_registry(decisions)
    )


def _judged(content: Content, names: Mapping[str, _Name]) -> JudgedImage:
    relevant: list[Decision] = []
    registry_name = ""
    labels = dict.fromkeys(job.label for job in content.users.values())
    for entry in content.entries:
        name = names[entry.key]
        used = [content for label in labels for content in name.of_use.get(label, ())]
        own = used or ([name.strictest] if name.strictest else [])
        in_registry = _all_in_registry(own) if used else name.in_registry
        relevant += own
        if in_registry:
            known = registry_name or own[0].registry_name
            registry_name = known or _name_in_registry(content, entry)
    chosen = strictest(relevant)
    if chosen is None:
        return JudgedImage(action="ask", outcome="unknown", reason="Nothing was decided of it.")
    if chosen.outcome != "ok" and registry_name:
        reason = f"The same content is in a registry as {registry_name}: use that name."
        return JudgedImage(
            action="use", outcome=chosen.outcome, reason=reason, registry_name=registry_name
        )
    action = _ACTIONS[chosen.outcome]
    if action == "push" and not content.hosts:
        action = "push-from-node" if content.nodes else "ask"
    return JudgedImage(
        action=action,
        outcome=chosen.outcome,
        reason=chosen.message,
        registry_name=registry_name or (content.label if action == "use" else ""),
    )


def _all_in_registry(decisions: Sequence[Decision]) -> bool:
    return bool(decisions) and all(
        decision.location.startswith("registry-") for decision in decisions
    )


def _name_in_registry(content: Content, entry: ImageEntry) -> str:
    """The name whose repository a digest of the content names. One that no digest names is taken
    at its word, unless a digest names another repository."""
    digests = [digest for digest in content.digests if not digest.loopback]
    known = {digest.name for digest in digests}
    for held in content.entries:
        if held.reference is not None and held.reference.name in known:
            return held.label
    return digests[0].key if digests else entry.label
