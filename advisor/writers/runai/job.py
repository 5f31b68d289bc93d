"""The first words of a runai command, and its end: the translation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from advisor.jobs.translation import Translation
from advisor.jobs.word import Expansion, Word, joined
from advisor.readers.runai.command import DISTRIBUTED
from advisor.writers.ledger import ledger, missing
from advisor.writers.names import TAKEN, job_name
from advisor.writers.open_values import asked_of
from advisor.writers.runai.draft import CommandDraft
from advisor.writers.shell_text import command_text, quote_word

_ALWAYS_SET = frozenset({"USER", "LOGNAME", "UID", "HOSTNAME"})
_PREFIXES = frozenset({"name-prefix", "job-name-prefix"})


def put_name(draft: CommandDraft) -> Word:
    """The workload's name, told of but not yet put anywhere; no word where a prefix is given."""
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


def finish(draft: CommandDraft) -> Translation:
    """The command's text with all that is to be said of it."""
    for holder in _withheld(word for group in draft.groups for word in group):
        draft.need_secret(holder)
    entries = ledger(draft.spec, draft.accounts, draft.situation.target)
    told = missing(draft.accounts, entries)
    known = " ".join((*told, *(entry.reason for entry in entries)))
    asked = [asked_of((given,)) for given in draft.asked]
    return Translation(
        target=draft.situation.target,
        text=command_text(draft.groups, lines=draft.situation.lines),
        subcommand=draft.subcommand,
        ledger=entries,
        before=tuple(draft.before),
        missing=(*told, *dict.fromkeys(what for what in asked if what and what not in known)),
    )


def _withheld(words: Iterable[Word]) -> Iterator[str]:
    """Variables of the shell in which a script had a secret."""
    for word in words:
        yield from (expansion.name for expansion in word.expansions if expansion.withheld)
