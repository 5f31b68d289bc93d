"""Objects that make pods, with the templates in them, whether or not they have any pod."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from advisor.facts.workload import PodTemplate
from advisor.objects.base import ObjectMeta, OwnerReference, present
from advisor.objects.owners import Kind
from advisor.objects.pod import OwnerWire, PodSpecWire
from advisor.objects.roles import dig, written_templates
from advisor.objects.templates import pod_template
from advisor.probes.kubernetes.labels import own_annotations, own_labels
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
        document = {"spec": spec if isinstance(spec, dict) else {}}
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

    def of(self, spec: Any, claims: Any) -> PodTemplate:
        """The template of a pod spec, and of the claims that are made for its pods. Raises
        msgspec.ValidationError when it is malformed."""
        digest = hashlib.blake2b(msgspec.json.encode((spec, claims)), digest_size=16).digest()
        if digest not in self._known:
            wire = msgspec.convert(spec, PodSpecWire)
            self._known[digest] = pod_template(wire, authored=True, claims=claims)
        return self._known[digest]


def _roles(kind: Kind, document: dict[str, Any], templates: _Templates) -> Iterator[Role]:
    for template in written_templates(kind, document):
        yield Role(
            name=template.role,
            template=templates.of(template.spec, template.claims),
            replicas=template.replicas,
        )
