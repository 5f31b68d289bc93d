"""runai submit of v1, in its early and its late dialect."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Translation
from advisor.jobs.word import word
from advisor.readers.runai.flags import first_catalog, first_flags
from advisor.writers.kinds import standing_of
from advisor.writers.runai import fields as runai_fields
from advisor.writers.runai import start as runai_start
from advisor.writers.runai.draft import CommandDraft, finish, put_kind, put_name
from advisor.writers.runai.environment import put_environment, put_labels
from advisor.writers.runai.fields import put_groups, put_user
from advisor.writers.runai.mounts import first_forms, put_mounts
from advisor.writers.runai.options import first_gpus, put_options
from advisor.writers.runai.ports import first_ports, put_called

SPELLING = {
    "cpu_request": "cpu",
    "cpu_limit": "cpu-limit",
    "memory_request": "memory",
    "memory_limit": "memory-limit",
    "completions": "completions",
    "parallelism": "parallelism",
    "backoff_limit": "backoff-limit",
    "host_ipc": "host-ipc",
    "host_network": "host-network",
    "capabilities_added": "add-capability",
}

_STEPS: tuple[Callable[[CommandDraft], None], ...] = (
    runai_fields.put_image,
    runai_fields.put_project,
    first_gpus,
    runai_fields.put_amounts,
    runai_fields.put_launch,
    runai_fields.put_shared_memory,
    lambda draft: _put_interactive(draft),
    runai_start.put_terminal,
    put_environment,
    runai_fields.put_working_directory,
    put_user,
    put_groups,
    lambda draft: put_mounts(draft, first_forms()),
    first_ports,
    runai_fields.put_rights,
    lambda draft: _tell_seccomp(draft),
    put_labels,
    put_called,
    runai_fields.put_extended,
    runai_start.first_restart,
    runai_start.put_grace,
    put_options,
    runai_fields.put_fields_without_flag,
    lambda draft: runai_start.put_command(draft, by_flags=draft.situation.dialect == "early"),
)


def write_first(spec: JobSpec, run: Run, situation: Situation) -> Translation:
    """The command that v1 takes for the job."""
    dialect = situation.dialect or "late"
    early = dialect == "early"
    command = _command(run, early=early)
    led = any(name == "no-master" for name, _ in run.options)
    if led and isinstance(run.workers, int) and run.workers > 1:
        run = msgspec.structs.replace(run, workers=run.workers - 1)  # v1 adds a pod that leads
    words = first_catalog().commands[command][0 if early else -1]
    flags = first_flags(command, dialect)
    spelling = SPELLING | {"workers": "processes" if early else "workers"}
    draft = CommandDraft(spec, run, situation, flags, spelling, words, standing_of(spec, run))
    draft.groups.append((word("runai"), *map(word, words.split())))
    name = put_name(draft)
    if name.parts:
        draft.put("name", name)
    put_kind(draft, "distributed" if command != "submit" else "")
    for step in _STEPS:
        step(draft)
    return finish(draft)


def _command(run: Run, *, early: bool) -> str:
    """The command's name in the table; `submit` for a kind that the dialect has no command for."""
    table = first_catalog()
    absent = table.late_commands if early else ()
    known = run.distributed in table.commands and run.distributed not in absent
    return run.distributed if known else "submit"


def _put_interactive(draft: CommandDraft) -> None:
    """`--interactive`: v1's word for what v2 calls a workspace."""
    if draft.standing and draft.has("interactive"):
        draft.put("interactive")


def _tell_seccomp(draft: CommandDraft) -> None:
    if draft.run.security.seccomp:
        draft.tell("seccomp", "no-equivalent", "the nodes' own seccomp profile applies")
