"""What a server serves: API groups, versions and resources, and OpenShift's own version."""

from __future__ import annotations

from advisor.objects.base import ObjectMeta, Wire


class ServedResource(Wire, frozen=True, kw_only=True):
    """One resource of a version (aggregated discovery)."""

    resource: str | None = None


class ServedVersion(Wire, frozen=True, kw_only=True):
    """One version of a group; `resources` only in aggregated discovery."""

    version: str | None = None
    resources: list[ServedResource | None] | None = None


class ServedGroup(Wire, frozen=True, kw_only=True):
    """A group: `name` in a plain APIGroupList, `metadata.name` in aggregated discovery."""

    name: str | None = None
    metadata: ObjectMeta | None = None
    versions: list[ServedVersion | None] | None = None


class GroupList(Wire, frozen=True, kw_only=True):
    """The answer of /apis in either form."""

    items: list[ServedGroup | None] | None = None
    groups: list[ServedGroup | None] | None = None


class VersionInfo(Wire, frozen=True, kw_only=True):
    """The answer of /version."""

    git_version: str | None = None


class AccessStatus(Wire, frozen=True, kw_only=True):
    """The verdict of a SelfSubjectAccessReview."""

    allowed: bool | None = None
    reason: str | None = None
    evaluation_error: str | None = None


class AccessReview(Wire, frozen=True, kw_only=True):
    """The answer to a SelfSubjectAccessReview."""

    status: AccessStatus | None = None


class ClusterVersionUpdate(Wire, frozen=True, kw_only=True):
    """One version that was installed or is being installed, the newest first."""

    state: str | None = None
    version: str | None = None


class ClusterVersionStatus(Wire, frozen=True, kw_only=True):
    """The status of OpenShift's ClusterVersion: its versions."""

    history: list[ClusterVersionUpdate | None] | None = None


class ClusterVersionWire(Wire, frozen=True, kw_only=True):
    """OpenShift's ClusterVersion; a cluster has one, called `version`."""

    metadata: ObjectMeta | None = None
    status: ClusterVersionStatus | None = None
