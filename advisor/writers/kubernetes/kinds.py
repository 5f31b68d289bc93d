"""Which object runs the pod: a Job, a Pod, a Deployment, or a distributed job of Kubeflow."""

from __future__ import annotations

import copy
import re
from typing import Any

from advisor.facts.quantity import whole_number
from advisor.jobs.run import Whole
from advisor.jobs.word import Word
from advisor.writers.kinds import OF_OPERATOR, UNKNOWN_WORKERS
from advisor.writers.kubernetes.draft import PLACEHOLDER, Body, ManifestDraft
from advisor.writers.kubernetes.leader import FLAG, leading_pod
from advisor.writers.kubernetes.network import services
from advisor.writers.kubernetes.options import (
    put_deletion,
    put_distributed_options,
    put_limit,
    without_leader,
)

NAME_LABEL = "app.kubernetes.io/name"
_ON_FAILURE = re.compile(r"on-failure(?::(\d+))?|onfailure", re.IGNORECASE)
_KEPT_FINISHED = 3600
_POLICIES = {
    "": "Never",
    "no": "Never",
    "never": "Never",
    "always": "Always",
    "unless-stopped": "Always",
}
DISTRIBUTED = {
    "pytorch": ("PyTorchJob", "pytorchReplicaSpecs", "Master", "kubeflow.org/v1"),
    "tensorflow": ("TFJob", "tfReplicaSpecs", "Chief", "kubeflow.org/v1"),
    "xgboost": ("XGBoostJob", "xgbReplicaSpecs", "Master", "kubeflow.org/v1"),
    "jax": ("JAXJob", "jaxReplicaSpecs", "", "kubeflow.org/v1"),
    "mpi": ("MPIJob", "mpiReplicaSpecs", "Launcher", "kubeflow.org/v2beta1"),
}
"""By framework: kind, field of the replicas, role that leads, API version."""
_ORDER = (
    *("image", "imagePullPolicy", "command", "args", "workingDir", "stdin", "tty", "env"),
    *("envFrom", "ports", "resources", "volumeMounts", "livenessProbe", "securityContext"),
)

_MOST_TRIES = 2**31 - 1
_CONTAINERS = {"pytorch": "pytorch", "tensorflow": "tensorflow", "xgboost": "xgboost"}


def build_documents(draft: ManifestDraft) -> tuple[Body, ...]:
    """The objects, in the order to apply them."""
    container_name = _CONTAINERS.get(draft.run.distributed, "main")
    draft.pod["containers"] = [_ordered({"name": container_name, **draft.container})]
    volumes = draft.pod.pop("volumes", None)
    if volumes:
        draft.pod["volumes"] = volumes
    selector = {NAME_LABEL: draft.name}
    draft.labels = {**selector, **draft.labels}
    main = _main(draft, selector)
    return (*draft.claims, main, *services(draft, selector))


def _ordered(container: Body) -> Body:
    return {key: container[key] for key in ("name", *_ORDER) if key in container}


def _main(draft: ManifestDraft, selector: dict[str, str]) -> Body:
    run = draft.run
    if run.distributed in DISTRIBUTED:
        put_limit(draft, draft.pod)
        return _distributed(draft)
    if run.distributed:
        reason = f"Kubernetes by itself has no {run.distributed} jobs: one pod is started"
        draft.tell("distributed", "no-equivalent", reason, added=True)
    if not draft.standing:
        return _job(draft)
    if run.interactive and run.terminal and not run.service:
        put_limit(draft, draft.pod)
        policy = "OnFailure" if _ON_FAILURE.fullmatch(draft.run.restart) else _policy(draft)
        draft.pod = {"restartPolicy": policy, **draft.pod}
        draft.tell("kind", "mapped", f"one Pod, since {draft.standing}", "Pod", added=True)
        if draft.is_open(draft.run.restart):
            draft.text(draft.word(draft.run.restart), "restart")
        if draft.run.restart:
            draft.tell(
                "restart", "mapped", "the pod's restart policy", f"spec.restartPolicy: {policy}"
            )
        _tell_removal(draft)
        return _object(draft, "v1", "Pod", draft.pod)
    return _deployment(draft, selector)


def _job(draft: ManifestDraft) -> Body:
    run = draft.run
    draft.tell("kind", "mapped", "a job that runs to its end", "Job", added=True)
    spec: Body = {}
    for key, field, value in (
        ("completions", "completions", run.completions),
        ("parallelism", "parallelism", run.parallelism),
    ):
        if isinstance(value, Word) or (value is not None and value >= 0):
            output = draft.put(spec, key, draft.amount(field, value), "spec")
            draft.tell(field, "mapped", "the same number", output)
    spec["backoffLimit"] = _tries(draft)
    put_limit(draft, spec)
    if put_deletion(draft, spec):
        _tell_removal(draft)
    elif run.remove:
        output = draft.put(spec, "ttlSecondsAfterFinished", _KEPT_FINISHED, "spec")
        reason = "the finished Job and its pod are deleted after an hour, so that logs can be read"
        draft.tell("remove", "changed", reason, output)
    spec["template"] = _template(draft)
    return _object(draft, "batch/v1", "Job", spec)


_RUNAI_TRIES = 6
"""How often runai tries a failed job again unless it is told otherwise."""


def _tries(draft: ManifestDraft) -> Any:
    """Docker tries once unless it is told otherwise, and runai more often; so does the Job."""
    run = draft.run
    failure = _ON_FAILURE.fullmatch(run.restart)
    if draft.is_open(run.restart):
        draft.text(draft.word(run.restart), "restart")
    draft.pod = {"restartPolicy": "OnFailure" if failure else "Never", **draft.pod}
    stated = whole_number(failure[1] or "", most=_MOST_TRIES) if failure else None
    usual = _RUNAI_TRIES if failure or draft.spec.reader.startswith("runai") else 0
    tries: Whole = usual if stated is None else stated
    tries = tries if run.backoff_limit is None else run.backoff_limit
    limit = draft.amount("backoff_limit", tries, lambda number: min(max(number, 0), 2**31 - 1))
    if run.backoff_limit is not None:
        reason = "how often a failed job is tried again"
        draft.tell("backoff_limit", "mapped", reason, f"spec.backoffLimit: {limit}")
    if run.restart and not failure and run.restart.lower() not in _POLICIES:
        draft.tell("restart", "no-equivalent", f"no such restart policy here: {run.restart}")
    elif _policy(draft) == "Always":
        draft.tell("restart", "changed", "a Job's pod that ends well is not started again")
    elif run.restart:
        reason = "the Job's pod is started again as often" if failure else "it is not started again"
        draft.tell("restart", "mapped", reason, f"spec.backoffLimit: {limit}")
    return limit


def _policy(draft: ManifestDraft) -> str:
    return _POLICIES.get(draft.run.restart.lower(), "Never")


def _deployment(draft: ManifestDraft, selector: dict[str, str]) -> Body:
    """Always one: a service is started again, whatever was said of it."""
    run = draft.run
    draft.tell("kind", "mapped", f"a Deployment, since {draft.standing}", "Deployment", added=True)
    if draft.is_open(run.restart):
        draft.text(draft.word(run.restart), "restart")
    elif _policy(draft) == "Always":
        draft.tell("restart", "mapped", "a Deployment's pods are always started again")
    elif run.restart:
        draft.tell("restart", "changed", "a Deployment is started again whenever it ends")
    elif not (run.ports or run.called or run.health or run.terminal) and draft.spec.replicas == 1:
        draft.tell("restart", "changed", _MAY_END, added=True)
    _tell_removal(draft)
    replicas = max(draft.spec.replicas, 0)
    spec = {
        "replicas": replicas,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": dict(selector)},
        "template": _template(draft),
    }
    if replicas != 1:
        draft.tell("replicas", "mapped", "as many pods", f"spec.replicas: {replicas}")
    return _object(draft, "apps/v1", "Deployment", spec)


_MAY_END = (
    "nothing says whether it keeps running or ends: a Deployment starts it again whenever it ends,"
    " and Docker does not; if it ends by itself make it a Job"
)


def _tell_removal(draft: ManifestDraft) -> None:
    if draft.run.remove:
        command = " ".join((*draft.kubectl(), "delete", "-f", "FILE"))
        reason = f"no container stays behind on a machine; the pod goes with {command}"
        draft.tell("remove", "changed", reason)


def _distributed(draft: ManifestDraft) -> Body:
    run = draft.run
    kind, field, leader, version = DISTRIBUTED[run.distributed]
    policy = "OnFailure" if _ON_FAILURE.fullmatch(run.restart) else "Never"
    draft.pod = {"restartPolicy": policy, **draft.pod}
    count = 1 if run.workers is None else run.workers
    workers = draft.amount("workers", count, lambda number: max(number, 0))
    stated = draft.situation.values.get("WORKERS", "")
    if run.workers is None and draft.spec.launch is not None and stated.isdecimal():
        workers = int(stated)
    elif run.workers is None and draft.spec.launch is not None:
        workers = f"{PLACEHOLDER}WORKERS"
        output = f"spec.{field}.Worker.replicas: {workers}"
        draft.tell("workers", "unresolved", UNKNOWN_WORKERS, output, added=True)
    for name in draft.spec.launch.dropped if draft.spec.launch else ():
        draft.tell("environment", "changed", OF_OPERATOR, "", name)
    template = _template(draft)
    pod = leading_pod(draft)
    pod["containers"] = [_ordered(container) for container in pod["containers"]]
    own = {**template, "spec": pod}
    names = {name for name, _ in run.options}
    if run.distributed == "mpi" and not any(name.startswith(FLAG) for name in names):
        own = _launcher(own)
    if run.distributed == "mpi" and not names & {f"{FLAG}command", f"{FLAG}args"}:
        template = _waiting(template)
    leader = "" if without_leader(draft) else leader
    roles: dict[str, Any] = {leader: {"replicas": 1, "template": own}} if leader else {}
    if workers or not leader:
        roles["Worker"] = {"replicas": workers, "template": template}
    draft.tell("distributed", "mapped", "the same kind of distributed job", kind, added=True)
    if run.workers is not None:
        output = f"spec.{field}.Worker.replicas: {workers}"
        draft.tell("workers", "mapped", "the number of workers", output)
    if run.restart:
        draft.tell("restart", "mapped", "the restart policy of its pods", policy)
    _tell_removal(draft)
    spec: Body = {}
    run_policy: Body = {}
    if put_deletion(draft, run_policy, "spec.runPolicy"):
        spec["runPolicy"] = run_policy
    put_distributed_options(draft, spec)
    if run.backoff_limit is not None:
        limit = draft.amount("backoff_limit", run.backoff_limit)
        spec.setdefault("runPolicy", {})["backoffLimit"] = limit
        reason = "how often a failed job is tried again"
        draft.tell("backoff_limit", "mapped", reason, f"spec.runPolicy.backoffLimit: {limit}")
    return _object(draft, version, kind, {**spec, field: roles})


def _launcher(template: Body) -> Body:
    """mpirun's own pod, which computes nothing: what the job asks for is what each worker gets."""
    made = copy.deepcopy(template)
    made["spec"]["containers"][0].pop("resources", None)
    return made


def _waiting(template: Body) -> Body:
    """A worker's pod: without a command the operator starts what mpirun reaches it by."""
    made = copy.deepcopy(template)
    for key in ("command", "args"):
        made["spec"]["containers"][0].pop(key, None)
    return made


def _template(draft: ManifestDraft) -> Body:
    metadata: Body = {"labels": dict(draft.labels)}
    if draft.annotations:
        metadata["annotations"] = dict(draft.annotations)
    return {"metadata": metadata, "spec": draft.pod}


def _object(draft: ManifestDraft, version: str, kind: str, spec: Body) -> Body:
    metadata: Body = {"name": draft.name}
    if draft.namespace:
        metadata["namespace"] = draft.namespace
    metadata["labels"] = dict(draft.labels)
    if draft.annotations:
        metadata["annotations"] = dict(draft.annotations)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
