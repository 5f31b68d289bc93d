"""Volumes, memory-backed folders, secrets and configs of a service as mounts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from advisor.errors import suggestion
from advisor.facts.secrecy import redact_text
from advisor.jobs.numbers import parse_size
from advisor.jobs.run import RunMount, Whole
from advisor.jobs.word import Expansion, Word, is_veiled, joined
from advisor.readers.compose.keys import MOUNT
from advisor.readers.compose.project import Body
from advisor.readers.compose.service import Service, scalar_text
from advisor.readers.docker_run.mounts import parse_tmpfs, parse_volume

_KINDS = {"bind": "bind", "volume": "named-volume", "tmpfs": "tmpfs"}
_ENGINE_ONLY = frozenset({"npipe", "cluster", "image"})
_RELATIVE = re.compile(r"(?![A-Za-z]:|[~/.])[!-~]")
_FILES = {"secrets": ("Secret", "/run/secrets/"), "configs": ("ConfigMap", "/")}


def read_mounts(service: Service) -> tuple[RunMount, ...]:
    """In the order of the file, the last for each path. Mounts of images, pipes and cluster volumes
    are left out."""
    mounts = [*_volumes(service), *_tmpfs(service)]
    mounts += [file_mount(service, key, entry) for key in _FILES for entry in service.list(key)]
    return tuple({mount.target.text: mount for mount in mounts}.values())


def _volumes(service: Service) -> Iterator[RunMount]:
    for index, entry in enumerate(service.list("volumes")):
        if isinstance(entry, dict):
            mount = _long(service, entry, index)
        else:
            mount = _short(service, scalar_text(entry), index)
        if mount is not None:
            yield mount


def _short(service: Service, text: str, index: int) -> RunMount | None:
    try:
        volume = parse_volume(text)
    except ValueError as error:
        service.refuse(str(error), "volumes", index)
    veil = service.veil
    fields: dict[str, Any] = {
        "target": veil.word(volume.target),
        "read_only": volume.read_only,
        "options": tuple(map(veil.plain, volume.options)),
    }
    if volume.bind:
        source = _host_path(service, volume.source)
        return RunMount(kind="bind", source=source, create=True, **fields)
    return RunMount(**_named(service, volume.source, index), **fields)


def _long(service: Service, entry: Body, index: int) -> RunMount | None:
    for key in entry:
        if key not in MOUNT and not key.startswith("x-"):
            near = suggestion(key, MOUNT, listing=False)
            service.refuse(f"compose knows no key {key} here{near}", "volumes", index)
    kind = scalar_text(entry.get("type"))
    if kind in _ENGINE_ONLY:
        return None
    if kind not in _KINDS or not entry.get("target"):
        service.refuse("type (bind, volume, tmpfs) and target are needed", "volumes", index)
    veil = service.veil
    source = scalar_text(entry.get("source"))
    fields: dict[str, Any] = {
        "target": veil.word(scalar_text(entry.get("target"))),
        "read_only": entry.get("read_only") is True,
        "options": _options(entry),
    }
    if kind == "tmpfs":
        size = _size(service, _map(entry, "tmpfs").get("size"), index)
        return RunMount(kind="tmpfs", source=veil.word(""), size=size, **fields)
    if kind == "bind":
        create = _map(entry, "bind").get("create_host_path") is not False
        path = f"./{source}" if _RELATIVE.match(source) else source
        return RunMount(kind="bind", source=_host_path(service, path), create=create, **fields)
    below = veil.plain(scalar_text(_map(entry, "volume").get("subpath")))
    return RunMount(**_named(service, source, index), sub_path=below, **fields)


def _host_path(service: Service, source: str) -> Word:
    """A relative path is meant from the file's folder, `~` is whose session it is."""
    parts = service.veil.word(source).parts
    first = parts[0] if parts else ""
    if not isinstance(first, str):
        return joined(parts)
    if first == "~" or first.startswith("~/"):
        return joined((Expansion(source="~", kind="home"), first[1:], *parts[1:]))
    if not service.project.folder or not first.startswith("."):
        return joined(parts)
    path = posixpath.normpath(posixpath.join(service.project.folder, first))
    return joined((path, "/" if first.endswith("/") and len(parts) > 1 else "", *parts[1:]))


def _named(service: Service, source: str, index: int) -> dict[str, Any]:
    """A volume by what the file says of it at its top: its driver, or the path it stands for."""
    veil = service.veil
    if not source:
        return {"kind": "anonymous-volume", "source": veil.word("")}
    if is_veiled(source):
        return {"kind": "named-volume", "source": veil.word(source)}
    volumes = _map(service.project.whole, "volumes")
    if source not in volumes:
        near = suggestion(source, volumes, listing=False)
        service.refuse(
            f"the volume {source} is not among the file's volumes{near}", "volumes", index
        )
    stated = _map(volumes, source)
    options = {
        veil.plain(str(key)): veil.plain(scalar_text(value))
        for key, value in _map(stated, "driver_opts").items()
    }
    device = options.get("device", "")
    if "bind" in options.get("o", "").split(",") and device:
        return {"kind": "bind", "source": veil.word(scalar_text(stated["driver_opts"]["device"]))}
    name = scalar_text(stated.get("name")) or _external_name(stated) or source
    return {
        "kind": "named-volume",
        "source": veil.word(name),
        "driver": veil.plain(scalar_text(stated.get("driver"))),
        "driver_options": options,
    }


def _external_name(stated: Body) -> str:
    """The old form: `external: {name: ...}`."""
    return scalar_text(_map(stated, "external").get("name"))


def _options(entry: Body) -> tuple[str, ...]:
    bind, volume = _map(entry, "bind"), _map(entry, "volume")
    options = [scalar_text(bind.get(key)) for key in ("propagation", "selinux")]
    options.append("nocopy" if volume.get("nocopy") is True else "")
    options.append(scalar_text(entry.get("consistency")))
    return tuple(option for option in options if option)


def _size(service: Service, value: Any, index: int) -> Whole | None:
    text = scalar_text(value)
    if not text:
        return None
    if is_veiled(text):
        return service.veil.word(text)
    try:
        return parse_size(text) or None
    except ValueError as error:
        service.refuse(str(error), "volumes", index)


def _tmpfs(service: Service) -> Iterator[RunMount]:
    for entry in service.list("tmpfs"):
        tmpfs = parse_tmpfs(scalar_text(entry))
        size = service.veil.word(tmpfs.size) if isinstance(tmpfs.size, str) else tmpfs.size
        yield RunMount(
            kind="tmpfs",
            source=service.veil.word(""),
            target=service.veil.word(tmpfs.target),
            size=size or None,
            read_only=tmpfs.read_only,
            options=tuple(map(service.veil.plain, tmpfs.options)),
        )


def file_mount(service: Service, key: str, entry: Any) -> RunMount:
    """One of `secrets` or `configs`, each of which is mounted as a file."""
    kind, folder = _FILES[key]
    source = scalar_text(entry.get("source") if isinstance(entry, dict) else entry)
    body = _map(_map(service.project.whole, key), source)
    target = scalar_text(entry.get("target")) if isinstance(entry, dict) else ""
    if not target.startswith("/"):
        target = f"{folder}{target or source}"
    name = scalar_text(body.get("name")) or _external_name(body) or source
    # A name that is made of a text is no longer seen as the secret that may stand in it.
    shown = redact_text(service.veil.plain(posixpath.basename(target)))[0]
    inside = _UNFIT.sub("-", shown)
    return RunMount(
        kind="config",
        source=service.veil.word(f"{kind}/{name}"),
        target=service.veil.word(target),
        read_only=True,
        sub_path=inside,
        made_from=_origin(service, body, inside),
    )


def is_mounted(entry: Any) -> bool:
    """Whether an entry of `volumes` or `tmpfs` is more than what only an engine mounts."""
    return not isinstance(entry, dict) or scalar_text(entry.get("type")) not in _ENGINE_ONLY


def mount_target(key: str, entry: Any) -> str:
    """The path in the container of an entry of `volumes` or `tmpfs`."""
    if isinstance(entry, dict):
        return scalar_text(entry.get("target"))
    text = scalar_text(entry)
    return parse_tmpfs(text).target if key == "tmpfs" else parse_volume(text).target


_UNFIT = re.compile(r"[^\w.-]+", re.ASCII)


def _origin(service: Service, body: Body, key: str) -> Word:
    """What kubectl makes it from; nothing for one that is there already."""
    if "file" in body:
        path = _host_path(service, _from_folder(scalar_text(body["file"])))
        return joined((f"--from-file={key}=", *path.parts))
    if "environment" in body:
        name = service.veil.plain(scalar_text(body["environment"]))
        left = Expansion(source=f"${name}", kind="variable", name=name, quoted=True)
        return joined((f"--from-literal={key}=", left))
    if "content" in body:
        return joined(
            (f"--from-literal={key}=", *service.veil.word(scalar_text(body["content"])).parts)
        )
    return Word()


def _from_folder(path: str) -> str:
    return path if path.startswith(("/", "~", ".")) or is_veiled(path[:1]) else f"./{path}"


def _map(body: Body, key: str) -> Body:
    value = body.get(key)
    return value if isinstance(value, dict) else {}
