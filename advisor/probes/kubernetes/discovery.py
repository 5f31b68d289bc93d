"""What a server serves, asked once, so that absent APIs cost no request each."""

from __future__ import annotations

import re

import msgspec

from advisor.objects.base import present
from advisor.probes.kubernetes.client import Client, ReadError
from advisor.probes.kubernetes.reads import Read
from advisor.probes.kubernetes.wire.discovery import GroupList, ServedGroup, VersionInfo

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


def server_version(client: Client) -> str | None:
    """The server's version such as `v1.34.3`. Raises ReadError."""
    body = client.get("/version")
    try:
        return msgspec.json.decode(body, type=VersionInfo).git_version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReadError("invalid", "this is not the API of a Kubernetes server") from error
