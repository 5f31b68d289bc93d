"""Users, capabilities and what the pod shares with its machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from advisor.facts.quantity import whole_number
from advisor.jobs.run import PortMapping, Run
from advisor.jobs.word import Word
from advisor.writers.kinds import user_of_group
from advisor.writers.kubernetes.draft import PLACEHOLDER, Body, ManifestDraft, fill

_PATH = "containers[0].securityContext"
_POD = "securityContext"
_MOST_ID = 2**31 - 1
_SYSCTL = re.compile(r"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?")
_LOW_PORTS, _FIRST_FREE_PORT = "net.ipv4.ip_unprivileged_port_start", 1024
_PROFILES = {
    "unconfined": "Unconfined",
    "runtimedefault": "RuntimeDefault",
    "runtime/default": "RuntimeDefault",
    "builtin": "RuntimeDefault",
}


def put_rights(draft: ManifestDraft) -> None:
    """The security contexts of container and pod."""
    own: Body = {}
    pod: Body = {}
    _put_user(draft, own)
    _put_groups(draft, pod)
    _put_privileges(draft, own)
    _put_seccomp(draft, own)
    _put_sysctls(draft, pod)
    for field, key, holds, reason in _SHARED:
        if holds(draft.run):
            draft.tell(field, "mapped", reason, draft.put(draft.pod, key, True, "spec"))
    if draft.run.security.host_network:
        draft.pod["dnsPolicy"] = "ClusterFirstWithHostNet"
    if own:
        draft.container["securityContext"] = own
    if pod:
        draft.pod["securityContext"] = pod
    if draft.run.security.options:
        draft.tell_lost("security_options")


def _put_user(draft: ManifestDraft, own: Body) -> None:
    """Numbers only: for a name, which the image alone knows, there is a placeholder that no server
    takes."""
    if draft.run.user is None or not draft.run.user.parts:
        return
    filled = fill(draft.run.user, draft.situation)
    name, _, group = filled.text.partition(":")
    name = name or user_of_group(draft.spec)
    stated = zip(("runAsUser", "runAsGroup"), (name, group), ("UID", "GID"), strict=True)
    values = {key: _number_or_placeholder(part, what) for key, part, what in stated if part}
    output = "; ".join(draft.put(own, key, value, _PATH) for key, value in values.items())
    left = [value for value in values.values() if isinstance(value, str)]
    if filled.open:
        from_shell = [value for value in left if value in filled.text]
        reason = _left_to_the_shell(draft.run.user, from_shell)
        draft.tell("user", "unresolved", reason, output)
        left = [value for value in left if value not in from_shell]
    if left:
        reason = (
            f"a number is needed for {draft.run.user.text}: look it up with docker run --rm IMAGE"
            f" id, and put it in place of {' and '.join(left)}"
        )
        draft.tell("user", "unresolved", reason, output)
    elif not filled.open:
        draft.tell("user", "mapped", "the numeric user and group", output)


def _left_to_the_shell(user: Word, left: Sequence[str]) -> str:
    """How numbers are given that only the shell knows; its own commands print them."""
    asked = " and ".join(
        f"--set {placeholder.removeprefix(PLACEHOLDER)}=VALUE" for placeholder in left
    )
    commands = [part.source for part in user.expansions if part.kind == "command"]
    prints = "; ".join(dict.fromkeys(source.strip("$()`") for source in commands))
    amount = f", the number{'s' if len(left) > 1 else ''} that `{prints}` prints" if prints else ""
    return (
        f"only the shell knows {user.text}: give {asked}{amount}, or put it in place of"
        f" {' and '.join(left)}"
    )


def _number_or_placeholder(text: str, what: str) -> int | str:
    number = _number(text)
    if number is not None:
        return number
    return text if text.startswith(PLACEHOLDER) else f"{PLACEHOLDER}{what}"


def _number(text: str) -> int | None:
    text = {"root": "0"}.get(text, text)
    return whole_number(text, most=_MOST_ID)


def _put_groups(draft: ManifestDraft, pod: Body) -> None:
    numbers = [number for group in draft.run.groups if (number := _number(group)) is not None]
    names = [group for group in draft.run.groups if _number(group) is None]
    if numbers:
        output = draft.put(pod, "supplementalGroups", numbers, _POD)
        for number in numbers:
            draft.tell("groups", "mapped", "supplementary groups", output, str(number))
    if names:
        reason = "groups are given by number here; look it up in the image's /etc/group"
        for name in names:
            draft.tell("groups", "unresolved", reason, "", name)


def _put_privileges(draft: ManifestDraft, own: Body) -> None:
    security = draft.run.security
    if security.privileged:
        reason = "a privileged container, which many clusters refuse"
        draft.tell("privileged", "mapped", reason, draft.put(own, "privileged", True, _PATH))
    capabilities: Body = {}
    for key, field, names in (
        ("add", "capabilities_added", security.capabilities_added),
        ("drop", "capabilities_dropped", security.capabilities_dropped),
    ):
        fit = [draft.text(draft.word(name), field, name) for name in names]
        if fit:
            output = draft.put(capabilities, key, fit, f"{_PATH}.capabilities")
            reason = "the same capabilities; a policy of the cluster may refuse them"
            draft.tell(field, "mapped", reason, output)
    if capabilities:
        own["capabilities"] = capabilities
    if security.read_only_root:
        output = draft.put(own, "readOnlyRootFilesystem", True, _PATH)
        draft.tell("read_only_root", "mapped", "the container's own files are read-only", output)
    if security.no_new_privileges:
        _put_no_new_privileges(draft, own)


def _put_no_new_privileges(draft: ManifestDraft, own: Body) -> None:
    security = draft.run.security
    if security.privileged or "SYS_ADMIN" in security.capabilities_added:
        reason = "Kubernetes refuses it together with a privileged container or SYS_ADMIN"
        draft.tell("no_new_privileges", "no-equivalent", reason)
        return
    output = draft.put(own, "allowPrivilegeEscalation", False, _PATH)
    draft.tell("no_new_privileges", "mapped", "no new privileges", output)


def _put_seccomp(draft: ManifestDraft, own: Body) -> None:
    profile = draft.run.security.seccomp
    if not profile:
        return
    kind = _PROFILES.get(profile.lower())
    if kind is None:
        reason = "a profile of one's own must be on the nodes; the administrator can put it there"
        draft.tell("seccomp", "no-equivalent", reason)
        return
    output = draft.put(own, "seccompProfile", {"type": kind}, _PATH)
    draft.tell("seccomp", "mapped", "the same seccomp profile", output)


def _put_sysctls(draft: ManifestDraft, pod: Body) -> None:
    security = draft.run.security
    kept = []
    for name, value in security.sysctls.items():
        shared = (security.host_network and name.startswith("net.")) or (
            security.host_ipc and name.startswith(("kernel.", "fs.mqueue."))
        )
        if shared or not _SYSCTL.fullmatch(name):
            reason = "Kubernetes does not take this parameter, or it would be the machine's own"
            draft.tell("sysctls", "no-equivalent", reason, "", name)
            continue
        kept.append({"name": name, "value": draft.text(draft.word(value), "sysctls", name)})
        reason = (
            "a kernel parameter of the pod; those not on the safe list must be allowed on nodes"
        )
        draft.tell("sysctls", "mapped", reason, f"{_POD}.sysctls: {name}", name)
    kept += _low_ports(draft)
    if kept:
        pod["sysctls"] = kept


def _low_ports(draft: ManifestDraft) -> list[Body]:
    """In a container of Docker every user may listen on ports below 1024, in a pod only root."""
    run = draft.run
    user = (run.user.text if run.user is not None else "").partition(":")[0]
    low = [port for port in run.ports if _is_low(port)]
    stated = run.security.host_network or _LOW_PORTS in run.security.sysctls
    if not low or stated or user in ("0", "root") or draft.spec.reader == "manifest":
        return []
    reason = "who is not root may listen on ports below 1024, as in a container of Docker"
    draft.tell("sysctls", "mapped", reason, f"{_POD}.sysctls: {_LOW_PORTS}", added=True)
    return [{"name": _LOW_PORTS, "value": "0"}]


def _is_low(port: PortMapping) -> bool:
    return isinstance(port.container, int) and port.container < _FIRST_FREE_PORT


_SHARED: tuple[tuple[str, str, Callable[[Run], bool], str], ...] = (
    (
        "host_network",
        "hostNetwork",
        lambda run: run.security.host_network,
        "shares the machine's network, which many clusters refuse",
    ),
    (
        "host_pid",
        "hostPID",
        lambda run: run.security.host_pid,
        "shares the machine's processes, which many clusters refuse",
    ),
    (
        "host_ipc",
        "hostIPC",
        lambda run: run.security.host_ipc,
        "shares the machine's IPC, which many clusters refuse; where it was for shared memory, a"
        " memory-backed volume on /dev/shm does",
    ),
)
