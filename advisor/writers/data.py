"""Where the data of each mount is on the target, and what the target has in place of a mount for
single files and for paths that belong to the machine."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from advisor.catalogs import load_catalog
from advisor.catalogs.storage import FileContent, FileNameCatalog, SystemPath, SystemPathCatalog
from advisor.jobs.ledger import Fate
from advisor.jobs.run import SHARED_MEMORY, Run, RunMount
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.writers.names import object_name
from advisor.writers.volume_options import network_share, nfs_export

_CONTENT = frozenset({"scratch"})
_WHOLE = {
    "runtime-socket": (
        "there is no Docker daemon to talk to on the cluster's nodes; what needs it has to run"
        " elsewhere"
    ),
    "display": "a node has no display; reach graphical programs through a browser or a port",
}
_LEFT_OUT = {
    "device": "left out",
    "time": "left out; the variable gives the time zone, as in -e TZ=Europe/Berlin",
    "credentials": (
        "left out, and never copied to shared storage; put the one key that the job needs into a"
        " Secret (kubectl create secret generic NAME --from-file=KEY=FILE)"
    ),
    "system": "left out; what the job needs of it belongs into its image",
}


@cache
def _system_paths() -> SystemPathCatalog:
    return load_catalog("system_paths", SystemPathCatalog)


@cache
def _file_names() -> FileNameCatalog:
    return load_catalog("file_names", FileNameCatalog)


@lru_cache(maxsize=1024)
def machine_path(source: str) -> SystemPath | None:
    """The table's entry for a path that is no data of the job."""
    entry = _system_paths().find(posixpath.normpath(source) if source.startswith("/") else source)
    return None if entry is None or entry.kind in _CONTENT else entry


def is_general(entry: SystemPath, source: str) -> bool:
    """Whether the path is only below `/etc`, where a file may be the job's own."""
    return entry.kind == "system" and entry.path == "/etc" and source.rstrip("/") != entry.path


def instead(entry: SystemPath) -> tuple[Fate, str]:
    """Why the path is not mounted, and what to do instead."""
    whole = _WHOLE.get(entry.kind)
    return "no-equivalent", whole or f"{entry.advice}; {_LEFT_OUT[entry.kind]}"


def file_content(mount: RunMount) -> FileContent | None:
    """What a mount of one file holds; None for a folder."""
    return _file_names().content(mount.source.text, mount.target.text)


Form = Literal["host-path", "nfs", "claim", "memory", "empty", "config", "secret", "none"]

_SCRATCH = frozenset({"/tmp", "/var/tmp"})  # noqa: S108 - paths to recognise
_OWN_SCRATCH = "scratch of one machine: the pod has an empty directory of its own there"
_HARMLESS_OPTIONS = frozenset({"z", "Z", "cached", "delegated", "consistent", "default"})
STAYS = "the data stays on the one node the job can run on; on a second node it would be missing"
OUTSIDE = "the data is outside the machine: every node must have it at this path"


class Located(NamedTuple):
    """`source` is a path, or the claim's or ConfigMap's name; `server` that of an NFS export.

    `sub_path` is the place within a claim, or the key of a ConfigMap or Secret; `made_from` what
    kubectl makes that of. `content` is that of a single file. With form `none` nothing can be
    mounted and `reason` says what to give.
    """

    form: Form
    fate: Fate
    reason: str
    source: Word = Word()
    server: str = ""
    sub_path: str = ""
    made_from: Word = Word()
    content: FileContent | None = None


class _Asked(NamedTuple):
    """A mount, with what decides where its data will be."""

    mount: RunMount
    run: Run
    situation: Situation


def locate(mount: RunMount, run: Run, situation: Situation) -> Located:
    """The mount's data on the target, by section 1's outcome and what the user has given."""
    location = _LOCATORS[mount.kind](_Asked(mount, run, situation))
    foreign = [option for option in mount.options if option not in _HARMLESS_OPTIONS]
    if mount.propagation and (location.form != "host-path" or situation.target == "runai-v1"):
        foreign.append(f"mountPropagation {mount.propagation}")
    if location.form == "none" or not foreign or mount.kind == "tmpfs":
        return location
    lost = f"; left out: {', '.join(foreign)}"
    return location._replace(fate="changed", reason=location.reason + lost)


def destination(source: str, run: Run, situation: Situation) -> str:
    """The export or claim that the user named for what a job of this run mounts, in words; empty
    where none was."""
    mount = next((mount for mount in run.mounts if mount.source.text == source), None)
    if mount is None or mount.kind not in _MOVABLE:
        return ""
    path = absolute_source(mount.source, situation.directory).text
    called = source if mount.kind == "named-volume" else path
    place = _given_place(called, _Asked(mount, run, situation), general=True)
    if place is None:
        return ""
    folder = f"/{place.sub_path}" if place.sub_path else ""
    if place.form == "nfs":
        return f"{place.server}:{place.source.text}"
    return f"claim {place.source.text}{folder}"


def absolute_source(source: Word, directory: str = "") -> Word:
    """A relative source after the directory the command is typed in, as docker resolves it."""
    first = source.parts[0] if source.parts else ""
    if not isinstance(first, str) or first.startswith("/") or re.match(r"[A-Za-z]:", first):
        return source
    if directory and source.literal is not None:
        return word(posixpath.normpath(posixpath.join(directory, source.literal)))
    here = Expansion(source="$PWD", kind="variable", name="PWD", quoted=True)
    rest = re.sub(r"^(?:\./+)+", "", first)
    rest = "" if rest == "." else rest
    return joined((here, "/" if rest or len(source.parts) > 1 else "", rest, *source.parts[1:]))


def _bind(asked: _Asked) -> Located:
    mount, situation = asked.mount, asked.situation
    source = absolute_source(mount.source, situation.directory)
    text = source.text
    entry = machine_path(text)
    content = file_content(mount)
    if entry is not None and not (content and is_general(entry, text)):
        return _of_machine(asked, entry, source)
    outcome = situation.outcomes.get(f"data:{mount.source.text}", "unknown")
    scratch = mount.kind == "bind" and not mount.read_only and text.rstrip("/") in _SCRATCH
    stays = outcome in ("stay", "ok")
    small = content is not None and content != "data"
    given = _given_place(text, asked, general=not (scratch or stays or small))
    if given is not None:
        return _file_in(given, content, text) if content else given
    if scratch:
        return Located("empty", "changed", _OWN_SCRATCH)
    if stays:
        reason = STAYS if outcome == "stay" else OUTSIDE
        return Located("host-path", "mapped", reason, source, content=content)
    if mount.kind == "hostPath" and outcome == "unknown":
        return Located("host-path", "mapped", _AS_BEFORE, source, content=content)
    if content is not None and content != "data":
        return _made_of_file(content, source, mount.target)
    open_place = _none("unresolved", f"{_WHY[outcome]}; {how_to_give(text)}")
    return open_place._replace(sub_path=posixpath.basename(text)) if content else open_place


def _of_machine(asked: _Asked, entry: SystemPath, source: Word) -> Located:
    """A manifest's own hostPath stays as it is, sockets and displays apart."""
    mount = asked.mount
    own = mount.kind == "hostPath" and asked.situation.target == "kubernetes"
    if not own and source.text.rstrip("/") == SHARED_MEMORY == mount.target.text.rstrip("/"):
        reason = "shared memory of its own, on a memory-backed volume, in place of the machine's"
        return Located("memory", "changed", reason)
    if mount.kind == "hostPath" and entry.kind not in ("runtime-socket", "display"):
        return Located("host-path", "mapped", _AS_BEFORE, source)
    return _none(*instead(entry))


def _file_in(place: Located, content: FileContent, source: str) -> Located:
    """A single file in an export or claim is mounted from the folder that holds it."""
    if place.form == "nfs":
        path = posixpath.dirname(place.source.text) or "/"
        name = posixpath.basename(place.source.text)
        return place._replace(source=word(path), sub_path=name, content=content)
    below = place.sub_path or posixpath.basename(source)
    return place._replace(sub_path=below, content=content)


def _made_of_file(content: FileContent, source: Word, target: Word) -> Located:
    """A file of at most 1 MiB as a ConfigMap, a key as a Secret; the writer names it."""
    named = target if source.text.startswith("$") and "/" not in source.text else source
    key = _FOREIGN.sub("-", posixpath.basename(named.text)) or "file"
    form: Form = "secret" if content == "key" else "config"
    kind = "Secret" if form == "secret" else "ConfigMap"
    reason = f"a {kind} made of the file, which must not exceed 1 MiB; it is read-only"
    made_from = joined((f"--from-file={key}=", *source.parts))
    return Located(form, "changed", reason, sub_path=key, made_from=made_from, content=content)


_FOREIGN = re.compile(r"[^\w.-]+", re.ASCII)
_AS_BEFORE = "the node's directory as before; every node the job can run on needs the data there"

_WHY = {
    "move": "the job can run where this data is not, so it must be on network storage",
    "blocked": "no node can take the job, so where its data may be is open",
    "unknown": "where this data is, or how many nodes the job can run on, is not known",
}


def _named(asked: _Asked) -> Located:
    if export := nfs_export(asked.mount):
        server, path = export
        return Located("nfs", "mapped", "the volume's own NFS export", word(path), server)
    name = asked.mount.source.text
    if driver := machine_path(name):
        return _none(*instead(driver))
    given = _given_place(name, asked, general=True)
    if given is not None:
        return given
    if share := network_share(asked.mount):
        return _none("unresolved", _SHARED.format(name=name, share=share, give=_how_to_claim(name)))
    return _none(
        "unresolved",
        f"Docker keeps the volume {name} on its own machine; copy its content to network storage"
        f" and {how_to_give(name)}",
    )


def _given_place(source: str, asked: _Asked, *, general: bool) -> Located | None:
    """The export or claim that the user gave for this source; the longest path counts, and `..` in
    one leads up before."""
    source = _clean(source)
    given = _by_path(asked.situation.exports, asked.situation.claims)
    place = next((given[path] for path in _upwards(source) if path in given), None)
    if place is not None:
        rest = rest_below(source, _clean(place.path)) or ""
        return _in_export(place, rest) if isinstance(place, NfsExport) else _in_claim(place, rest)
    whole = [claim for claim in asked.situation.claims if not claim.path]
    if not whole or not general:
        return None
    alone = sum(1 for other in asked.run.mounts if other.kind in _MOVABLE) == 1
    return _in_claim(whole[0], "" if alone else source.strip("/"))


_MOVABLE = frozenset({"bind", "hostPath", "named-volume"})


@lru_cache(maxsize=8)
def _by_path(
    exports: tuple[NfsExport, ...], claims: tuple[ClaimMapping, ...]
) -> dict[str, NfsExport | ClaimMapping]:
    """What was given, by the path that it is for; of two for one path the first."""
    given: tuple[NfsExport | ClaimMapping, ...] = (*exports, *claims)
    return {_clean(place.path).rstrip("/"): place for place in reversed(given) if place.path}


def _clean(path: str) -> str:
    """A path of the machine without `..` and doubled slashes; the name of a volume stays."""
    return posixpath.normpath(path) if path.startswith("/") else path


def _upwards(source: str) -> Iterator[str]:
    """The path and all that it is below, the longest first."""
    yield (path := source.rstrip("/"))
    while "/" in path:
        yield (path := path.rpartition("/")[0])


def rest_below(source: str, path: str) -> str | None:
    """The rest of `source` below `path`, empty when they are equal; None when it is elsewhere."""
    root = path.rstrip("/")
    if source.rstrip("/") == root:
        return ""
    return source[len(root) + 1 :].rstrip("/") if source.startswith(f"{root}/") else None


def _in_export(export: NfsExport, rest: str) -> Located:
    path = posixpath.join(export.export, rest) if rest else export.export
    return Located("nfs", "mapped", "the same data on the NFS export", word(path), export.server)


def _in_claim(claim: ClaimMapping, rest: str) -> Located:
    reason = f"the data is expected in the claim {claim.claim}"
    reason += f", below {rest}" if rest else ", at its root"
    return Located("claim", "changed", reason, word(claim.claim), sub_path=rest)


def _how_to_claim(source: str) -> str:
    return f"give --data-claim {shlex.quote(f'CLAIM={source}')}"


_SHARED = (
    "the data of the volume {name} is on network storage ({share}) already, which a pod reaches by"
    " a claim only: ask the administrator for one of the same share, and {give}"
)


def how_to_give(source: str) -> str:
    """What is typed to say where the data will be; the shell must leave a variable in it alone."""
    export, claim = shlex.quote(f"SERVER:/EXPORT={source}"), shlex.quote(f"CLAIM={source}")
    return f"give --nfs {export} or --data-claim {claim}"


def _none(fate: Fate, reason: str) -> Located:
    return Located("none", fate, reason)


def _claim(asked: _Asked) -> Located:
    name = _behind_slash(asked.mount.source)
    return Located("claim", "mapped", "the same claim", name, sub_path=asked.mount.sub_path)


def _nfs(asked: _Asked) -> Located:
    server, separator, export = asked.mount.source.text.partition(":")
    if not separator:
        return _none("unresolved", "an NFS server is missing; give --nfs SERVER:/EXPORT=PATH")
    return Located("nfs", "mapped", "the same NFS export", word(export), server)


def _network_volume(asked: _Asked) -> Located:
    name = asked.mount.source.text
    given = _given_place(name, asked, general=True)
    return given or _none("unresolved", f"this kind of volume needs a claim; {how_to_give(name)}")


def _tmpfs(asked: _Asked) -> Located:
    reason = "a memory-backed empty directory; it counts against the memory limit"
    lost = ", ".join(option for option in asked.mount.options if option)
    if lost:
        return Located("memory", "changed", f"{reason}; left out: {lost}")
    return Located("memory", "mapped", reason)


def _empty(_: _Asked) -> Located:
    return Located("empty", "mapped", "an empty directory that goes with the pod")


def _anonymous(_: _Asked) -> Located:
    reason = (
        "an empty directory that goes with the pod: what the image has at this path is hidden,"
        " where Docker copies it there"
    )
    return Located("empty", "changed", reason)


def _behind_slash(source: Word) -> Word:
    """The word without what stands before its last `/`."""
    first, *rest = source.parts or ("",)
    own = first.rpartition("/")[2] if isinstance(first, str) else first
    return joined((own, *rest))


_NOT_MOUNTED = {
    "image": "an image cannot be mounted here: copy what is in it to a claim, and mount that",
    "projected": "several sources in one volume cannot be mounted here: mount each by itself",
    "downwardAPI": "what a pod knows of itself comes as variables here: --env-pod-field-ref (v2)",
}
"""Volumes of Kubernetes that only a manifest can say."""


def _config(asked: _Asked) -> Located:
    """A ConfigMap or Secret; one of a compose file has a name that may have to be made fit."""
    mount = asked.mount
    kind, _, name = mount.source.text.rpartition("/")
    if (alone := mount.source.text.partition("/")[0]) in _NOT_MOUNTED:
        return _none("no-equivalent", _NOT_MOUNTED[alone])
    form: Form = "secret" if kind.lower() == "secret" else "config"
    if not mount.made_from.parts and not mount.sub_path:
        same = f"the same {kind or 'ConfigMap'}"
        return Located(form, "mapped", same, _behind_slash(mount.source))
    fit = object_name(name)
    fate: Fate = "changed" if mount.made_from.parts or fit != name else "mapped"
    reason = f"the {kind} {fit}, of which one key is mounted as the file"
    return Located(
        form, fate, reason, word(fit), sub_path=mount.sub_path, made_from=mount.made_from
    )


_LOCATORS: dict[str, Callable[[_Asked], Located]] = {
    "bind": _bind,
    "hostPath": _bind,
    "named-volume": _named,
    "anonymous-volume": _anonymous,
    "empty": _empty,
    "claim": _claim,
    "nfs": _nfs,
    "network-volume": _network_volume,
    "tmpfs": _tmpfs,
    "config": _config,
}
