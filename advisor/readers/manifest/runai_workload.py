"""Run:ai's own objects (`TrainingWorkload`...), read as the command of v2 that submits the same."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Origin
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word, word
from advisor.objects.roles import Path
from advisor.readers.manifest.items import shown_value
from advisor.readers.manifest.leaves import spelled
from advisor.readers.manifest.shape import Body, mapping, scalar, text
from advisor.readers.runai.flags import RunaiFlagSet, second_catalog, second_flags
from advisor.readers.runai.reader import read_runai
from advisor.readers.yaml.positions import Positions

_NAMESPACE = "runai-"
_FRAMEWORKS = {
    "pytorch": "pytorch",
    "pytorchjob": "pytorch",
    "tf": "tensorflow",
    "tensorflow": "tensorflow",
    "mpi": "mpi",
    "xgboost": "xgboost",
    "jax": "jax",
}
_MASTER = "masterSpec"


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


@cache
def _catalog() -> FieldCatalog:
    return load_catalog("runai_workload_fields", FieldCatalog)


@cache
def _fields() -> dict[str, Field]:
    return {key: field for field in _catalog().fields for key in field.keys}


def is_runai_workload(document: Body) -> bool:
    """Whether an object is one that this module reads; templates of others are none."""
    group, _, _ = text(document, "apiVersion").partition("/")
    known = group == "run.ai" and text(document, "kind") in _catalog().kinds
    return known and mapping(document, "spec").get("usage") != "Template"


class _Piece(Record, frozen=True, kw_only=True):
    """Words that one field stands for, before the command of the job or in it."""

    path: Path
    value: Any
    words: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def read_workload(
    document: Body, path: Path, positions: Positions, number: int, file: str
) -> JobSpec:
    """The job of one object, `path` of document `number` of the file.

    Raises InputError, with the field's place, for a value that runai refuses.
    """
    spec = mapping(document, "spec")
    subcommand = _subcommand(document)
    flags = second_flags(subcommand)
    pieces = [
        *_pieces(spec, ("spec",), flags, ""),
        *_pieces(
            mapping(document, _MASTER) or mapping(spec, _MASTER), (_MASTER,), flags, "master-"
        ),
    ]

    def place(below: Path) -> Place:
        line, column = positions.of((*path, *below), number)
        return Place(file=file, line=line, column=column)

    name = scalar(_unboxed(spec.get("name"))) or text(mapping(document, "metadata"), "name")
    spoken = second_catalog().commands[subcommand][0].split()
    start = [*(("runai", one) for one in ("runai", *spoken)), *([("name", name)] if name else [])]
    words = [value for _, value in start]
    places = [place(()) for _ in words]
    namespace = text(mapping(document, "metadata"), "namespace")
    if namespace.startswith(_NAMESPACE):
        words += ["--project", namespace.removeprefix(_NAMESPACE)]
        places += [place(("metadata", "namespace"))] * 2
    owners: dict[int, _Piece] = {}
    for piece in pieces:
        for one in piece.words:
            owners[len(words)] = piece
            words.append(one)
            places.append(place(piece.path))
    entry = [one for piece in pieces if piece.path[-1] == "command" for one in piece.command]
    tail = entry + [one for piece in pieces if piece.path[-1] != "command" for one in piece.command]
    words += ["--command"] if entry else []
    words += ["--", *tail] if tail else []
    places += [place(("spec",))] * (len(words) - len(places))
    job = read_runai(tuple(map(_text, words)), place=place(()), positions=places)
    return msgspec.structs.replace(
        job,
        label=f"{text(document, 'kind')} {f'{namespace}/' if namespace else ''}{name}",
        namespace=namespace,
        items=tuple(_items(document, job.items, pieces, owners, place)),
    )


def _subcommand(document: Body) -> str:
    spec, kind = mapping(document, "spec"), text(document, "kind")
    stated = scalar(_unboxed(spec.get("distributedFramework") or spec.get("jobType")))
    if kind == "DistributedWorkload":
        return _FRAMEWORKS.get(stated.lower(), "pytorch")
    if _unboxed(spec.get("mpi")) in (True, "true"):
        return "mpi"
    return _catalog().kinds[kind]


def _text(stated: str) -> Word:
    return word(stated)


def _unboxed(value: Any) -> Any:
    """A value as Run:ai wraps it, `{value: ...}`, or as it is."""
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _entries(value: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
    """The entries of `{items: {NAME: {value: ...}}}`, of a plain map, or of a list."""
    held = value.get("items", value) if isinstance(value, dict) else value
    below = (*path, "items") if isinstance(value, dict) and "items" in value else path
    if isinstance(held, dict):
        for name, one in held.items():
            yield str(name), _unboxed(one), (*below, name)
    elif isinstance(held, list):
        for index, one in enumerate(held):
            name = scalar(one.get("name")) if isinstance(one, dict) else ""
            lone = isinstance(one, dict) and set(one) == {"name", "value"}
            yield name, one["value"] if lone else _unboxed(one), (*below, index)


def _pieces(spec: Body, path: Path, flags: RunaiFlagSet, prefix: str) -> Iterator[_Piece]:
    for key, value in spec.items():
        here = (*path, key)
        if key in _catalog().groups and isinstance(value, dict):
            yield from _pieces(value, here, flags, prefix)
            continue
        field = _fields().get(key)
        if field is None or key == _MASTER:
            if key not in _catalog().choosing and key != _MASTER:
                yield _Piece(path=here, value=_unboxed(value))
            continue
        yield from _checked(_FORMS[field.form](field, value, here), flags, prefix)


def _checked(pieces: Iterator[_Piece], flags: RunaiFlagSet, prefix: str) -> Iterator[_Piece]:
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


def replaced(piece: _Piece, **changes: Any) -> _Piece:
    """The piece with some of it changed."""
    return msgspec.structs.replace(piece, **changes)


Form = Callable[[Field, Any, Path], Iterator[_Piece]]


def _plain(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    stated = scalar(held)
    words = (f"--{field.flag}", stated) if stated else ()
    yield _Piece(path=path, value=held, words=words)


def _switch(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    on = scalar(held).lower() == "true"
    yield _Piece(path=path, value=held, words=(f"--{field.flag}",) if on else ())


def _whole(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = scalar(_unboxed(value))
    amount = f"{held}s" if held.isdecimal() else held
    yield _Piece(
        path=path, value=_unboxed(value), words=(f"--{field.flag}", amount) if held else ()
    )


def _parted(held: Any) -> list[str]:
    if isinstance(held, list):
        return [scalar(one) for one in held]
    return scalar(held).replace(",", " ").replace(";", " ").split()


def _list(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    found = [one for text in _parted(held) for one in (f"--{field.flag}", text)]
    yield _Piece(path=path, value=held, words=tuple(found))


def _commas(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    stated = ",".join(_parted(held))
    yield _Piece(path=path, value=held, words=(f"--{field.flag}", stated) if stated else ())


def _named(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    for name, held, where in _entries(_unboxed(value), path):
        words = (f"--{field.flag}", f"{name}={scalar(held)}") if name else ()
        yield _Piece(path=where, value=held, words=words)


def _pairs(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    for name, held, where in _entries(_unboxed(value), path):
        yield _Piece(path=where, value=held, words=_pair_words(field.flag, field.names, name, held))


def _pair_words(flag: str, names: dict[str, str], name: str, held: Any) -> tuple[str, ...]:
    if not isinstance(held, dict):
        return ()
    pairs: dict[str, str] = {}
    for key, one in held.items():
        if key in names and scalar(_unboxed(one)):
            pairs.setdefault(names[key], scalar(_unboxed(one)))
    if "name" in names.values() and name:
        pairs.setdefault("name", name)
    made = ",".join(f"{key}={one}" for key, one in pairs.items())
    return (f"--{flag}", made) if made else ()


def _words(_: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    if isinstance(held, list):
        words = [scalar(one) for one in held]
    else:
        try:
            words = shlex.split(scalar(held))
        except ValueError:
            words = scalar(held).split()
    yield _Piece(path=path, value=held, command=tuple(words))


def _gpu(_: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    stated = scalar(held)
    words: tuple[str, ...] = ("--gpu-devices-request", stated)
    if "." in stated and stated.rstrip("0").rstrip(".").count("."):
        share = ("--gpu-request-type", "portion", "--gpu-portion-request", stated)
        words = ("--gpu-devices-request", "1", *share)
    yield _Piece(path=path, value=held, words=words if stated.strip("0.") else ())


def _gpu_memory(_: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    share = ("--gpu-request-type", "memory", "--gpu-memory-request", scalar(held))
    yield _Piece(path=path, value=held, words=share if scalar(held) else ())


def _mig(_: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    profile = scalar(held).removeprefix("mig-")
    words = ("--extended-resource", f"nvidia.com/mig-{profile}=1") if profile else ()
    yield _Piece(path=path, value=held, words=words)


def _claim(_: Field, value: Any, path: Path) -> Iterator[_Piece]:
    for name, held, where in _entries(_unboxed(value), path):
        body = held if isinstance(held, dict) else {}
        claim, target = text(body, "claimName") or name, text(body, "path")
        keys = [f"claimname={claim}"] if claim else []
        flag = "existing-pvc"
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
        keys += ["ro"] if body.get("readOnly") is True and flag == "new-pvc" else []
        words = (f"--{flag}", ",".join(keys)) if target and claim else ()
        yield _Piece(path=where, value=held, words=words)


_MODES = (
    ("readWriteOnce", "accessmode-rwo"),
    ("readOnlyMany", "accessmode-rom"),
    ("readWriteMany", "accessmode-rwm"),
)


def _volume(_: Field, value: Any, path: Path) -> Iterator[_Piece]:
    for _name, held, where in _entries(_unboxed(value), path):
        body = held if isinstance(held, dict) else {}
        server, target = text(body, "nfsServer"), text(body, "mountPath")
        keys = [f"path={text(body, 'path')}"]
        keys += [f"server={server}", f"mountpath={target}"] if server else [f"mount={target}"]
        keys += [] if body.get("readOnly") is True else ["readwrite"]
        flag = "nfs" if server else "host-path"
        words = (f"--{flag}", ",".join(keys)) if target and body.get("path") else ()
        yield _Piece(path=where, value=held, words=words)


def _port(_: Field, value: Any, path: Path) -> Iterator[_Piece]:
    for _name, held, where in _entries(_unboxed(value), path):
        body = held if isinstance(held, dict) else {"container": held}
        inside, outside = (
            scalar(_unboxed(body.get("container"))),
            scalar(_unboxed(body.get("external"))),
        )
        kind = scalar(_unboxed(body.get("serviceType")))
        keys = [f"service-type={kind}"] if kind else []
        keys += [f"container={inside}"] + ([f"external={outside}"] if outside else [])
        words: tuple[str, ...] = ("--port", ",".join(keys))
        if not kind and not outside:
            words = ("--external-url", f"container={inside}")
        yield _Piece(path=where, value=held, words=words if inside else ())


def _preemptible(field: Field, value: Any, path: Path) -> Iterator[_Piece]:
    held = _unboxed(value)
    yes = (scalar(held) == "true") == (field.form == "preemptible")
    stated = "preemptible" if yes else "non-preemptible"
    yield _Piece(path=path, value=held, words=(f"--{field.flag}", stated))


_FORMS: dict[str, Form] = {
    "text": _plain,
    "switch": _switch,
    "whole": _whole,
    "list": _list,
    "commas": _commas,
    "named": _named,
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


def _items(
    document: Body,
    read: tuple[Item, ...],
    pieces: list[_Piece],
    owners: dict[int, _Piece],
    place: Callable[[Path], Place],
) -> Iterator[Item]:
    """An item for each field: what it sets is what its words set."""
    program, *others = read
    yield msgspec.structs.replace(program, written="kind", value=text(document, "kind"), words=())
    by_piece: dict[int, list[Item]] = {}
    command: Item | None = None
    for item in others:
        owner = next((owners[number] for number in item.words if number in owners), None)
        if owner is not None:
            by_piece.setdefault(id(owner), []).append(item)
        elif item.name == "COMMAND":
            command = item
        elif item.name != "--command":
            yield msgspec.structs.replace(item, words=())
    for piece in pieces:
        has = by_piece.get(id(piece), [])
        made = command if piece.command and command else has[-1] if has else None
        made = made or Item(name=spelled(piece.path))
        origin = _origin(piece, has)
        yield msgspec.structs.replace(
            made,
            sets=origin.sets,
            idle=origin.idle,
            written=str(piece.path[-1]),
            value=made.value if made is not command and made.value else _shown(piece),
            place=place(piece.path),
            words=(),
        )


def _origin(piece: _Piece, has: list[Item]) -> Origin:
    """What its words set; without any, nothing where it is off or empty, else what no run has."""
    sets = tuple(dict.fromkeys(part for item in has for part in item.sets))
    if piece.command:
        return Origin((("entrypoint" if piece.path[-1] == "command" else "arguments",),))
    if sets or has:
        return Origin(sets, "" if sets else has[-1].idle)
    if piece.value in (None, "", [], {}, 0, "0"):
        return Origin(idle="empty")
    off = scalar(piece.value).lower() == "false"
    return Origin(idle="off") if off else Origin((("unknown_field",),))


def _shown(piece: _Piece) -> str:
    return shown_value(piece.path, piece.value)
