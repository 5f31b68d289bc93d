"""What a server serves (API groups, versions and resources, and OpenShift's own version), asked
once, so that absent APIs cost no request each."""

from __future__ import annotations

import re

import msgspec

from advisor.objects.base import ObjectMeta, Wire, present
from advisor.probes.kubernetes.reads import Read
from advisor.probes.kubernetes.transport import Client, ReadError


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


class SchedulerSpec(Wire, frozen=True, kw_only=True, rename="camel"):
    """The selector that pods get in projects without one of their own."""

    default_node_selector: str | None = None


class SchedulerWire(Wire, frozen=True, kw_only=True):
    """OpenShift's Scheduler; a cluster has one, called `cluster`."""

    metadata: ObjectMeta | None = None
    spec: SchedulerSpec | None = None


_AGGREGATED = ",".join(
    (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    )
)


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, their versions, and what each version serves (None: the server did not say)."""

    groups: dict[str, dict[str, frozenset[str] | None]]

    def versions(self, read: Read) -> tuple[str, ...]:
        """The versions of a read worth asking for, in its order; none when it is not served."""
        if not read.group:
            return read.versions
        served = self.groups.get(read.group, {})
        return tuple(
            version
            for version in read.versions
            if version in served and _serves(served[version], read.resource)
        )


def _serves(resources: frozenset[str] | None, resource: str) -> bool:
    return resources is None or resource in resources


def discover(client: Client) -> Served:
    """Ask which APIs are served. Raises ReadError."""
    body = client.get("/apis", accept=_AGGREGATED)
    try:
        answer = msgspec.json.decode(body, type=GroupList)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReadError("invalid", f"its list of APIs is malformed ({error})") from error
    groups = present(answer.items) or present(answer.groups)
    return Served(groups={_name(group): _versions(group) for group in groups})


def _name(group: ServedGroup) -> str:
    return group.name or (group.metadata.name if group.metadata else None) or ""


def _versions(group: ServedGroup) -> dict[str, frozenset[str] | None]:
    return {
        version.version or "": None
        if version.resources is None
        else frozenset(resource.resource or "" for resource in present(version.resources))
        for version in present(group.versions)
    }


_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_STREAMS_SINCE = (1, 33)


def streams_lists(version: str | None) -> bool:
    """Whether a server of that version encodes a list piece by piece; one that does not would
    have to hold the whole list in its memory at once."""
    match = _VERSION.match(version or "")
    return match is not None and (int(match[1]), int(match[2])) >= _STREAMS_SINCE


def server_version(client: Client) -> str:
    """The server's version such as `v1.34.3`. Raises ReadError, also where none is stated: it is
    another server that answers."""
    body = client.get("/version")
    try:
        stated = msgspec.json.decode(body, type=VersionInfo).git_version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReadError("invalid", "this is not the API of a Kubernetes server") from error
    if not stated:
        raise ReadError("invalid", "this is not the API of a Kubernetes server")
    return stated
