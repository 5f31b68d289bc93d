"""A pod template as the run of its main container."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import msgspec

from advisor.jobs.run import HealthCheck, PortMapping, Run, Security, Whole
from advisor.jobs.word import Word, asked_for, image_word, word
from advisor.objects.roles import WrittenTemplate
from advisor.readers.gpu_evidence import with_stated_gpus
from advisor.readers.manifest.container import CDI, read_amounts, read_mounts, unscheduled_gpus
from advisor.readers.manifest.runtimes import trained_by
from advisor.readers.manifest.shape import (
    Body,
    entries,
    mapping,
    number,
    once_for_each_content,
    scalar,
    scalars,
    text,
    texts,
)
from advisor.readers.manifest.words import (
    AnyName,
    amount_or_word,
    cluster_word,
    has_controller_names,
    names_in,
    ray_words,
    read_environment,
    read_sources,
    template_word,
    with_controller_names,
)

_PULL = {"Always": "always", "IfNotPresent": "missing", "Never": "never"}
_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_SERVICES = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Rollout",
        "CloneSet",
        "RayService",
        "LeaderWorkerSet",
        "InferenceService",
        "InferenceWorkload",
        "LLMInferenceService",
        "ServingRuntime",
        "ClusterServingRuntime",
        "Service",
    }
)
_DISTRIBUTED = {
    "PyTorchJob": "pytorch",
    "TFJob": "tensorflow",
    "MPIJob": "mpi",
    "XGBoostJob": "xgboost",
    "JAXJob": "jax",
    "RayJob": "ray",
    "RayCluster": "ray",
    "RayService": "ray",
}
RESTARTS = frozenset({"Always", "OnFailure", "Never", "ExitCode"})
"""Restart policies of pods; others are those of a group of them."""
_ROLES = {"PyTorchJob": ("pytorchReplicaSpecs",), "TFJob": ("tfReplicaSpecs",)}
_LEADING = frozenset({"master", "chief"})
_ARCHITECTURE = "kubernetes.io/arch"
_OF_EVERY_NODE = frozenset({"DaemonSet"})
"""What watches all GPUs of a node (an exporter, a device plugin) asks for none."""
_VARIED_OF_PODS = frozenset({"containers", "initContainers", "volumes"})
_VARIED = frozenset({"args", "command", "env", "image", "name", "resources", "volumeMounts"})
_RUNAI_NAMESPACE = "runai-"


_HANDLED = frozenset(
    {
        "privileged",
        "capabilities",
        "readOnlyRootFilesystem",
        "allowPrivilegeEscalation",
        "seccompProfile",
        "runAsUser",
        "runAsGroup",
        "supplementalGroups",
        "sysctls",
    }
)


def read_run(
    document: Body,
    template: WrittenTemplate,
    *,
    workers: Whole | None,
    put_in: frozenset[str] = frozenset(),
) -> Run:
    """What the template's main container runs; `workers` of a distributed job. `put_in` are the
    variables that are filled in before the object is applied."""
    spec = mapping(template.spec)
    container = main_container(spec, template.metadata)
    environment = read_environment(container, put_in)
    names = {variable.name for variable in environment}
    amounts = read_amounts(container)
    if not amounts["gpus"] and text(document, "kind") not in _OF_EVERY_NODE:
        annotations = scalars(mapping(template.metadata, "annotations"))
        runtime = text(spec, "runtimeClassName")
        amounts = {**amounts, "gpus": unscheduled_gpus(annotations, runtime, environment)}
    shared = read_mounts(
        spec, container, entries(mapping(document, "spec"), "volumeClaimTemplates")
    )
    settings = _settings(_without(spec, _VARIED_OF_PODS), _without(container, _VARIED))
    if template.role and (policy := _role_policy(document, template)):
        settings = {**settings, "restart": policy}
    object_ = _of_object(document, template, put_in)
    new_claims = tuple(("new-pvc", word(new_claim)) for new_claim in shared.new_claims)
    command = _words(document, container, "command", names, put_in)
    arguments = _words(document, container, "args", names, put_in)
    if not command and not arguments:
        command = ray_words(document, template)
    run = Run(
        image=_image(document, template, container, put_in),
        entrypoint=command or None,
        arguments=arguments,
        environment=environment,
        mounts=shared.mounts,
        shared_memory=shared.shared_memory,
        large_shared_memory=shared.large_shared_memory,
        **amounts,
        **settings,
        **{**object_, "options": (*object_["options"], *new_claims)},
        workers=workers,
    )
    return with_stated_gpus(run)


def _image(
    document: Body,
    template: WrittenTemplate,
    container: Body,
    put_in: frozenset[str],
) -> Word:
    """The image; one that the cluster's runtime for the model or the training decides is asked
    for, where no file has it."""
    stated = text(container, "image")
    if not stated and text(document, "kind") == "TrainJob":
        name = text(mapping(document, "spec", "runtimeRef"), "name")
        return asked_for("IMAGE", f"the image of the training runtime {name}")
    if stated or not template.parts:
        return image_word(template_word(stated, put_in))
    runtime = text(container, "runtime") or text(mapping(container, "modelFormat"), "name")
    return asked_for("IMAGE", f"the image of the runtime that serves {runtime or 'the model'}")


def _role_policy(document: Body, template: WrittenTemplate) -> str:
    """The restart policy beside a role's template, which counts for its pods."""
    policy = text(mapping(document, *map(str, template.path[:-1])), "restartPolicy")
    return policy if policy in RESTARTS else ""


def _without(body: Body, keys: frozenset[str]) -> Body:
    return {key: value for key, value in body.items() if key not in keys}


@once_for_each_content
def _settings(spec: Body, container: Body) -> dict[str, Any]:
    """What most manifests of one author have in common."""
    ports = []
    for port in entries(container, "ports"):
        protocol: Any = (text(port, "protocol") or "TCP").lower()
        inside = _count(port, "containerPort")
        if inside is not None and protocol in ("tcp", "udp", "sctp"):
            ports.append(
                PortMapping(container=inside, host=number(port, "hostPort"), protocol=protocol)
            )
    return {
        "pull": _PULL.get(text(container, "imagePullPolicy"), ""),
        "environment_sources": read_sources(container),
        "working_directory": word(text(container, "workingDir"))
        if container.get("workingDir")
        else None,
        "user": _read_user(spec, container),
        "groups": texts(mapping(spec, "securityContext"), "supplementalGroups"),
        "interactive": container.get("stdin") is True,
        "terminal": container.get("tty") is True,
        "health": _health(container),
        "ports": tuple(ports),
        "security": _read_security(spec, container),
        **_of_pod(spec),
    }


def main_container(spec: Body, metadata: Body) -> Body:
    """The container that the job is about: the one kubectl would choose, else the first that asks
    for a device, else the first."""
    containers = entries(spec, "containers")
    if len(containers) == 1:
        return containers[0]
    chosen = text(mapping(metadata, "annotations"), _DEFAULT_CONTAINER)
    for container in containers:
        if chosen and text(container, "name") == chosen:
            return container
    for container in containers:
        if read_amounts(container)["gpus"]:
            return container
    return containers[0] if containers else {}


def _words(
    document: Body, container: Body, key: str, names: set[str], put_in: frozenset[str]
) -> tuple[Word, ...]:
    group = text(document, "apiVersion").rpartition("/")[0]
    filled: Container[str] = names
    if group == "kubeflow.org":
        filled = AnyName(frozenset(names), of_controller=True)
    elif read_sources(container) and not has_controller_names(group):
        filled = AnyName()
    words = [cluster_word(entry, filled, put_in) for entry in texts(container, key)]
    return tuple(with_controller_names(entry, group, names) for entry in words)


def _of_pod(spec: Body) -> dict[str, Any]:
    resolver = mapping(spec, "dnsConfig")
    architecture = text(mapping(spec, "nodeSelector"), _ARCHITECTURE)
    return {
        "restart": text(spec, "restartPolicy"),
        "hostname": text(spec, "hostname"),
        "grace_seconds": number(spec, "terminationGracePeriodSeconds"),
        "pull_secrets": tuple(text(secret, "name") for secret in entries(spec, "imagePullSecrets")),
        "host_entries": tuple(
            f"{name}={text(alias, 'ip')}"
            for alias in entries(spec, "hostAliases")
            for name in texts(alias, "hostnames")
        ),
        "name_servers": texts(resolver, "nameservers"),
        "search_domains": texts(resolver, "searches"),
        "resolver_options": tuple(map(_option, entries(resolver, "options"))),
        "platform": f"linux/{architecture}" if architecture else "",
    }


def _option(option: Body) -> str:
    value = text(option, "value")
    return f"{text(option, 'name')}:{value}" if value else text(option, "name")


def _of_object(document: Body, template: WrittenTemplate, put_in: frozenset[str]) -> dict[str, Any]:
    metadata, kind = mapping(document, "metadata"), text(document, "kind")
    job = mapping(document, "spec", "jobTemplate", "spec") or mapping(document, "spec")
    if kind == "JobSet":
        job = _job_of_set(document, template)
    namespace = text(metadata, "namespace")
    name = text(metadata, "name") or text(metadata, "generateName").rstrip("-")
    project = text(mapping(metadata, "labels"), "project")
    if namespace.startswith(_RUNAI_NAMESPACE):
        project = namespace.removeprefix(_RUNAI_NAMESPACE)
    policy = mapping(job, "runPolicy")
    return {
        "name": template_word(name, put_in) if name else None,
        "labels": _merged(metadata, template, "labels"),
        "annotations": {
            key: value
            for key, value in _merged(metadata, template, "annotations").items()
            if not key.startswith(CDI)
        },
        "service": kind in _SERVICES,
        "distributed": _distributed(document, kind) or trained_by(document),
        "completions": _count(job, "completions"),
        "parallelism": _count(job, "parallelism"),
        "backoff_limit": _first(_count(job, "backoffLimit"), _count(policy, "backoffLimit")),
        "project": project,
        "options": _options(job, mapping(document, *map(str, template.path)), kind),
    }


def _distributed(document: Body, kind: str) -> str:
    """The framework of a job of Kubeflow or Ray; others may have kinds of the same names."""
    group, _, _ = text(document, "apiVersion").partition("/")
    return _DISTRIBUTED.get(kind, "") if group in ("kubeflow.org", "ray.io") else ""


def _job_of_set(document: Body, template: WrittenTemplate) -> Body:
    """One of the jobs that a JobSet makes, as the job that all of its copies are."""
    index = template.path[2] if len(template.path) > 2 else 0
    groups = entries(mapping(document, "spec"), "replicatedJobs")
    group = groups[index] if isinstance(index, int) else {}
    job = mapping(group, "template", "spec")
    copies = number(group, "replicas")
    both = {key: number(job, key) for key in ("parallelism", "completions")}
    if copies is None or copies == 1:
        return job
    if both["parallelism"] is None:
        both["parallelism"] = 1
    return {**job, **{key: count * copies for key, count in both.items() if count is not None}}


def _options(job: Body, component: Body, kind: str) -> tuple[tuple[str, Word], ...]:
    """What only a flag of runai says too: the processes that mpirun starts in each worker and where
    it finds their keys, how far a job or a served model stretches, and that no pod leads it."""
    policy = mapping(job, "runPolicy")
    elastic = component if kind == "InferenceService" else mapping(job, "elasticPolicy")
    stated = [
        ("slots-per-worker", job.get("slotsPerWorker")),
        ("ssh-auth-mount-path", job.get("sshAuthMountPath")),
        ("min-replicas", elastic.get("minReplicas")),
        ("max-replicas", elastic.get("maxReplicas")),
    ]
    kept = (job.get("ttlSecondsAfterFinished"), policy.get("ttlSecondsAfterFinished"))
    for seconds in filter(lambda entry: isinstance(entry, int), kept):
        stated.append(("auto-deletion-time-after-completion", f"{seconds}s"))
    roles = {role.lower() for key in _ROLES.get(kind, ()) for role in mapping(job, key)}
    if roles and not roles & _LEADING:
        stated.append(("no-master", True))
    return tuple((name, word(scalar(value))) for name, value in stated if scalar(value))


def _merged(metadata: Body, template: WrittenTemplate, key: str) -> dict[str, str]:
    return scalars({**mapping(metadata, key), **mapping(template.metadata, key)})


def _count(body: Body, key: str) -> Whole | None:
    return amount_or_word(body.get(key), lambda _: number(body, key))


def _first(*numbers: Whole | None) -> Whole | None:
    return next((number for number in numbers if number is not None), None)


def _health(container: Body) -> HealthCheck | None:
    """A liveness probe that is a command; those by network have no counterpart in Docker."""
    probe = mapping(container, "livenessProbe")
    command = texts(mapping(probe, "exec"), "command")
    if not command:
        return None
    shell = len(command) == 3 and command[:2] == ("/bin/sh", "-c")
    seconds = {
        "interval": number(probe, "periodSeconds"),
        "timeout": number(probe, "timeoutSeconds"),
        "start_period": number(probe, "initialDelaySeconds"),
    }
    return HealthCheck(
        command=tuple(map(word, command[2:] if shell else command)),
        by_shell=shell,
        retries=number(probe, "failureThreshold"),
        **msgspec.convert(seconds, dict[str, float | None]),
    )


def _read_security(spec: Body, container: Body) -> Security:
    """Rights; what of the contexts has no field is kept as `name=value`."""
    pod, own = mapping(spec, "securityContext"), mapping(container, "securityContext")
    both = {**pod, **own}
    profile = mapping(both, "seccompProfile")
    return Security(
        privileged=own.get("privileged") is True,
        capabilities_added=texts(mapping(own, "capabilities"), "add"),
        capabilities_dropped=texts(mapping(own, "capabilities"), "drop"),
        read_only_root=own.get("readOnlyRootFilesystem") is True,
        host_network=spec.get("hostNetwork") is True,
        host_pid=spec.get("hostPID") is True,
        host_ipc=spec.get("hostIPC") is True,
        no_new_privileges=own.get("allowPrivilegeEscalation") is False,
        seccomp=text(profile, "localhostProfile") or text(profile, "type"),
        sysctls={text(sysctl, "name"): text(sysctl, "value") for sysctl in entries(pod, "sysctls")},
        options=tuple(
            f"{key}={scalar(value)}"
            for key, value in both.items()
            if key not in _HANDLED and scalar(value)
        ),
    )


def _read_user(spec: Body, container: Body) -> Word | None:
    """User and group as Docker writes them, None where the image decides."""
    both = {**mapping(spec, "securityContext"), **mapping(container, "securityContext")}
    user, group = text(both, "runAsUser"), text(both, "runAsGroup")
    if not user and not group:
        return None
    stated = f"{user}:{group}" if group else user
    return template_word(stated, names_in(stated))
