"""Everything the user named, read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence, Set

from msgspec.structs import replace

from advisor.errors import InputError, encodable, typed_text
from advisor.facts.redaction import without_values
from advisor.facts.secrecy import may_be_cut, redact_text, secret_values
from advisor.facts.secret_shapes import may_hold_secret, names_secret
from advisor.files import STANDARD_STREAM, input_name, is_foreign
from advisor.jobs.inline_ignore import InlineIgnore, inline_ignores
from advisor.jobs.launch import launched
from advisor.jobs.spec import JobSpec
from advisor.jobs.withholding import withhold
from advisor.readers.dispatch import PASTED, READERS
from advisor.readers.file_kinds import kind_by_name, kind_by_text
from advisor.readers.inputs import inputs_of
from advisor.readers.manifest.device_claims import ClaimsOfInputs
from advisor.readers.result import (
    FOREIGN,
    Input,
    Kind,
    Outcome,
    ReadOptions,
    ReadResult,
    as_problem,
)
from advisor.readers.text import FileText, read_text
from advisor.readers.yaml_documents import error_at, parse_documents
from advisor.yaml_text import YamlError, refuse_deep

MANIFEST = "manifest"
"""The reader of files that hold all there is to their jobs; others bring in what stands beside."""

_MANIFEST = "manifest"


def read_specs(specs: Sequence[str], options: ReadOptions | None = None) -> ReadResult:
    """The jobs of files, folders, standard input (`-`) and quoted commands.

    Each input is read whatever happens to the others; what could not be read is a problem with its
    place.
    """
    options = options or ReadOptions()
    found = find_inputs(specs, options.exclude)
    outcomes = (read_found(source, options) for source in found)
    return collected(outcomes, ClaimsOfInputs(found, options))


def find_inputs(specs: Sequence[str], exclude: Sequence[str] = ()) -> list[Input | InputError]:
    """What there is to read, each file once; an InputError stands for a spec that is nothing.

    Of folders, files that a pattern of `exclude` fits are left out. Raises InputError for what is
    no pattern.
    """
    return _once(source for spec in specs for source in inputs_of(spec, exclude))


def read_input(source: Input, options: ReadOptions) -> Outcome:
    """The jobs, problems and notes of one input; InputErrors become problems."""
    text = ""
    try:
        content = None if source.skipped else _text(source, options)
        text = content.text if content is not None else ""
        outcome = _read(source, content, options)
    except InputError as error:
        outcome = Outcome(problems=(as_problem(error),))
    return withheld(outcome, text)


def withheld(outcome: Outcome, text: str = "") -> Outcome:
    """What was read from the text without the secrets in it: the one way out of all readers."""
    if text and all(job.reader == MANIFEST for job in outcome.jobs) and not may_hold_secret(text):
        return outcome
    secrets = tuple(dict.fromkeys((*secret_values(text), *_values_of_variables(outcome.jobs))))
    outcome = outcome._replace(
        problems=tuple(without_values(problem, secrets, ()) for problem in outcome.problems),
        notes=without_values(outcome.notes, secrets, ()),
    )
    return outcome._replace(
        jobs=tuple(withhold(job, secrets) for job in outcome.jobs),
        problems=tuple(
            (redact_text(what)[0], where, redact_text(remedy)[0])
            for what, where, remedy in outcome.problems
        ),
        notes=tuple(redact_text(note)[0] for note in outcome.notes),
    )


def _values_of_variables(jobs: Sequence[JobSpec]) -> Iterator[str]:
    """What goes under a secret's name in a job, as it stands elsewhere under none: the value of a
    Makefile's variable, or of a line of an env file."""
    for job in jobs:
        for variable in job.run.environment if job.run else ():
            value = variable.value.literal if variable.value is not None else None
            if value and may_be_cut(value) and names_secret(variable.name, value):
                yield value


def _read(source: Input, text: FileText | None, options: ReadOptions) -> Outcome:
    if source.skipped:
        return Outcome(notes=(f"{encodable(source.file)}: {source.skipped}",))
    if text is None:
        _, kind = kind_by_name(source.file)
        message = f"{encodable(source.file)}: not a text file, so it is not read"
        return Outcome(notes=(message,) if kind else ())
    kind = _kind(source, text.text)
    if kind is None:
        _refuse_deep(source, text.text)
    if kind is None and source.text is None and source.file != STANDARD_STREAM:
        return _plain(source, text, options)
    named = _named(source, encodable(input_name(source.file)))
    reader = READERS[kind] if kind else PASTED
    outcome = reader(named, text.text, options)
    if options.beside and source.text is None and source.file != STANDARD_STREAM:
        outcome = outcome._replace(notes=(*outcome.notes, *_foreign(outcome, source)))
    return _annotated(outcome, named.file, text)


def _refuse_deep(source: Input, text: str) -> None:
    """Raises InputError for what no reader looks at although it may hold a job: deep JSON."""
    try:
        refuse_deep(text)
    except YamlError as error:
        name = encodable(input_name(source.file))
        raise error_at(error.what, name, error.line, error.column) from None


def _foreign(outcome: Outcome, source: Input) -> list[str]:
    """A note for each env file that is not opened because it lies outside of what was given."""
    folder = os.path.dirname(source.file)
    named = [file.literal for job in outcome.jobs if job.run for file in job.run.environment_files]
    return [
        f"{encodable(source.file)}: {name} {FOREIGN}"
        for name in dict.fromkeys(named)
        if name and os.path.isfile(os.path.join(folder, name))
        if is_foreign(name, folder, source.top)
    ]


def _named(source: Input, name: str) -> Input:
    return source if source.file == name else source._replace(file=name)


def _annotated(outcome: Outcome, file: str, text: FileText) -> Outcome:
    """The outcome with the note on its text, and the comments that suppress findings."""
    ignores = inline_ignores(text.text)
    if not (ignores or text.note):
        return outcome
    return outcome._replace(
        notes=(*filter(None, [text.note]), *outcome.notes),
        ignores=((file, ignores),) if ignores else (),
    )


def _plain(source: Input, text: FileText, options: ReadOptions) -> Outcome:
    """A file of no known kind: read as a script when the user named it, else left alone."""
    settled, _ = kind_by_name(source.file)
    if settled or not source.named:
        return Outcome()
    if source.file.endswith((".yaml", ".yml", ".json")):
        parse_documents(text.text, encodable(source.file))  # says where it is not YAML
    named = _named(source, encodable(source.file))
    return _annotated(PASTED(named, text.text, options), named.file, text)


def _text(source: Input, options: ReadOptions) -> FileText | None:
    """The text of the input; None for a binary file that nobody named."""
    if source.text is not None:
        try:
            return FileText(typed_text(source.text))
        except UnicodeError:
            remedy = "type it as UTF-8, or name a file"
            raise InputError("not UTF-8 text", where=source.file, remedy=remedy) from None
    text = read_text(source.file, most=options.most_bytes)
    if text is None and source.named:
        raise InputError(
            "not a text file", where=input_name(source.file), remedy="name a script or manifest"
        )
    return text


def _kind(source: Input, text: str) -> Kind | None:
    if source.kind:
        return source.kind
    return kind_by_text(text, source.file) if source.text is None else None


def _once(inputs: Iterable[Input | InputError]) -> list[Input | InputError]:
    """A file that was named twice, or in a folder as well, is read once."""
    seen: set[str] = set()
    kept: list[Input | InputError] = []
    for source in inputs:
        if isinstance(source, Input) and source.text is None:
            path = os.path.normpath(source.file)
            if path in seen:
                continue
            seen.add(path)
        kept.append(source)
    return kept


def read_found(source: Input | InputError, options: ReadOptions) -> Outcome:
    """The outcome of one result of `find_inputs`; an InputError becomes a problem."""
    if isinstance(source, InputError):
        return withheld(Outcome(problems=(as_problem(source),)))
    outcome = read_input(source, options)
    called = {name for job in outcome.jobs if job.run is not None for name in job.run.called}
    return outcome._replace(jobs=tuple(_as_distributed(job, called) for job in outcome.jobs))


def _is_of_manifest(job: JobSpec) -> bool:
    """Whether a job is an object in a file; commands that were typed one by one share a place."""
    in_yaml = job.place is not None and job.place.file.endswith((".yaml", ".yml", ".json"))
    return job.reader == MANIFEST or in_yaml


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def collected(outcomes: Iterable[Outcome], claims: ClaimsOfInputs | None = None) -> ReadResult:
    """The outcomes of several inputs as one result, without repeated jobs of manifests; what their
    DRA claims ask for may stand in any of the files that `claims` are looked for in."""
    jobs: list[JobSpec] = []
    seen: set[str] = set()  # a manifest in a folder may also be what a script there submits
    problems: list[InputError] = []
    notes: list[str] = []
    ignores: dict[str, tuple[InlineIgnore, ...]] = {}
    for outcome in outcomes:
        jobs += [job for job in outcome.jobs if job.id not in seen]
        seen.update(job.id for job in outcome.jobs if _is_of_manifest(job))
        problems += [
            InputError(what, where=where, remedy=remedy) for what, where, remedy in outcome.problems
        ]
        notes += outcome.notes
        ignores.update(outcome.ignores)
    jobs, joined = _together(claims.put_into(jobs) if claims is not None else jobs)
    notes += joined
    return ReadResult(
        jobs=tuple(jobs), problems=tuple(problems), notes=tuple(notes), ignores=ignores
    )


def _as_distributed(job: JobSpec, called: Set[str]) -> JobSpec:
    """The job; one that starts a part of a launch over several machines is the whole of it. What a
    manifest says stays: its pods have names in the cluster, and so have the services of a compose
    file, `called`, that workers of ray join."""
    if job.run is None or job.run.distributed or job.reader == _MANIFEST or job.launch:
        return job
    distributed = launched(job.run)
    if distributed is not None and distributed[0].distributed == "ray":
        words = " ".join(word.text for word in (*(job.run.entrypoint or ()), *job.run.arguments))
        if any(name in called for name in _ADDRESS.findall(words)):
            return job
    return job if distributed is None else replace(job, run=distributed[0], launch=distributed[1])


_ADDRESS = re.compile(r"--address[= ]['\"]?([\w.-]+)")


def _together(jobs: Sequence[JobSpec]) -> tuple[list[JobSpec], list[str]]:
    """The jobs, where the containers of one launch are one, and a note on each of the others."""
    kept: list[JobSpec] = []
    notes: list[str] = []
    first: dict[str, int] = {}
    ranks: dict[str, set[int]] = {}
    for job in jobs:
        launch = job.launch
        if launch is None or launch.rank is None:
            kept.append(job)
            continue
        known = ranks.setdefault(launch.key, set())
        if launch.key not in first or launch.rank in known:
            first[launch.key], known_here = len(kept), {launch.rank}
            ranks[launch.key] = known_here
            kept.append(job)
            continue
        known.add(launch.rank)
        at = first[launch.key]
        other = _where(kept[at])
        notes.append(f"{_where(job)}: of the same launch as {other}: one distributed job")
        if launch.rank < min(known - {launch.rank}):
            kept[at] = job
    return kept, notes


def _where(job: JobSpec) -> str:
    place = job.place
    return f"{place.file}:{place.line}:{place.column}" if place else job.label
