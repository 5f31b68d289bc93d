"""What was read, from where, and what could not be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from advisor.facts.record import Record

SourceStatus = Literal["ok", "partial", "failed"]


class Refusal(Record, frozen=True, kw_only=True):
    """One read that gave nothing.

    `resource` is `group/resource` for Kubernetes (`storage.k8s.io/storageclasses`, core: `nodes`)
    or the name of the Docker call; `verb` is the right it needed; `reason` says why in a clause;
    `facts` are the snapshot paths that are unknown for it (`cluster.storage_classes`). A
    `supplement` only makes surer what is known without it (a mount table), or is of something that
    is gone: without it a source is not incomplete. `cause` is `denied` where a right was missing,
    another word where it was not that, and empty where that is not known.
    """

    resource: str
    verb: str
    reason: str
    facts: tuple[str, ...] = ()
    supplement: bool = False
    cause: str = ""


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

    @property
    def missing(self) -> tuple[Refusal, ...]:
        """The reads that gave nothing or not all, without supplements."""
        return tuple(refusal for refusal in self.refused if not refusal.supplement)

    @property
    def incomplete(self) -> bool:
        """Whether something that was asked for was not read."""
        if self.status == "partial":
            return self.asked and (bool(self.missing) or not self.refused)
        return self.asked and self.status == "failed"


def unread(sources: Iterable[Source]) -> tuple[Source, ...]:
    """The sources that make an audit incomplete."""
    return tuple(source for source in sources if source.incomplete)


def unread_lists(source: Source) -> tuple[tuple[str, str], ...]:
    """Each list of an incomplete source that was not read, or not all of it, and why. A target
    that gave nothing is the only one of its own, without a name."""
    if source.status == "failed" or not source.refused:
        return (("", source.reason or "it could not be read"),)
    return tuple((refusal.resource, refusal.reason) for refusal in source.missing)


class Redaction(Record, frozen=True, kw_only=True):
    """Something taken out before the snapshot existed: where, how many, and by which redactor."""

    path: str
    redactor: str
    count: int = 1
