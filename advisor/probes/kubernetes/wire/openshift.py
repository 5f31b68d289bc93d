"""OpenShift's ClusterVersion, as far as it is read (config.openshift.io/v1)."""

from __future__ import annotations

from advisor.objects.base import ObjectMeta, Wire


class ClusterVersionUpdate(Wire, frozen=True, kw_only=True):
    """One version that was installed or is being installed, the newest first."""

    state: str | None = None
    version: str | None = None


class ClusterVersionStatus(Wire, frozen=True, kw_only=True):
    """Its status."""

    history: list[ClusterVersionUpdate | None] | None = None


class ClusterVersionWire(Wire, frozen=True, kw_only=True):
    """The object; there is one, called `version`."""

    metadata: ObjectMeta | None = None
    status: ClusterVersionStatus | None = None
