"""Security contexts of a pod and its container."""

from __future__ import annotations

from advisor.jobs.run import Security
from advisor.jobs.word import Word, word
from advisor.readers.manifest.shape import Body, entries, mapping, scalar, text, texts

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


def read_security(spec: Body, container: Body) -> Security:
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
        sysctls={text(one, "name"): text(one, "value") for one in entries(pod, "sysctls")},
        options=tuple(
            f"{key}={scalar(value)}"
            for key, value in both.items()
            if key not in _HANDLED and scalar(value)
        ),
    )


def read_user(spec: Body, container: Body) -> Word | None:
    """User and group as Docker writes them, None where the image decides."""
    both = {**mapping(spec, "securityContext"), **mapping(container, "securityContext")}
    user, group = text(both, "runAsUser"), text(both, "runAsGroup")
    if not user and not group:
        return None
    return word(f"{user}:{group}" if group else user)
