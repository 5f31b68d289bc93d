"""Objects that make pods, with the templates in them, and their pods folded, as they come, into
counts per owner and template, so that none has to be kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, TypeVar, cast

import msgspec

from advisor.facts.workload import PodTemplate
from advisor.objects.base import ObjectMeta, OwnerReference, present
from advisor.objects.kinds import object_templates
from advisor.objects.owners import Kind, role_of
from advisor.objects.pod import OwnerWire, Placed, PodMeta, PodSpecWire, PodStatus, PodWire
from advisor.objects.roles import WrittenTemplate, dig
from advisor.objects.templates import gpu_share, pod_template
from advisor.probes.kubernetes.nodes import own_annotations, own_labels
from advisor.probes.kubernetes.paging import RecordSink


class OwnerKey(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What an owner is found by; `group` without its version, which owner references may age."""

    namespace: str
    kind: str
    name: str
    group: str = ""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """One template of an owner."""

    name: str
    template: PodTemplate
    replicas: int | None = None


class OwnerObject(msgspec.Struct, frozen=True, kw_only=True):
    """An owner. `guessed`: its templates are what its spec implies, not what its pods will have."""

    key: OwnerKey
    api_version: str
    parent: OwnerKey | None
    roles: tuple[Role, ...]
    suspended: bool
    labels: dict[str, str]
    annotations: dict[str, str]
    guessed: bool = False


class OwnerSink(RecordSink[OwnerObject]):
    """Collects the owners of one kind."""

    def __init__(self, kind: Kind, group: str, version: str) -> None:
        super().__init__(self._object)
        self._kind, self._group = kind, group
        self._api_version = f"{group}/{version}" if group else version
        self._templates = _Templates()

    def _object(self, wire: OwnerWire) -> OwnerObject:
        meta = wire.metadata or ObjectMeta()
        spec = msgspec.json.decode(wire.spec)
        document = {
            "apiVersion": self._api_version,
            "kind": self._kind.name,
            "spec": spec if isinstance(spec, dict) else {},
        }
        reference = controller_reference(meta.owner_references)
        namespace = meta.namespace or ""
        key = OwnerKey(
            namespace=namespace,
            kind=self._kind.name,
            name=meta.name or "",
            group=self._group,
        )
        return OwnerObject(
            key=key,
            api_version=self._api_version,
            parent=key_of(reference, namespace) if reference else None,
            roles=tuple(_roles(self._kind, document, self._templates)),
            suspended=any(dig(document, path) is True for path in self._kind.suspend),
            labels=own_labels(meta.labels),
            annotations=own_annotations(meta.annotations),
            guessed=bool(self._kind.reader),
        )


def controller_reference(
    references: list[OwnerReference | None] | None,
) -> OwnerReference | None:
    """The owner that manages an object: its controller, else the first owner it names."""
    owners = present(references)
    return next((owner for owner in owners if owner.controller), owners[0] if owners else None)


def key_of(reference: OwnerReference, namespace: str) -> OwnerKey:
    """The key under which an owner in that namespace is kept."""
    group, slash, _ = (reference.api_version or "").partition("/")
    return OwnerKey(
        namespace=namespace,
        kind=reference.kind or "",
        name=reference.name or "",
        group=group if slash else "",
    )


class _Templates:
    """Templates decoded once each: the jobs of a sweep are thousands with the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, PodTemplate] = {}

    def of(self, written: WrittenTemplate) -> PodTemplate:
        """The template of a pod spec, and of the claims that are made for its pods. Raises
        msgspec.ValidationError when it is malformed."""
        annotations = written.metadata.get("annotations")
        annotations = annotations if isinstance(annotations, dict) else {}
        share = gpu_share(annotations)
        parts = msgspec.json.encode((written.spec, written.claims, share))
        digest = hashlib.blake2b(parts, digest_size=16).digest()
        if digest not in self._known:
            wire = msgspec.convert(written.spec, PodSpecWire)
            self._known[digest] = pod_template(
                wire, authored=True, claims=written.claims, annotations=annotations
            )
        return self._known[digest]


def _roles(kind: Kind, document: dict[str, Any], templates: _Templates) -> Iterator[Role]:
    for template in object_templates(document, kind)[0]:
        yield Role(
            name=template.role,
            template=templates.of(template),
            replicas=template.replicas,
        )


TEMPLATE_HASH = "pod-template-hash"
_ROLLOUT_HASH = "rollouts-pod-template-hash"
"""Of Argo Rollouts alone, whose ReplicaSets are named as a Deployment's are."""
RUNNING = "Running"
_TOKEN_VOLUME = re.compile(rb"kube-api-access-[a-z0-9]{5}")
_SEEN_AT_MOST = 20_000
_REVISION = "controller-revision-hash"
_OF_ONE_TEMPLATE = frozenset({"ReplicaSet", "Job", "DaemonSet", "StatefulSet"})
"""Owners whose pods, of one revision, are made from one template."""

Images = tuple[tuple[str, str], ...]
"""Pairs of a container's name and the image it has, as its runtime states it."""

_annotations = msgspec.json.Decoder(dict[str, str | None] | None)
_placed = msgspec.json.Decoder(Placed | None)
_pod_spec = msgspec.json.Decoder(PodSpecWire | None)

_Value = TypeVar("_Value")


class FoldKey(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two pods alike. `template` is a digest; `marks` the kept labels, encoded."""

    owner: OwnerKey
    role: str
    template: bytes
    marks: bytes
    replica_set: bool = False


class FoldedPods(msgspec.Struct, kw_only=True):
    """Pods that are alike: how many are in each phase and on each node."""

    name: str
    api_version: str
    labels: dict[str, str]
    annotations: dict[str, str]
    phases: dict[str, int] = {}
    nodes: dict[str, int] = {}
    running: dict[Images, set[str]] = {}

    def count(self, name: str, phase: str, node: str, images: Images = ()) -> None:
        """Add one pod in a phase on a node (empty: not scheduled) with the images it runs."""
        self.name = min(self.name, name)
        self.phases[phase] = self.phases.get(phase, 0) + 1
        if node:
            self.nodes[node] = self.nodes.get(node, 0) + 1
        if node and phase == RUNNING:
            self.running.setdefault(images, set()).add(node)

    def join(self, other: FoldedPods) -> None:
        """Add the counts of other pods."""
        self.name = min(self.name, other.name)
        add_counts(self.phases, other.phases)
        add_counts(self.nodes, other.nodes)
        add_running(self.running, other.running)


class PodFold:
    """The pods of one list. Folds of several lists are joined with `merge`."""

    def __init__(self) -> None:
        self.pods = 0
        self.folded: dict[FoldKey, FoldedPods] = {}
        self.templates: dict[bytes, PodTemplate] = {}
        self._of_one_template: dict[tuple[str | None, ...], FoldedPods] = {}
        self._digests: dict[bytes, bytes] = {}
        self._sharing = Sharing()

    def add(self, pod: PodWire) -> None:
        """Count one pod. Raises msgspec.DecodeError when its spec is malformed."""
        meta = pod.metadata or PodMeta()
        reference = controller_reference(meta.owner_references)
        placed = _placed.decode(pod.spec)
        node = self._sharing.of((placed.node_name if placed else None) or "")
        folded = self._folded(pod, meta, reference, node)
        status = pod.status or PodStatus()
        phase = self._sharing.of(status.phase or "Unknown")
        images = self._sharing.of(_images(status)) if phase == RUNNING else ()
        folded.count(meta.name or "", phase, node, images)
        self.pods += 1

    def _folded(
        self, pod: PodWire, meta: PodMeta, reference: OwnerReference | None, node: str
    ) -> FoldedPods:
        """Where a pod is counted; for owners whose pods are all alike, without decoding it."""
        if reference is None or reference.kind not in _OF_ONE_TEMPLATE:
            return self._alike(pod, meta, reference, node)
        revision = (meta.labels or {}).get(_REVISION)
        known = (meta.namespace, reference.kind, reference.name, reference.api_version, revision)
        folded = self._of_one_template.get(known)
        if folded is None:
            folded = self._of_one_template[known] = self._alike(pod, meta, reference, node)
        return folded

    def _alike(
        self, pod: PodWire, meta: PodMeta, reference: OwnerReference | None, node: str
    ) -> FoldedPods:
        labels, annotations = meta.labels or {}, _annotations.decode(meta.annotations)
        kept = self._sharing.of(own_labels(labels))
        notes = self._sharing.of(own_annotations(annotations))
        daemon = reference is not None and reference.kind == "DaemonSet"
        owner, replica_set = _owner(reference, meta, labels, node)
        key = FoldKey(
            owner=self._sharing.of(owner),
            role=role_of(labels),
            template=self._template(bytes(pod.spec), node, daemon=daemon),
            marks=msgspec.json.encode((kept, notes), order="sorted") if kept or notes else b"",
            replica_set=replica_set,
        )
        folded = self.folded.get(key)
        if folded is None:
            version = (reference.api_version if reference else None) or "v1"
            folded = self.folded[key] = FoldedPods(
                name=meta.name or "", api_version=version, labels=kept, annotations=notes
            )
        return folded

    def merge(self, other: PodFold) -> None:
        """Take over what another list gave."""
        self.pods += other.pods
        self.templates.update(other.templates)
        for key, theirs in other.folded.items():
            ours = self.folded.setdefault(key, theirs)
            if ours is not theirs:
                ours.join(theirs)

    def _template(self, spec: bytes, node: str, *, daemon: bool) -> bytes:
        """The digest of a pod's template; thousands of pods share one, so decode it once."""
        seen = hashlib.blake2b(_without_own_parts(spec, node, daemon=daemon), digest_size=16)
        digest = self._digests.get(seen.digest())
        if digest is None:
            wire = _pod_spec.decode(spec) or PodSpecWire()
            template = self._sharing.of(pod_template(wire, authored=False, daemon=daemon))
            encoded = msgspec.json.encode(template, order="sorted")
            digest = hashlib.blake2b(encoded, digest_size=16).digest()
            self.templates.setdefault(digest, template)
            if len(self._digests) >= _SEEN_AT_MOST:
                self._digests.clear()
            self._digests[seen.digest()] = digest
        return digest


def _images(status: PodStatus) -> Images:
    """The image that each container really has; one that waits has none yet."""
    return tuple(
        (container.name or "", container.image_id.rpartition("://")[2])
        for container in present(status.container_statuses)
        if container.image_id
    )


def _without_own_parts(spec: bytes, node: str, *, daemon: bool) -> bytes:
    """A spec without what differs between pods of one template."""
    spec = _TOKEN_VOLUME.sub(b"", spec)
    if not node:
        return spec
    quoted = msgspec.json.encode(node)
    return spec.replace(quoted if daemon else b'"nodeName":' + quoted, b"")


def _owner(
    reference: OwnerReference | None, meta: PodMeta, labels: dict[str, str | None], node: str
) -> tuple[OwnerKey, bool]:
    """Who a pod is counted under, and whether that is the name of a ReplicaSet cut short."""
    namespace = meta.namespace or ""
    if reference is None:
        return OwnerKey(namespace=namespace, kind="Pod", name=""), False
    controller = key_of(reference, namespace)
    if controller.kind == "Node":
        name = (meta.name or "").removesuffix(f"-{node}")
        return OwnerKey(namespace=namespace, kind="StaticPod", name=name), False
    rollout = labels.get(_ROLLOUT_HASH)
    template_hash = rollout or labels.get(TEMPLATE_HASH)
    name = controller.name.removesuffix(f"-{template_hash}")
    if controller.kind != "ReplicaSet" or name == controller.name:
        return controller, False
    if rollout:
        return OwnerKey(namespace=namespace, kind="Rollout", name=name, group="argoproj.io"), False
    return msgspec.structs.replace(controller, kind="Deployment", name=name), True


def add_counts(ours: dict[str, int], theirs: dict[str, int]) -> None:
    """Add the counts of one map to another."""
    for name, count in theirs.items():
        ours[name] = ours.get(name, 0) + count


def add_running(ours: dict[Images, set[str]], theirs: dict[Images, set[str]]) -> None:
    """Add the nodes of one map to those of another."""
    for images, nodes in theirs.items():
        ours.setdefault(images, set()).update(nodes)


def by_owner(fold: PodFold) -> Iterator[tuple[FoldKey, FoldedPods]]:
    """What was folded, in an order that does not depend on the order of reading."""
    yield from sorted(
        fold.folded.items(),
        key=lambda entry: (entry[0].owner, entry[0].role, entry[1].name, entry[0].template),
    )


class Sharing:
    """Gives, for a record and all that it is made of, the equal one that was met first."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def of(self, value: _Value) -> _Value:
        """Equal to the value. A map stays a map of its own class, shared as everything else, so
        nobody may change one."""
        return cast(_Value, self._of(value))

    def _of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._mapping(value)
        try:
            known = self._known.get(value)
        except TypeError:
            return self._made(value)
        if known is not None and type(known) is type(value):
            return known
        made = self._made(value)
        if isinstance(value, str | tuple | msgspec.Struct):
            self._known[made] = made
        return made

    def _made(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._of, value))
        if isinstance(value, msgspec.Struct):
            parts = {name: self._of(getattr(value, name)) for name in value.__struct_fields__}
            return type(value)(**parts)
        return value

    def _mapping(self, value: dict[Any, Any]) -> Any:
        made = {self._of(key): self._of(entry) for key, entry in value.items()}
        try:
            return self._known.setdefault(_Items(tuple(made.items())), made)
        except TypeError:
            return made


class _Items(msgspec.Struct, frozen=True, gc=False):
    """The entries of a map, told from a tuple of pairs."""

    pairs: tuple[Any, ...]
