"""What a job runs and how: all that a translation carries over, whatever the source was."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record
from advisor.jobs.word import Word

Whole = int | Word
"""A number, or the words that the shell or compose makes one of: never taken for none."""

Seconds = float | Word


SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the path in the container
DEFAULT_SHARED_MEMORY = 64 * 2**20
"""Bytes that a container gets there where nothing, or docker's 0, is asked for."""


class Variable(Record, frozen=True, kw_only=True):
    """An environment variable. `value` None copies it from the shell that submits (`-e NAME`).

    `secret` is true where name or value looks like one: its value is then never written out.
    `file` names the env file it comes from. `reference` is where a cluster takes it from:
    `secret:NAME/KEY`, `config:NAME/KEY`, `file:PATH/KEY`, `field:PATH` or `resource:NAME`;
    `optional`: where that is not there, the container starts without the variable.
    """

    name: str
    value: Word | None = None
    secret: bool = False
    file: str = ""
    reference: str = ""
    optional: bool = False


class HealthCheck(Record, frozen=True, kw_only=True):
    """A command that says whether the container works; times in seconds, None is the engine's.

    `by_shell`: `command` is one text for the container's shell. No command: the image's check is
    switched off.
    """

    command: tuple[Word, ...] = ()
    by_shell: bool = False
    interval: Seconds | None = None
    timeout: Seconds | None = None
    start_period: Seconds | None = None
    retries: Whole | None = None


class RunMount(Record, frozen=True, kw_only=True):
    """A mount. `kind` as in JobMount, besides `tmpfs` and `config` (a ConfigMap or Secret).

    `size` in bytes for tmpfs; `options` are those with no field here (`z`, `cached`, `rslave`,
    `nocopy`); `driver_options` a volume's. `create`: a missing host path is made (`-v`).
    `made_from` is what kubectl makes a ConfigMap or Secret from (`--from-file=KEY=PATH`).
    `propagation` is `HostToContainer` or `Bidirectional`: mounts made later are seen.
    """

    kind: Literal[
        "bind",
        "hostPath",
        "named-volume",
        "anonymous-volume",
        "empty",
        "claim",
        "nfs",
        "network-volume",
        "tmpfs",
        "config",
    ]
    source: Word
    target: Word
    read_only: bool = False
    size: Whole | None = None
    sub_path: str = ""
    options: tuple[str, ...] = ()
    driver: str = ""
    driver_options: dict[str, str] = {}
    create: bool = False
    made_from: Word = Word()
    propagation: str = ""


class PortMapping(Record, frozen=True, kw_only=True):
    """A published port; `host` None when the engine or the service picks one. `exposed`: it is only
    said to be there, and nobody outside is to reach it. `service` is the type of its Service."""

    container: Whole
    host: Whole | None = None
    address: str = ""
    protocol: Literal["tcp", "udp", "sctp"] = "tcp"
    exposed: bool = False
    service: str = ""


class GpuAsk(Record, frozen=True, kw_only=True):
    """GPUs asked for. `count` -1 is all, None is not given; `devices` are ids that were pinned.
    A word in `count` is what their number depends on: a number, `all`, or ids with commas.

    `how` is the form: `--gpus`, `runtime`, `device`, `cdi`, `resource`. `resource` as Kubernetes
    names it when the source did. `portion` (of one GPU) and `memory` (bytes) are Run:ai's shares,
    `mig` a slice profile. `evidence` are the words that tell the number where all were given.
    """

    how: str
    count: Whole | None = None
    devices: tuple[str, ...] = ()
    vendor: str = "nvidia"
    resource: str = ""
    capabilities: tuple[str, ...] = ()
    portion: float | None = None
    memory: int | None = None
    mig: str = ""
    evidence: str = ""


class Security(Record, frozen=True, kw_only=True):
    """Rights of the container and what it shares with its machine."""

    privileged: bool = False
    capabilities_added: tuple[str, ...] = ()
    capabilities_dropped: tuple[str, ...] = ()
    read_only_root: bool = False
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    no_new_privileges: bool = False
    seccomp: str = ""
    sysctls: dict[str, str] = {}
    options: tuple[str, ...] = ()


class Run(Record, frozen=True, kw_only=True):
    """One container.

    `entrypoint` None leaves the image's, () resets it; `arguments` are the words after the image.
    Amounts in millicores and bytes, or the words that the shell decides them by; `layer_size` is
    what the container may write into its own layer. `pull` is `always`, `missing`, `never`,
    `build` (on the machine, from a Dockerfile) or empty. `restart` as Docker spells it (`no`,
    `on-failure:3`, `always`, `unless-stopped`) or as Kubernetes does.
    `distributed` is `pytorch`, `tensorflow`, `mpi`, `xgboost`, `jax`, `ray` or empty, `workers`
    then counts its workers. `environment_files` are those whose content could not be read; the
    variables of the others are in `environment`. `service`: it is meant to keep running (compose,
    Deployment). `options` are runai flags without a field here, kept from version to version.
    `environment_sources` are ConfigMaps and Secrets whose every key is a variable: `config:NAME`,
    `secret:NAME`. `called` are the names under which other containers of its project reach it,
    `called_ports` the TCP ports that they call and that `ports` does not list.
    `host_entries` are `NAME=ADDRESS` lines of the hosts file. `leader` is the
    pod that leads a distributed job, where it is not like the others.
    """

    image: Word
    name: Word | None = None
    pull: str = ""
    entrypoint: tuple[Word, ...] | None = None
    arguments: tuple[Word, ...] = ()
    environment: tuple[Variable, ...] = ()
    environment_files: tuple[Word, ...] = ()
    environment_sources: tuple[str, ...] = ()
    working_directory: Word | None = None
    user: Word | None = None
    groups: tuple[str, ...] = ()
    hostname: str = ""
    called: tuple[str, ...] = ()
    called_ports: tuple[int, ...] = ()
    host_entries: tuple[str, ...] = ()
    name_servers: tuple[str, ...] = ()
    search_domains: tuple[str, ...] = ()
    resolver_options: tuple[str, ...] = ()
    health: HealthCheck | None = None
    interactive: bool = False
    terminal: bool = False
    detached: bool = False
    remove: bool = False
    restart: str = ""
    service: bool = False
    grace_seconds: Whole | None = None
    stop_signal: str = ""
    mounts: tuple[RunMount, ...] = ()
    ports: tuple[PortMapping, ...] = ()
    gpus: tuple[GpuAsk, ...] = ()
    devices: tuple[str, ...] = ()
    cpu_limit: Whole | None = None
    cpu_request: Whole | None = None
    memory_limit: Whole | None = None
    memory_request: Whole | None = None
    extended: dict[str, Whole] = {}
    shared_memory: Whole | None = None
    large_shared_memory: bool = False
    layer_size: Whole | None = None
    ulimits: tuple[str, ...] = ()
    security: Security = Security()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    platform: str = ""
    pull_secrets: tuple[str, ...] = ()
    distributed: str = ""
    workers: Whole | None = None
    completions: Whole | None = None
    parallelism: Whole | None = None
    backoff_limit: Whole | None = None
    project: str = ""
    options: tuple[tuple[str, Word], ...] = ()
    leader: Run | None = None


class Launch(Record, frozen=True, kw_only=True):
    """`program` starts it; `nodes` is None where its words do not say how many machines there are.

    `rank` is this container's own number, where it is stated. `slots` are processes on a machine.
    `dropped` are variables that the operator sets. `told` is what became of the words, for people;
    `key` is the same for the containers of one launch.
    """

    program: str
    nodes: int | None = None
    rank: int | None = None
    slots: int | None = None
    dropped: tuple[str, ...] = ()
    told: str = ""
    key: str = ""
