"""runai submit in all its versions, read as a job. Nothing is executed or looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NoReturn

import msgspec

from advisor.errors import InputError
from advisor.facts.secrecy import redact_text, redact_words
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Origin, Part
from advisor.jobs.numbers import FALSE, TRUE
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Veil, Word, asked_for, is_veiled, word
from advisor.readers.docker_run.items import redacted
from advisor.readers.flag_scan import FlagScanner
from advisor.readers.result import ScriptContext
from advisor.readers.runai.assembly import Tail, assemble_run, read_options, read_tolerations
from advisor.readers.runai.flags import (
    GivenFlags,
    Occurrence,
    RunaiFlag,
    RunaiFlagSet,
    SubmitCommand,
    check_value,
    find_submit,
    first_flags,
    second_flags,
)
from advisor.readers.runai.provenance import Provenance
from advisor.readers.shell.command import ShellCommand

NAME, COMMAND, OPTIONS = "NAME", "COMMAND", "OPTIONS"
_ALL_ARGUMENTS = re.compile(r'"?\$\{?[@*]\}?"?')
"""Whatever a caller adds: options and a command, hardly a name alone."""
_WITH_IMAGE = frozenset({"template", "jupyter", "environment", "model-existing-pvc"})
_PAIRS = frozenset({"environment", "labels", "annotations"})


def is_command(words: Sequence[Word]) -> bool:
    """Whether the words submit a job with runai."""
    return find_submit(Veil(words).texts) is not None


def read_command(
    words: Sequence[Word], places: Sequence[Place], command: ShellCommand, _: ScriptContext
) -> JobSpec:
    """The job of a command of a script. Raises InputError as `read_runai`."""
    words = list(_asked_values(words))
    return read_runai(words, place=command.place, positions=places, source=command.source)


def _asked_values(words: Sequence[Word]) -> Iterator[Word]:
    """The words, with what is asked for in place of `???`: people write that where the reader is to
    put something of his own, and it fits no file. It is named after the flag that it stands in."""
    flag = ""
    for given in words:
        flag = given.text if given.text.startswith("-") else flag
        marks = _MARKS.search(given.text)
        if marks is None or not any(part.kind == "glob" for part in given.expansions):
            yield given
            continue
        named = (given.text[: marks.start()] if "=" in given.text else flag).partition("=")
        name = re.sub(r"\W+", "_", named[0].strip("-") or "value").upper()
        asked = asked_for(name, f"what stands as {marks[0]} in {given.text}")
        yield word(given.text[: marks.start()]) + asked + word(given.text[marks.end() :])


_MARKS = re.compile(r"\?{2,}")


def read_runai(
    words: Sequence[Word],
    *,
    place: Place | None,
    positions: Sequence[Place] | None = None,
    source: str = "",
) -> JobSpec:
    """The job that one command submits; `positions` are the places of its words.

    Raises InputError for what runai refuses, with the flag's name and place.
    """
    veil = Veil(words)
    command = find_submit(veil.texts)
    if command is None:
        where = f"{place.file}:{place.line}:{place.column}" if place else ""
        raise InputError("no runai submit", where=where)
    commands = [command]
    if command.version == 1 and command.name == "submit":
        commands.append(command._replace(version=2, name="deprecated"))
    spoken = [veil.texts[number] for number in command.words[-2:]]
    if command.version == 1 and spoken == [command.name, "submit"]:
        commands.append(command._replace(version=2))
    readings = [
        _Reading(veil, command, place, positions or (), source, lenient=lenient)
        for lenient in (False, True)
        for command in commands
    ]
    # What v1 does not know, early v2 may, and a release that is not known here; the first error
    # counts.
    first: InputError | None = None
    for reading in readings:
        try:
            return reading.read()
        except InputError as error:
            first = first or error
    raise first or InputError("no runai submit")


class _Reading:
    """One command being read."""

    def __init__(
        self,
        veil: Veil,
        command: SubmitCommand,
        place: Place | None,
        positions: Sequence[Place],
        source: str,
        *,
        lenient: bool,
    ) -> None:
        self.lenient = lenient
        self.veil = veil
        self.command = command
        self.place = place or (positions[0] if positions else None)
        self.positions = positions
        self.source = source
        self.items: list[Item] = []
        self.others: list[int] = []
        self.tail: int | None = None
        self.named: int | None = None

    def read(self) -> JobSpec:
        """The whole job."""
        occurrences = self._scan()
        for occurrence in occurrences:
            self._check(occurrence)
        flags = GivenFlags(self.veil, occurrences)
        tail = self._tail(flags)
        self._check_image(flags)
        try:
            run = assemble_run(flags, tail, self.command.name, self.command.version)
        except ValueError as error:
            self.fail(str(error), self.command.words[-1])
        run = msgspec.structs.replace(run, options=read_options(flags))
        name = run.name.text if run.name else run.image.text
        where = f"{self.place.file}:{self.place.line}:{self.place.column}" if self.place else name
        reader = f"runai-v{self.command.version}"
        return fill_placement(
            JobSpec(
                id=f"{reader}:{where}",
                label=name,
                kind=self.command.name,
                reader=reader,
                place=self.place,
                source=self.source,
                tolerations=read_tolerations(flags),
                run=run,
                items=self._items(occurrences, Provenance(flags, run, self.command.version)),
            )
        )

    def _scan(self) -> list[Occurrence]:
        """All flags, wherever they stand before `--`."""
        unlisted = _unlisted if self.lenient else None
        scanner = FlagScanner(self._flag_set(), self.veil.texts, self.fail, unlisted=unlisted)
        own = set(self.command.words)
        at = self.command.start
        while True:
            scanned = scanner.scan(at)
            if scanned.dashes is not None:
                self.tail = scanned.dashes
                break
            if scanned.stop >= len(self.veil.texts):
                break
            if scanned.stop not in own:
                self.others.append(scanned.stop)
            at = scanned.stop + 1
        return scanned.occurrences

    def _flag_set(self) -> RunaiFlagSet:
        if self.command.version == 2:
            return second_flags(self.command.name)
        flags = first_flags(self.command.name)
        return _with_written_command(flags) if self._writes_command() else flags

    def _writes_command(self) -> bool:
        """Whether `--command` has a word with it, as 1.x had: no `--` follows then."""
        texts = self.veil.texts
        if "--" in texts:
            return False
        values = [text.partition("=")[2] for text in texts if text.startswith("--command=")]
        return "--command" in texts[:-1] or any(value not in TRUE | FALSE for value in values)

    def _check(self, occurrence: Occurrence) -> None:
        try:
            check_value(occurrence.flag, occurrence.text)
        except ValueError as error:
            quoted = "" if occurrence.flag.field in _PAIRS else f": '{occurrence.text}'"
            self.fail(f"{occurrence.flag.canonical}: {error}{quoted}", occurrence.words[-1])

    def _check_image(self, flags: GivenFlags) -> None:
        if flags.last("image") is None and not flags.of(*_WITH_IMAGE):
            spoken = " ".join(self.veil.plain(self.veil.texts[n]) for n in self.command.words)
            self.fail("no image", self.command.words[-1], f"{spoken} NAME --image IMAGE")

    def _tail(self, flags: GivenFlags) -> Tail:
        names = [number for number in self.others if not is_veiled(self.veil.texts[number][:1])]
        named = flags.last("name") is not None
        extra = names if named else names[1:]
        if extra:
            self.fail(
                f"'{self.veil.plain(self.veil.texts[extra[0]])}' is neither a flag nor the name",
                extra[0],
                "put -- in front of the command that the job runs",
            )
        lone = len(self.others) == 1 and self.veil.plain(self.veil.texts[self.others[0]])
        if not names and not named and lone and not _ALL_ARGUMENTS.fullmatch(lone):
            names = self.others
        self.named = names[0] if names else None
        texts = self.veil.texts[self.tail + 1 :] if self.tail is not None else ()
        return Tail(
            name=self.veil.word(self.veil.texts[names[0]]) if names else None,
            command=tuple(texts),
        )

    def fail(self, what: str, number: int, remedy: str = "") -> NoReturn:
        """Raises the error that a word causes, secrets taken out."""
        place = self._place(number)
        where = f"{place.file}:{place.line}:{place.column}" if place else ""
        raise InputError(redact_text(self.veil.plain(what))[0], where=where, remedy=remedy)

    def _place(self, number: int) -> Place | None:
        return self.positions[number] if number < len(self.positions) else self.place

    def _items(self, occurrences: Sequence[Occurrence], provenance: Provenance) -> tuple[Item, ...]:
        texts = [self.veil.plain(self.veil.texts[number]) for number in self.command.words]
        spoken = " ".join(["runai", *texts[self.command.start :]])
        written = " ".join(redact_words(texts)[0])
        started = Origin(idle="program")
        items = [self._item(spoken, self.command.words, "", started, written=written)]
        items += [
            self._flag_item(occurrence, provenance.flag(occurrence)) for occurrence in occurrences
        ]
        for number in self.others:
            plain = self.veil.plain(self.veil.texts[number])
            if is_veiled(self.veil.texts[number][:1]):
                named: tuple[Part, ...] = (("name",),) if number == self.named else ()
                unknown = Origin((*named, ("unknown_options",)))
                items.append(self._item(OPTIONS, (number,), plain, unknown))
            else:
                items.append(self._item(NAME, (number,), plain, provenance.name()))
        if self.tail is not None:
            numbers = tuple(range(self.tail, len(self.veil.texts)))
            texts = [self.veil.plain(self.veil.texts[number]) for number in numbers[1:]]
            shown = " ".join(redact_words(texts)[0])
            origin = provenance.command() if texts else Origin(idle="empty")
            items.append(self._item(COMMAND, numbers, shown, origin))
        return tuple(sorted(items, key=lambda item: item.words[0]))

    def _flag_item(self, occurrence: Occurrence, origin: Origin) -> Item:
        name = "env" if occurrence.flag.field in _PAIRS else occurrence.flag.name
        value = "" if occurrence.bare else redacted(name, self.veil.word(occurrence.text))
        return self._item(
            occurrence.flag.canonical, occurrence.words, value, origin, written=occurrence.written
        )

    def _item(
        self, name: str, words: tuple[int, ...], value: str, origin: Origin, *, written: str = ""
    ) -> Item:
        return Item(
            name=name,
            written=written,
            value=value,
            place=self._place(words[0]),
            words=words,
            expansions=tuple(
                expansion
                for number in words
                for expansion in self.veil.word(self.veil.texts[number]).expansions
            ),
            sets=origin.sets,
            idle=origin.idle,
        )


def _unlisted(name: str, takes_value: bool) -> RunaiFlag:
    """A flag of a release that is not known here."""
    kind: Literal["text", "bool"] = "text" if takes_value else "bool"
    return RunaiFlag(name=name, value=kind, repeatable=True, field="unknown_flag")


def _with_written_command(flags: RunaiFlagSet) -> RunaiFlagSet:
    command = RunaiFlag(name="command", value="text", repeatable=True, field="entrypoint")
    return flags._replace(by_name={**flags.by_name, "command": command})
