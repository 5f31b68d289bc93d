"""One audit's reads of one server: which objects each decodes, what becomes of them, and what each
was refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import msgspec

from advisor.errors import one_line
from advisor.facts.cluster import (
    DEFAULT_TOLERATIONS,
    PLUGIN_SELECTOR,
    PROJECT_SELECTOR,
    Namespace,
    ServiceAccount,
)
from advisor.facts.redaction import redact
from advisor.facts.source import Redaction, Refusal
from advisor.objects.base import Named, ObjectMeta, present, without_nulls
from advisor.objects.device_claims import (
    DeviceClaimWire,
    device_claim,
    device_claim_template,
)
from advisor.objects.owners import OWNERS
from advisor.objects.pod import OwnerWire, ServiceAccountWire
from advisor.probes.kubernetes.admission import RECORDS
from advisor.probes.kubernetes.devices import (
    DeviceClassWire,
    SliceWire,
    device_class,
    resource_slice,
)
from advisor.probes.kubernetes.discovery import (
    ClusterVersionStatus,
    ClusterVersionWire,
    SchedulerSpec,
    SchedulerWire,
    Served,
)
from advisor.probes.kubernetes.fold import OwnerObject, OwnerSink
from advisor.probes.kubernetes.nodes import (
    NodeSink,
    NodeWire,
    RuntimeClassWire,
    runtime_class,
)
from advisor.probes.kubernetes.paging import Dropped, Lister, Listing, RecordSink, Sink, said
from advisor.probes.kubernetes.reads import Read
from advisor.probes.kubernetes.storage import (
    ClaimWire,
    CsiDriverWire,
    CsiNodeWire,
    StorageClassWire,
    StorageProfileWire,
    VolumeWire,
    claim,
    csi_driver,
    csi_node,
    persistent_volume,
    storage_class,
    storage_profile,
)
from advisor.probes.kubernetes.transport import Client, ReadError

W = TypeVar("W")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A wire type and the record made of it."""

    wire: type[Any]
    record: Callable[[Any], Any]


def _name(wire: Named) -> str:
    return (wire.metadata or ObjectMeta()).name or ""


_HEEDED_ANNOTATIONS = (PROJECT_SELECTOR, PLUGIN_SELECTOR, DEFAULT_TOLERATIONS)


def _namespace(wire: Named) -> Namespace:
    meta = wire.metadata or ObjectMeta()
    stated = without_nulls(meta.annotations)
    return Namespace(
        name=meta.name or "",
        labels=without_nulls(meta.labels),
        annotations={name: stated[name] for name in _HEEDED_ANNOTATIONS if name in stated},
    )


def _openshift_version(wire: ClusterVersionWire) -> str:
    """The version that is installed, not the one that a running upgrade leads to."""
    history = present((wire.status or ClusterVersionStatus()).history)
    done = [update.version or "" for update in history if update.state == "Completed"]
    return done[0] if done else ""


def _default_node_selector(wire: SchedulerWire) -> str:
    return (wire.spec or SchedulerSpec()).default_node_selector or ""


def _service_account(wire: ServiceAccountWire) -> ServiceAccount:
    meta = wire.metadata or ObjectMeta()
    secrets = (secret.name for secret in present(wire.image_pull_secrets))
    return ServiceAccount(
        namespace=meta.namespace or "",
        name=meta.name or "",
        pull_secrets=tuple(name for name in secrets if name),
    )


SUBJECTS: dict[str, Subject] = {
    **{name: Subject(wire=wire, record=record) for name, (wire, record) in RECORDS.items()},
    "namespaces": Subject(wire=Named, record=_namespace),
    "persistentvolumes": Subject(wire=VolumeWire, record=persistent_volume),
    "persistentvolumeclaims": Subject(wire=ClaimWire, record=claim),
    "serviceaccounts": Subject(wire=ServiceAccountWire, record=_service_account),
    "storage.k8s.io/storageclasses": Subject(wire=StorageClassWire, record=storage_class),
    "storage.k8s.io/csidrivers": Subject(wire=CsiDriverWire, record=csi_driver),
    "storage.k8s.io/csinodes": Subject(wire=CsiNodeWire, record=csi_node),
    "gateway.networking.k8s.io/gatewayclasses": Subject(wire=Named, record=_name),
    "config.openshift.io/clusterversions": Subject(
        wire=ClusterVersionWire, record=_openshift_version
    ),
    "config.openshift.io/schedulers": Subject(wire=SchedulerWire, record=_default_node_selector),
    "node.k8s.io/runtimeclasses": Subject(wire=RuntimeClassWire, record=runtime_class),
    "resource.k8s.io/deviceclasses": Subject(wire=DeviceClassWire, record=device_class),
    "resource.k8s.io/resourceslices": Subject(wire=SliceWire, record=resource_slice),
    "resource.k8s.io/resourceclaims": Subject(wire=DeviceClaimWire, record=device_claim),
    "resource.k8s.io/resourceclaimtemplates": Subject(
        wire=DeviceClaimWire, record=device_claim_template
    ),
    "cdi.kubevirt.io/storageprofiles": Subject(wire=StorageProfileWire, record=storage_profile),
}
"""By the name of the read; nodes, pods and owners of pods have readers of their own."""


NODE_PAGE = 250
OBJECT_PAGE = 500
_NAMED_AT_MOST = 3

S = TypeVar("S", bound=Sink[Any])

REDACTOR = "kubernetes-options"


class Reading:
    """Collects facts and refusals from several threads. `served` None: discovery failed."""

    def __init__(self, client: Client, served: Served | None) -> None:
        self._client, self._served = client, served
        self._lock = threading.Lock()
        self.facts: dict[str, Any] = {}
        self.owners: list[OwnerObject] = []
        self.owners_read: set[str] = set()
        self.redactions: list[Redaction] = []
        self.refusals: list[Refusal] = []

    def perform(self, read: Read) -> None:
        """Read one list by the reader of its kind; a failure is recorded and nothing is raised."""
        try:
            if read.name in SUBJECTS:
                self._records(read)
            elif (read.group, read.resource) in OWNERS:
                self._owners(read)
            else:
                self._nodes(read)
        except Exception as error:  # what goes wrong with one list must not cost the others
            self.refuse(_refusal(read, said(error), "fault"))

    def refuse(self, refusal: Refusal) -> None:
        """Record a read that gave nothing."""
        with self._lock:
            self.refusals.append(refusal)

    def fail(self, read: Read, failure: ReadError) -> None:
        """Record a read of the table that failed."""
        self.refuse(_refusal(read, failure.reason, failure.kind))

    def drop(self, read: Read, dropped: Iterable[Dropped]) -> None:
        """Record objects that were malformed; the rest of their list was read."""
        lost = list(dropped)
        if lost:
            named = "; ".join(
                f"{refusal.name}: {refusal.reason}" for refusal in lost[:_NAMED_AT_MOST]
            )
            more = f"; and {len(lost) - _NAMED_AT_MOST} more" if len(lost) > _NAMED_AT_MOST else ""
            noun = "object was" if len(lost) == 1 else "objects were"
            reason = f"{len(lost)} {noun} malformed ({named}{more})"
            self.refuse(_refusal(read, reason, "invalid"))

    def _nodes(self, read: Read) -> None:
        listing = self._list(read, Lister(NodeWire, limit=NODE_PAGE), lambda _: NodeSink())
        if listing is not None:
            self.facts["nodes"] = listing.sink.nodes()
            self.facts["node_images"] = listing.sink.images()
            self.drop(read, listing.sink.dropped)

    def _records(self, read: Read) -> None:
        subject = SUBJECTS[read.name]
        lister: Lister[Any] = Lister(subject.wire, limit=OBJECT_PAGE)
        listing = self._list(read, lister, lambda _: RecordSink[Any](subject.record))
        if listing is None:
            return
        place = read.facts[0]
        records, taken_out = redact(listing.sink.records(), REDACTOR, place)
        self.facts[place.removeprefix("cluster.")] = records
        self.drop(read, listing.sink.dropped)
        with self._lock:
            self.redactions.extend(taken_out)

    def _owners(self, read: Read) -> None:
        kind = OWNERS[(read.group, read.resource)]
        lister = Lister(OwnerWire, limit=OBJECT_PAGE)
        listing = self._list(read, lister, lambda version: OwnerSink(kind, read.group, version))
        if listing is None:
            return
        with self._lock:
            self.owners.extend(listing.sink.records())
            if listing.served:
                self.owners_read.add(read.name)
        self.drop(read, listing.sink.dropped)

    def _list(
        self, read: Read, lister: Lister[Any], make_sink: Callable[[str], S]
    ) -> Listing[S] | None:
        """The list at the first version that is served; None after a recorded refusal.

        An optional one that is not served counts as an empty list.
        """
        versions = read.versions if self._served is None else self._served.versions(read)
        for version in versions:
            try:
                listing = lister.read(self._client, read.path(version), partial(make_sink, version))
            except ReadError as failure:
                if failure.kind == "absent":
                    continue
                self.fail(read, failure)
                return None
            self.drop(read, listing.dropped)
            return listing
        if read.optional:
            return Listing(sink=make_sink(read.versions[0]), served=False)
        self.refuse(_refusal(read, "the server does not serve it", "absent"))
        return None


def _refusal(read: Read, reason: str, cause: str) -> Refusal:
    return Refusal(
        resource=read.name,
        verb=read.verb,
        reason=one_line(reason),
        facts=read.facts,
        cause=cause,
    )
