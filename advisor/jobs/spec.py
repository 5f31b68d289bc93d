"""JobSpec: what placement, rules and plan need to know of a job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from advisor.facts.cluster import DeviceClaim
from advisor.facts.record import Record
from advisor.facts.storage import Claim, NodeSelectorTerms
from advisor.facts.workload import RunningPods, Toleration
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item
from advisor.jobs.run import Launch, Run

MountKind = Literal[
    "bind",
    "hostPath",
    "named-volume",
    "anonymous-volume",
    "claim",
    "nfs",
    "network-volume",
    "claim-template",
    "ephemeral",
    "inline-csi",
    "flex-volume",
]


class AcceleratorNeed(Record, frozen=True, kw_only=True):
    """Devices that one pod asks for.

    `count` is None when it is not known (`--gpus all` on a host whose GPUs nobody counted, a DRA
    claim): at least one is then taken for granted. `resource` is empty when any of the `vendor`'s
    will do; `how` is the form the request had. `part` is true for a share of one device, of which
    others may have the rest. `claim` is the DRA claim or template that says which devices, as `kind
    namespace/name`, `stated` what it asks for where it stands with the job, in no cluster yet.
    """

    count: int | None
    resource: str = ""
    vendor: str = ""
    how: str = ""
    part: bool = False
    claim: str = ""
    stated: DeviceClaim | None = None


BUILT = "Build"
"""In place of a pull policy: the image is built where it is used, so no registry has it."""


class JobImage(Record, frozen=True, kw_only=True):
    """An image a job runs. `image_id` is the content that a container was made from, or that all
    running pods have (a digest, or an id of the runtime), else empty."""

    reference: str
    pull_policy: str = ""
    image_id: str = ""


class JobMount(Record, frozen=True, kw_only=True):
    """Data that a job mounts.

    `source` is a path, a volume name, `namespace/claim` or `server:/export`; `kind_detail` the
    hostPath type, the API's name of a network volume, or a driver.
    """

    kind: MountKind
    source: str
    target: str
    read_only: bool = False
    kind_detail: str = ""


class JobSpec(Record, frozen=True, kw_only=True):
    """One job.

    `host` is the Docker host it was found on, empty for one in a cluster. `resources` are one pod's
    requests (millicores, bytes, devices), `open_resources` those that only the shell knows, each
    with the words for it. `tolerates_gpu_taints` is true for a job that is yet to be translated:
    its translation will tolerate the taints of the target's GPU nodes.
    `pull_secrets` is None for a job that has no place to name one. `nodes` counts its pods,
    `running` are those that run, by what they run (images by the name the job has for each).
    `claims` (`namespace/claim`) are those that its pods name, mounted or not, `own_claims` what is
    made for each pod. `topology_keys` are labels that a node must have.
    `stopped` is true for what is known not to run now: it asks for nothing until it is started.

    The rest is there for a job read from a file, a command or a container: `reader` names the form
    it was written in, `place` and `source` its position and text, `template` says why it stands for
    several jobs (a loop, a function), `object_kind` is the kind of an object of Run:ai's own,
    `guessed` that its kind is not known for certain, `refused`
    what an API server would not take of it. `run` is what a translation carries over, `items` every
    flag and field met. `document` is the object of a manifest as it was read, secrets and all: it
    is for writers alone and never stored or shown; `role` is the part that a manifest's job plays
    in its object (`Worker`, `head`). `launch` is what the words of one over several machines said
    of them, before `run` became that of one distributed job.
    """

    id: str
    label: str
    kind: str
    role: str = ""
    host: str = ""
    namespace: str = ""
    owner: str = ""
    images: tuple[JobImage, ...] = ()
    mounts: tuple[JobMount, ...] = ()
    resources: dict[str, int] = {}
    open_resources: dict[str, str] = {}
    accelerators: tuple[AcceleratorNeed, ...] = ()
    node_name: str = ""
    node_selector: dict[str, str] = {}
    node_affinity: NodeSelectorTerms = ()
    tolerations: tuple[Toleration, ...] = ()
    tolerates_gpu_taints: bool = False
    architectures: tuple[str, ...] = ()
    pull_secrets: tuple[str, ...] | None = None
    replicas: int = 1
    stopped: bool = False
    nodes: dict[str, int] = {}
    running: tuple[RunningPods, ...] = ()
    claims: tuple[str, ...] = ()
    own_claims: tuple[Claim, ...] = ()
    runtime_class: str = ""
    overhead: dict[str, int] = {}
    topology_keys: tuple[str, ...] = ()
    ignores: tuple[tuple[str, str], ...] = ()
    reader: str = ""
    place: Place | None = None
    source: str = ""
    template: str = ""
    object_kind: str = ""
    guessed: bool = False
    refused: tuple[str, ...] = ()
    run: Run | None = None
    items: tuple[Item, ...] = ()
    document: dict[str, Any] | None = None
    launch: Launch | None = None


def owners(jobs: Iterable[JobSpec]) -> tuple[str, ...]:
    """Everybody who is named, each once."""
    return tuple(sorted({job.owner for job in jobs if job.owner}))
