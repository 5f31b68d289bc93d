"""What the pods of `advisor nodes manifest` printed: one line for each node."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from advisor.facts.host import Machine
from advisor.facts.source import Refusal
from advisor.objects.base import ListMeta, OwnerReference, Wire, present
from advisor.probes.common import map_in_threads
from advisor.probes.kubernetes.paging import Lister
from advisor.probes.kubernetes.transport import Client, ReadError
from advisor.probes.survey.line import MOST_BYTES, SurveyError, check_clock, read_line
from advisor.probes.survey.script import CONTAINER, LABEL, NAME

FACTS = ("machines",)
OLDEST = timedelta(days=7)
"""A line that was printed earlier tells of mounts that may have changed since."""
_PAGE = 500
_THREADS = 3
_NAMED_AT_MOST = 5
_RESOURCE = "pods/log"


class _Meta(Wire, frozen=True, kw_only=True):
    name: str | None = None
    namespace: str | None = None
    labels: dict[str, str | None] | None = None
    owner_references: list[OwnerReference | None] | None = None


class _Spec(Wire, frozen=True, kw_only=True):
    node_name: str | None = None


class _Waiting(Wire, frozen=True, kw_only=True):
    reason: str | None = None


class _State(Wire, frozen=True, kw_only=True):
    waiting: _Waiting | None = None


class _Container(Wire, frozen=True, kw_only=True):
    state: _State | None = None


class _Status(Wire, frozen=True, kw_only=True):
    phase: str | None = None
    start_time: str | None = None
    container_statuses: list[_Container | None] | None = None


class SurveyPod(Wire, frozen=True, kw_only=True):
    """A survey pod: its node and its state."""

    metadata: _Meta | None = None
    spec: _Spec | None = None
    status: _Status | None = None


class _Pods:
    def __init__(self) -> None:
        self.pods: list[SurveyPod] = []

    def add(self, items: list[SurveyPod], meta: ListMeta) -> bool:  # noqa: ARG002
        self.pods += items
        return True


class NodeSurveys(msgspec.Struct, frozen=True, kw_only=True):
    """The machines that spoke, and for all other nodes why nothing is known of them."""

    machines: tuple[Machine, ...] = ()
    refused: tuple[Refusal, ...] = ()


def read_node_surveys(
    client: Client,
    namespace: str,
    nodes: Collection[str],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> NodeSurveys:
    """The lines of all pods of the survey in the namespace. `nodes` are the names of those that
    should have one; server trouble is among the refusals, never raised."""
    path = f"/api/v1/namespaces/{namespace}/pods"
    try:
        listed = Lister(SurveyPod, limit=_PAGE).read(client, path, _Pods)
    except ReadError as failure:
        return NodeSurveys(refused=(_refusal("pods", "list", failure.reason, failure.kind),))
    pods = _by_node(listed.sink.pods)
    if not pods:
        reason = f"no pod of the survey in namespace {namespace} (see: advisor nodes manifest)"
        return NodeSurveys(refused=(_refusal(_RESOURCE, "get", reason, "absent"),))
    machines: dict[str, Machine] = {}
    silent: dict[str, str] = dict.fromkeys(nodes, "no pod of the survey runs there")
    lock = threading.Lock()

    def read(node_and_pod: tuple[str, SurveyPod]) -> None:
        node, pod = node_and_pod
        try:
            machine = _machine(client, path, node, pod, now())
        except (ReadError, SurveyError) as error:
            with lock:
                silent[node] = str(error)
            return
        with lock:
            machines[node] = machine
            silent.pop(node, None)

    map_in_threads(read, sorted(pods.items()), _THREADS)
    return NodeSurveys(
        machines=tuple(machines[node] for node in sorted(machines)),
        refused=tuple(_told(silent)),
    )


def _by_node(pods: Iterable[SurveyPod]) -> dict[str, SurveyPod]:
    """The newest pod of each node among those that the DaemonSet made."""
    by_node: dict[str, SurveyPod] = {}
    for pod in sorted(pods, key=lambda pod: (pod.status or _Status()).start_time or ""):
        meta, spec = pod.metadata or _Meta(), pod.spec or _Spec()
        owners = present(meta.owner_references)
        own = any(owner.kind == "DaemonSet" and owner.name == NAME for owner in owners)
        if own and (meta.labels or {}).get(LABEL) == NAME and meta.name and spec.node_name:
            by_node[spec.node_name] = pod
    return by_node


def _machine(client: Client, path: str, node: str, pod: SurveyPod, now: datetime) -> Machine:
    """Raises ReadError or SurveyError for a node that did not tell, or told something odd."""
    status, meta = pod.status or _Status(), pod.metadata or _Meta()
    if status.phase != "Running":
        waiting = (container.state for container in present(status.container_statuses))
        reasons = [state.waiting.reason for state in waiting if state and state.waiting]
        why = next((reason for reason in reasons if reason), status.phase or "its state is unknown")
        raise SurveyError(f"its pod does not run yet ({why})")
    query = {"container": CONTAINER, "tailLines": "1", "limitBytes": str(MOST_BYTES + 1)}
    machine = read_line(client.get(f"{path}/{quote(meta.name or '', safe='')}/log", query))
    if machine.node != node:
        raise SurveyError("its line is of another node")
    check_clock(machine, now)
    if now - datetime.fromisoformat(machine.taken) > OLDEST:
        restart = f"kubectl -n {meta.namespace} rollout restart daemonset {NAME}"
        raise SurveyError(f"its line is older than {OLDEST.days} days (print it anew: {restart})")
    return msgspec.structs.replace(machine, name=node)


def _told(silent: Mapping[str, str]) -> Iterable[Refusal]:
    """One refusal for each reason, with the nodes that it is of."""
    nodes: dict[str, list[str]] = defaultdict(list)
    for node, reason in silent.items():
        nodes[reason].append(node)
    for reason, named in sorted(nodes.items()):
        shown = ", ".join(sorted(named)[:_NAMED_AT_MOST])
        more = f" and {len(named) - _NAMED_AT_MOST} more" if len(named) > _NAMED_AT_MOST else ""
        yield _refusal(_RESOURCE, "get", f"{shown}{more}: {reason}", "")


def _refusal(resource: str, verb: str, reason: str, cause: str) -> Refusal:
    return Refusal(resource=resource, verb=verb, reason=reason, facts=FACTS, cause=cause)
