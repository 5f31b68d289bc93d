"""runai of v2: training, workspace and inference submit."""

from __future__ import annotations

from collections.abc import Callable

from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Translation
from advisor.jobs.word import word
from advisor.readers.runai.flags import second_catalog, second_flags
from advisor.writers.kinds import standing_of
from advisor.writers.runai import fields as runai_fields
from advisor.writers.runai import start as runai_start
from advisor.writers.runai.draft import CommandDraft, finish, put_kind, put_name
from advisor.writers.runai.environment import put_environment, put_labels
from advisor.writers.runai.fields import put_groups, put_user
from advisor.writers.runai.leader import put_leader
from advisor.writers.runai.mounts import put_mounts, second_forms
from advisor.writers.runai.options import put_options, second_gpus
from advisor.writers.runai.ports import put_called, second_ports

SPELLING = {
    "cpu_request": "cpu-core-request",
    "cpu_limit": "cpu-core-limit",
    "memory_request": "cpu-memory-request",
    "memory_limit": "cpu-memory-limit",
    "workers": "workers",
    "completions": "runs",
    "parallelism": "parallelism",
    "backoff_limit": "backoff-limit",
    "host_ipc": "host-ipc",
    "host_network": "host-network",
    "privileged": "privileged",
    "capabilities_added": "capability",
    "user": "run-as-uid",
    "groups": "supplemental-groups",
}
_DISTRIBUTED = frozenset({"pytorch", "mpi", "tensorflow", "xgboost", "jax"})
_INFERENCE = {
    **{kind: kind for kind in ("inference", "inference-distributed", "nim")},
    "InferenceService": "inference",
    "LLMInferenceService": "inference",
    "Service": "inference",
    "ServingRuntime": "inference",
    "ClusterServingRuntime": "inference",
}

_STEPS: tuple[Callable[[CommandDraft], None], ...] = (
    runai_fields.put_image,
    runai_fields.put_project,
    second_gpus,
    runai_fields.put_amounts,
    runai_fields.put_launch,
    runai_fields.put_shared_memory,
    runai_start.put_terminal,
    put_environment,
    runai_fields.put_working_directory,
    put_user,
    put_groups,
    lambda draft: put_mounts(draft, second_forms()),
    second_ports,
    runai_fields.put_rights,
    lambda draft: _put_seccomp(draft),
    put_labels,
    put_called,
    runai_fields.put_extended,
    runai_start.second_restart,
    runai_start.put_grace,
    put_leader,
    put_options,
    runai_fields.put_fields_without_flag,
    runai_start.put_command,
)


def write_second(spec: JobSpec, run: Run, situation: Situation) -> Translation:
    """The command that v2 takes for the job."""
    standing = standing_of(spec, run)
    gone = situation.gone.get(f"training-{run.distributed}", "")
    command = _command(spec, "" if gone else run.distributed, standing)
    words = second_catalog().commands[command][0]
    draft = CommandDraft(spec, run, situation, second_flags(command), SPELLING, words, standing)
    name = put_name(draft)
    draft.groups.append(
        (word("runai"), *map(word, words.split()), *((name,) if name.parts else ()))
    )
    put_kind(draft, "distributed" if run.distributed == command else "")
    for step in _STEPS:
        step(draft)
    return finish(draft)


def _command(spec: JobSpec, framework: str, standing: str) -> str:
    """The subcommand's name in the table; `framework` is one that it has to be for."""
    if framework in _DISTRIBUTED:
        return framework
    if spec.kind in _INFERENCE:
        return _INFERENCE[spec.kind]
    return "workspace" if standing else "standard"


def _put_seccomp(draft: CommandDraft) -> None:
    profile = draft.run.security.seccomp
    names = {"unconfined": "Unconfined", "runtimedefault": "RuntimeDefault", "": ""}
    name = names.get(profile.lower())
    if name and draft.has("seccomp-profile"):
        output = draft.put("seccomp-profile", word(name))
        draft.tell("seccomp", "mapped", "the same seccomp profile", output)
    elif profile:
        reason = "a profile of one's own must be on the nodes; the administrator can put it there"
        draft.tell("seccomp", "no-equivalent", reason)
