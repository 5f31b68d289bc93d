"""Manifests: a Job, a Pod or a Deployment with all that goes with it."""

from __future__ import annotations

import re
from collections.abc import Callable

from advisor.jobs.ledger import Fate
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Translation
from advisor.writers.kinds import standing_of
from advisor.writers.kubernetes.adapted import can_adapt, write_adapted
from advisor.writers.kubernetes.container import (
    put_command,
    put_health,
    put_image,
    put_resources,
    put_terminal,
    put_working_directory,
    toleration_body,
)
from advisor.writers.kubernetes.draft import PLACEHOLDER, ManifestDraft
from advisor.writers.kubernetes.environment import finish_environment, put_environment
from advisor.writers.kubernetes.kinds import build_documents
from advisor.writers.kubernetes.mounts import put_mounts
from advisor.writers.kubernetes.network import put_names, put_ports
from advisor.writers.kubernetes.options import put_container_options, tell_other_options
from advisor.writers.kubernetes.rights import put_rights
from advisor.writers.kubernetes.text import manifest_text
from advisor.writers.ledger import ledger, missing
from advisor.writers.names import TAKEN
from advisor.writers.open_values import NOT_KNOWN, naming
from advisor.writers.runai.environment import is_key, is_label

_ARCHITECTURE = "kubernetes.io/arch"
_MOST_SECONDS = 2**31 - 1


def write_kubernetes(spec: JobSpec, situation: Situation) -> Translation:
    """The objects that run the job; one that came as a manifest stays the object it is.

    ValueError for a job of which only the placement is known.
    """
    if spec.run is None:
        raise ValueError(f"what {spec.label} runs is not known")
    if can_adapt(spec):
        return write_adapted(spec, situation)
    draft = ManifestDraft(spec, spec.run, situation, standing_of(spec, spec.run))
    for step in _STEPS:
        step(draft)
    documents = build_documents(draft)
    tell_other_options(draft)
    # Account for numbers of the run that only other kinds of objects have.
    accounted = {account.part[0] for account in draft.accounts}
    for field in ("backoff_limit", "completions", "parallelism", "workers"):
        if getattr(draft.run, field) is not None and field not in accounted:
            draft.tell(field, "no-equivalent", "an object of this kind has no such number")
    entries = ledger(spec, draft.accounts, "kubernetes")
    return Translation(
        target="kubernetes",
        text=manifest_text(documents),
        ledger=entries,
        before=tuple(draft.before),
        missing=missing(draft.accounts, entries),
        documents=documents,
    )


def _put_name(draft: ManifestDraft) -> None:
    stated = draft.run.name.literal if draft.run.name is not None else None
    output = f"metadata.name: {draft.name}"
    if draft.is_taken:
        draft.tell("name", "changed", TAKEN, output, added=draft.run.name is None)
    elif draft.run.name is None or not draft.run.name.parts:
        draft.tell("name", "mapped", "named after the image", output, added=True)
    elif stated == draft.name:
        draft.tell("name", "mapped", "the name of the workload", output)
    else:
        draft.text(draft.run.name, "name")
        reason = "an object's name has lower-case letters, digits and - only, and a letter first"
        draft.tell("name", "changed", reason, output)


def _put_placement(draft: ManifestDraft) -> None:
    """What the source says of nodes, and the architecture that its platform means."""
    if draft.spec.tolerations:
        draft.pod["tolerations"] = [
            toleration_body(toleration) for toleration in draft.spec.tolerations
        ]
        draft.tell("tolerations", "mapped", "the same tolerations", "spec.tolerations")
    selector = dict(draft.spec.node_selector)
    if draft.spec.node_selector:
        draft.tell("node_selector", "mapped", "the same node selector", "spec.nodeSelector")
    for architecture in draft.spec.architectures[:1]:
        selector[_ARCHITECTURE] = architecture
    if selector:
        draft.pod["nodeSelector"] = selector
    if draft.is_open(draft.run.platform):
        draft.text(draft.word(draft.run.platform), "platform")
    elif draft.run.platform:
        _tell_platform(draft, selector.get(_ARCHITECTURE, ""))


def _tell_platform(draft: ManifestDraft, architecture: str) -> None:
    if architecture:
        output = f"spec.nodeSelector: {_ARCHITECTURE}={architecture}"
        draft.tell("platform", "mapped", "nodes of that architecture", output)
    else:
        draft.tell("platform", "mapped", "every node of a cluster for GPU work runs Linux")


def _put_labels(draft: ManifestDraft) -> None:
    """Labels, those that Kubernetes refuses as annotations."""
    for key, stated in draft.run.labels.items():
        value = draft.text(draft.word(stated), "labels", key)
        if not is_key(key):
            draft.tell("labels", "no-equivalent", "no key that Kubernetes takes", "", key)
        elif is_label(key, value):
            draft.labels[key] = value
            draft.tell("labels", "mapped", "a label of the pods", f"metadata.labels: {key}", key)
        else:
            draft.annotations[key] = value
            reason = "an annotation: a label of Kubernetes cannot hold this value"
            draft.tell("labels", "changed", reason, f"metadata.annotations: {key}", key)
    for key, stated in draft.run.annotations.items():
        if is_key(key):
            draft.annotations[key] = draft.text(draft.word(stated), "annotations", key)
            reason = "an annotation of the pods"
            draft.tell("annotations", "mapped", reason, f"metadata.annotations: {key}", key)
        else:
            draft.tell("annotations", "no-equivalent", "no key that Kubernetes takes", "", key)


def _put_grace(draft: ManifestDraft) -> None:
    seconds = draft.run.grace_seconds
    if seconds is None:
        return
    if isinstance(seconds, int) and not 0 <= seconds <= _MOST_SECONDS:
        reason = "a pod is always ended after some time; terminationGracePeriodSeconds sets it"
        draft.tell("grace_seconds", "changed", reason)
        return
    shown = draft.amount("grace_seconds", seconds)
    output = draft.put(draft.pod, "terminationGracePeriodSeconds", shown, "spec")
    draft.tell("grace_seconds", "mapped", "the time the program gets to stop", output)


def _put_project(draft: ManifestDraft) -> None:
    if draft.namespace:
        output = f"metadata.namespace: {draft.namespace}"
        stated = draft.spec.namespace or draft.run.project
        same = draft.namespace in (stated, f"runai-{stated}")
        draft.text(draft.word(draft.run.project), "project")
        reason = "the namespace" if same or not stated else "a namespace takes its place"
        fate: Fate = "mapped" if same or not stated else "changed"
        draft.tell("project", fate, reason, output, added=not stated)


_LOST: tuple[tuple[str, Callable[[Run], object]], ...] = (
    ("stop_signal", lambda run: run.stop_signal),
    ("ulimits", lambda run: run.ulimits),
)


def _tell_rest(draft: ManifestDraft) -> None:
    for field, stated in _LOST:
        if stated(draft.run):
            draft.tell_lost(field)


def _put_unknown_options(draft: ManifestDraft) -> None:
    """For flags that only the shell knows a label that no node has, so that nothing runs without
    them: the pod waits until somebody writes what they say and takes it out."""
    for item in draft.spec.items:
        if ("unknown_options",) not in item.sets or ("name",) in item.sets:
            continue
        name = _FOREIGN.sub("_", item.value).strip("_").upper() or "OPTIONS"
        label = f"{PLACEHOLDER}{name}"[:_LONGEST_LABEL].rstrip("_")
        draft.pod.setdefault("nodeSelector", {})[_OPEN_FLAGS] = label
        reason = f"{naming(NOT_KNOWN, item.value)}; until then the pod waits for a node {label}"
        draft.tell("unknown_options", "unresolved", reason, f"nodeSelector: {_OPEN_FLAGS}")


_OPEN_FLAGS = "advisor/flags-to-write"
_FOREIGN = re.compile(r"\W+", re.ASCII)
_LONGEST_LABEL = 63


_STEPS: tuple[Callable[[ManifestDraft], None], ...] = (
    _put_name,
    _put_project,
    _put_placement,
    _put_unknown_options,
    put_image,
    put_environment,
    put_command,
    put_health,
    finish_environment,
    put_working_directory,
    put_terminal,
    put_ports,
    put_resources,
    put_mounts,
    put_rights,
    put_container_options,
    put_names,
    _put_labels,
    _put_grace,
    _tell_rest,
)
