"""Volumes, mounts and memory-backed folders as mounts of a run."""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.jobs.numbers import parse_bool, parse_size
from advisor.jobs.run import RunMount
from advisor.jobs.word import Word
from advisor.readers.docker_run.flags import Engine
from advisor.readers.docker_run.given import GivenFlags
from advisor.readers.docker_run.mounts import MountFields, parse_mount, parse_tmpfs, parse_volume
from advisor.readers.masking import Veil, is_veiled

_KEPT = ("bind-propagation", "bind-recursive", "consistency", "tmpfs-mode", "relabel", "idmap")
VolumeKind = Literal["bind", "named-volume", "anonymous-volume"]


def read_mounts(given: GivenFlags, engine: Engine) -> tuple[RunMount, ...]:
    """In the order given; of a repeated `--volume` one, of a repeated `--tmpfs` the last.

    Mounts of images, pipes and cluster volumes are left out.
    """
    driver = given.text("volume-driver")
    mounts: list[RunMount | None] = []
    temporary: dict[Word, list[int]] = {}
    seen: set[bytes] = set()
    for occurrence in given.of("volume", "mount", "tmpfs"):
        mount = read_mount(occurrence.flag.name, occurrence.text, given.veil, driver, engine)
        if mount is None:
            continue
        if occurrence.flag.name == "tmpfs":
            for number in temporary.pop(mount.target, ()):
                mounts[number] = None
        content = msgspec.json.encode(mount, order="sorted")
        repeated = occurrence.flag.name == "volume" and content in seen
        if not repeated:
            if mount.kind == "tmpfs":
                temporary.setdefault(mount.target, []).append(len(mounts))
            mounts.append(mount)
            seen.add(content)
    return tuple(mount for mount in mounts if mount is not None)


def read_mount(flag: str, text: str, veil: Veil, driver: str, engine: Engine) -> RunMount | None:
    """The mount of one `--volume`, `--tmpfs` or `--mount`; None for what only an engine mounts."""
    if flag == "volume":
        return _volume(text, veil, driver)
    if flag == "tmpfs":
        tmpfs = parse_tmpfs(text)
        return RunMount(
            kind="tmpfs",
            source=veil.word(""),
            target=veil.word(tmpfs.target),
            read_only=tmpfs.read_only,
            size=veil.word(tmpfs.size) if isinstance(tmpfs.size, str) else tmpfs.size,
            options=tuple(map(veil.plain, tmpfs.options)),
        )
    fields = parse_mount(text, engine)
    if fields.type not in ("bind", "volume", "tmpfs"):
        return None
    values = fields.values
    size = values.get("tmpfs-size", "")
    kind = "tmpfs" if fields.type == "tmpfs" else _kind(fields.source, bind=fields.type == "bind")
    return RunMount(
        kind=kind,
        source=veil.word(fields.source),
        target=veil.word(fields.target),
        read_only=fields.read_only,
        size=veil.word(size) if is_veiled(size) else parse_size(size) or None if size else None,
        sub_path=veil.plain(values.get("volume-subpath", "")),
        options=_options(fields, veil),
        driver=veil.plain(values.get("volume-driver", "")),
        driver_options={
            veil.plain(name): veil.plain(value) for name, value in fields.driver_options.items()
        },
        create=_on(values.get("bind-create-src", "false")),
    )


def _volume(text: str, veil: Veil, driver: str) -> RunMount:
    volume = parse_volume(text)
    return RunMount(
        kind=_kind(volume.source, bind=volume.bind),
        source=veil.word(volume.source),
        target=veil.word(volume.target),
        read_only=volume.read_only,
        options=tuple(map(veil.plain, volume.options)),
        driver="" if volume.bind else driver,
        create=volume.bind,
    )


def _kind(source: str, *, bind: bool) -> VolumeKind:
    if bind:
        return "bind"
    return "named-volume" if source else "anonymous-volume"


def _options(fields: MountFields, veil: Veil) -> tuple[str, ...]:
    """The options of a mount, in the spelling of `--volume` where it has one, else `key=value`."""
    values = fields.values
    options = [f"{name}={values[name]}" for name in _KEPT if name in values]
    options = [option.removeprefix("bind-propagation=") for option in options]
    options = [option.removeprefix("consistency=") for option in options]
    if _on(values.get("bind-nonrecursive", "false")):
        options.append("bind-recursive=disabled")
    if _on(values.get("volume-nocopy", "false")):
        options.append("nocopy")
    if is_veiled(values.get("readonly", "")):
        options.append(f"readonly={values['readonly']}")
    options += [f"volume-label={label}" for label in fields.labels]
    return tuple(map(veil.plain, options))


def _on(value: str) -> bool:
    return is_veiled(value) or parse_bool(value)
