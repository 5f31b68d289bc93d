"""Run:ai's own objects (`TrainingWorkload`...), read as the command of v2 that submits the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import msgspec

from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Origin
from advisor.jobs.spec import JobSpec
from advisor.objects.roles import Path
from advisor.readers.manifest.items import shown_value
from advisor.readers.manifest.shape import Body, mapping, scalar, spelled, text
from advisor.readers.manifest.words import template_word
from advisor.readers.manifest.workload_fields import (
    MASTER,
    Piece,
    field_catalog,
    field_pieces,
    settled,
    unboxed,
)
from advisor.readers.runai.flags import RunaiFlagSet, second_catalog, second_flags
from advisor.readers.runai.reader import read_runai
from advisor.readers.yaml_documents import Positions

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


def is_runai_workload(document: Body) -> bool:
    """Whether an object is one that this module reads; templates of others are none."""
    return _is_known(document) and not is_template_of_runai(document)


def is_template_of_runai(document: Body) -> bool:
    """Whether an object of Run:ai only holds defaults for others."""
    return _is_known(document) and mapping(document, "spec").get("usage") == "Template"


def _is_known(document: Body) -> bool:
    group, _, _ = text(document, "apiVersion").partition("/")
    return group == "run.ai" and text(document, "kind") in field_catalog().kinds


def read_workload(
    document: Body,
    path: Path,
    positions: Positions,
    number: int,
    file: str,
    left: Collection[str] = (),
) -> JobSpec:
    """The job of one object, `path` of document `number` of the file. `left` are variables that
    somebody puts in before it is applied.

    Raises InputError, with the field's place, for a value that runai refuses.
    """
    spec, metadata = mapping(document, "spec"), mapping(document, "metadata")
    subcommand = _subcommand(document)
    flags = second_flags(subcommand)
    master = mapping(document, MASTER) or mapping(spec, MASTER)
    pieces = [
        *_labels(document, flags),
        *field_pieces(settled(spec), ("spec",), flags, ""),
        *field_pieces(master, (MASTER,), flags, "master-"),
    ]
    of_pieces = [(argument, piece) for piece in pieces for argument in piece.words]
    stated, known = scalar(unboxed(spec.get("name"))), text(metadata, "name")
    prefixed = any(argument.startswith("--name-prefix") for argument, _ in of_pieces)
    name = stated or ("" if prefixed else known)
    namespace = text(metadata, "namespace")
    entry = [part for piece in pieces if piece.path[-1] == "command" for part in piece.command]
    tail = [part for piece in pieces if piece.path[-1] != "command" for part in piece.command]
    # Each word of the command with the path of the field that it stands for.
    start = ["runai", *second_catalog().commands[subcommand][0].split(), *([name] if name else [])]
    spoken: list[tuple[str, Path]] = [(argument, ()) for argument in start]
    if namespace.startswith(_NAMESPACE):
        project = ("--project", namespace.removeprefix(_NAMESPACE))
        spoken += [(argument, ("metadata", "namespace")) for argument in project]
    owners = {at: piece for at, (_, piece) in enumerate(of_pieces, start=len(spoken))}
    spoken += [(argument, piece.path) for argument, piece in of_pieces]
    end = [*(["--command"] if entry else []), *(["--"] if entry or tail else []), *entry, *tail]
    spoken += [(argument, ("spec",)) for argument in end]

    def place(below: Path) -> Place:
        line, column = positions.of((*path, *below), number)
        return Place(file=file, line=line, column=column)

    job = read_runai(
        tuple(template_word(argument, left, own=True) for argument, _ in spoken),
        place=place(()),
        positions=[place(below) for _, below in spoken],
    )
    return msgspec.structs.replace(
        job,
        label=f"{text(document, 'kind')} {f'{namespace}/' if namespace else ''}{name or known}",
        namespace=namespace,
        object_kind=text(document, "kind"),
        items=tuple(_items(document, job.items, pieces, owners, place)),
    )


def _labels(document: Body, flags: RunaiFlagSet) -> Iterator[Piece]:
    """Those of the object itself: of the workload and none of its pods', but for what chooses how
    it is scheduled."""
    metadata = mapping(document, "metadata")
    for field in ("labels", "annotations"):
        for name, value in mapping(metadata, field).items():
            flag = _OF_LABELS.get(str(name), "")
            known = flag in flags.by_name
            yield Piece(
                path=("metadata", field, name),
                value=value,
                words=(f"--{flag}={scalar(value)}",) if known else (),
            )


_OF_LABELS = {
    "priorityClassName": "priority",
    "kai.scheduler/preemptibility": "preemptibility",
}


def _subcommand(document: Body) -> str:
    spec, kind = mapping(document, "spec"), text(document, "kind")
    stated = scalar(unboxed(spec.get("distributedFramework") or spec.get("jobType")))
    if kind == "DistributedWorkload":
        return _FRAMEWORKS.get(stated.lower(), "pytorch")
    if unboxed(spec.get("mpi")) in (True, "true"):
        return "mpi"
    return field_catalog().kinds[kind]


def _items(
    document: Body,
    read: tuple[Item, ...],
    pieces: list[Piece],
    owners: dict[int, Piece],
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
            value=has[0].value or _shown(piece) if len(has) == 1 else _shown(piece),
            place=place(piece.path),
            words=(),
        )


def _origin(piece: Piece, has: list[Item]) -> Origin:
    """What its words set; without any, nothing where it is off or empty, else what no run has."""
    sets = tuple(dict.fromkeys(part for item in has for part in item.sets))
    if piece.idle:
        return Origin(idle=piece.idle)
    if piece.command:
        if piece.path[-1] != "command":
            return Origin((("arguments",),))
        return Origin((("entrypoint",), *((("arguments",),) if len(piece.command) > 1 else ())))
    if sets or has:
        return Origin(sets, "" if sets else has[-1].idle)
    if piece.value in (None, "", [], {}, 0, "0"):
        return Origin(idle="empty")
    off = scalar(piece.value).lower() == "false"
    return Origin(idle="off") if off else Origin((("unknown_field",),))


def _shown(piece: Piece) -> str:
    return shown_value(piece.path, piece.value)
