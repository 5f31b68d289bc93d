"""What the user decided (`--data-claim`, `--nfs`, `--set`, `--cwd`), read and put into a job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from advisor.errors import InputError
from advisor.jobs.run import Run
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation
from advisor.jobs.word import Expansion, Word, joined

_CLAIM = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_SERVER = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_VARIABLE = re.compile(r"[A-Za-z_]\w*|[1-9]\d{0,2}|@", re.ASCII)


def parse_claim(text: str) -> ClaimMapping:
    """`NAME` or `NAME=PATH`, also of a named volume; without one all data is in the claim.
    InputError."""
    name, given, path = text.partition("=")
    if not _CLAIM.fullmatch(name):
        raise InputError(
            f"'{name}' is no name of a claim: lower-case letters, digits, '-' and '.' make one",
            where="--data-claim",
            remedy="as in: --data-claim datasets=/raid/datasets",
        )
    if given and not path:
        raise InputError(
            "there is nothing behind '='",
            where="--data-claim",
            remedy="name the local path, or the volume, whose data it will hold",
        )
    return ClaimMapping(claim=name, path=path)


def parse_export(text: str) -> NfsExport:
    """`SERVER:/EXPORT=PATH`. InputError."""
    remote, given, path = text.partition("=")
    server, colon, export = remote.partition(":/")
    if not (given and path and colon and _SERVER.fullmatch(server)):
        raise InputError(
            f"'{text}' is not SERVER:/EXPORT=PATH",
            where="--nfs",
            remedy="as in: --nfs filer:/vol/datasets=/raid/datasets",
        )
    return NfsExport(server=server, export=f"/{export}", path=path)


def parse_values(texts: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` each; the last one of a name counts. InputError."""
    values: dict[str, str] = {}
    for text in texts:
        name, given, value = text.partition("=")
        if not given or not _VARIABLE.fullmatch(name):
            shown = name if given else text.partition(" ")[0]
            raise InputError(
                f"'{shown}' is not NAME=VALUE", where="--set", remedy="as in: --set USER=ada"
            )
        values[name] = value
    return values


_DIRECTORY_SOURCES = frozenset(
    {"$PWD", "${PWD}", "$(pwd)", "`pwd`", "%CD%", "%cd%", "$(PWD)", "$(CURDIR)", "~+"}
)


def settled_run(run: Run, situation: Situation) -> Run:
    """The run with every word's known expansions replaced."""
    if not situation.values and not situation.directory:
        return run

    def settle(word: Word | None) -> Word | None:
        return None if word is None else settled_word(word, situation.values, situation.directory)

    def settle_all(words: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(settled_word(word, situation.values, situation.directory) for word in words)

    return msgspec.structs.replace(
        run,
        image=settle(run.image),
        name=settle(run.name),
        entrypoint=None if run.entrypoint is None else settle_all(run.entrypoint),
        arguments=settle_all(run.arguments),
        environment=tuple(
            msgspec.structs.replace(variable, value=settle(variable.value))
            for variable in run.environment
        ),
        environment_files=settle_all(run.environment_files),
        working_directory=settle(run.working_directory),
        user=settle(run.user),
        mounts=tuple(
            msgspec.structs.replace(mount, source=settle(mount.source), target=settle(mount.target))
            for mount in run.mounts
        ),
    )


def settled_word(word: Word, values: Mapping[str, str], directory: str) -> Word:
    """The word with the current directory and the given variables put in."""
    if directory:
        word = joined(
            directory if isinstance(part, Expansion) and part.source in _DIRECTORY_SOURCES else part
            for part in word.parts
        )
    return word.settled(values)
