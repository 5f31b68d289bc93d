"""What was read, from where, and what could not be."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record

SourceStatus = Literal["ok", "partial", "failed"]


class Refusal(Record, frozen=True, kw_only=True):
    """One read that gave nothing.

    `resource` is `group/resource` for Kubernetes (`storage.k8s.io/storageclasses`, core: `nodes`)
    or the name of the Docker call; `verb` is the right it needed; `reason` says why in a clause;
    `facts` are the snapshot paths that are unknown for it (`cluster.storage_classes`).
    """

    resource: str
    verb: str
    reason: str
    facts: tuple[str, ...] = ()


class Source(Record, frozen=True, kw_only=True):
    """One probe of one target: `ok`, `partial` (some reads refused) or `failed` (none worked).

    `name` is what the target calls itself (a host name), empty when that was never learned; many
    hosts share the target `unix:///var/run/docker.sock`. `asked` is false for a default target that
    the user never named: its absence is no failure. `taken` as of `Snapshot.taken`.
    """

    probe: str
    target: str
    status: SourceStatus
    reason: str = ""
    refused: tuple[Refusal, ...] = ()
    seconds: float = 0.0
    name: str = ""
    asked: bool = True
    taken: str = ""


class Redaction(Record, frozen=True, kw_only=True):
    """Something taken out before the snapshot existed: where, how many, and by which redactor."""

    path: str
    redactor: str
    count: int = 1
