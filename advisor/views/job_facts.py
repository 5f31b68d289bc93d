"""The `workload` and `job` variables."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class FlagFacts(ViewFacts, frozen=True, kw_only=True):
    """One flag or field of the source, and why it is named."""

    name: str
    value: str = ""
    reason: str = ""


class JobFacts(ViewFacts, frozen=True, kw_only=True):
    """One known job: a container on a host, a workload in the cluster, or a job in a file.

    kind: `container`, or the workload's kind; reader: the form it was written in (`docker-run`,
    `compose`, `manifest`, `runai-v1`, `runai-v2`, `container`), empty for a job of the cluster
    target: what it was translated to, null when it was not
    template: why it stands for several jobs, else null; guessed: its kind is not known for certain
    accelerators: devices one pod asks for, absent when it asks for all or an unknown number
    gpu: whether it asks for GPUs; gpu_all: for all there are; gpu_devices: the ids it pins;
    gpu_forms: how it asks (`--gpus`, `runtime`, `device`, `cdi`, `resource`); gpu_portion: of one
    GPU, null without; gpu_memory: bytes of one GPU, null without
    cpu, memory: what one pod asks for, millicores and bytes, null without
    accelerators_fit, cpu_fits, memory_fits: whether some node has that much; most_accelerators,
    most_cpu, most_memory: the largest amount on one node, null when no node states one
    eligible, ready: numbers of nodes; unmet: requirements no node meets, in words
    shared_memory: size of /dev/shm in bytes, null when none is asked; large_shared_memory: more is
    asked without a size
    pod_security: the level of Pod Security that its namespace enforces, null where none is known to
    be; host_paths: folders of the node that it mounts; unsafe_capabilities: those added that the
    level `baseline` refuses; against_restricted: what only the level `restricted` refuses
    refusals: why the quota, the limits or the priorities of its namespace refuse each of its pods
    capabilities: those added; security_options, sysctls: as `name=value`; devices: other devices
    runtime_sockets: sockets of a container runtime that it mounts
    restart: the policy, null without; service: it is meant to keep running
    interactive: it keeps its input open; terminal: it wants a terminal
    ports: published or exposed, as `HOST:CONTAINER` or `CONTAINER`
    bad_name: the name it was given where that is no DNS label that begins with a letter, else null
    secrets: variables whose values stand in clear in the source; expansions: what only a shell
    knows (`$HOME`, backticks)
    tied_to: containers it needs beside it; networks: networks of its own
    user: as given, null without; numeric_user: it is a number; written_paths: where it then
    writes data
    lost: flags without an equivalent in the target; open: those that wait for a value
    release: the Run:ai release that was named, null without; gone, deprecated: what of the job's
    form it takes no longer, or soon will not: `name` is that, `reason` what to use instead
    """

    name: str
    kind: str
    reader: str = ""
    owner: str | None = None
    target: str | None = None
    template: str | None = None
    guessed: bool = False
    accelerators: int | UnsetType = UNSET
    gpu: bool = False
    gpu_all: bool = False
    gpu_devices: tuple[str, ...] = ()
    gpu_forms: tuple[str, ...] = ()
    gpu_portion: float | None = None
    gpu_memory: int | None = None
    cpu: int | None = None
    memory: int | None = None
    accelerators_fit: bool | UnsetType = UNSET
    cpu_fits: bool | UnsetType = UNSET
    memory_fits: bool | UnsetType = UNSET
    most_accelerators: int | None = None
    most_cpu: int | None = None
    most_memory: int | None = None
    eligible: int | UnsetType = UNSET
    ready: int | UnsetType = UNSET
    unmet: tuple[str, ...] = ()
    shared_memory: int | None = None
    large_shared_memory: bool = False
    privileged: bool = False
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    pod_security: str | UnsetType | None = None
    refusals: tuple[str, ...] | UnsetType = ()
    host_paths: tuple[str, ...] = ()
    unsafe_capabilities: tuple[str, ...] = ()
    against_restricted: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    security_options: tuple[str, ...] = ()
    sysctls: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    runtime_sockets: tuple[str, ...] = ()
    restart: str | None = None
    service: bool = False
    interactive: bool = False
    terminal: bool = False
    ports: tuple[str, ...] = ()
    ulimits: tuple[str, ...] = ()
    bad_name: str | None = None
    secrets: tuple[str, ...] = ()
    expansions: tuple[str, ...] = ()
    tied_to: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    user: str | None = None
    numeric_user: bool = False
    written_paths: tuple[str, ...] = ()
    release: str | None = None
    gone: tuple[FlagFacts, ...] = ()
    deprecated: tuple[FlagFacts, ...] = ()
    lost: tuple[FlagFacts, ...] = ()
    open: tuple[FlagFacts, ...] = ()
