"""What both versions of runai write alike, field by field; only the flags' names differ."""

from __future__ import annotations

import re
from collections.abc import Callable

from advisor.facts.quantity import core_amount, memory_amount, whole_number
from advisor.jobs.ledger import Fate
from advisor.jobs.run import DEFAULT_SHARED_MEMORY, Run, Whole
from advisor.jobs.word import Word, word
from advisor.writers.image import PULLED, place_image
from advisor.writers.kinds import OF_OPERATOR, UNKNOWN_WORKERS, WORKERS, user_of_group
from advisor.writers.open_values import OpenValue, asked_of
from advisor.writers.runai.draft import CommandDraft

_PULLS = {
    "Always": "the registry is asked every time",
    "IfNotPresent": "an image that is on the node already is used as it is",
    "Never": "the image on the node is used and never pulled",
}


def put_image(draft: CommandDraft) -> None:
    """The image, and the pull policy where the default would not do."""
    if not draft.run.image.parts:
        if any(name == "jupyter" for name, _ in draft.run.options) and not draft.has("jupyter"):
            open_ = OpenValue("IMAGE", "the image that --jupyter brought: jupyter/scipy-notebook")
            output = draft.put("image", draft.open(open_))
            if open_.name not in draft.situation.values:
                reason = f"give --set {open_.name}=VALUE, {open_.what}"
                draft.tell("image", "unresolved", reason, output, added=True)
        return
    placed = place_image(draft.run, draft.situation)
    output = draft.put("image", placed.name)
    fate, reason = placed.fate, placed.reason
    if not placed.held and (asked := asked_of((draft.loud(placed.name),))):
        fate, reason = "unresolved", asked
    draft.tell("image", fate, reason, output)
    draft.add_text(placed.push)
    if draft.is_open(draft.run.pull):
        draft.tell_open("pull", draft.run.pull)
        return
    if not placed.policy:
        if draft.run.pull:
            draft.tell("pull", "changed", PULLED)
        return
    if placed.local and draft.has("local-image"):
        reason = "the image is used as it is on the node and never pulled"
        output = draft.put("local-image")
    else:
        reason = _PULLS[placed.policy]
        output = draft.put("image-pull-policy", word(placed.policy))
    draft.tell("pull", "mapped", reason, output, added=not draft.run.pull)


_AMOUNTS: tuple[tuple[str, Callable[[Run], Whole | None], Callable[[int], str], str], ...] = (
    ("cpu_request", lambda run: run.cpu_request, core_amount, "the CPU request in cores"),
    ("cpu_limit", lambda run: run.cpu_limit, core_amount, "the CPU limit in cores"),
    ("memory_request", lambda run: run.memory_request, memory_amount, "the memory request"),
    ("memory_limit", lambda run: run.memory_limit, memory_amount, "the memory limit"),
    ("workers", lambda run: run.workers, str, "the number of workers"),
    ("completions", lambda run: run.completions, str, "how many runs must succeed"),
    ("parallelism", lambda run: run.parallelism, str, "how many run at once"),
    ("backoff_limit", lambda run: run.backoff_limit, str, "how often a failed job is tried"),
)
_ROUGH = {
    "cpu_request": "a CPU request; docker's shares only weigh containers against each other",
    "memory_request": "a memory request, which the scheduler also keeps free for the job",
}


def put_amounts(draft: CommandDraft) -> None:
    """CPUs, memory and counts."""
    of_docker = draft.spec.reader == "docker-run"
    for field, amount, spelled, reason in _AMOUNTS:
        value = amount(draft.run)
        if value is None:
            continue
        flag = draft.flag_of(field)
        if not flag:
            draft.tell_lost(field)
            continue
        output = draft.put(flag, draft.amount(field, value, spelled))
        if of_docker and field in _ROUGH:
            draft.tell(field, "changed", _ROUGH[field], output)
        else:
            draft.tell(field, "mapped", reason, output)


def put_launch(draft: CommandDraft) -> None:
    """Account for a launch over several machines: their number and the operator's variables."""
    launch = draft.spec.launch
    if launch is None:
        return
    for name in launch.dropped:
        draft.tell("environment", "changed", OF_OPERATOR, "", name)
    if draft.spec.reader == "manifest":
        for field in ("completions", "parallelism", "completion_mode"):
            draft.tell(field, "changed", "the pods are those of one distributed job")
    if draft.run.workers is None and (flag := draft.flag_of("workers")):
        stated = draft.situation.values.get("WORKERS")
        output = draft.put(flag, word(stated) if stated else WORKERS)
        fate: Fate = "mapped" if stated else "unresolved"
        reason = "as it was given" if stated else UNKNOWN_WORKERS
        draft.tell("workers", fate, reason, output, added=True)


def put_shared_memory(draft: CommandDraft) -> None:
    """`--large-shm`, which takes no size."""
    size = draft.run.shared_memory
    if not draft.has("large-shm"):
        if size is not None or draft.run.large_shared_memory:
            draft.tell_lost("shared_memory")
    elif draft.run.large_shared_memory:
        output = draft.put("large-shm")
        draft.tell("shared_memory", "mapped", "large shared memory", output)
    elif isinstance(size, int) and size == DEFAULT_SHARED_MEMORY:
        reason = "a container has 64Mi of shared memory without asking"
        draft.tell("shared_memory", "mapped", reason)
    elif isinstance(size, int) and size < DEFAULT_SHARED_MEMORY:
        reason = f"a container has 64Mi of shared memory, and not less: {memory_amount(size)}"
        draft.tell("shared_memory", "changed", reason)
    elif size is not None:
        shown = size.text if isinstance(size, Word) else memory_amount(size)
        reason = (
            f"--large-shm takes no size, so the {shown} are not kept as a limit:"
            " shared memory grows as far as the job's memory goes and counts against it"
        )
        draft.tell("shared_memory", "changed", reason, draft.put("large-shm"))


def put_working_directory(draft: CommandDraft) -> None:
    """The directory the program starts in."""
    if draft.run.working_directory is not None and not draft.has("working-dir"):
        draft.tell_lost("working_directory")
    elif draft.run.working_directory is not None:
        output = draft.put("working-dir", draft.run.working_directory)
        asked = asked_of((draft.loud(draft.run.working_directory),))
        reason = asked or "the working directory"
        draft.tell("working_directory", "unresolved" if asked else "mapped", reason, output)


_SWITCHES: tuple[tuple[str, Callable[[Run], bool], str], ...] = (
    (
        "host_ipc",
        lambda run: run.security.host_ipc,
        "shares the machine's IPC; if it was only for shared memory, --large-shm will do and is"
        " refused less often",
    ),
    (
        "host_network",
        lambda run: run.security.host_network,
        "shares the machine's network, which many clusters refuse",
    ),
    (
        "privileged",
        lambda run: run.security.privileged,
        "a privileged container, which many clusters refuse",
    ),
)


def put_rights(draft: CommandDraft) -> None:
    """What the container may do, and what it shares with its machine."""
    for field, holds, reason in _SWITCHES:
        if holds(draft.run):
            flag = draft.flag_of(field)
            if flag:
                draft.tell(field, "mapped", reason, draft.put(flag))
            else:
                draft.tell_lost(field)
    _put_capabilities(draft)
    security = draft.run.security
    if security.no_new_privileges:
        _put_no_new_privileges(draft)
    lost: tuple[tuple[str, object], ...] = (
        ("capabilities_dropped", security.capabilities_dropped),
        ("read_only_root", security.read_only_root),
        ("host_pid", security.host_pid),
        ("sysctls", security.sysctls),
        ("security_options", security.options),
    )
    for field, value in lost:
        if value:
            draft.tell_lost(field)


def _put_capabilities(draft: CommandDraft) -> None:
    flag = draft.flag_of("capabilities_added")
    for capability in draft.run.security.capabilities_added:
        if not flag:
            draft.tell_lost("capabilities_added", capability)
            continue
        reason = "a capability, which a policy of the cluster may refuse"
        output = draft.put(flag, draft.word(capability))
        draft.tell("capabilities_added", "mapped", reason, output, capability)


def _put_no_new_privileges(draft: CommandDraft) -> None:
    if draft.has("prevent-privilege-escalation"):
        output = draft.put("prevent-privilege-escalation")
        draft.tell("no_new_privileges", "mapped", "no new privileges", output)
    else:
        reason = "the default, since --allow-privilege-escalation is not given"
        draft.tell("no_new_privileges", "mapped", reason)


def put_extended(draft: CommandDraft) -> None:
    """Extended resources, and devices for which an administrator has to name one."""
    for name, amount in draft.run.extended.items():
        if draft.has("extended-resource"):
            number = draft.amount("extended", amount, key=name)
            output = draft.put("extended-resource", word(f"{name}=") + number)
            draft.tell("extended", "mapped", "the same resource", output, name)
        else:
            draft.tell("extended", "no-equivalent", "this dialect asks for no others", "", name)
    for device in draft.run.devices:
        if device.startswith("/dev/infiniband"):
            draft.tell("devices", "unresolved", _RDMA, "", device)
        else:
            draft.tell_lost("devices", device)


_RDMA = (
    "InfiniBand is a device plugin's resource: ask the administrator for its name and add"
    " --extended-resource NAME=1"
)


def put_fields_without_flag(draft: CommandDraft) -> None:
    """Account for fields of the run that runai has no flag for."""
    run = draft.run
    lost: tuple[tuple[str, object], ...] = (
        ("hostname", run.hostname),
        ("platform", run.platform),
        ("stop_signal", run.stop_signal),
        ("ulimits", run.ulimits),
        ("layer_size", run.layer_size),
    )
    for field, value in lost:
        if value:
            draft.tell_lost(field)
    if run.pull_secrets:
        reason = "logins to registries are credentials of the project or the user in Run:ai"
        draft.tell("pull_secrets", "changed", reason)
    if run.detached:
        draft.tell("detached", "mapped", "a submitted job is always in the background")
    if run.remove:
        draft.tell("remove", "changed", _removal(draft))


def _removal(draft: CommandDraft) -> str:
    flag = next(
        (
            flag
            for flag in ("ttl-after-finish", "auto-deletion-time-after-completion")
            if draft.has(flag)
        ),
        "",
    )
    also = f"; --{flag} 1h would delete it by itself" if flag else ""
    return (
        "nothing to do: no container stays behind on a machine, and the pod's files go when the"
        f" finished job is deleted{also}"
    )


def put_project(draft: CommandDraft) -> None:
    """`--project`; without one the user's default counts."""
    project = draft.situation.project or draft.run.project
    if project:
        output = draft.put("project", draft.word(project))
        draft.tell("project", "mapped", "the project", output, added=not draft.run.project)
        return
    reason = "runs in your default project; another is named with --project"
    namespace = draft.spec.namespace
    if namespace in ("", "default"):
        draft.tell("project", "mapped", reason, added=True)
    else:
        lost = f"{namespace} is no namespace of a project, and a workload is in one: "
        draft.tell("project", "changed", lost + reason)


def has_command(run: Run) -> bool:
    """Whether the image's entrypoint is replaced."""
    return run.entrypoint is not None and bool(run.entrypoint or run.arguments)


_OWN_USER = re.compile(
    r"(?:\$\(id -u\)|`id -u`|\$\{?UID\}?)"
    r"(?::(?:\$\(id -g\)|`id -g`|\$\{?(?:GID|GROUPS)\}?|\$\(id -u\)))?"
)


def put_user(draft: CommandDraft) -> None:
    """Numbers where this version takes them, or whoever submits."""
    user = draft.run.user
    if user is None or not user.parts:
        return
    if _OWN_USER.fullmatch(user.text):
        reason = "whoever submits the job, with the groups of the login"
        draft.tell("user", "mapped", reason, draft.put("run-as-user"))
        return
    name, _, group = user.text.partition(":")
    name = {"root": "0"}.get(name, name) or user_of_group(draft.spec)
    group = {"root": "0"}.get(group, group)
    kept = draft.spec.reader == draft.situation.target  # who wrote it has a release that takes it
    if not draft.has("run-as-uid") or not (kept or draft.flag_of("user")):
        draft.tell("user", "no-equivalent", _NO_NUMBERS)
    elif all(_is_number(draft.word(part)) for part in (name, group) if part):
        outputs = [draft.put("run-as-uid", draft.word(name))] if name else []
        if group:
            outputs.append(draft.put("run-as-gid", draft.word(group)))
        draft.tell("user", "mapped", "the numeric user and group", " ".join(outputs))
    else:
        draft.tell("user", "unresolved", _NAMES.format(user=user.text))


def _is_number(value: Word) -> bool:
    """A number, or what the shell puts in and is taken for one."""
    return value.literal is None or whole_number(value.literal, most=_MOST_ID) is not None


_NO_NUMBERS = (
    "v1 cannot run a job as a chosen user: set USER in the image, or use --run-as-user to run as"
    " yourself"
)
_NAMES = (
    "a number is needed for {user}: look it up with docker run --rm IMAGE id {user} and give"
    " --run-as-uid and --run-as-gid"
)

_MOST_ID = 2**31 - 1


def put_groups(draft: CommandDraft) -> None:
    """Supplementary groups by number."""
    groups = draft.run.groups
    if not groups:
        return
    kept = draft.spec.reader == draft.situation.target
    if not draft.has("supplemental-groups") or not (kept or draft.flag_of("groups")):
        draft.tell_lost("groups")
        return
    numbers = [group for group in groups if whole_number(group, most=_MOST_ID) is not None]
    names = [group for group in groups if whole_number(group, most=_MOST_ID) is None]
    if numbers:
        output = draft.put("supplemental-groups", word(",".join(numbers)))
        for number in numbers:
            draft.tell("groups", "mapped", "supplementary groups", output, number)
    if names:
        reason = "groups are given by number here; look it up in the image's /etc/group"
        for name in names:
            draft.tell("groups", "unresolved", reason, "", name)
