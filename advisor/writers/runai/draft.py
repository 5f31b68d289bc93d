"""A runai command in the making, from its first words to its end: only flags that its subcommand
has can be put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import chain

from advisor.facts.secrecy import MARK
from advisor.jobs.run import Run, Whole
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Translation
from advisor.jobs.withholding import withheld_word
from advisor.jobs.word import Expansion, Word, for_cluster, joined, word
from advisor.readers.runai.flags import DISTRIBUTED, RunaiFlagSet
from advisor.writers.ledger import Account, Draft, ledger, missing
from advisor.writers.names import TAKEN, job_name
from advisor.writers.open_values import (
    OpenValue,
    asked_names,
    conceal,
    how_to_settle,
    loud,
    only_the_shell_knows,
    open_amount,
    placeholder,
)
from advisor.writers.shell_text import command_text, quote_word, quote_words


def _not_of_loop(part: Expansion) -> bool:
    """What no loop of a shell sets: variables of make and of a batch system."""
    return part.kind == "make" or part.name.startswith(("SLURM_", "PBS_"))


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
        self.typed_in: set[str] = set()
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
        self.typed_in.add(holder)
        self.add_step(f"{holder} is a secret: type it in", f"read -rs {holder}; export {holder}")

    def put_variable(self, value: Word) -> str:
        """Add a `-e`, which means a variable in every version."""
        value = for_cluster(value, self.own_names)
        if "loop" not in self.spec.template:
            value = loud(value, among=lambda expansion: expansion.own or expansion.name.isdecimal())
        group = (word("-e"), value)
        self.groups.append(group)
        return quote_words(group)

    def loud(self, value: Word, *, several: bool = False) -> Word:
        """A word for the command line, which stops whoever runs it where a variable of it is not
        set. One of a loop goes back to where its variables are, and a command of runai is typed as
        it was, but for what only its script knows or is given."""
        if "loop" in self.spec.template:
            return loud(value, several=several, among=_not_of_loop)
        if self.spec.reader.startswith("runai"):
            return loud(
                value, several=several, among=lambda part: part.own or part.name.isdecimal()
            )
        return loud(value, several=several)

    def tell_open(self, field: str, text: str, key: str = "") -> None:
        """Note that what a text says here is only known once the shell has filled it in."""
        self.tell(field, "unresolved", only_the_shell_knows(text), "", key)

    def amount(
        self, field: str, value: Whole, spelled: Callable[[int], str] = str, key: str = ""
    ) -> Word:
        """A number as it is spelled here; one that the shell decides is a placeholder, and noted.
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


_ALWAYS_SET = frozenset({"USER", "LOGNAME", "UID", "HOSTNAME"})
_PREFIXES = frozenset({"name-prefix", "job-name-prefix"})


def put_name(draft: CommandDraft) -> Word:
    """The workload's name, noted in the ledger only; no word where a prefix is given."""
    run = draft.run
    if run.name is None and any(flag in _PREFIXES for flag, _ in run.options):
        return Word()
    role = draft.spec.role if run.distributed not in DISTRIBUTED else ""
    own = joined((*run.name.parts, f"-{role}")) if run.name and role else run.name
    name = job_name(own, run.image, draft.situation.taken)
    output = quote_word(draft.loud(name))
    if name != job_name(own, run.image):
        draft.tell("name", "changed", TAKEN, output, added=run.name is None)
    elif run.name is None or not run.name.parts:
        draft.tell("name", "mapped", "named after the image", output, added=True)
    elif role:
        reason = "each role is a workload by itself, so its name says which"
        draft.tell("name", "changed", reason, output)
    elif run.name == name and not _open_end(name):
        draft.tell("name", "mapped", "the name of the workload", output)
    elif run.name == name:
        draft.tell("name", "changed", f"the workload's name; {_ends_open(name)}", output)
    else:
        reason = "a workload's name has lower-case letters, digits and - only, and a letter first"
        if name.literal is None:
            reason += f"; {_ends_open(name) or 'what the shell puts in must fit'}"
        draft.tell("name", "changed", reason, output)
    return draft.loud(name)


def _ends_open(name: Word) -> str:
    """What to know of a name that ends in `-` where the shell has nothing to put in."""
    end = _open_end(name)
    return f"where {end} is not set it ends in -, and no name may" if end else ""


def _open_end(name: Word) -> str:
    """The variable behind a name's last `-`; empty for one that every shell has."""
    before, last = name.parts[-2:] if len(name.parts) > 1 else ("", "")
    if not isinstance(before, str) or not before.endswith("-") or not isinstance(last, Expansion):
        return ""
    known = last.kind != "variable" or last.name in _ALWAYS_SET
    return "" if known else last.source


def put_kind(draft: CommandDraft, fits: str) -> None:
    """Why this subcommand; `fits` names the framework's own one."""
    standing, command = draft.standing, draft.subcommand
    if draft.run.distributed and not fits:
        gone = draft.situation.gone.get(f"training-{draft.run.distributed}", "")
        version = "this dialect" if draft.situation.dialect == "early" else "runai"
        version = f"Run:ai {draft.situation.release}" if gone else version
        reason = f"{version} has no {draft.run.distributed} jobs: one pod is submitted"
        if gone:
            reason += f"; instead: {gone}"
        elif draft.situation.target == "runai-v2" and draft.spec.reader == "manifest":
            reason += "; `runai workload submit -f FILE` (2.25) takes the manifest as it is"
        draft.tell("distributed", "no-equivalent", reason, command, added=True)
    elif draft.run.distributed:
        draft.tell("distributed", "mapped", "the same kind of distributed job", command, added=True)
    reason = f"an interactive job, since {standing}" if standing else "a job that runs to its end"
    draft.tell("kind", "mapped", reason, f"runai {command}", added=True)


_NAMED_TO_SET = re.compile(r"--set ([^\s=]+)=")


def finish(draft: CommandDraft) -> Translation:
    """The command's text with all that is to be said of it."""
    for part in chain.from_iterable(draft.groups):
        for expansion in part.expansions:
            if expansion.withheld:  # a variable of the shell in which a script had a secret
                draft.need_secret(expansion.name)
    asked = {
        expansion.name: f"give --set {expansion.name}=VALUE, {expansion.asked}"
        for part in chain.from_iterable(draft.groups)
        for expansion in part.expansions
        if expansion.asked and expansion.name not in draft.typed_in
    }
    known = {
        name
        for account in draft.accounts
        if account.fate == "unresolved"
        for name in _NAMED_TO_SET.findall(account.reason)
    }
    untold = {name: text for name, text in asked.items() if name not in known}
    accounts = [_waiting(account, untold) for account in draft.accounts]
    entries = ledger(draft.spec, accounts, draft.situation.target)
    values = missing(accounts, entries)
    carried = {name for account in accounts for name in asked_names(account.output)}
    left = [text for name, text in untold.items() if name not in carried]
    return Translation(
        target=draft.situation.target,
        text=command_text(draft.groups, lines=draft.situation.lines),
        subcommand=draft.subcommand,
        ledger=entries,
        before=tuple(draft.before),
        missing=tuple(dict.fromkeys((*values, *left))),
    )


def _waiting(account: Account, asked: Mapping[str, str]) -> Account:
    """What became of a part, as unresolved where a placeholder of ours stands in its output; of
    `asked` the request by the placeholder's name."""
    requests = [asked[name] for name in asked_names(account.output) if name in asked]
    if account.fate == "unresolved" or not requests:
        return account
    return account._replace(fate="unresolved", reason="; ".join((*requests, account.reason)))
