"""The container: image, command, terminal, health, amounts, GPUs and other devices, and what its
nodes want for them."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from advisor.facts.quantity import core_amount, memory_amount
from advisor.facts.workload import Toleration
from advisor.jobs.ledger import Fate
from advisor.jobs.run import HealthCheck, Run, Seconds, Whole
from advisor.jobs.word import Expansion, Word, joined
from advisor.writers.gpus import WHOLE, GpuNeed, gpu_need
from advisor.writers.image import PULLED, place_image
from advisor.writers.kinds import changed_by_launch
from advisor.writers.kubernetes.draft import PLACEHOLDER, Body, ManifestDraft
from advisor.writers.kubernetes.environment import (
    cluster_reference,
    from_secrets,
    is_secret,
    put_secret,
)
from advisor.writers.ledger import about_dollars
from advisor.writers.open_values import conceal
from advisor.writers.shell_text import quote_words, variable_word

_PATH = "containers[0]"
_RESOURCES = f"{_PATH}.resources"

_AMOUNTS: tuple[tuple[str, str, str, Callable[[Run], Whole | None], Callable[[int], str]], ...] = (
    ("cpu_limit", "limits", "cpu", lambda run: run.cpu_limit, core_amount),
    ("memory_limit", "limits", "memory", lambda run: run.memory_limit, memory_amount),
    ("cpu_request", "requests", "cpu", lambda run: run.cpu_request, core_amount),
    ("memory_request", "requests", "memory", lambda run: run.memory_request, memory_amount),
)
_ROUGH = {
    "cpu_request": "a CPU request; docker's shares only weigh containers against each other",
    "memory_request": "a memory request, which the scheduler also keeps free for the job",
}


def put_resources(draft: ManifestDraft) -> None:
    """CPU and memory, GPUs and other devices; a request is never above its limit."""
    resources: dict[str, Body] = {}
    for field, part, name, amount, written in _AMOUNTS:
        value = amount(draft.run)
        if value is None:
            continue
        limit = amount_of_limit(draft.run, name) if part == "requests" else None
        if isinstance(limit, int) and isinstance(value, int):
            value = min(value, limit)
        place = resources.setdefault(part, {})
        shown = draft.amount(field, value, written)
        output = draft.put(place, name, shown, f"{_RESOURCES}.{part}")
        rough = _ROUGH.get(field) if draft.spec.reader == "docker-run" else None
        draft.tell(field, "changed" if rough else "mapped", rough or "the same amount", output)
    for name, count in draft.run.extended.items():
        number = draft.amount("extended", count, key=name)
        output = draft.put(resources.setdefault("limits", {}), name, number, f"{_RESOURCES}.limits")
        draft.tell("extended", "mapped", "the same resource", output, name)
    _put_layer_size(draft, resources)
    _put_gpus(draft, resources)
    if resources:
        draft.container["resources"] = resources
    for device in draft.run.devices:
        _tell_device(draft, device)


def _put_layer_size(draft: ManifestDraft, resources: dict[str, Body]) -> None:
    """What the container may write into its own layer."""
    size = draft.run.layer_size
    if size is not None:
        limits = resources.setdefault("limits", {})
        shown = draft.amount("layer_size", size, memory_amount)
        output = draft.put(limits, "ephemeral-storage", shown, f"{_RESOURCES}.limits")
        reason = "a limit of what the container writes, over which the pod is evicted"
        draft.tell("layer_size", "changed", reason, output)


def amount_of_limit(run: Run, name: str) -> Whole | None:
    """The limit of a resource that is requested."""
    return run.cpu_limit if name == "cpu" else run.memory_limit


def _put_gpus(draft: ManifestDraft, resources: dict[str, Body]) -> None:
    need = gpu_need(draft.run, draft.situation)
    if need is None:
        if draft.run.gpus:
            draft.tell("gpus", "mapped", "no GPU is asked for")
        return
    limits = resources.setdefault("limits", {})
    resource = (
        f"nvidia.com/mig-{need.mig}" if need.mig and need.resource == WHOLE else need.resource
    )
    number = draft.amount("gpus", need.number)
    output = draft.put(limits, resource, number, f"{_RESOURCES}.limits")
    if need.portion is not None or need.memory is not None:
        draft.tell("gpus", "changed", _SHARE, output)
    else:
        draft.tell("gpus", need.fate, need.reason, output)
    _reach_gpu_nodes(draft, need)


_SHARE = "a whole GPU: Kubernetes by itself cannot give a part of one, Run:ai's own commands can"


def _reach_gpu_nodes(draft: ManifestDraft, need: GpuNeed) -> None:
    """Tolerations and node selector that the target's GPU nodes require."""
    situation = draft.situation
    for toleration in situation.tolerations:
        if toleration in draft.spec.tolerations:
            continue
        draft.pod.setdefault("tolerations", []).append(toleration_body(toleration))
        reason = "a taint of the target's GPU nodes"
        draft.tell("tolerations", "mapped", reason, toleration.key, toleration.key, added=True)
    for key, value in situation.node_selector.items():
        draft.pod.setdefault("nodeSelector", {})[key] = value
        reason = f"chooses the target's nodes with {need.resource}"
        draft.tell("node_selector", "mapped", reason, f"{key}: {value}", key, added=True)


def toleration_body(toleration: Toleration) -> Body:
    """A toleration as the API spells it."""
    stated = msgspec.to_builtins(toleration)
    return {key: value for key, value in stated.items() if value}


def _tell_device(draft: ManifestDraft, device: str) -> None:
    if device.startswith("/dev/infiniband"):
        reason = (
            "InfiniBand is a device plugin's resource: ask the administrator for its name and add"
            " it to the container's limits"
        )
        draft.tell("devices", "unresolved", reason, "", device)
    else:
        draft.tell_lost("devices", device)


_DOCKER_SECONDS = 30
_MOST_INTEGER = 2**31 - 1


def put_image(draft: ManifestDraft) -> None:
    """The image under the name it has on the target, and the pull policy that needs."""
    if not draft.run.image.parts:
        output = draft.put(draft.container, "image", f"{PLACEHOLDER}IMAGE", _PATH)
        reason = f"a template of the cluster says it: put it in place of {PLACEHOLDER}IMAGE"
        draft.tell("image", "unresolved", reason, output, added=True)
        return
    placed = place_image(draft.run, draft.situation)
    name = draft.text(placed.name, "image")
    draft.tell(
        "image", placed.fate, placed.reason, draft.put(draft.container, "image", name, _PATH)
    )
    draft.add_text(placed.push)
    if placed.policy:
        output = draft.put(draft.container, "imagePullPolicy", placed.policy, _PATH)
        draft.tell("pull", "mapped", "the image pull policy", output, added=not draft.run.pull)
    elif draft.is_open(draft.run.pull):
        draft.text(draft.word(draft.run.pull), "pull")
    elif draft.run.pull:
        draft.tell("pull", "changed", PULLED)
    if draft.run.pull_secrets:
        secrets = [{"name": name} for name in draft.run.pull_secrets]
        output = draft.put(draft.pod, "imagePullSecrets", secrets, "spec")
        draft.tell("pull_secrets", "mapped", "the same pull secrets", output)


def put_command(draft: ManifestDraft) -> None:
    """Entrypoint as `command`, words as `args`; secrets in them come from a Secret."""
    run = draft.run
    start = run.entrypoint or ()
    shown, holders = conceal((*start, *run.arguments))
    for holder in holders:
        put_secret(draft, holder)
    words = [from_secrets(draft, _from_container(word, holders)) for word in shown]
    withheld = [part.name for word in shown for part in word.expansions if is_secret(part)]
    holders = tuple(dict.fromkeys((*holders, *withheld)))
    note = f"; from a Secret: {', '.join(holders)}" if holders else ""
    fate, note = changed_by_launch(draft.spec, "changed" if holders else "mapped", note)
    if run.entrypoint is not None and not start:
        _put_reset(draft, words, note)
        return
    if start:
        command = [draft.text(word, "entrypoint", expanded=True) for word in words[: len(start)]]
        output = draft.put(draft.container, "command", command, _PATH)
        told = f"replaces the image's entrypoint{note}{about_dollars(command)}"
        draft.tell("entrypoint", fate, told, output)
    if run.arguments:
        args = [draft.text(word, "arguments", expanded=True) for word in words[len(start) :]]
        output = draft.put(draft.container, "args", args, _PATH)
        reason = "words behind the command" if start else "words for the image's entrypoint"
        draft.tell("arguments", fate, reason + note + about_dollars(args), output)


def _put_reset(draft: ManifestDraft, words: list[Word], note: str) -> None:
    """An entrypoint taken away: the words are the whole command."""
    if not words:
        reason = "without an entrypoint a command is needed: put one into the container's command"
        draft.tell("entrypoint", "unresolved", reason)
        return
    command = [draft.text(word, "arguments", expanded=True) for word in words]
    output = draft.put(draft.container, "command", command, _PATH)
    fate: Fate = "changed" if note else "mapped"
    draft.tell("entrypoint", "mapped", "the image's entrypoint is not used", output)
    told = f"the whole command, without the image's entrypoint{note}{about_dollars(command)}"
    draft.tell("arguments", fate, told, output)


def _from_container(word: Word, holders: tuple[str, ...]) -> Word:
    """References to the shell's variables that hold a secret as the container's own."""
    return Word(
        parts=tuple(
            cluster_reference(part.name)
            if isinstance(part, Expansion) and part.name in holders and part.kind == "variable"
            else part
            for part in word.parts
        )
    )


def put_terminal(draft: ManifestDraft) -> None:
    """`stdin` and `tty`, with the command that reaches them."""
    run, container = draft.run, draft.container
    kind = "deploy/" if _is_service(draft) else ""
    attach = " ".join((*draft.kubectl(), "attach", "-it", f"{kind}{draft.name}"))
    reason = f"reach it with {attach}"
    if run.interactive:
        draft.tell("interactive", "mapped", reason, draft.put(container, "stdin", True, _PATH))
    if run.terminal:
        draft.tell("terminal", "mapped", reason, draft.put(container, "tty", True, _PATH))
    if run.detached:
        draft.tell("detached", "mapped", "a pod is always in the background")


def _is_service(draft: ManifestDraft) -> bool:
    return bool(draft.standing) and not (draft.run.interactive and draft.run.terminal)


def put_working_directory(draft: ManifestDraft) -> None:
    """The directory the program starts in."""
    if draft.run.working_directory is not None:
        value = draft.text(draft.run.working_directory, "working_directory")
        output = draft.put(draft.container, "workingDir", value, _PATH)
        draft.tell("working_directory", "mapped", "the working directory", output)


def put_health(draft: ManifestDraft) -> None:
    """A liveness probe with Docker's times where the check states none."""
    health = draft.run.health
    if health is None or not health.command:
        return
    words, note = _probe_words(draft, health)
    probe: Body = {"exec": {"command": words}}
    probe |= _times(draft, health, defaults=draft.spec.reader != "manifest")
    draft.container["livenessProbe"] = probe
    reason = "a liveness probe, which restarts the container where Docker only marks it"
    reason += note
    draft.tell("health", "changed", reason, f"{_PATH}.livenessProbe")


def _probe_words(draft: ManifestDraft, health: HealthCheck) -> tuple[list[str], str]:
    """The command of the probe, and what is to be known of it. Kubernetes fills in no variables
    here, so a secret is left to a shell in the container, where a variable has it."""
    expansions = [part for word in health.command for part in word.expansions]
    secrets = dict.fromkeys(part.name for part in expansions if is_secret(part))
    for name in secrets:
        put_secret(draft, name)
    words = [
        joined(
            part
            if isinstance(part, Expansion) and part.name in secrets
            else draft.text(joined((part,)), "health")
            for part in word.parts
        )
        for word in health.command
    ]
    if health.by_shell:
        scripts = ["".join(map(_in_script, word.parts)) for word in words]
        return ["/bin/sh", "-c", *scripts], ""
    if not secrets:
        return [word.text for word in words], ""
    own = [joined(map(_as_variable, word.parts)) for word in words]
    return [
        "/bin/sh",
        "-c",
        f"exec {quote_words(own)}",
    ], "; by a shell, which has to be in the image"


def _in_script(part: str | Expansion) -> str:
    return part if isinstance(part, str) else f"${{{part.name}}}"


def _as_variable(part: str | Expansion) -> str | Expansion:
    return part if isinstance(part, str) else variable_word(part.name).expansions[0]


def _times(draft: ManifestDraft, health: HealthCheck, *, defaults: bool) -> Body:
    """Whole seconds, at least one, as the API wants them."""
    usual = _DOCKER_SECONDS if defaults else None
    stated: tuple[tuple[str, str, Seconds | None, int], ...] = (
        ("initialDelaySeconds", "start_period", health.start_period, 0),
        ("periodSeconds", "interval", health.interval or usual, 1),
        ("timeoutSeconds", "timeout", health.timeout or usual, 1),
        ("failureThreshold", "retries", health.retries or None, 1),
    )
    times: Body = {}
    for key, name, value, least in stated:
        if isinstance(value, Word):
            times[key] = draft.amount("health", value, key=name)
        elif value is not None:
            times[key] = min(max(math.ceil(value), least), _MOST_INTEGER)
    return times
