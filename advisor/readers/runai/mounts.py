"""Mounts as runai's flags spell them."""

from __future__ import annotations

from collections.abc import Callable

from advisor.facts.quantity import whole
from advisor.jobs.run import RunMount
from advisor.jobs.word import Veil, is_veiled
from advisor.readers.runai.flags import GivenFlags, Occurrence, key_values

_MODES = frozenset({"", "ro", "rw"})


def read_mounts(flags: GivenFlags, version: int) -> tuple[RunMount, ...]:
    """In the order given. New claims are no mounts here: they are carried as they are."""
    server = flags.text("nfs-server")
    mounts: list[RunMount] = []
    for occurrence in flags.of("volume", "pvc", *_KEYED):
        try:
            mount = read_mount(occurrence, flags.veil, version, server)
        except ValueError as error:
            raise ValueError(f"{occurrence.flag.canonical}: {error}") from None
        if mount is not None:
            mounts.append(mount)
    return tuple(mounts)


def read_mount(occurrence: Occurrence, veil: Veil, version: int, server: str) -> RunMount | None:
    """One mount; None for a claim to be made. Raises ValueError."""
    name = occurrence.flag.canonical[2:]
    if name == "volume" and version == 1:
        return parse_volume(occurrence.text, veil, server)
    if name == "pvc":
        return parse_claim(occurrence.text, veil)
    return _KEYED[name](key_values(occurrence.text), veil)


def parse_volume(text: str, veil: Veil, server: str = "") -> RunMount:
    """`SOURCE:TARGET[:ro|rw][:NFS-SERVER]` of v1. Raises ValueError."""
    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not parts[0] or not parts[1]:
        raise ValueError("not SOURCE:TARGET, SOURCE:TARGET:ro or SOURCE:TARGET:ro:NFS-SERVER")
    mode = parts[2] if len(parts) > 2 else ""
    if mode not in _MODES and not is_veiled(mode):
        raise ValueError(f"{veil.plain(mode)!r} is not ro or rw")
    server = veil.plain(parts[3]) if len(parts) == 4 else server
    source = veil.word(f"{server}:{parts[0]}" if server else parts[0])
    return RunMount(
        kind="nfs" if server else "hostPath",
        source=source,
        target=veil.word(parts[1]),
        read_only=mode == "ro",
    )


def parse_claim(text: str, veil: Veil) -> RunMount | None:
    """`NAME:PATH[:ro]` of v1; None for a claim to be made. Raises ValueError."""
    parts = text.split(":")
    if len(parts) > 4 or len(parts) < 2:
        raise ValueError("not CLAIM:PATH[:ro] or [STORAGECLASS]:SIZE:PATH[:ro]")
    if _is_new(parts):
        return None
    return RunMount(
        kind="claim",
        source=veil.word(parts[0]),
        target=veil.word(parts[1]),
        read_only=parts[2:] == ["ro"],
    )


def new_claim(text: str) -> str:
    """`[STORAGECLASS]:SIZE:PATH[:ro]` with later flags' keys; empty for a claim that exists."""
    parts = text.split(":")
    if not _is_new(parts):
        return ""
    keys = [f"storageclass={parts[0]}"] if parts[0] else []
    return ",".join([*keys, f"size={parts[1]}", f"path={parts[2]}", *parts[3:]])


def _is_new(parts: list[str]) -> bool:
    return len(parts) == 4 or (len(parts) == 3 and parts[2] not in ("ro", "rw"))


def _host_path(keys: dict[str, str], veil: Veil) -> RunMount:
    return RunMount(
        kind="hostPath",
        source=veil.word(_needed(keys, "path")),
        target=veil.word(_needed(keys, "mount")),
        read_only="readwrite" not in keys,
        propagation=veil.plain(keys.get("mount-propagation", "")),
    )


def _nfs(keys: dict[str, str], veil: Veil) -> RunMount:
    return RunMount(
        kind="nfs",
        source=veil.word(f"{_needed(keys, 'server')}:{_needed(keys, 'path')}"),
        target=veil.word(_needed(keys, "mountpath")),
        read_only="readwrite" not in keys,
    )


def _claim(keys: dict[str, str], veil: Veil) -> RunMount:
    return RunMount(
        kind="claim",
        source=veil.word(_needed(keys, "claimname")),
        target=veil.word(_needed(keys, "path")),
        read_only="ro" in keys or "readonly" in keys,
    )


def _empty_directory(keys: dict[str, str], veil: Veil) -> RunMount:
    size = keys.get("size-limit", "")
    return RunMount(
        kind="tmpfs" if keys.get("medium", "").lower() == "memory" else "empty",
        source=veil.word(""),
        target=veil.word(_needed(keys, "path")),
        size=veil.word(size) if is_veiled(size) else whole(size) if size else None,
    )


def _config(keys: dict[str, str], veil: Veil) -> RunMount:
    return _of_object("configmap", keys, veil)


def _secret(keys: dict[str, str], veil: Veil) -> RunMount:
    return _of_object("secret", keys, veil)


def _of_object(kind: str, keys: dict[str, str], veil: Veil) -> RunMount:
    return RunMount(
        kind="config",
        source=veil.word(f"{kind}/{_needed(keys, 'name')}"),
        target=veil.word(_needed(keys, "path")),
        read_only=True,
    )


def _needed(keys: dict[str, str], name: str) -> str:
    if not keys.get(name):
        raise ValueError(f"{name}= is missing")
    return keys[name]


_KEYED: dict[str, Callable[[dict[str, str], Veil], RunMount]] = {
    "volume": _host_path,
    "host-path": _host_path,
    "nfs": _nfs,
    "existing-pvc": _claim,
    "pvc-exists": _claim,
    "empty-dir-volume": _empty_directory,
    "configmap-map-volume": _config,
    "configmap-volume": _config,
    "secret-volume": _secret,
}
