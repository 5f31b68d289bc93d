"""`--mount`, `--volume` and `--tmpfs`, as the docker command reads them, and as mounts of a run."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from advisor.jobs.numbers import parse_bool, parse_size
from advisor.jobs.run import RunMount
from advisor.jobs.word import Veil, Word, is_veiled
from advisor.readers.docker_run.flags import Engine, GivenFlags
from advisor.readers.flag_scan import names, split_fields

_SWITCHES = frozenset({"readonly", "ro", "volume-nocopy", "bind-nonrecursive"})
_SAME = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly"}
_KEYS = names(
    "type source target readonly consistency bind-propagation bind-nonrecursive bind-recursive"
    " bind-create-src volume-subpath volume-nocopy volume-label volume-driver volume-opt"
    " image-subpath tmpfs-size tmpfs-mode"
)
_PODMAN_KEYS = names(
    "rw relabel z idmap u chown subpath tmpcopyup notmpcopyup nosuid suid nodev dev noexec exec"
    " propagation glob"
)
_RECURSIVE = frozenset({"enabled", "disabled", "writable", "readonly"})
_OWNERS = ("volume", "image", "bind", "tmpfs")


class MountFields(NamedTuple):
    """A `--mount`: its keys under one spelling each, the last value of each."""

    type: str
    source: str
    target: str
    read_only: bool
    values: dict[str, str]
    driver_options: dict[str, str]
    labels: tuple[str, ...]


def parse_mount(text: str, engine: Engine = "docker") -> MountFields:
    """`type=bind,source=/a,target=/b,readonly`. Raises ValueError."""
    values: dict[str, str] = {"type": "volume"}
    options: dict[str, str] = {}
    labels: list[str] = []
    for field in split_fields(text):
        name, value = _field(field, engine)
        values[name] = value
        key, _, rest = value.partition("=")
        if name == "volume-opt" and key:
            options[key] = rest
        if name == "volume-label" and key:
            labels.append(value)
    mount = MountFields(
        type=values["type"].lower(),
        source=values.get("source", ""),
        target=values.get("target", ""),
        read_only=_switched(values, "readonly"),
        values=values,
        driver_options=options,
        labels=tuple(labels),
    )
    _check_whole(mount)
    return mount


def _field(field: str, engine: Engine) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    name = _SAME.get(name.lower(), name.lower())
    known = _KEYS | _PODMAN_KEYS if engine == "podman" else _KEYS
    if not equals and (name in _SWITCHES or (engine == "podman" and name in known)):
        return name, "true"
    if not equals:
        raise ValueError(f"{field!r} is not KEY=VALUE")
    if name not in known or is_veiled(name):
        raise ValueError(f"unknown key {name!r}")
    check = _CHECKS.get(name)
    if check and not is_veiled(value):
        try:
            check(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return name, value


def _check_recursive(value: str) -> None:
    if value not in _RECURSIVE:
        raise ValueError("give enabled, disabled, writable or readonly")


def _check_mode(value: str) -> None:
    if not value or not set(value) <= set("01234567") or int(value, 8) >= 2**32:
        raise ValueError("not an octal number")


_CHECKS: dict[str, Callable[[str], object]] = {
    "readonly": parse_bool,
    "bind-nonrecursive": parse_bool,
    "bind-create-src": parse_bool,
    "bind-recursive": _check_recursive,
    "volume-nocopy": parse_bool,
    "tmpfs-size": parse_size,
    "tmpfs-mode": _check_mode,
}


def _check_whole(mount: MountFields) -> None:
    if not mount.type:
        raise ValueError("no type")
    if not mount.target:
        raise ValueError("no target")
    for owner in _OWNERS:
        given = [name for name in mount.values if name.startswith(f"{owner}-")]
        effective = [name for name in given if mount.values.get(name) != "enabled"]
        if effective and mount.type != owner and not is_veiled(mount.type):
            raise ValueError(f"{effective[0]} goes with type={owner}, not type={mount.type}")
    recursive = mount.values.get("bind-recursive", "")
    if recursive in ("writable", "readonly") and not mount.read_only:
        raise ValueError(f"bind-recursive={recursive} needs readonly")
    if recursive == "readonly" and mount.values.get("bind-propagation", "").lower() != "rprivate":
        raise ValueError("bind-recursive=readonly needs bind-propagation=rprivate")


def _switched(values: dict[str, str], name: str) -> bool:
    value = values.get(name, "false")
    return not is_veiled(value) and parse_bool(value)


class Volume(NamedTuple):
    """A `--volume`; `source` is empty for an anonymous one."""

    source: str
    target: str
    bind: bool = False
    read_only: bool = False
    options: tuple[str, ...] = ()


class Tmpfs(NamedTuple):
    """A `--tmpfs`; `size` in bytes, or the text of one that the shell decides."""

    target: str
    size: int | str | None = None
    read_only: bool = False
    options: tuple[str, ...] = ()


def parse_volume(text: str) -> Volume:
    """`[SOURCE:]TARGET[:OPTIONS]`; a drive letter's colon does not count. Raises ValueError.

    Docker's own command takes any letter for a drive; its daemon refuses one without a path.
    """
    if not text:
        raise ValueError("empty")
    if len(text.encode(errors="surrogatepass")) <= 2:
        return Volume(source="", target=text)
    sections, current = [], ""
    for at, character in enumerate(text):
        folder = "\\" if is_veiled(current) else "\\/"
        lone = len(current) == 1 and (_is_letter(current) or is_veiled(current))
        drive = lone and text[at + 1 : at + 2] in tuple(folder)
        if character == ":" and not drive:
            sections.append(current)
            current = ""
        else:
            current += character
    parts = [*sections, current]
    if "" in parts:
        raise ValueError("nothing between two colons")
    if len(parts) == 1:
        return Volume(source="", target=parts[0])
    if len(parts) > 3:
        raise ValueError("too many colons")
    options = tuple(parts[2].split(",")) if len(parts) == 3 else ()
    return Volume(
        source=parts[0],
        target=parts[1],
        bind=_is_path(parts[0]),
        read_only="ro" in options,
        options=tuple(option for option in options if option not in ("ro", "rw")),
    )


def parse_tmpfs(text: str) -> Tmpfs:
    """`TARGET[:OPTIONS]`; the options are mount's and not checked before the container starts."""
    target, _, rest = text.partition(":")
    options = [option for option in rest.split(",") if option]
    sizes = [option for option in options if _size(option) is not None]
    return Tmpfs(
        target=target,
        size=_size(sizes[-1]) if sizes else None,
        read_only="ro" in options,
        options=tuple(option for option in options if option not in sizes and option != "ro"),
    )


def _size(option: str) -> int | str | None:
    """The size of `size=`; None for another option, or for a share of the machine's memory."""
    name, _, text = option.partition("=")
    try:
        return None if name != "size" else text if is_veiled(text) else parse_size(text)
    except ValueError:
        return None


def _is_letter(character: str) -> bool:
    return unicodedata.category(character).startswith("L")


def _is_path(source: str) -> bool:
    """A path and not a volume's name; what the shell puts in front is taken for a path."""
    if source[0] in "./~" or is_veiled(source[0]) or source.startswith("\\\\"):
        return True
    return len(source) > 1 and _is_letter(source[0]) and source[1] == ":"


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
