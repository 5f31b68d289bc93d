"""Pods folded into what owns them, with the template that decides where they can run."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record
from advisor.facts.storage import Claim, NodeSelectorTerms


class Toleration(Record, frozen=True, kw_only=True):
    """A pod toleration; an empty `key` with operator Exists tolerates everything."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class VolumeMount(Record, frozen=True, kw_only=True):
    """Where a container sees a volume of its pod (by volume name)."""

    volume: str
    path: str
    read_only: bool = False
    sub_path: str = ""


class PodVolume(Record, frozen=True, kw_only=True):
    """A pod's volume. `kind` is the API's field name (`hostPath`, `nfs`...).

    `source` is the path for hostPath, the claim for persistentVolumeClaim, `server:/export` for
    nfs, the driver for csi, and empty for kinds without a place (emptyDir, projected).
    `type` is the hostPath type, the emptyDir medium, an image's pull policy, or `server:/share`
    where an inline csi volume states them; `size` the emptyDir limit. `claim` is what an ephemeral
    volume, or a template of a StatefulSet (kind `volumeClaimTemplate`), makes for each pod.
    """

    name: str
    kind: str
    source: str = ""
    type: str = ""
    size: int | None = None
    claim: Claim | None = None
    read_only: bool = False


class PodContainer(Record, frozen=True, kw_only=True):
    """A container of a template. Only the names of its variables are kept, never a value.

    `init` containers end before the others start, but for a `sidecar`, which runs beside them.
    `mounts` hold raw block devices too.
    """

    name: str
    image: str
    pull_policy: str = ""
    init: bool = False
    sidecar: bool = False
    requests: dict[str, int] = {}
    limits: dict[str, int] = {}
    variables: tuple[str, ...] = ()
    mounts: tuple[VolumeMount, ...] = ()
    privileged: bool = False
    run_as_user: int | None = None
    claims: tuple[str, ...] = ()


class PodTemplate(Record, frozen=True, kw_only=True):
    """What the scheduler looks at, and what a job needs to run.

    `resource_claims` names the DRA claims or claim templates, `claim_templates` which of them are
    templates (none in snapshots of earlier versions); `preferred` affinities are left out
    since they exclude no node. `node_name` is only what an author wrote, never what the scheduler
    filled in. `requests` and `limits` are the pod's own, beside those of its containers;
    `overhead` is what its runtime class added. `topology_keys` are labels that a node has to have
    because pods are spread over them or kept together by them. `gpu_share` is the part of a GPU
    that Run:ai's or KAI's annotation asks for, as `gpu-fraction=0.5`.
    """

    containers: tuple[PodContainer, ...] = ()
    volumes: tuple[PodVolume, ...] = ()
    node_name: str = ""
    node_selector: dict[str, str] = {}
    node_affinity: NodeSelectorTerms = ()
    tolerations: tuple[Toleration, ...] = ()
    pull_secrets: tuple[str, ...] = ()
    service_account: str = ""
    runtime_class: str = ""
    scheduler: str = ""
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    restart_policy: str = ""
    resource_claims: tuple[str, ...] = ()
    claim_templates: tuple[str, ...] = ()
    requests: dict[str, int] = {}
    limits: dict[str, int] = {}
    overhead: dict[str, int] = {}
    topology_keys: tuple[str, ...] = ()
    gpu_share: str = ""


class RunningPods(Record, frozen=True, kw_only=True):
    """Pods that run the same contents: which image each container has, by the container's name as
    the runtime states it (`registry/name@digest`, or an id), and on which nodes they are."""

    images: dict[str, str] = {}
    nodes: tuple[str, ...] = ()


class Workload(Record, frozen=True, kw_only=True):
    """One owner with one template; pods of the same owner and template are only counted.

    `replicas` is what its author asks for (None when the kind has no such number or nothing says);
    `phases` counts its pods by phase; `nodes` counts its scheduled pods by node; `running` are
    those in phase Running by what they run. `origin` says
    where the template was read: the owner object or one of its pods. `role` is the replica type of
    a distributed job (`Worker`, `Master`, `head`).
    """

    namespace: str
    kind: str
    name: str
    api_version: str = ""
    role: str = ""
    origin: Literal["object", "pod"] = "object"
    template: PodTemplate
    replicas: int | None = None
    suspended: bool = False
    phases: dict[str, int] = {}
    nodes: dict[str, int] = {}
    running: tuple[RunningPods, ...] = ()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    guessed: bool = False
