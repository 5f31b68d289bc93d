"""`docker run` and its kin, read as docker reads them. Nothing is executed or looked up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NoReturn

from advisor.errors import InputError
from advisor.facts.image_reference import is_image_id, parse_reference
from advisor.facts.secrecy import redact_text
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Expansion, Veil, Word, is_veiled
from advisor.readers.docker_run.assembly import assemble_run
from advisor.readers.docker_run.checks import LATE, check_value
from advisor.readers.docker_run.command import Command, find_command, runs_container
from advisor.readers.docker_run.contradictions import find_contradiction
from advisor.readers.docker_run.engine_checks import find_engine_conflict, find_refused_value
from advisor.readers.docker_run.environment import (
    BadLineError,
    FileContents,
    content_in,
    file_contents,
)
from advisor.readers.docker_run.flags import GivenFlags, Occurrence, Scanned, Scanner, command_flags
from advisor.readers.docker_run.items import COMMAND, IMAGE, OPTIONS, ItemMaker, Provenance
from advisor.readers.gpu_evidence import with_stated_gpus
from advisor.readers.result import ScriptContext
from advisor.readers.shell.command import ShellCommand

READER = "docker-run"

_IMAGE_NAME = re.compile(r"IMAGE|IMG|TAG|REPO|REGISTRY|CONTAINER|DOCKER_NAME", re.IGNORECASE)
_OPTIONS_NAME = re.compile(
    r"OPT|ARG|FLAG|PARAM|MOUNT|MNT|BIND|VOL|GPU|ENV|PORT|RUNTIME|EXTRA|DEVICE|INTERACTIVE",
    re.IGNORECASE,
)
_GIVES_IMAGE = re.compile(
    r"\b(?:docker|podman|nerdctl|buildah)\s+(?:image\s+|buildx\s+)?(?:build|bud|images?|load|pull)\b"
)
_TAGGED_IMAGE = re.compile(r"\w[\w.-]*(?:/[\w.-]+)+[:@][\w.:-]+", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")


def is_command(words: Sequence[Word]) -> bool:
    """Whether the words start a container with docker, nvidia-docker, podman or nerdctl."""
    return runs_container(Veil(words))


def read_command(
    words: Sequence[Word], places: Sequence[Place], command: ShellCommand, context: ScriptContext
) -> JobSpec:
    """The job of a command of a script; env files are looked for from its folder. Raises InputError
    as `read_docker_run`."""
    return read_docker_run(
        words,
        place=command.place,
        positions=places,
        source=command.source,
        env_files=partial(content_in, context.folder, top=context.top),
    )


def read_docker_run(
    words: Sequence[Word],
    *,
    place: Place | None,
    positions: Sequence[Place] | None = None,
    source: str = "",
    env_files: Mapping[str, str] | FileContents | None = None,
) -> JobSpec:
    """The job that one command is; `positions` are the places of its words.

    `env_files` gives the content of env and label files by the name on the command line. Raises
    InputError for what docker refuses, with the flag's name and place.
    """
    return _Reading(words, place, positions or (), source).read(file_contents(env_files))


def read_existing(words: Sequence[Word]) -> JobSpec:
    """The words of a container that an engine has made: what it took is not judged again."""
    reading = _Reading(words, None, (), "")
    reading.judged = False
    return reading.read(file_contents(None))


class _Reading:
    """One command being read."""

    def __init__(
        self, words: Sequence[Word], place: Place | None, positions: Sequence[Place], source: str
    ) -> None:
        self.veil = Veil(words)
        self.maker = ItemMaker(self.veil, place, positions)
        self.place = place or (positions[0] if positions else None)
        self.source = source
        self.judged = True

    def read(self, contents: FileContents) -> JobSpec:
        """The whole job."""
        command = find_command(self.veil, self.fail)
        if command is None:
            self.fail("no docker run or docker create", 0)
        flags = command_flags(command.engine, command.verb)
        options = option_words(self.veil)
        scanned = Scanner(flags, self.veil.texts, self.fail).scan(command.start, options)
        self._check(command, scanned)
        given = GivenFlags(self.veil, scanned.occurrences)
        if self.judged:
            self._check_together(command, given, scanned.stop)
        try:
            run = with_stated_gpus(assemble_run(given, command, scanned.stop, contents))
        except BadLineError as error:
            self._fail_line(error, given)
        name = run.name.text if run.name else run.image.text
        where = f"{self.place.file}:{self.place.line}:{self.place.column}" if self.place else name
        return fill_placement(
            JobSpec(
                id=f"{READER}:{where}",
                label=name,
                kind=f"{command.program} {command.verb}",
                reader=READER,
                place=self.place,
                source=self.source,
                run=run,
                items=self._items(command, scanned, Provenance(given, command, run, contents)),
            )
        )

    def fail(self, what: str, number: int, remedy: str = "") -> NoReturn:
        """Raises the error that a word causes, secrets taken out."""
        place = self.maker.place(number)
        where = f"{place.file}:{place.line}:{place.column}" if place else ""
        raise InputError(redact_text(self.veil.plain(what))[0], where=where, remedy=remedy)

    def _fail_line(self, error: BadLineError, given: GivenFlags) -> NoReturn:
        naming = [
            occurrence
            for occurrence in given.of("env-file", "label-file")
            if self.veil.plain(occurrence.text) == error.file
        ]
        self.fail(f"--{naming[0].flag.name} {error.file}: {error}", naming[0].words[-1])

    def _check(self, command: Command, scanned: Scanned) -> None:
        last = {occurrence.flag.canonical: occurrence for occurrence in scanned.occurrences}
        for occurrence in (*command.globals, *scanned.occurrences):
            overruled = last.get(occurrence.flag.canonical, occurrence) is not occurrence
            if occurrence.flag.value in LATE and not occurrence.flag.repeatable and overruled:
                continue
            self._check_value(occurrence, command)
        if any(
            occurrence.flag.name == "help" and occurrence.text == "true"
            for occurrence in last.values()
        ):
            self.fail("--help shows how to use docker and runs nothing", command.start)
        if scanned.stop >= len(self.veil.texts):
            self.fail(
                "no image behind the flags",
                len(self.veil.texts) - 1,
                f"{command.program} {command.verb} [FLAGS] IMAGE [COMMAND]",
            )
        _check_image(self.veil.texts[scanned.stop], lambda what: self.fail(what, scanned.stop))

    def _check_value(self, occurrence: Occurrence, command: Command) -> None:
        flag = occurrence.flag
        lenient = command.engine == "podman" or not self.judged
        kind = flag.podman if lenient and flag.podman else flag.value
        try:
            check_value(kind, occurrence.text, command.engine)
        except ValueError as error:
            quoted = "" if flag.value in ("env", "label") else f": '{occurrence.text}'"
            self.fail(f"{self._named(occurrence)}: {error}{quoted}", occurrence.words[-1])

    def _check_together(self, command: Command, given: GivenFlags, image: int) -> None:
        contradiction = find_contradiction(
            given, command.verb, command.engine, self.veil.texts[image]
        )
        if contradiction is None and command.engine == "docker":
            command_given = image + 1 < len(self.veil.texts)
            contradiction = find_refused_value(given) or find_engine_conflict(
                given, command=command_given
            )
        if contradiction:
            self.fail(contradiction.what, contradiction.at.words[0], contradiction.remedy)

    def _named(self, occurrence: Occurrence) -> str:
        """The flag as it was written, with its long name where that is another."""
        name = f"--{occurrence.flag.name}"
        return name if occurrence.written == name else f"{occurrence.written} ({name})"

    def _items(
        self, command: Command, scanned: Scanned, provenance: Provenance
    ) -> tuple[Item, ...]:
        image = scanned.stop
        covered = {number for occurrence in scanned.occurrences for number in occurrence.words}
        items = [
            self.maker.program(command, provenance.program()),
            *(
                self.maker.flag(occurrence, provenance.flag(occurrence))
                for occurrence in (*command.globals, *scanned.occurrences)
            ),
            *(
                self.maker.words(OPTIONS, (number,))
                for number in range(command.start, image)
                if number not in covered and number != scanned.dashes
            ),
            self.maker.words(
                IMAGE, (image,) if scanned.dashes is None else (scanned.dashes, image)
            ),
        ]
        if image + 1 < len(self.veil.texts):
            items.append(self.maker.words(COMMAND, range(image + 1, len(self.veil.texts))))
        return tuple(sorted(items, key=lambda item: item.words[0]))


def _check_image(text: str, fail: Callable[[str], NoReturn]) -> None:
    """Fails for a name that docker refuses; one that the shell completes is not judged."""
    if is_veiled(text) or is_image_id(text) or _DIGEST.fullmatch(text):
        return
    try:
        parse_reference(text)
    except ValueError as error:
        fail(f"the image: {error}")


def option_words(veil: Veil) -> Callable[[int], bool]:
    """Whether a word before the image stands for flags that only the shell knows.

    A word that is one expansion may be either. Its name decides, then whether a flag follows.
    """

    def stands_for_options(number: int) -> bool:
        parts = veil.word(veil.texts[number]).parts
        if len(parts) != 1 or not isinstance(parts[0], Expansion):
            return False
        return _is_options(parts[0], veil, number + 1)

    return stands_for_options


def _is_options(expansion: Expansion, veil: Veil, following: int) -> bool:
    several = not expansion.quoted or "[@]" in expansion.source
    if expansion.name == "@" and following < len(veil.texts):
        behind = veil.plain(veil.texts[following])
        named = behind[:1] == "$" and _IMAGE_NAME.search(behind)
        return bool(named) or re.search(r"^-|[/:]", behind) is not None
    if not several or following >= len(veil.texts) or _GIVES_IMAGE.search(expansion.source):
        return False
    if re.search(r"[-+=?\s]-", expansion.source):
        return True
    if _IMAGE_NAME.search(expansion.source):
        return False
    if _OPTIONS_NAME.search(expansion.source):
        return True
    behind = veil.texts[following]
    return behind.startswith("-") or _TAGGED_IMAGE.fullmatch(behind) is not None
