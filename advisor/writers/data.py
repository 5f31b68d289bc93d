"""Where the data of each mount is on the target."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable
from typing import Literal, NamedTuple

from msgspec.structs import replace

from advisor.jobs.ledger import Fate
from advisor.jobs.run import Run, RunMount
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.jobs.word import Expansion, Word, joined, word

Form = Literal["host-path", "nfs", "claim", "memory", "empty", "config", "secret", "none"]

_X11 = "/tmp/.X11-unix"  # noqa: S108 - a path to recognise, nothing is written there
_ENGINE_SOCKETS = re.compile(r"(?:/var)?/run/(?:docker|containerd|podman|crio)(?:/.*)?(?:\.sock)?")
_DISPLAYS = re.compile(rf"{re.escape(_X11)}(?:/.*)?|.*/\.Xauthority|/run/user/\d+(?:/.*)?")
_SCRATCH = frozenset({"/tmp", "/var/tmp"})  # noqa: S108 - paths to recognise
_OWN_SCRATCH = "scratch of one machine: the pod has an empty directory of its own there"
_HARMLESS_OPTIONS = frozenset({"z", "Z", "cached", "delegated", "consistent", "default"})
_DRIVER_ADDRESS = re.compile(r"(?:^|,)addr=([^,]+)")
STAYS = "the data stays on the one node the job can run on; on a second node it would be missing"
OUTSIDE = "the data is outside the machine: every node must have it at this path"


class Located(NamedTuple):
    """`source` is a path, or the claim's or ConfigMap's name; `server` that of an NFS export.

    `sub_path` is the place within a claim. With form `none` nothing can be mounted and `reason`
    says what to give.
    """

    form: Form
    fate: Fate
    reason: str
    source: Word = Word()
    server: str = ""
    sub_path: str = ""


class _Asked(NamedTuple):
    """A mount with all that its place may depend on."""

    mount: RunMount
    run: Run
    situation: Situation


def locate(mount: RunMount, run: Run, situation: Situation) -> Located:
    """The mount's data on the target, by section 1's outcome and what the user has given."""
    found = _LOCATORS[mount.kind](_Asked(mount, run, situation))
    foreign = [option for option in mount.options if option not in _HARMLESS_OPTIONS]
    if found.form == "none" or not foreign or mount.kind == "tmpfs":
        return found
    lost = f"; left out: {', '.join(foreign)}"
    return found._replace(fate="changed", reason=found.reason + lost)


def as_mounted(mount: RunMount) -> RunMount:
    """A volume whose own options say read-only is so however it is mounted."""
    options = mount.driver_options.get("o", "").split(",")
    return replace(mount, read_only=True) if "ro" in options else mount


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
    if _ENGINE_SOCKETS.fullmatch(text):
        return _none(
            "no-equivalent",
            "there is no Docker daemon to talk to on the cluster's nodes; what needs it has to run"
            " elsewhere",
        )
    if _DISPLAYS.fullmatch(text):
        return _none(
            "no-equivalent",
            "a node has no display; reach graphical programs through a browser or a port",
        )
    outcome = situation.outcomes.get(f"data:{mount.source.text}", "unknown")
    scratch = mount.kind == "bind" and not mount.read_only and text.rstrip("/") in _SCRATCH
    given = _given_place(text, asked, general=not scratch and outcome not in ("stay", "ok"))
    if given is not None:
        return given
    if scratch:
        return Located("empty", "changed", _OWN_SCRATCH)
    if outcome in ("stay", "ok"):
        reason = STAYS if outcome == "stay" else OUTSIDE
        return Located("host-path", "mapped", reason, source)
    if mount.kind == "hostPath" and outcome == "unknown":
        return Located("host-path", "mapped", _AS_BEFORE, source)
    return _none("unresolved", f"{_WHY[outcome]}; {how_to_give(text)}")


_AS_BEFORE = "the node's directory as before; every node the job can run on needs the data there"

_WHY = {
    "move": "the job can run where this data is not, so it must be on network storage",
    "blocked": "no node can take the job, so where its data may be is open",
    "unknown": "where this data is, or how many nodes the job can run on, is not known",
}


def _named(asked: _Asked) -> Located:
    options = asked.mount.driver_options
    if options.get("type", "").startswith("nfs"):
        address = _DRIVER_ADDRESS.search(options.get("o", ""))
        device = options.get("device", "").lstrip(":")
        if address and device:
            reason = "the volume's own NFS export"
            return Located("nfs", "mapped", reason, word(device), address[1])
    name = asked.mount.source.text
    given = _given_place(name, asked, general=True)
    if given is not None:
        return given
    return _none(
        "unresolved",
        f"Docker keeps the volume {name} on its own machine; copy its content to network storage"
        f" and {how_to_give(name)}",
    )


def _given_place(source: str, asked: _Asked, *, general: bool) -> Located | None:
    """The export or claim that the user gave for this source; the longest path counts."""
    given: tuple[NfsExport | ClaimMapping, ...] = (
        *asked.situation.exports,
        *asked.situation.claims,
    )
    places = [place for place in given if place.path and rest_below(source, place.path) is not None]
    if places:
        place = max(places, key=lambda place: len(place.path))
        rest = rest_below(source, place.path) or ""
        return _in_export(place, rest) if isinstance(place, NfsExport) else _in_claim(place, rest)
    whole = [claim for claim in asked.situation.claims if not claim.path]
    if not whole or not general:
        return None
    alone = sum(1 for other in asked.run.mounts if other.kind in _MOVABLE) == 1
    return _in_claim(whole[0], "" if alone else source.strip("/"))


_MOVABLE = frozenset({"bind", "hostPath", "named-volume"})


def rest_below(source: str, path: str) -> str | None:
    """What of `source` lies below `path`; None where it does not."""
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


def how_to_give(source: str) -> str:
    """What is typed to say where the data will be; the shell must leave a variable in it alone."""
    export, claim = shlex.quote(f"SERVER:/EXPORT={source}"), shlex.quote(f"CLAIM={source}")
    return f"give --nfs {export} or --data-claim {claim}"


def _none(fate: Fate, reason: str) -> Located:
    return Located("none", fate, reason)


def _claim(asked: _Asked) -> Located:
    name = asked.mount.source.text.rsplit("/", 1)[-1]
    return Located("claim", "mapped", "the same claim", word(name), sub_path=asked.mount.sub_path)


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
    lost = [option for option in asked.mount.options if option]
    if lost:
        return Located("memory", "changed", f"{reason}; left out: {', '.join(lost)}")
    return Located("memory", "mapped", reason)


def _anonymous(_: _Asked) -> Located:
    return Located("empty", "changed", "an empty directory that goes with the pod")


def _config(asked: _Asked) -> Located:
    kind, _, name = asked.mount.source.text.rpartition("/")
    form: Form = "secret" if kind.lower() == "secret" else "config"
    return Located(form, "mapped", f"the same {kind or 'ConfigMap'}", word(name))


_LOCATORS: dict[str, Callable[[_Asked], Located]] = {
    "bind": _bind,
    "hostPath": _bind,
    "named-volume": _named,
    "anonymous-volume": _anonymous,
    "claim": _claim,
    "nfs": _nfs,
    "network-volume": _network_volume,
    "tmpfs": _tmpfs,
    "config": _config,
}
