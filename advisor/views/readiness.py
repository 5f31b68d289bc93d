"""Which Run:ai release a cluster is held against, and the result as rules see it."""

from __future__ import annotations

import msgspec

from advisor.catalogs.runai_releases import Release, ReleaseCatalog
from advisor.errors import InputError
from advisor.facts.cluster import Cluster
from advisor.findings.finding import Gap
from advisor.views.base import UNSET, UnsetType
from advisor.views.facts import ReadinessFacts, RequirementFacts
from advisor.views.requirement import Outcome, Surveyed, version_of
from advisor.views.requirements import kubernetes, outcomes


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """A release and how the cluster meets its requirements. `asked`: the user named it."""

    release: Release
    outcomes: dict[str, Outcome]
    asked: bool = False


def readiness(surveyed: Surveyed, catalog: ReleaseCatalog, wanted: str) -> Readiness:
    """The cluster against the release `wanted`, a name of the table or `installed`; without one,
    against the newest that it meets. InputError for a release that is not in the table, or
    `installed` where no version of Run:ai is stated."""
    if not wanted:
        return _newest_met(surveyed, catalog)
    release = chosen_release(surveyed.cluster, catalog, wanted)
    found = outcomes(surveyed, release, catalog)
    return Readiness(release=release, outcomes=found, asked=True)


def chosen_release(cluster: Cluster, catalog: ReleaseCatalog, wanted: str) -> Release:
    """The release of that name, or the one that is there for `installed`; InputError for one that
    is not in the table, or where no version of Run:ai is stated."""
    if wanted != "installed":
        return named_release(catalog, wanted)
    version = version_of(cluster, "runai")
    if not version:
        raise InputError(
            "--runai installed: no version of Run:ai is stated in this cluster",
            remedy="name the release: --runai 2.25",
        )
    return named_release(catalog, version)


def named_release(catalog: ReleaseCatalog, name: str) -> Release:
    """The release of that name; InputError with the names there are."""
    release = catalog.named(name)
    if release is None:
        known = ", ".join(release.name for release in catalog.releases)
        raise InputError(
            f"release '{name}' is not in the table",
            where="--runai",
            remedy=f"give one of {known}",
        )
    return release


def readiness_facts(readiness: Readiness) -> ReadinessFacts:
    """The state of each requirement, as rules see it."""
    return ReadinessFacts(
        release=readiness.release.name,
        **{name: _facts(outcome) for name, outcome in readiness.outcomes.items()},
    )


def readiness_gaps(readiness: Readiness | None) -> tuple[Gap, ...]:
    """Why a requirement is not known to be met."""
    found = readiness.outcomes if readiness else {}
    return tuple(
        Gap(
            fact=f"cluster.runai.{name}.met",
            probe="kubernetes",
            reason=outcome.reason,
            settle=outcome.settle,
        )
        for name, outcome in found.items()
        if outcome.met is None
    )


def _newest_met(surveyed: Surveyed, catalog: ReleaseCatalog) -> Readiness:
    """The newest release of which nothing needed is known to be missing and whose Kubernetes
    versions are known to include the cluster's; the newest of all where there is none."""
    by_version = msgspec.structs.replace(surveyed, named=True)
    for release in reversed(catalog.releases):
        if not kubernetes(by_version, release).met:
            continue
        found = outcomes(surveyed, release, catalog)
        if not any(outcome.needed and outcome.met is False for outcome in found.values()):
            return Readiness(release=release, outcomes=found)
    newest = catalog.releases[-1]
    return Readiness(release=newest, outcomes=outcomes(surveyed, newest, catalog))


def _facts(outcome: Outcome) -> RequirementFacts:
    met: bool | UnsetType = UNSET if outcome.met is None else outcome.met
    return RequirementFacts(
        wanted=outcome.wanted, seen=outcome.seen, met=met, needed=outcome.needed
    )
