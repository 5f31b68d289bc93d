"""Run:ai's own objects (`TrainingWorkload`...), read as the command of v2 that submits the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Origin
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word, word
from advisor.objects.roles import Path
from advisor.readers.manifest.items import shown_value
from advisor.readers.manifest.shape import Body, mapping, scalar, spelled, text
from advisor.readers.manifest.workload_fields import (
    MASTER,
    Piece,
    field_catalog,
    field_pieces,
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
    group, _, _ = text(document, "apiVersion").partition("/")
    known = group == "run.ai" and text(document, "kind") in field_catalog().kinds
    return known and mapping(document, "spec").get("usage") != "Template"


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
        *_labels(document, flags),
        *field_pieces(spec, ("spec",), flags, ""),
        *field_pieces(
            mapping(document, MASTER) or mapping(spec, MASTER), (MASTER,), flags, "master-"
        ),
    ]

    def place(below: Path) -> Place:
        line, column = positions.of((*path, *below), number)
        return Place(file=file, line=line, column=column)

    prefixed = any(
        "--name-prefix" in argument.partition("=")[0] for p in pieces for argument in p.words
    )
    stated = scalar(unboxed(spec.get("name")))
    known = text(mapping(document, "metadata"), "name")
    name = stated or ("" if prefixed else known)
    spoken = second_catalog().commands[subcommand][0].split()
    start = [
        *(("runai", spoken_word) for spoken_word in ("runai", *spoken)),
        *([("name", name)] if name else []),
    ]
    words = [value for _, value in start]
    places = [place(()) for _ in words]
    namespace = text(mapping(document, "metadata"), "namespace")
    if namespace.startswith(_NAMESPACE):
        words += ["--project", namespace.removeprefix(_NAMESPACE)]
        places += [place(("metadata", "namespace"))] * 2
    owners: dict[int, Piece] = {}
    for piece in pieces:
        for argument in piece.words:
            owners[len(words)] = piece
            words.append(argument)
            places.append(place(piece.path))
    entry = [
        argument for piece in pieces if piece.path[-1] == "command" for argument in piece.command
    ]
    tail = entry + [
        argument for piece in pieces if piece.path[-1] != "command" for argument in piece.command
    ]
    words += ["--command"] if entry else []
    words += ["--", *tail] if tail else []
    places += [place(("spec",))] * (len(words) - len(places))
    job = read_runai(tuple(map(_text, words)), place=place(()), positions=places)
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


def _text(stated: str) -> Word:
    return word(stated)


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
            value=made.value if made is not command and made.value else _shown(piece),
            place=place(piece.path),
            words=(),
        )


def _origin(piece: Piece, has: list[Item]) -> Origin:
    """What its words set; without any, nothing where it is off or empty, else what no run has."""
    sets = tuple(dict.fromkeys(part for item in has for part in item.sets))
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
