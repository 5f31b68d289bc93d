"""How a job starts, ends and is started again: terminal, command, restarts."""

from __future__ import annotations

import re

from advisor.jobs.ledger import Fate
from advisor.jobs.word import Word, for_cluster, word
from advisor.writers.kinds import changed_by_launch
from advisor.writers.ledger import about_dollars
from advisor.writers.open_values import asked_of, conceal
from advisor.writers.runai.draft import CommandDraft
from advisor.writers.runai.fields import has_command

_ON_FAILURE = re.compile(r"on-failure(?::(\d+))?", re.IGNORECASE)
_POLICIES = {
    "no": "Never",
    "never": "Never",
    "always": "Always",
    "unless-stopped": "Always",
    "onfailure": "OnFailure",
}


def put_terminal(draft: CommandDraft) -> None:
    """`--attach` brings both; without one who waits, as at no service of compose, each alone."""
    run = draft.run
    waits = not run.detached and draft.spec.reader != "compose"
    if run.interactive and run.terminal and waits and draft.has("attach"):
        output = draft.put("attach")
        reason = f"an interactive job: {output} waits for it and opens its terminal"
        draft.tell("interactive", "mapped", reason, output)
        draft.tell("terminal", "mapped", reason, output)
        return
    if run.interactive and draft.has("stdin"):
        draft.tell("interactive", "mapped", "standard input stays open", draft.put("stdin"))
    elif run.interactive:
        draft.tell_lost("interactive")
    if run.terminal:
        _put_tty(draft)


def _put_tty(draft: CommandDraft) -> None:
    if not draft.has("tty"):
        draft.tell_lost("terminal")
        return
    if not draft.run.interactive:
        draft.put("stdin")
        reason = "a terminal, which runai only gives together with --stdin"
        draft.tell("terminal", "changed", reason, draft.put("tty"))
    else:
        draft.tell("terminal", "mapped", "a terminal", draft.put("tty"))


def second_restart(draft: CommandDraft) -> None:
    """`--restart-policy`, and `--backoff-limit` for a number of tries."""
    restart = draft.run.restart.lower()
    if not restart:
        return
    if draft.is_open(draft.run.restart):
        draft.tell_open("restart", draft.run.restart)
        return
    failure = _ON_FAILURE.fullmatch(restart)
    policy = "OnFailure" if failure else _POLICIES.get(restart)
    if policy is None or not draft.has("restart-policy"):
        draft.tell("restart", "no-equivalent", f"no such restart policy here: {restart}")
        return
    outputs = [draft.put("restart-policy", word(policy))]
    if failure and failure[1] and draft.run.backoff_limit is None:
        outputs.append(draft.put("backoff-limit", word(failure[1])))
    reason = "the pod's restart policy"
    if restart == "unless-stopped":
        reason = "started again whenever it ends; to stop it, suspend or delete the workload"
    draft.tell("restart", "mapped", reason, " ".join(outputs))


def first_restart(draft: CommandDraft) -> None:
    """Only the number of tries of a job that ends can be said."""
    restart = draft.run.restart.lower()
    if draft.is_open(draft.run.restart):
        draft.tell_open("restart", draft.run.restart)
        return
    failure = _ON_FAILURE.fullmatch(restart)
    if failure and failure[1] and not draft.standing and draft.run.backoff_limit is None:
        output = draft.put("backoff-limit", word(failure[1]))
        draft.tell("restart", "mapped", "how often a failed job is tried again", output)
    elif failure or restart == "onfailure":
        limited = draft.run.backoff_limit is not None and not draft.standing
        reason = "a failed job is tried again, 6 times unless --backoff-limit says otherwise"
        if draft.standing:
            reason = "an interactive job is not started again after a failure"
        elif limited:
            reason = "--backoff-limit says how often a failed job is tried again"
        draft.tell("restart", "mapped" if limited else "changed", reason)
    elif restart in ("always", "unless-stopped"):
        reason = "an interactive job runs until it is deleted, but is not started again if it ends"
        draft.tell("restart", "changed", reason)
    elif restart:
        if draft.run.backoff_limit is None:
            reason = "a job that ends is not started again; one that fails is tried up to 6 times"
            draft.tell("restart", "changed", reason)
        else:
            reason = "--backoff-limit says how often a failed job is tried again"
            draft.tell("restart", "mapped", reason)


def put_grace(draft: CommandDraft) -> None:
    """Seconds between asking the program to stop and ending it."""
    seconds = draft.run.grace_seconds
    if seconds is None:
        return
    negative = isinstance(seconds, int) and seconds < 0
    if negative or not draft.has("termination-grace-period"):
        draft.tell_lost("grace_seconds")
        return
    period = draft.amount("grace_seconds", seconds, lambda number: f"{number}s")
    if isinstance(seconds, Word) and not draft.spec.reader.startswith("runai"):
        period = period + word("s")
    output = draft.put("termination-grace-period", period)
    draft.tell("grace_seconds", "mapped", "the time the program gets to stop", output)


def put_command(draft: CommandDraft, *, by_flags: bool = False) -> None:
    """The words behind `--`; `by_flags` for 1.x, which takes each with a flag of its own."""
    run = draft.run
    if not by_flags and has_command(run) and not draft.has("command"):
        draft.tell_lost("entrypoint")
        draft.tell_lost("arguments")
        return
    words, holders = conceal((*(run.entrypoint or ()), *run.arguments))
    words = tuple(
        draft.loud(for_cluster(word, draft.own_names), several=not by_flags) for word in words
    )
    for holder in holders:
        draft.need_secret(holder)
    start = words[: len(run.entrypoint or ())]
    rest = words[len(start) :]
    outputs = _put_flags(draft, start, rest) if by_flags else _put_tail(draft, start, rest)
    for field, own in (("entrypoint", start), ("arguments", rest)):
        if asked := asked_of(own):
            draft.tell(field, "unresolved", asked, outputs)
    note = f"; secrets are read from the shell: {', '.join(holders)}" if holders else ""
    note += about_dollars(word.text for word in words)
    if run.entrypoint is not None:
        reason = "replaces the image's entrypoint" if has_command(run) else _RESET
        fate: Fate = "mapped" if has_command(run) else "unresolved"
        draft.tell("entrypoint", *changed_by_launch(draft.spec, fate, reason + note), outputs)
    if run.arguments:
        fate = "changed" if holders else "mapped"
        reason = "words for the image's entrypoint"
        if has_command(run):
            reason = "words behind the command"
        draft.tell("arguments", *changed_by_launch(draft.spec, fate, reason + note), outputs)


_RESET = "without an entrypoint a command is needed: put one behind --command --"


def _put_tail(draft: CommandDraft, start: tuple[Word, ...], rest: tuple[Word, ...]) -> str:
    words = (*start, *rest)
    if not words:
        return ""
    front = (word("--command"), word("--")) if has_command(draft.run) else (word("--"),)
    draft.groups.append((*front, *words))
    return "--command --" if has_command(draft.run) else "--"


def _put_flags(draft: CommandDraft, start: tuple[Word, ...], rest: tuple[Word, ...]) -> str:
    """Without an entrypoint of its own, the words are arguments of the image's."""
    if has_command(draft.run) and not start:
        start, rest = rest[:1], rest[1:]
    for piece in start:
        draft.put("command", piece)
    for piece in rest:
        draft.put("args", piece)
    return " ".join(flag for flag, pieces in (("--command", start), ("--args", rest)) if pieces)
