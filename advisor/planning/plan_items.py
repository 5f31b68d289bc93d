"""What a plan moves, as records: images, places of data, and jobs."""

from __future__ import annotations

from typing import Any, Literal

from advisor.facts.record import Record
from advisor.findings.finding import Outcome
from advisor.jobs.ledger import Fate
from advisor.jobs.translation import Target

ImageAction = Literal["push", "push-from-node", "hold", "use", "stay", "wait", "ask"]
"""`push`: by its host's engine; `push-from-node`: only nodes hold it; `hold`: to be pushed, but not
before somebody has looked at a finding; `use`: in a registry under a name already; `stay`: on the
one node; `wait`: its jobs run nowhere; `ask`: not known."""

DataAction = Literal["copy", "use", "stay", "wait", "ask", "leave"]
"""`use`: outside the machines already; `leave`: the system's, no data of anybody."""


class Holder(Record, frozen=True, kw_only=True):
    """Machines that have the content under the same names. `node`: copies of kubelets."""

    machines: tuple[str, ...]
    node: bool = False
    names: tuple[str, ...] = ()


class CommitStep(Record, frozen=True, kw_only=True):
    """Work that only a container's writable layer holds, to be kept as an image if its owner says
    so. `id` is the container's; `paths` are some of `changes`; `size` in bytes."""

    container: str
    id: str
    host: str
    target: str
    owner: str = ""
    changes: int | None = None
    size: int | None = None
    paths: tuple[str, ...] = ()


class ImagePlan(Record, frozen=True, kw_only=True):
    """One content. `id` is unique; `content` the id by which its source engine knows it.

    `subjects` are the subjects of the assessment that it stands for. `target` is the name it gets,
    or has, in a registry; `renamed` says why the name is not that of the source. `push_bytes` is
    what is left to send after layers that images before it have sent; it is an upper bound where
    `at_most` (compression always makes it less). `order` counts the pushes from 1, None without.
    `source_node` has it where no host does, and lists it as `listed`; `by_hand` is a command for
    there.
    """

    id: str
    label: str
    names: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    content: str = ""
    outcome: Outcome = "unknown"
    action: ImageAction
    reason: str = ""
    holders: tuple[Holder, ...] = ()
    users: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    target: str = ""
    renamed: str = ""
    source_host: str = ""
    size: int | None = None
    push_bytes: int | None = None
    at_most: bool = False
    layers_after: str = ""
    order: int | None = None
    source_node: str = ""
    listed: str = ""
    by_hand: str = ""


class DataSource(Record, frozen=True, kw_only=True):
    """Where one machine has it; `filesystem` is its type and device in words, empty: not known."""

    machine: str
    path: str
    filesystem: str = ""


class NfsTarget(Record, frozen=True, kw_only=True):
    """An export that jobs mount directly; the texts are runai's options for it."""

    server: str
    export: str
    runai_v1: str = ""
    runai_v2: str = ""


class ClaimTarget(Record, frozen=True, kw_only=True):
    """A claim to make. `storage_class` is empty when no fit one was found; `evidence` says what the
    choice rests on. `request` is bytes with headroom, None while the size is not known.
    `sub_path` is the place in it when it belongs to a larger place that is copied as a whole."""

    name: str
    storage_class: str = ""
    evidence: str = ""
    access_mode: str = "ReadWriteMany"
    request: int | None = None
    sub_path: str = ""


class DataPlan(Record, frozen=True, kw_only=True):
    """One real location. `mount_path` is the same for everyone; `other_paths` are where some users
    have it today. `read_only` when every user only reads. `inside` is the id of the location that
    holds it and is copied with it.

    `size` in bytes if all of it was measured, else `at_least` what was; `files` is their number,
    `unmeasured` the clause that says why not everything was, empty when nobody asked for it.
    """

    id: str
    label: str
    kind: str
    subjects: tuple[str, ...] = ()
    outcome: Outcome = "unknown"
    action: DataAction
    reason: str = ""
    sources: tuple[DataSource, ...] = ()
    source_host: str = ""
    source_path: str = ""
    users: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    mount_path: str = ""
    other_paths: tuple[str, ...] = ()
    read_only: bool = False
    size: int | None = None
    at_least: int | None = None
    files: int | None = None
    unmeasured: str = ""
    nfs: NfsTarget | None = None
    claim: ClaimTarget | None = None
    inside: str = ""


class JobCommand(Record, frozen=True, kw_only=True):
    """A replacement for one target; `before` come first, `missing` is what has yet to be given.
    `documents` are the objects of the Kubernetes target."""

    target: str
    text: str
    before: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    documents: tuple[dict[str, Any], ...] = ()


class FlagFate(Record, frozen=True, kw_only=True):
    """What became of a flag for one target; `output` is what it became, empty when nothing."""

    target: Target
    fate: Fate
    reason: str
    output: str = ""


class JobFlag(Record, frozen=True, kw_only=True):
    """One flag or field of today's job, its value without secrets."""

    written: str
    value: str = ""
    became: tuple[FlagFate, ...] = ()


class JobPlan(Record, frozen=True, kw_only=True):
    """One job. `images` and `data` are ids of the plan's own; `gpus` is None when not known.

    `standing` says why it is an interactive one or a service; it is empty for one that ends.
    `changes` are, for a job of the cluster, what has to be edited in it. `today` says how it is
    started or found again on its host: the way back. `command` is what starts it anew today, and
    `flags` are what it says. `place` is the file and line of a job that was read from one.
    """

    id: str
    label: str
    kind: str
    owner: str = ""
    host: str = ""
    namespace: str = ""
    replicas: int = 1
    gpus: int | None = 0
    standing: str = ""
    images: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    commands: tuple[JobCommand, ...] = ()
    changes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    today: str = ""
    command: str = ""
    flags: tuple[JobFlag, ...] = ()
    place: str = ""
