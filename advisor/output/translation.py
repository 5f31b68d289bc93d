"""A translation as text to paste or to apply, as JSON, and what goes to standard error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from advisor.judging.check_report import TranslatedJob, TranslationReport
from advisor.output.check_view import entry_name, gathered, not_carried, still_missing
from advisor.writers.open_values import ALWAYS_SET
from advisor.writers.shell_text import comment

_MENTIONED = re.compile(r"\$\{?(\w+)")


def render_text(report: TranslationReport, *, explain: bool = False) -> str:
    """Only commands or a manifest, an object of several roles once; with `explain` each is followed
    by comments that say where every flag comes from and what became of the others."""
    parts: dict[object, str] = {}
    for number, job in enumerate(report.jobs):
        file = job.place.file if job.place else ""
        key = (file, job.translation.text) if job.reader == "manifest" else number
        ledger = "".join(f"{comment(line)}\n" for line in _explained(job)) if explain else ""
        text = _belonging(job) + job.translation.text.rstrip("\n") + "\n"
        parts[key] = parts.get(key, text) + ledger
    return ("---\n" if report.target == "kubernetes" else "\n" if explain else "").join(
        parts.values()
    )


def _belonging(job: TranslatedJob) -> str:
    """A comment for a command that must go back where it came from: a loop runs it several times,
    and a variable that the script sets has no value elsewhere."""
    translation = job.translation
    if not job.template or translation.target == "kubernetes":
        return ""
    expansions = (expansion for entry in translation.ledger for expansion in entry.item.expansions)
    names = dict.fromkeys(
        expansion.name
        for expansion in expansions
        if expansion.kind == "variable" and expansion.name
    )
    mentioned = set(_MENTIONED.findall(translation.text)) - ALWAYS_SET
    left = [f"${name}" for name in names if name in mentioned]
    if not left and "loop" not in job.template:
        return ""
    where = f" of {job.place.file}:{job.place.line}" if job.place else ""
    verb = "is" if len(left) == 1 else "are"
    values = f", where {' and '.join(left)} {verb} set" if left else ""
    return f"{comment(f'belongs {job.template}{where}{values}')}\n"


def render_json(report: TranslationReport) -> str:
    """Everything, with the whole ledger; keys sorted."""
    text = msgspec.json.encode(report, order="sorted")
    return msgspec.json.format(text, indent=2).decode() + "\n"


def remarks(report: TranslationReport) -> Iterator[str]:
    """What was not carried over, a line each: for standard error."""
    if not report.jobs and not report.problems:
        yield "no job was found: nothing is translated"
    told: set[object] = set()
    for job in report.jobs:
        name = f"{job.place.file}:{job.place.line}: " if job.place else ""
        many = name if len(report.jobs) > 1 else ""
        for key, line in _of_job(job):
            if key not in told:
                yield many + line
            if job.reader == "manifest":
                told.add(key)
    yield from _same_objects(report)


def _of_job(job: TranslatedJob) -> Iterator[tuple[object, str]]:
    """Each line behind what tells it apart from the same one of another role of the object."""
    translation = job.translation
    whole = (job.place.file if job.place else "", translation.text)
    if job.template:
        yield job.id, f"template: {job.template}"
    for step in translation.before:
        for number, line in enumerate(step.splitlines()):
            yield (whole, step, number), f"first: {line}"
    for entries, group in gathered(not_carried(translation)):
        line = f"{entries[0].fate}: {group}"
        yield (whole, tuple(entry.item.place for entry in entries), line), line
    for missing in still_missing(translation):
        yield (whole, missing), f"still open: {missing}"


def _same_objects(report: TranslationReport) -> Iterator[str]:
    """Objects of manifests and compose files that several jobs write under one name: the later one
    would take the place of the earlier."""
    writers: dict[tuple[str, str, str], set[object]] = {}
    for number, job in enumerate(report.jobs):
        if job.reader not in ("manifest", "compose"):
            continue
        whole = (job.place.file if job.place else "", job.translation.text)
        own = whole if job.reader == "manifest" else number
        for document in job.translation.documents:
            stated = document.get("metadata")
            metadata = stated if isinstance(stated, dict) else {}
            name, namespace = metadata.get("name") or "", metadata.get("namespace") or ""
            if name:
                key = (str(document.get("kind")), str(namespace), str(name))
                writers.setdefault(key, set()).add(own)
    for (kind, namespace, name), several in writers.items():
        if len(several) > 1:
            shown = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
            yield (
                f"{len(several)} jobs write one object, {shown}, and the last would take the place"
                " of the others: rename it in all but one"
            )


def is_open(report: TranslationReport) -> bool:
    """Whether a job waits for a value that only the user has."""
    return any(
        job.translation.missing
        or any(entry.fate == "unresolved" for entry in job.translation.ledger)
        for job in report.jobs
    )


def _explained(job: TranslatedJob) -> Iterator[str]:
    rows = [
        (entry.output or "-", entry.fate, f"{entry_name(entry)}: {entry.reason}")
        for entry in job.translation.ledger
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    for output, fate, why in rows:
        yield f"{output.ljust(min(widths[0], 40))}  {fate.ljust(widths[1])}  {why}"
