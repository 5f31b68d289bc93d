"""Mounts as volumes of the pod, and the steps that bring their data there."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from typing import NamedTuple

from advisor.facts.quantity import memory_amount
from advisor.jobs.run import SHARED_MEMORY, RunMount, Whole
from advisor.jobs.word import Word, joined, word
from advisor.writers.data import Located, locate
from advisor.writers.kubernetes.draft import PLACEHOLDER, Body, ManifestDraft
from advisor.writers.kubernetes.options import put_new_claims
from advisor.writers.names import object_name
from advisor.writers.shell_text import quote_word
from advisor.writers.volume_options import as_mounted

_CUT = "in a pod it is no larger than that"
_MOVED = frozenset({"bind", "hostPath", "named-volume"})
_PULLED = ("image", "imagePullPolicy")
_PLACED = ("imagePullSecrets", "nodeSelector", "tolerations")


class _Asked(NamedTuple):
    """A mount, where its data was found to be, and its source as text."""

    draft: ManifestDraft
    mount: RunMount
    place: Located
    source: str


def put_mounts(draft: ManifestDraft) -> None:
    """Each mount by its data's place, shared memory last."""
    for mount in map(as_mounted, draft.run.mounts):
        _put_mount(draft, mount)
    put_new_claims(draft)
    _put_shared_memory(draft)
    if draft.mounts:
        draft.container["volumeMounts"] = list(draft.mounts.values())
        draft.pod["volumes"] = list(draft.volumes.values())


def _put_mount(draft: ManifestDraft, mount: RunMount) -> None:
    key = mount.target.text
    place = locate(mount, draft.run, draft.situation)
    if place.form == "none" and place.fate != "unresolved":
        draft.tell("mounts", place.fate, place.reason, "", key)
        return
    target = draft.text(mount.target, "mounts", key)
    if ":" in target or target in draft.mounts:
        reason = "Kubernetes cannot mount at this path: it has a colon, or something is there"
        draft.tell("mounts", "no-equivalent", reason, "", key)
        return
    stated = draft.word(place.source.text) if place.form == "nfs" else place.source
    source = draft.text(stated, "mounts", key)
    if place.made_from.parts:
        source = source or object_name(f"{draft.name}-{place.sub_path}")
        _make(draft, place, source)
    body = _FORMS[place.form](_Asked(draft, mount, place, source))
    output = _add(draft, mount, place, target, body)
    fate, reason = place.fate, place.reason
    if place.form == "memory" and _exceeds_the_limit(draft, mount.size):
        fate, reason = "changed", f"{reason}; {_CUT}"
    if place.form == "none":
        reason += (
            f"; until then the pod waits for a claim that is not there, {_absent(source, mount)}"
        )
    draft.tell("mounts", fate, reason, output, key)
    if place.form == "claim" and mount.kind in _MOVED and not draft.situation.data_follows:
        _copy(draft, mount, place, source)


def _add(draft: ManifestDraft, mount: RunMount, place: Located, target: str, body: Body) -> str:
    """The volume and its mount. Mounts from one claim share a volume: with two volumes of one claim
    a kubelet may wait for ever (kubernetes/kubernetes#51853)."""
    base = object_name(posixpath.basename(target.rstrip("/")) or "root")
    name = object_name(base, taken=draft.volumes)
    if name in draft.volumes:
        name = object_name(f"{base}-{len(draft.volumes)}")
    if "persistentVolumeClaim" in body:
        claim = tuple(sorted(body["persistentVolumeClaim"].items()))
        name = draft.volume_of_claim.setdefault(claim, name)
    draft.volumes[name] = {"name": name, **body}
    entry: Body = {"name": name, "mountPath": target}
    if mount.read_only:
        entry["readOnly"] = True
    if mount.propagation and place.form == "host-path":
        entry["mountPropagation"] = mount.propagation
    below = place.sub_path or mount.sub_path
    if below and place.form in ("claim", "nfs", "none", "host-path", "config", "secret"):
        entry["subPath"] = below.strip("/")
    draft.mounts[target] = entry
    return f"volumes: {name} ({next(iter(body))}) at {target}"


def _host_path(asked: _Asked) -> Body:
    """A directory that must be there already, or a file by its looks."""
    stated = asked.source
    path = posixpath.normpath(stated) if ".." in stated.split("/") else stated
    kind = "File" if asked.place.content else "Directory"
    if asked.mount.kind == "hostPath":
        return {
            "hostPath": {
                "path": path,
                **({"type": "DirectoryOrCreate"} if asked.mount.create else {}),
            }
        }
    return {"hostPath": {"path": path, "type": kind}}


def _nfs(asked: _Asked) -> Body:
    server = asked.draft.word(asked.place.server)
    key = asked.mount.target.text
    return {"nfs": {"server": asked.draft.text(server, "mounts", key), "path": asked.source}}


def _claim(asked: _Asked) -> Body:
    return {"persistentVolumeClaim": {"claimName": asked.source}}


def _empty(asked: _Asked) -> Body:
    size, key = asked.mount.size, asked.mount.target.text
    medium = {"medium": "Memory"} if asked.place.form == "memory" else {}
    limit = {"sizeLimit": asked.draft.amount("mounts", size, memory_amount, key)} if size else {}
    return {"emptyDir": {**medium, **limit}}


def _config(asked: _Asked) -> Body:
    return {"configMap": {"name": asked.source, **_mode(asked)}}


def _secret(asked: _Asked) -> Body:
    return {"secret": {"secretName": asked.source, **_mode(asked)}}


def _mode(asked: _Asked) -> Body:
    """The file mode: a script must stay executable."""
    return {"defaultMode": 0o755} if asked.place.content == "script" else {}


def _make(draft: ManifestDraft, place: Located, name: str) -> None:
    """The command that makes the ConfigMap or Secret."""
    kind = ("secret", "generic") if place.form == "secret" else ("configmap",)
    what = "Secret" if place.form == "secret" else "ConfigMap"
    why = f"the {what} {name}, of at most 1 MiB, from where its content is"
    draft.step(why, *(*draft.kubectl(), "create", *kind, name), place.made_from)


def _nothing(asked: _Asked) -> Body:
    return {"persistentVolumeClaim": {"claimName": _absent(asked.source, asked.mount)}}


def _absent(source: str, mount: RunMount) -> str:
    """A claim's name that nobody has: it says what it stands for."""
    text = source or mount.source.text or mount.target.text
    return object_name(f"{PLACEHOLDER}{text}")


_FORMS: dict[str, Callable[[_Asked], Body]] = {
    "host-path": _host_path,
    "nfs": _nfs,
    "claim": _claim,
    "memory": _empty,
    "empty": _empty,
    "config": _config,
    "secret": _secret,
    "none": _nothing,
}


def _put_shared_memory(draft: ManifestDraft) -> None:
    """A memory-backed volume on /dev/shm."""
    run = draft.run
    if run.shared_memory is None and not run.large_shared_memory:
        return
    if any(path.rstrip("/") == SHARED_MEMORY for path in draft.mounts):
        draft.tell("shared_memory", "mapped", "the mount on /dev/shm is its shared memory")
        return
    body: Body = {"medium": "Memory"}
    if run.shared_memory:
        body["sizeLimit"] = draft.amount("shared_memory", run.shared_memory, memory_amount)
    name = object_name("shared-memory", taken=draft.volumes)
    draft.volumes[name] = {"name": name, "emptyDir": body}
    draft.mounts[SHARED_MEMORY] = {"name": name, "mountPath": SHARED_MEMORY}
    reason = "a memory-backed volume on /dev/shm; what is in it counts against the memory limit"
    output = f"volumes: {name} (emptyDir {body.get('sizeLimit', 'without a limit')})"
    cut = _exceeds_the_limit(draft, run.shared_memory)
    if cut:
        reason += f"; {_CUT}"
    machines_own = run.security.host_ipc and draft.spec.reader != "manifest"
    if machines_own:
        reason += "; with --ipc host Docker leaves the machine's own there, whatever size is given"
    draft.tell("shared_memory", "changed" if machines_own or cut else "mapped", reason, output)


def _exceeds_the_limit(draft: ManifestDraft, size: Whole | None) -> bool:
    """Whether the job may have less memory than the volume is to hold, as Docker shows it."""
    limit = draft.run.memory_limit
    if not isinstance(limit, int) or not isinstance(size, int) or draft.spec.reader == "manifest":
        return False
    return 0 < limit < size


def _copy(draft: ManifestDraft, mount: RunMount, place: Located, claim: str) -> None:
    """A pod that mounts the claim, into which the data is streamed; only that pod is deleted."""
    name = object_name(f"fill-{claim}")
    spec = {
        "containers": [
            {
                "name": "fill",
                **{key: draft.container[key] for key in _PULLED if key in draft.container},
                "command": ["sleep", "86400"],
                "volumeMounts": [{"name": "data", "mountPath": "/claim"}],
            }
        ],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
        **{key: draft.pod[key] for key in _PLACED if key in draft.pod},
    }
    overrides = json.dumps({"apiVersion": "v1", "spec": spec})
    kubectl = " ".join(quote_word(word(text)) for text in draft.kubectl())
    below = posixpath.dirname(place.sub_path) if place.content else place.sub_path
    inside = word(posixpath.join("/claim", below))
    pod = quote_word(word(name))
    draft.add_step(
        f"copy {mount.source.text} into the claim {claim}, unless its data is there already",
        f"{kubectl} run {pod} --restart=Never --image={quote_word(word(draft.container['image']))}"
        f" --overrides={quote_word(word(overrides))}",
        f"{kubectl} wait --for=condition=Ready --timeout=10m pod/{pod}",
        f"{kubectl} exec {pod} -- mkdir -p {quote_word(inside)}",
        f"{_packed(mount, place)} | {kubectl} exec -i {pod} -- tar x -C {quote_word(inside)}",
        f"{kubectl} delete pod {pod}",
    )


def _packed(mount: RunMount, place: Located) -> str:
    """The command that writes the data as an archive, on the machine that has it."""
    if place.content:
        folder, name = _parted(mount.source)
        return f"tar c -C {quote_word(folder)} {quote_word(word(name))}"
    if mount.kind == "named-volume":
        volume = quote_word(joined((*mount.source.parts, ":/from:ro")))
        return f"docker run --rm -v {volume} busybox tar c -C /from ."
    return f"tar c -C {quote_word(_directory(mount.source))} ."


def _directory(source: Word) -> Word:
    return source if source.parts else word("/")


def _parted(file: Word) -> tuple[Word, str]:
    """The folder of a file and its name in it."""
    last = file.parts[-1] if file.parts else ""
    folder, slash, name = last.rpartition("/") if isinstance(last, str) else ("", "", "")
    at = joined((*file.parts[:-1], folder or ("/" if slash and len(file.parts) == 1 else "")))
    return (at if at.parts else word(".")), name
