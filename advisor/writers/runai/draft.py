"""A runai command in the making: only flags that its subcommand has can be put in."""

from __future__ import annotations

from collections.abc import Callable

from advisor.facts.secrecy import MARK
from advisor.jobs.run import Run, Whole
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.jobs.withholding import withheld_word
from advisor.jobs.word import Expansion, Word, word
from advisor.readers.runai.flags import RunaiFlagSet
from advisor.writers.draft import Draft
from advisor.writers.open_values import (
    OpenValue,
    how_to_settle,
    loud,
    only_the_shell_knows,
    open_amount,
    placeholder,
)
from advisor.writers.shell_text import quote_words
from advisor.writers.variables import conceal


class CommandDraft(Draft):
    """Words gathered field by field; `spelling` gives the flag for each field that has one."""

    def __init__(
        self,
        spec: JobSpec,
        run: Run,
        situation: Situation,
        flags: RunaiFlagSet,
        spelling: dict[str, str],
        subcommand: str,
        standing: str,
    ) -> None:
        lost = f"runai {subcommand} has no flag for this"
        super().__init__(spec, run, situation, standing, lost)
        self.subcommand = subcommand
        self.groups: list[tuple[Word, ...]] = []
        self.asked: list[Word] = []
        self._flags = flags
        self._spelling = spelling

    def has(self, flag: str) -> bool:
        """Whether the subcommand takes the flag (its long name without dashes)."""
        return flag in self._flags.by_name

    def takes_value(self, flag: str) -> bool:
        """Whether a flag it has is more than a switch."""
        return self._flags.by_name[flag].value != "bool"

    def flag_of(self, field: str) -> str:
        """The flag for a field, empty where this subcommand has none."""
        flag = self._spelling.get(field, "")
        return flag if self.has(flag) else ""

    def put(self, flag: str, value: Word | None = None) -> str:
        """Add a flag and give its text. ValueError for one that the subcommand does not have."""
        if not self.has(flag):
            raise ValueError(f"{self.subcommand} has no flag --{flag}")
        if value is not None and MARK in value.text:
            value = withheld_word(value, value.text, flag)
        value = None if value is None else self.loud(value)
        switch = value is not None and not self.takes_value(flag)
        group = _group(f"--{flag}", value, joins=switch)
        self.groups.append(group)
        return quote_words(group)

    def concealed(self, value: Word) -> Word:
        """The value with a reference to the shell in place of each secret, and the step for it."""
        (shown,), holders = conceal((value,))
        for holder in holders:
            self.need_secret(holder)
        return shown

    def need_secret(self, holder: str) -> None:
        """The step that puts a secret into the shell without its value in the history."""
        self.add_step(f"{holder} is a secret: type it in", f"read -rs {holder}; export {holder}")

    def put_variable(self, value: Word) -> str:
        """Add a `-e`, which means a variable in every version."""
        if "loop" not in self.spec.template:
            asked = loud(value, among=lambda expansion: expansion.own or expansion.name.isdecimal())
            self.asked += [asked] if asked != value else []
            value = asked
        group = (word("-e"), value)
        self.groups.append(group)
        return quote_words(group)

    def loud(self, value: Word, *, several: bool = False) -> Word:
        """A word for the command line, which stops whoever runs it where a variable of it is not
        set. One of a loop goes back to where its variables are, and a command of runai is typed as
        it was, but for what only its script knows or is given."""
        if "loop" in self.spec.template:
            return loud(value, several=several, among=lambda expansion: expansion.kind == "make")
        if self.spec.reader.startswith("runai"):
            asked = loud(
                value, several=several, among=lambda part: part.own or part.name.isdecimal()
            )
            self.asked += [asked] if asked != value else []
            return asked
        return loud(value, several=several)

    def tell_open(self, field: str, text: str, key: str = "") -> None:
        """Note that what a text says here is only known once the shell has filled it in."""
        self.tell(field, "unresolved", only_the_shell_knows(text), "", key)

    def amount(
        self, field: str, value: Whole, spelled: Callable[[int], str] = str, key: str = ""
    ) -> Word:
        """A number as it is spelled here; one that the shell decides is a placeholder, and told of.
        What was written for runai already is typed as it is."""
        if not isinstance(value, Word):
            return word(spelled(value))
        if self.spec.reader.startswith("runai"):
            return value
        open_ = open_amount(field, value)
        if open_.name not in self.situation.values:
            self.tell(field, "unresolved", how_to_settle(open_, value), "", key)
        return self.open(open_)

    def open(self, value: OpenValue) -> Word:
        """The value that the user gave for an open value, else a placeholder."""
        given = self.situation.values.get(value.name)
        return placeholder(value) if given is None else word(given)


def _group(flag: str, value: Word | None, *, joins: bool) -> tuple[Word, ...]:
    """`--flag VALUE`, or one word with `=` where the value could be taken for a flag or would not
    be taken for a switch's."""
    if value is None:
        return (word(flag),)
    first = value.parts[0] if value.parts else ""
    joins = joins or (isinstance(first, str) and first.startswith("-"))
    unknown = isinstance(first, Expansion) and not first.quoted
    return (word(f"{flag}=") + value,) if joins and not unknown else (word(flag), value)
