"""What judging an audit and judging single jobs have in common: the tables, the cluster's facts."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog, CudaCatalog
from advisor.catalogs.runai_releases import OperatorCatalog, Release, ReleaseCatalog
from advisor.catalogs.storage import FilesystemCatalog, StorageCatalog, SystemPathCatalog
from advisor.configuration.settings import Settings
from advisor.facts.snapshot import Snapshot
from advisor.findings.finding import Gap
from advisor.jobs.translation import Situation
from advisor.placement.placement import Catalogs, Placement
from advisor.placement.storage_evidence import StorageService, class_service
from advisor.views.base import gaps, no_cluster_gap
from advisor.views.cluster_view import ClusterBasis
from advisor.views.readiness import Readiness, chosen_release, readiness
from advisor.views.requirement import Surveyed, survey


@lru_cache(maxsize=1)
def load_catalogs() -> Catalogs:
    """The tables of `rules/catalog/`; RuleError where one is damaged."""
    return Catalogs(
        accelerators=load_catalog("accelerators", AcceleratorCatalog),
        storage=load_catalog("storage_provisioners", StorageCatalog),
        filesystems=load_catalog("filesystems", FilesystemCatalog),
        system_paths=load_catalog("system_paths", SystemPathCatalog),
        cuda=load_catalog("cuda_drivers", CudaCatalog),
    )


def missing_nodes(snapshot: Snapshot) -> tuple[Gap, ...]:
    """Why nodes are missing; empty when they are there."""
    if snapshot.cluster is None:
        return (no_cluster_gap(snapshot.sources),)
    return gaps(snapshot.sources, {"cluster.nodes": ("cluster.nodes",)})


def storage_services(placement: Placement) -> dict[str, StorageService] | None:
    """What each storage class can do; None when classes could not be read."""
    if placement.cluster.storage_classes is None:
        return None
    return {
        class_.name: class_service(class_, placement.evidence)
        for class_ in placement.cluster.storage_classes
    }


@lru_cache(maxsize=1)
def load_releases() -> ReleaseCatalog:
    """The table of Run:ai releases."""
    return load_catalog("runai_releases", ReleaseCatalog)


@lru_cache(maxsize=1)
def load_operators() -> OperatorCatalog:
    """The table of what each GPU Operator is supported on."""
    return load_catalog("gpu_operator", OperatorCatalog)


def cluster_readiness(placement: Placement, settings: Settings) -> Readiness | None:
    """The cluster against a Run:ai release; None where no cluster was read. InputError for a
    release that is not known."""
    if placement.snapshot.cluster is None:
        return None
    return readiness(surveyed(placement), load_releases(), settings.runai)


def named_release(placement: Placement, settings: Settings) -> Release | None:
    """The Run:ai release that jobs go to; None where the user named none. InputError for one that
    is not known."""
    if not settings.runai:
        return None
    return chosen_release(placement.cluster, load_releases(), settings.runai)


def for_release(situation: Situation, release: Release | None) -> Situation:
    """What translations have to know of a release: its dialect, and what it takes no longer."""
    if release is None:
        return situation
    gone = load_releases().gone(release)
    return msgspec.structs.replace(
        situation,
        release=release.name,
        dialect=situation.dialect or release.dialect,
        gone={change.name: change.instead for change in gone},
    )


def surveyed(placement: Placement) -> Surveyed:
    """What is known of the cluster, nodes that are excluded or only assumed as they count."""
    cluster = placement.cluster
    return survey(
        cluster,
        placement.nodes if placement.index is not None else None,
        placement.accelerators,
        operators=load_operators(),
        distributions=load_releases().distributions,
        taken=cluster.taken or placement.snapshot.taken,
    )


def cluster_basis(
    placement: Placement,
    settings: Settings,
    services: dict[str, StorageService] | None,
    readiness: Readiness | None = None,
) -> ClusterBasis:
    """What the facts of the cluster are computed from."""
    return ClusterBasis(
        cluster=placement.snapshot.cluster,
        nodes=placement.nodes if placement.index is not None else None,
        accelerators=placement.accelerators,
        services=services,
        jobs=placement.admitted_jobs,
        catalog=placement.catalogs.accelerators,
        hosts=len(placement.snapshot.hosts),
        assumed=bool(placement.assumed),
        registry=settings.registry,
        readiness=readiness,
    )
