"""The mounts of an inspected container as flags of docker run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_ANONYMOUS = re.compile("[0-9a-f]{64}")
_PODMAN_OPTIONS = frozenset({"rbind", "rprivate", "nosuid", "nodev", "rw"})
_LOCAL = frozenset({"", "local"})


def data_words(container: Inspected, image: Inspected) -> Iterator[str]:
    """The flags for a container's binds and volumes in the engine's order, then for its tmpfs.

    Anonymous volumes that the image itself declares are left out.
    """
    binds = {_target(text): text for text in container.texts("HostConfig", "Binds")}
    asked = {
        posixpath.normpath(mount.text("Target") or "/"): mount
        for mount in container.parts("HostConfig", "Mounts")
    }
    declared = {posixpath.normpath(name) for name in image.names("Config", "Volumes")}
    listed = set()
    for mount in container.parts("Mounts"):
        target = posixpath.normpath(mount.text("Destination") or "/")
        listed.add(target)
        if target in binds:
            yield from _bind(binds[target], target, declared)
        elif target in asked:
            yield f"--mount={_mount_fields(asked[target])}"
        else:
            yield from _listed(mount, target, declared)
    for target, text in binds.items():
        if target not in listed:
            yield f"--volume={text}"
    for target, mount in asked.items():
        if target not in listed:
            yield f"--mount={_mount_fields(mount)}"
    for target, options in container.pairs("HostConfig", "Tmpfs").items():
        yield f"--tmpfs={target}:{options}" if options else f"--tmpfs={target}"


def _bind(text: str, target: str, declared: set[str]) -> Iterator[str]:
    """A bind as it was asked for; podman lists anonymous volumes and its own options there too."""
    source, *rest = text.split(":")
    if _ANONYMOUS.fullmatch(source):
        if target not in declared:
            yield f"--volume={target}"
    elif len(rest) == 2 and "rbind" in rest[1].split(","):
        kept = [option for option in rest[1].split(",") if option not in _PODMAN_OPTIONS]
        yield f"--volume={':'.join([source, rest[0], *([','.join(kept)] if kept else [])])}"
    else:
        yield f"--volume={text}"


def _listed(mount: Inspected, target: str, declared: set[str]) -> Iterator[str]:
    """A mount that only the engine's own list knows."""
    name = mount.text("Name")
    anonymous = bool(_ANONYMOUS.fullmatch(name)) or (mount.text("Type") == "volume" and not name)
    if mount.text("Type") == "tmpfs":
        yield f"--tmpfs={target}"
    elif anonymous and target not in declared:
        yield f"--volume={target}"
    elif not anonymous:
        source = name or mount.text("Source")
        mode = "" if mount.value("RW") is not False else ":ro"
        if source and ":" not in source + target:
            yield f"--volume={source}:{target}{mode}"


def _target(bind: str) -> str:
    parts = bind.split(":")
    return posixpath.normpath(parts[1] if len(parts) > 1 else parts[0])


def _mount_fields(mount: Inspected) -> str:
    """The mount as the value of a `--mount` flag."""
    driver = mount.text("VolumeOptions", "DriverConfig", "Name")
    fields = {
        "type": mount.text("Type") or "volume",
        "source": mount.text("Source"),
        "target": mount.text("Target"),
        "readonly": "true" if mount.on("ReadOnly") else "",
        "consistency": mount.text("Consistency").replace("default", ""),
        "bind-propagation": mount.text("BindOptions", "Propagation"),
        "bind-recursive": "disabled" if mount.on("BindOptions", "NonRecursive") else "",
        "volume-subpath": mount.text("VolumeOptions", "Subpath"),
        "volume-nocopy": "true" if mount.on("VolumeOptions", "NoCopy") else "",
        "volume-driver": "" if driver in _LOCAL else driver,
        "tmpfs-size": str(mount.number("TmpfsOptions", "SizeBytes") or ""),
        "tmpfs-mode": f"{mount.number('TmpfsOptions', 'Mode'):o}".removeprefix("0"),
    }
    given = [f"{name}={value}" for name, value in fields.items() if value]
    given += [
        f"volume-opt={name}={value}"
        for name, value in mount.pairs("VolumeOptions", "DriverConfig", "Options").items()
    ]
    given += [
        f"volume-label={name}={value}"
        for name, value in mount.pairs("VolumeOptions", "Labels").items()
    ]
    return ",".join(map(quoted, given))


def quoted(field: str) -> str:
    """A field of comma-separated values, in quotes where it needs them."""
    return f'"{field.replace(chr(34), chr(34) * 2)}"' if re.search('[,"\n]', field) else field


class Inspected:
    """An answer of `docker inspect`, or a part of it, read without trust in its types."""

    def __init__(self, value: Any) -> None:
        self._value = value if isinstance(value, Mapping) else {}

    def value(self, *keys: str) -> Any:
        """The value below these keys; None when it is absent."""
        current: Any = self._value
        for key in keys:
            current = current.get(key) if isinstance(current, Mapping) else None
        return current

    def text(self, *keys: str) -> str:
        """A text, else empty."""
        value = self.value(*keys)
        return value if isinstance(value, str) else ""

    def number(self, *keys: str) -> int:
        """A whole number, else 0."""
        value = self.value(*keys)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def on(self, *keys: str) -> bool:
        """Whether the value is true."""
        return self.value(*keys) is True

    def texts(self, *keys: str) -> list[str]:
        """The texts of a list; one text is a list of it."""
        values = self.value(*keys)
        if isinstance(values, str):
            return [values]
        return [text for text in _list(values) if isinstance(text, str)]

    def parts(self, *keys: str) -> list[Inspected]:
        """The objects of a list."""
        return [Inspected(part) for part in _list(self.value(*keys)) if isinstance(part, Mapping)]

    def names(self, *keys: str) -> list[str]:
        """The keys of an object, in order."""
        mapping = self.value(*keys)
        return [str(key) for key in mapping] if isinstance(mapping, Mapping) else []

    def pairs(self, *keys: str) -> dict[str, str]:
        """The texts of an object by key."""
        mapping = self.value(*keys)
        items: Iterable[tuple[Any, Any]] = mapping.items() if isinstance(mapping, Mapping) else ()
        return {
            str(key): "" if value is None else value
            for key, value in items
            if value is None or isinstance(value, str)
        }


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
