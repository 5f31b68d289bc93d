"""What stands guard over the ledger: an output is read back by its own target's reader, and a part
that differs from the run's is not `mapped`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from advisor.findings.finding import Outcome
from advisor.jobs.ledger import Entry, Part, stated_parts
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.run import PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target, Translation
from advisor.jobs.word import Expansion, Word
from advisor.readers.manifest.container import vendor_of
from advisor.writers import write
from advisor.writers.ledger import UNTOLD
from tests.readers.manifest.whole_files import manifest_jobs
from tests.writers.jobs import runai_job

TARGETS: tuple[Target, ...] = ("runai-v1", "runai-v2", "kubernetes")
_FIELDS = {*Run.__struct_fields__, *Security.__struct_fields__, "security_options"}
_BY_DEFAULT: dict[str, str] = {
    "detached": "a submitted job is always in the background",
    "name": "the name is made fit",
    "options": "flags of runai, of which a manifest has none",
}
"""Parts that a target gives without a word of it, or that are read under another name."""
_NO_GPUS = ((), (), ())
_DEFAULTS: dict[tuple[str, object], str] = {
    ("shared_memory", 64 * 2**20): "what every container has",
    ("no_new_privileges", True): "runai's default",
    ("platform", "linux"): "what every node of a GPU cluster runs",
    ("workers", 0): "no role of that name",
    ("restart", "never"): "a job that ends",
    ("restart", "always"): "a Deployment",
    ("gpus", _NO_GPUS): "a job without GPUs",
}
"""Values that a target has by itself."""
_RESTARTS = {"no": "never", "unless-stopped": "always", "on-failure": "onfailure"}


class Outcomes(dict[str, Outcome]):
    """All data may stay where it is; the image is in a registry."""

    def get(self, key: str, _: Any = None) -> Any:
        return "ok" if key == "image" else "stay"


def _untold(job: JobSpec, translation: Translation, target: Target) -> Iterator[str]:
    """Placeholders of the output that no unresolved entry and nothing that is missing names."""
    own = {part.source for item in job.items for part in item.expansions if not part.asked}
    pattern = r"(SET_ME_(\w+))" if target == "kubernetes" else r"(\$\{(\w+):?\?[^{}]*\})"
    waiting = [entry for entry in translation.ledger if entry.fate == "unresolved"]
    told = " ".join((*translation.missing, *(f"{one.reason} {one.output}" for one in waiting)))
    said = tuple(re.findall(r"(?:SET_ME_|--set |\{)(\w+)", told))
    typed_in = " ".join(translation.before)
    for placeholder, name in re.findall(pattern, translation.text):
        known = name.startswith(said)
        if placeholder not in own and not known and f"export {name}" not in typed_in:
            yield f"{target}: {placeholder} waits, and nothing says so"


def faults(job: JobSpec, target: Target) -> Iterator[str]:
    """What the ledger claims and the output does not hold."""
    translation = write(job, Situation(target=target, outcomes=Outcomes()))
    source = _known(job)
    back = _read_back(translation.text, target)
    yield from _untold(job, translation, target)
    for entry in translation.ledger:
        shown = f"{target}: {entry.item.name} {entry.item.value}".strip()
        if UNTOLD in entry.reason:
            yield f"{shown}: nothing is told of it"
        if entry.fate == "mapped" and not entry.item.idle:
            for part in entry.item.sets:
                yield from (f"{shown}: {fault}" for fault in _compared(part, entry, source, back))


def _compared(
    part: Part, entry: Entry, source: Mapping[Part, object], back: Mapping[Part, object]
) -> Iterator[str]:
    """Why a part that is said to be mapped is not."""
    if part[0] not in _FIELDS or part[0] in _BY_DEFAULT:
        return
    wanted = _under(part, source)
    if not wanted:
        yield f"mapped, and the run has no {part}"
    there = _under(part, back)
    if there == wanted or _is_in_command(part, wanted, back):
        return
    if all(_is_default(key, value) for key, value in wanted.items()):
        return
    yield f"{part}: {wanted} was read back as {there}"


def _is_in_command(part: Part, wanted: Mapping[Part, Any], back: Mapping[Part, Any]) -> bool:
    """Whether the words are the first of the whole command, or its last."""
    whole: tuple[str, ...] = (*back.get(("entrypoint",), ()), *back.get(("arguments",), ()))
    words = wanted.get(part, ())
    if part == ("entrypoint",):
        return whole[: len(words)] == words
    return part == ("arguments",) and whole[-len(words) :] == words


def _is_default(part: Part, value: object) -> bool:
    return any((part[0], value) == default for default in _DEFAULTS)


def _under(part: Part, values: Mapping[Part, object]) -> dict[Part, object]:
    return {key: value for key, value in values.items() if key[: len(part)] == part}


@lru_cache(maxsize=4096)
def _read_back(text: str, target: Target) -> dict[Part, object]:
    """Of four outputs three are written anew for another flag or value."""
    if target == "kubernetes":
        return _known(manifest_jobs(text, "out.yaml")[-1])
    text = _LOUD.sub(lambda match: f"${{{match[1] or match[2]}}}", text)
    return _known(runai_job(re.sub(r"\$\{(\w+)\}(?![\w\[])", r"$\1", text)))


_ASKED = r"\$\{(\w+):?\?(?:the value of|argument) [^}]*\}"
_LOUD = re.compile(rf'"{_ASKED}"|{_ASKED}')
"""What a variable of the source became, so that it stops a shell that does not have it."""


def uncovered(job: JobSpec) -> list[Part]:
    """Parts of the run that no item says it sets."""
    assert job.run is not None
    told = {part for item in job.items for part in item.sets}
    return [
        part
        for part in stated_parts(job.run)
        if part[-1] and not any(part[: len(one)] == one or one[: len(part)] == part for one in told)
    ]


def _known(job: JobSpec) -> dict[Part, object]:
    """The parts of a job's run, those that only a spelling tells apart alike."""
    assert job.run is not None
    run = job.run
    known = {part: _plain(part, value) for part, value in stated_parts(run).items()}
    if run.gpus:
        needs = fill_placement(job).accelerators
        asks = [(ask.portion, ask.memory, ask.mig) for ask in run.gpus]
        open_ = [_text(ask.count) for ask in run.gpus if isinstance(ask.count, Word)]
        counts = tuple(need.count for need in needs)
        known["gpus",] = (counts, tuple(ask for ask in asks if any(ask)), tuple(open_))
    for name, count in run.extended.items():
        if name.startswith("nvidia.com/mig-"):
            slices = ((None, None, name.removeprefix("nvidia.com/mig-")),)
            known.setdefault(("gpus",), ((count,), slices, ()))
        elif vendor_of(name):
            known.setdefault(("gpus",), ((count,), (), ()))
    for ask in run.gpus:
        if ask.resource and ask.mig:
            known.setdefault(("extended", ask.resource), ask.count)
    if run.hostname:
        known["hostname",] = run.hostname.lower()
    if run.backoff_limit is not None:
        known.setdefault(("restart",), "onfailure")
    if run.shared_memory is not None or run.large_shared_memory:
        size = _text(run.shared_memory)
        known.setdefault(("mounts", "/dev/shm"), ("tmpfs", "", False, size))
    return known


def _plain(part: Part, value: object) -> object:
    if isinstance(value, RunMount):
        kind = "hostPath" if value.kind == "bind" else value.kind
        source = _text(value.source).removeprefix("$PWD/").removeprefix("./")
        if value.driver_options.get("type") == "nfs":
            address = value.driver_options["o"].partition("addr=")[2].partition(",")[0]
            kind, source = "nfs", f"{address}:{value.driver_options['device'].lstrip(':')}"
        if kind in ("claim", "config"):
            source = source.lower().rpartition("/")[2]
        read_only = value.read_only or kind == "config"  # which is never written to
        return (kind, source, read_only, _text(value.size))
    if isinstance(value, Variable):
        if value.reference:
            return value.reference
        own = Expansion(source=f"${value.name}", kind="variable", name=value.name)
        return _text(Word(parts=(own,)) if value.value is None else value.value)
    if isinstance(value, PortMapping):
        return (_text(value.container), value.protocol)
    if isinstance(value, tuple) and all(isinstance(one, Word) for one in value):
        return tuple(map(_text, value))
    if part[0] == "restart":
        policy = str(value).lower().partition(":")[0]
        return _RESTARTS.get(policy, policy)
    if part[0] == "user":
        return "".join({"root": "0"}.get(one, one) for one in _text(value).split(":"))
    if part[0] in ("seccomp", "host_entries"):
        return str(value).lower()
    return _text(value)


def _text(value: object) -> Any:
    """A word as its text with every variable spelled alike."""
    if not isinstance(value, Word):
        return value
    return "".join(
        part if isinstance(part, str) else part.source.replace("{", "").replace("}", "")
        for part in value.parts
    )
