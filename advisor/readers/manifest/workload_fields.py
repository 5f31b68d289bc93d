"""Fields of Run:ai's own objects as words of a command, by a table of rules/catalog/."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.objects.roles import Path
from advisor.readers.manifest.shape import Body, mapping, scalar, text
from advisor.readers.runai.flags import RunaiFlagSet

MASTER = "masterSpec"


class Field(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field, and the flag that says the same; the table's head says what each key means."""

    keys: tuple[str, ...]
    flag: str = ""
    form: str = "text"
    names: dict[str, str] = {}


class FieldCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of fields."""

    sources: dict[str, str]
    groups: tuple[str, ...]
    kinds: dict[str, str]
    fields: tuple[Field, ...]
    choosing: tuple[str, ...]
    idle: dict[str, str]


@cache
def field_catalog() -> FieldCatalog:
    return load_catalog("runai_workload_fields", FieldCatalog)


@cache
def _fields() -> dict[str, Field]:
    return {key: field for field in field_catalog().fields for key in field.keys}


class Piece(Record, frozen=True, kw_only=True):
    """Words that one field stands for, before the command of the job or in it."""

    path: Path
    value: Any
    words: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    idle: str = ""


def unboxed(value: Any) -> Any:
    """A value as Run:ai wraps it, `{value: ...}`, or as it is."""
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _entries(value: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
    """The entries of `{items: {NAME: {value: ...}}}`, of a plain map, or of a list."""
    held = value.get("items", value) if isinstance(value, dict) else value
    below = (*path, "items") if isinstance(value, dict) and "items" in value else path
    if isinstance(held, dict):
        for name, entry in held.items():
            yield str(name), unboxed(entry), (*below, name)
    elif isinstance(held, list):
        for index, entry in enumerate(held):
            name = scalar(entry.get("name")) if isinstance(entry, dict) else ""
            lone = isinstance(entry, dict) and set(entry) == {"name", "value"}
            yield name, entry["value"] if lone else unboxed(entry), (*below, index)


def field_pieces(spec: Body, path: Path, flags: RunaiFlagSet, prefix: str) -> Iterator[Piece]:
    for key, value in spec.items():
        here = (*path, key)
        if key in field_catalog().groups and isinstance(value, dict):
            yield from field_pieces(value, here, flags, prefix)
            continue
        field = _fields().get(key)
        if field is None or key == MASTER:
            if key not in field_catalog().choosing and key != MASTER:
                yield Piece(path=here, value=unboxed(value))
            elif key in field_catalog().idle:
                yield Piece(path=here, value=unboxed(value), idle=field_catalog().idle[key])
            continue
        yield from _checked(_FORMS[field.form](field, value, here), flags, prefix)


def _checked(pieces: Iterator[Piece], flags: RunaiFlagSet, prefix: str) -> Iterator[Piece]:
    """Without the words of flags that the subcommand does not have; `master-` before each of those
    of the pod that leads."""
    for piece in pieces:
        words = list(piece.words)
        if prefix and piece.command:
            kind = "command" if piece.path[-1] == "command" else "args"
            words, piece = [f"--{kind}", shlex.join(piece.command)], replaced(piece, command=())
        made: list[str] = []
        while words:
            flag = words.pop(0).removeprefix("--")
            known = flags.by_name.get(f"{prefix}{flag}")
            value = [words.pop(0)] if words and not words[0].startswith("--") else []
            if known is not None:
                made += [f"--{prefix}{flag}={value[0]}"] if value else [f"--{prefix}{flag}"]
        yield replaced(piece, words=tuple(made))


def settled(spec: Body) -> Body:
    """The spec with what it says of all ports and volumes said of each of them, and of the rule for
    its topology."""
    made = dict(spec)
    kind = scalar(unboxed(spec.get("serviceType")))
    propagated = scalar(unboxed(spec.get("mountPropagation"))).lower() == "true"
    for key, name, usual in (
        ("ports", "serviceType", kind),
        ("volumes", "mountPropagation", "HostToContainer" if propagated else ""),
    ):
        items = mapping(spec, key, "items")
        if usual and items:
            made[key] = {
                **spec[key],
                "items": {
                    label: {**item, "value": {name: usual, **item["value"]}}
                    if isinstance(item, dict) and isinstance(item.get("value"), dict)
                    else item
                    for label, item in items.items()
                },
            }
    rule = scalar(unboxed(spec.get("podAffinitySchedulingRule"))).lower()
    if rule in ("soft", "preferred") and "podAffinityTopology" in spec:
        made["preferredTopologyKey"] = made.pop("podAffinityTopology")
    return made


Form = Callable[[Field, Any, Path], Iterator[Piece]]


def _plain(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    stated = scalar(held)
    words = (f"--{field.flag}", stated) if stated else ()
    yield Piece(path=path, value=held, words=words)


def _switch(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    on = scalar(held).lower() == "true"
    yield Piece(path=path, value=held, words=(f"--{field.flag}",) if on else ())


def _whole(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = scalar(unboxed(value))
    amount = f"{held}s" if held.isdecimal() else held
    yield Piece(path=path, value=unboxed(value), words=(f"--{field.flag}", amount) if held else ())


def _parted(held: Any) -> list[str]:
    if isinstance(held, list):
        return [scalar(entry) for entry in held]
    return scalar(held).replace(",", " ").replace(";", " ").split()


def _list(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    arguments = [argument for text in _parted(held) for argument in (f"--{field.flag}", text)]
    yield Piece(path=path, value=held, words=tuple(arguments))


def _commas(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    stated = ",".join(_parted(held))
    yield Piece(path=path, value=held, words=(f"--{field.flag}", stated) if stated else ())


def _named(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    for name, held, where in _entries(unboxed(value), path):
        stated = name and not isinstance(held, dict | list)
        words = (f"--{field.flag}", f"{name}={scalar(held)}") if stated else ()
        yield Piece(path=where, value=held, words=words)


def _variables(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    """As `_named`; a variable that is a key of a Secret has a flag of its own."""
    for piece in _named(field, value, path):
        held = piece.value if isinstance(piece.value, dict) else {}
        secret, key = text(mapping(held, "secret"), "name"), text(mapping(held, "secret"), "key")
        if secret and key and text(held, "name"):
            flag = f"{text(held, 'name')}={secret},key={key}"
            piece = replaced(piece, words=("--env-secret", flag))
        yield piece


def _cores(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    """A quantity as Kubernetes has it, where the flag takes a number of cores."""
    for piece in _plain(field, value, path):
        stated = piece.words[1] if piece.words else ""
        if re.fullmatch(r"\d{1,9}m", stated):
            piece = replaced(piece, words=(piece.words[0], f"{int(stated[:-1]) / 1000:g}"))
        yield piece


def _pairs(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    for name, held, where in _entries(unboxed(value), path):
        yield Piece(path=where, value=held, words=_pair_words(field.flag, field.names, name, held))
        for key, entry in held.items() if isinstance(held, dict) else ():
            if key not in field.names and unboxed(entry) not in (None, "", False):
                yield Piece(path=(*where, key), value=entry)


def _pair_words(flag: str, names: dict[str, str], name: str, held: Any) -> tuple[str, ...]:
    if not isinstance(held, dict):
        return ()
    pairs: dict[str, str] = {}
    for key, entry in held.items():
        if key in names and scalar(unboxed(entry)):
            pairs.setdefault(names[key], scalar(unboxed(entry)))
    if "name" in names.values() and name:
        pairs.setdefault("name", name)
    made = ",".join(f"{key}={value}" for key, value in pairs.items())
    return (f"--{flag}", made) if made else ()


def _words(_: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    if isinstance(held, list):
        words = [scalar(entry) for entry in held]
    else:
        try:
            words = shlex.split(scalar(held))
        except ValueError:
            words = scalar(held).split()
    yield Piece(path=path, value=held, command=tuple(words))


def _gpu(_: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    stated = scalar(held)
    words: tuple[str, ...] = ("--gpu-devices-request", stated)
    if "." in stated and stated.rstrip("0").rstrip(".").count("."):
        share = ("--gpu-request-type", "portion", "--gpu-portion-request", stated)
        words = ("--gpu-devices-request", "1", *share)
    yield Piece(path=path, value=held, words=words if stated.strip("0.") else ())


def _gpu_memory(_: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    share = ("--gpu-request-type", "memory", "--gpu-memory-request", scalar(held))
    yield Piece(path=path, value=held, words=share if scalar(held) else ())


def _mig(_: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    profile = scalar(held).removeprefix("mig-")
    words = ("--extended-resource", f"nvidia.com/mig-{profile}=1") if profile else ()
    yield Piece(path=path, value=held, words=words)


def _claim(_: Field, value: Any, path: Path) -> Iterator[Piece]:
    for name, held, where in _entries(unboxed(value), path):
        body = held if isinstance(held, dict) else {}
        claim, target = text(body, "claimName") or name, text(body, "path")
        keys = [f"claimname={claim}"] if claim else []
        flag = "existing-pvc"
        body = {**mapping(body, "claimInfo"), **body}
        if body.get("existingPvc") is not True and text(body, "size"):
            flag = "new-pvc"
            keys += (
                [f"storageclass={text(body, 'storageClass')}"] if body.get("storageClass") else []
            )
            keys += [f"size={text(body, 'size')}"]
            modes = mapping(body, "accessModes") or body
            for key, mode in _MODES:
                keys += [mode] if modes.get(key) is True else []
            keys += ["ephemeral"] if body.get("ephemeral") is True else []
        keys += [f"path={target}"]
        keys += ["ro"] if body.get("readOnly") is True else []
        words = (f"--{flag}", ",".join(keys)) if target and claim else ()
        yield Piece(path=where, value=held, words=words)


_MODES = (
    ("readWriteOnce", "accessmode-rwo"),
    ("readOnlyMany", "accessmode-rom"),
    ("readWriteMany", "accessmode-rwm"),
)


def _volume(_: Field, value: Any, path: Path) -> Iterator[Piece]:
    for _name, held, where in _entries(unboxed(value), path):
        body = held if isinstance(held, dict) else {}
        server = text(body, "nfsServer") or text(body, "server")
        target = text(body, "mountPath")
        keys = [f"path={text(body, 'path')}"]
        keys += [f"server={server}", f"mountpath={target}"] if server else [f"mount={target}"]
        keys += [] if body.get("readOnly") is True else ["readwrite"]
        flag = "nfs" if server else "host-path"
        propagation = text(body, "mountPropagation")
        keys += [f"mount-propagation={propagation}"] if propagation and not server else []
        words = (f"--{flag}", ",".join(keys)) if target and body.get("path") else ()
        yield Piece(path=where, value=held, words=words)


def _port(_: Field, value: Any, path: Path) -> Iterator[Piece]:
    for _name, held, where in _entries(unboxed(value), path):
        body = held if isinstance(held, dict) else {"container": held}
        inside, outside = (
            scalar(unboxed(body.get("container"))),
            scalar(unboxed(body.get("external"))),
        )
        kind = scalar(unboxed(body.get("serviceType")))
        if kind.lower() == "servingport":
            protocol = scalar(unboxed(body.get("protocol"))).lower()
            stated = f"container={inside}" + (f",protocol={protocol}" if protocol else "")
            yield Piece(path=where, value=held, words=("--serving-port", stated) if inside else ())
            continue
        kind = _SERVICE_TYPES.get(kind.lower(), "")
        keys = [f"service-type={kind}"] if kind else []
        keys += [f"container={inside}"] + ([f"external={outside}"] if outside else [])
        words: tuple[str, ...] = ("--port", ",".join(keys))
        if not kind and not outside:
            words = ("--external-url", f"container={inside}")
        yield Piece(path=where, value=held, words=words if inside else ())


_SERVICE_TYPES = {kind.lower(): kind for kind in ("ClusterIP", "NodePort", "LoadBalancer")}
"""The types of a Service; Run:ai's others are addresses."""


def _preemptible(field: Field, value: Any, path: Path) -> Iterator[Piece]:
    held = unboxed(value)
    yes = (scalar(held) == "true") == (field.form == "preemptible")
    stated = "preemptible" if yes else "non-preemptible"
    yield Piece(path=path, value=held, words=(f"--{field.flag}", stated))


_FORMS: dict[str, Form] = {
    "text": _plain,
    "switch": _switch,
    "whole": _whole,
    "list": _list,
    "commas": _commas,
    "named": _named,
    "variables": _variables,
    "cores": _cores,
    "keys": _pairs,
    "words": _words,
    "gpu": _gpu,
    "gpu-memory": _gpu_memory,
    "mig": _mig,
    "claim": _claim,
    "volume": _volume,
    "port": _port,
    "preemptible": _preemptible,
    "non-preemptible": _preemptible,
}


def replaced(piece: Piece, **changes: Any) -> Piece:
    """The piece with some of it changed."""
    return msgspec.structs.replace(piece, **changes)
