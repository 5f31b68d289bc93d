"""Mounts as runai's flags."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Set

from advisor.facts.quantity import memory_amount
from advisor.jobs.run import SHARED_MEMORY, RunMount
from advisor.jobs.word import Word, word
from advisor.writers.data import (
    Located,
    file_content,
    how_to_give,
    locate,
    machine_path,
)
from advisor.writers.ledger import Verdict
from advisor.writers.names import object_name
from advisor.writers.open_values import OpenValue, open_claim, open_flags
from advisor.writers.runai.draft import CommandDraft
from advisor.writers.shell_text import quote_words
from advisor.writers.volume_options import as_mounted

_SAYS_WRITABLE = frozenset({"host-path", "nfs"})
_KEEPS_READ_ONLY = _SAYS_WRITABLE | {"config", "secret"}
Form = Callable[[CommandDraft, RunMount, Located], str]
Asked = dict[str, set[str]]
"""What the claims of a job hold that have yet to be named, by the name they would be asked for."""


def put_mounts(draft: CommandDraft, forms: dict[str, Form]) -> None:
    """Each mount by its data's place; `forms` are those that this version can write."""
    asked: Asked = {}
    for mount in draft.run.mounts:
        claim = open_claim(mount.source.text, mount.target.text)
        asked.setdefault(claim.name, set()).add(claim.what)
    folders = Counter(posixpath.dirname(mount.target.text) for mount in draft.run.mounts)
    alone = {folder for folder in _OWN_FOLDERS if folders[folder] == 1}
    for mount in map(as_mounted, draft.run.mounts):
        place = locate(mount, draft.run, draft.situation)
        _put_mount(draft, mount, place, forms, asked, alone)


def _put_mount(
    draft: CommandDraft,
    mount: RunMount,
    place: Located,
    forms: dict[str, Form],
    asked: Asked,
    alone: Set[str],
) -> None:
    key = mount.target.text
    is_file = file_content(mount) is not None
    if "$(" in mount.sub_path:
        name = open_claim(mount.source.text, key).name
        reason = f"only the pod knows its folder {mount.sub_path}: give --set {name}=VALUE, a claim"
        _put_open_claim(draft, mount, reason, forms, asked)
    elif place.form == "none" and place.fate == "unresolved":
        if is_file:
            _put_open_file(draft, mount)
        else:
            _put_open_claim(draft, mount, place.reason, forms, asked)
    elif place.form == "none":
        draft.tell("mounts", place.fate, place.reason, "", key)
    elif place.form == "claim" and place.sub_path and not is_file:
        _put_open_claim(draft, mount, _no_sub_path(place, mount), forms, asked)
    elif place.form == "host-path" and (pin := _lost_pin(draft, mount)):
        reason = (
            f"the data is on the machines of {pin}, and runai cannot keep the job to those;"
            f" {how_to_give(mount.source.text)}, or take a manifest (--to kubernetes), which can"
        )
        _put_open_claim(draft, mount, reason, forms, asked)
    elif place.sub_path and not _is_alone(mount, place, alone):
        _put_open_file(draft, mount)
    else:
        _put_whole(draft, mount, place, forms, asked)


def _lost_pin(draft: CommandDraft, mount: RunMount) -> str:
    """What keeps the job to the machines that have this data and has no flag of runai; empty where
    there is nothing of the kind, or the data is the same on every node."""
    spec, source = draft.spec, mount.source.text
    anywhere = draft.situation.outcomes.get(f"data:{source}") == "ok"
    if anywhere or spec.reader.startswith("runai") or machine_path(source) is not None:
        return ""
    if spec.node_name:
        return f"nodeName {spec.node_name}"
    labels = [f"{key}={value}" for key, value in spec.node_selector.items()]
    if labels:
        return f"nodeSelector {', '.join(labels)}"
    return "its node affinity" if spec.node_affinity else ""


def _put_whole(
    draft: CommandDraft, mount: RunMount, place: Located, forms: dict[str, Form], asked: Asked
) -> None:
    """Mount a whole folder, by the flag for where its data is."""
    key = mount.target.text
    form = forms.get(place.form)
    output = form(draft, mount, place) if form else ""
    if not output and place.form in _OBJECTS:
        _put_open_file(draft, mount)
        return
    if not output:
        fate, reason = _LOST.get(place.form, ("no-equivalent", "runai has no flag for this mount"))
        if fate == "unresolved":
            _put_open_claim(draft, mount, reason, forms, asked)
            return
        draft.tell("mounts", fate, reason, "", key)
        return
    fate, reason = place.fate, place.reason
    if mount.read_only and not _is_read_only(output, place):
        fate, reason = "changed", f"{reason}; {_WRITABLE}"
    elif (
        mount.read_only
        and place.form in _SAYS_WRITABLE
        and draft.situation.target == "runai-v2" != draft.spec.reader
    ):
        fate, reason = "changed", f"{reason}; {_UNCONFIRMED}"
    draft.tell("mounts", fate, reason, output, key)


_OBJECTS = frozenset({"config", "secret"})
_WRITABLE = "it is mounted writable: runai cannot say read-only"


def _put_open_claim(
    draft: CommandDraft, mount: RunMount, reason: str, forms: dict[str, Form], asked: Asked
) -> None:
    """A claim that has yet to be named: until it is, the shell refuses the command, so that no job
    runs without its data."""
    source, target = mount.source.text, mount.target.text
    open_ = open_claim(source, target)
    if asked.get(open_.name, set()) - {open_.what}:
        open_ = open_claim(source, target, whole=True)
    given = open_.name in draft.situation.values
    place = Located("claim", "unresolved", reason, draft.open(open_))
    output = forms["claim"](draft, mount, place)
    lost = mount.read_only and not _is_read_only(output, place)
    note = f"; {_WRITABLE}" if lost else ""
    if given and output:
        why = f"the data is expected in the claim that was given{note}"
        draft.tell("mounts", "changed", why, output, mount.target.text)
    else:
        draft.tell("mounts", "unresolved", f"{reason}{note}", output, mount.target.text)


def _put_open_file(draft: CommandDraft, mount: RunMount) -> None:
    """Flags that have yet to be given, since none mounts a file: until then the shell refuses the
    command, so that no job runs without its file."""
    source, target = mount.source.text, mount.target.text
    name = f"FILE_{_FOREIGN.sub('_', posixpath.basename(target)).strip('_').upper()}"
    what = f"flags that bring {source} to {target}, or nothing where the image has it"
    given = draft.situation.values.get(name)
    if given is not None:
        draft.groups.append(tuple(map(word, given.split())))
        draft.tell("mounts", "changed", "as the flags that were given say", given, target)
        return
    asked = open_flags(OpenValue(name, what))
    draft.groups.append((asked,))
    reason = f"{_NO_FILE}; where the image has it, give --set {name}="
    draft.tell("mounts", "unresolved", reason, quote_words((asked,)), target)


_FOREIGN = re.compile(r"[^A-Za-z0-9]+")
_NO_FILE = (
    "runai mounts whole folders and no single file; put the file into the image, or take a manifest"
    " (--to kubernetes), which can"
)
_OWN_FOLDERS = frozenset({"/run/secrets", "/run/configs"})


def _is_alone(mount: RunMount, place: Located, alone: Set[str]) -> bool:
    """Whether the file's folder holds nothing else: then the folder is mounted in its place."""
    folder, name = posixpath.split(mount.target.text)
    return folder in alone and name == place.sub_path


_UNCONFIRMED = (
    "without readwrite v2 should mount it read-only, which its manual does not state: try it before"
    " relying on it"
)


def _is_read_only(output: str, place: Located) -> bool:
    return output.rstrip("'\"").endswith(":ro") or place.form in _KEEPS_READ_ONLY


def _no_sub_path(place: Located, mount: RunMount) -> str:
    return (
        f"runai mounts a claim as a whole, and this data is expected in {place.sub_path} of"
        f" {place.source.text}; {how_to_give(mount.source.text)}, a claim with just this data"
    )


_LOST: dict[str, Verdict] = {
    "memory": (
        "no-equivalent",
        "no memory-backed directory can be mounted; write to a directory of the container",
    ),
    "empty": ("changed", "the directory is in the container's own layer, which goes with the pod"),
    "host-path": (
        "unresolved",
        "a path with this character cannot be written; mount a directory above it",
    ),
    "nfs": (
        "unresolved",
        "this dialect mounts no NFS export by itself; put the data in a claim: --data-claim",
    ),
}


def second_forms() -> dict[str, Form]:
    """The forms of mounts that runai v2 has a flag for, each with its writer."""
    return {
        "host-path": _host_path,
        "nfs": _nfs,
        "claim": _claim,
        "memory": _empty_directory,
        "empty": _empty_directory,
        "config": _config,
        "secret": _secret,
    }


def _host_path(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    pairs: tuple[tuple[str, Word], ...] = (("path", place.source), ("mount", mount.target))
    if mount.propagation:
        pairs = (*pairs, ("mount-propagation", word(mount.propagation)))
    return _put_pairs(draft, "host-path", pairs, "" if mount.read_only else "readwrite")


def _nfs(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    export, server = draft.word(place.source.text), draft.word(place.server)
    pairs = (("path", export), ("server", server), ("mountpath", mount.target))
    return _put_pairs(draft, "nfs", pairs, "" if mount.read_only else "readwrite")


def _claim(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    return _put_pairs(draft, "existing-pvc", (("claimname", place.source), ("path", mount.target)))


def _empty_directory(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    name = word(object_name(mount.target.text.strip("/") or "scratch"))
    pairs = [("name", name), ("path", mount.target)]
    if place.form == "memory":
        pairs.append(("medium", word("Memory")))
    if mount.size is not None:
        key = mount.target.text
        pairs.append(("size-limit", draft.amount("mounts", mount.size, memory_amount, key)))
    return _put_pairs(draft, "empty-dir-volume", tuple(pairs))


def _config(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    pairs = (("name", place.source), ("path", _folder(draft, mount, place)))
    return _put_pairs(draft, "configmap-map-volume", pairs)


def _secret(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    pairs = (("path", _folder(draft, mount, place)), ("name", place.source))
    return _put_pairs(draft, "secret-volume", pairs)


def _folder(draft: CommandDraft, mount: RunMount, place: Located) -> Word:
    """The folder it is mounted at. A command that makes the object is put before the job's."""
    if place.made_from.parts:
        kind = "secret generic" if place.form == "secret" else "configmap"
        words = (word("kubectl"), *map(word, f"create {kind}".split()), place.source)
        step = (
            f"# in the project's namespace, runai-PROJECT\n{quote_words((*words, place.made_from))}"
        )
        draft.before += [] if step in draft.before else [step]
    return word(posixpath.dirname(mount.target.text)) if place.sub_path else mount.target


def _put_pairs(
    draft: CommandDraft, flag: str, pairs: tuple[tuple[str, Word], ...], switch: str = ""
) -> str:
    """`key=value,...` as one word; nothing where a comma in a value would part it."""
    if not draft.has(flag) or any(_contains(value, ",") for _, value in pairs):
        return ""
    made = Word()
    for number, (key, value) in enumerate(pairs):
        made = made + word(f"{',' if number else ''}{key}=") + value
    return draft.put(flag, made + word(f",{switch}") if switch else made)


def first_forms() -> dict[str, Form]:
    """The forms of mounts that runai v1 has a flag for, each with its writer."""
    return {
        "host-path": _volume,
        "nfs": _nfs_volume,
        "claim": _first_claim,
        "memory": _large_shared_memory,
    }


def _volume(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    if _contains(place.source, ":") or _contains(mount.target, ":"):
        return ""
    value = place.source + word(":") + mount.target
    return draft.put("volume", value + word(":ro") if mount.read_only else value)


def _nfs_volume(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    if not draft.has("nfs-server") or _contains(place.source, ":"):
        return ""
    mode = "ro" if mount.read_only else "rw"
    export, server = draft.word(place.source.text), draft.word(place.server)
    return draft.put("volume", export + word(":") + mount.target + word(f":{mode}:") + server)


def _first_claim(draft: CommandDraft, mount: RunMount, place: Located) -> str:
    """A claim for v1, where only the older `--pvc` can say read-only."""
    if mount.read_only or not draft.has("pvc-exists"):
        value = place.source + word(":") + mount.target
        return draft.put("pvc", value + word(":ro") if mount.read_only else value)
    return _put_pairs(draft, "pvc-exists", (("claimname", place.source), ("path", mount.target)))


def _large_shared_memory(draft: CommandDraft, mount: RunMount, _: Located) -> str:
    if mount.target.text.rstrip("/") != SHARED_MEMORY:
        return ""
    return draft.put("large-shm")


def _contains(value: Word, character: str) -> bool:
    return any(character in part for part in value.parts if isinstance(part, str))
