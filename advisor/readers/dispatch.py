"""One reader for each kind of file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib import import_module

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.files import STANDARD_STREAM, is_foreign
from advisor.readers.hpc.flags import FIRST_MACHINE, HpcOption
from advisor.readers.result import (
    FOREIGN,
    Input,
    Kind,
    Outcome,
    ReadOptions,
    ScriptContext,
    as_problem,
)
from advisor.readers.script_jobs import mentions_tools, script_jobs
from advisor.readers.shell.command import Dialect, Positions, Script, named, with_places
from advisor.readers.shell.commands import dialect_of_script
from advisor.readers.shell.variables import Known
from advisor.readers.text import read_beside
from advisor.readers.unread import (
    GIVEN_SCRIPT,
    SUBMITS_SCRIPT,
    conflict_in,
    foreign_jobs,
    seen_in,
    written_objects,
)

Reader = Callable[[Input, str, ReadOptions], Outcome]


def _read_shell(dialect: Dialect | None) -> Reader:
    def read(source: Input, text: str, options: ReadOptions) -> Outcome:
        from advisor.readers.hpc.reader import whole_script
        from advisor.readers.shell.commands import read_script

        written = _embedded(source, text, options) if dialect == "bash" else Outcome()
        if not mentions_tools(text):
            return written
        own = dialect_of_script(text) if dialect == "bash" else dialect
        script = read_script(text, file=source.file, dialect=own, known=_known(options, source))
        head = _directives(text)
        outcome = _jobs(script, source, options, directives=head)
        if not outcome.jobs and (whole := whole_script(text, source.file, head)):
            outcome = _jobs(whole, source, options, directives=(*head, FIRST_MACHINE))
        written = _joined(written, _given(script, source, options))
        outcome = _with_submitted(_without_read(outcome, written), script, source, options)
        everything = _joined(outcome, written)
        seen = seen_in(text, source.file) if everything == Outcome() else everything.notes
        return everything._replace(notes=(*seen, *conflict_in(text, source.file)))

    return read


def _jobs(
    script: Script,
    source: Input,
    options: ReadOptions,
    *,
    prose: bool = False,
    directives: tuple[HpcOption, ...] = (),
) -> Outcome:
    """The jobs of a script and of what it has compose start; the rest is as in `script_jobs`."""
    folder = _folder(source, options)
    outcome = script_jobs(script, folder, top=source.top, prose=prose, directives=directives)
    if not any("compose" in each.text for command in script.commands for each in command.words[:4]):
        return outcome
    from advisor.readers.compose.started import started_services

    return _in_order(_joined(outcome, started_services(script, source, options, folder)))


def _given(script: Script, source: Input, options: ReadOptions, *, prose: bool = False) -> Outcome:
    """The jobs of the scripts that a script writes, or gives to a scheduler or a shell."""
    from advisor.readers.embedded import given_scripts
    from advisor.readers.hpc.reader import within
    from advisor.readers.shell.commands import read_text

    joined = Outcome()
    known = _known(options, source)
    for given in given_scripts(script.commands):
        text, places = with_places(given.text.parts)
        command = given.command
        inherited = {
            name: value.literal
            for name, value in command.exported.items()
            if value.literal is not None
        }
        own = known._replace(values={**inherited, **known.values})
        positions = Positions(text, file=source.file, line=given.line)
        inner = read_text(text, positions, "bash", places, own)
        head = ScriptContext(directives=_directives(named(given.text)))
        head = within(head, command.words, ()) if command.words else head
        outcome = _jobs(inner, source, options, prose=prose, directives=head.directives)
        template = command.template
        jobs = tuple(replace(job, template=job.template or template) for job in outcome.jobs)
        joined = _joined(joined, outcome._replace(jobs=jobs))
    return joined


def _without_read(outcome: Outcome, written: Outcome) -> Outcome:
    """Without the note that a script is to be named, where it was written here and is read."""
    if all(job.reader == "manifest" for job in written.jobs):
        return outcome
    told = (SUBMITS_SCRIPT, GIVEN_SCRIPT)
    notes = tuple(note for note in outcome.notes if not note.endswith(told))
    return outcome._replace(notes=notes)


def _with_submitted(
    outcome: Outcome, script: Script, source: Input, options: ReadOptions
) -> Outcome:
    """Also the jobs of the manifests beside the script that it submits, and of the objects that it
    has kubectl make."""
    if not any(
        command.words and command.words[0].text in _SUBMITTERS for command in script.commands
    ):
        return outcome
    from advisor.readers.embedded import submitted

    for submission in submitted(script, _folder(source, options), source.top):
        place = submission.command.place
        where = f"{place.file}:{place.line}:{place.column}: "
        left = tuple(note for note in outcome.notes if not note.startswith(where))
        outcome = outcome._replace(notes=left)
        if submission.foreign:
            note = f"{where}{submission.file} {FOREIGN}"
            outcome = outcome._replace(notes=(*outcome.notes, note))
            continue
        try:
            text = submission.text or read_beside(submission.file, options.most_bytes)
            inner = source._replace(file=submission.file or source.file)
            objects = _read_manifest(inner, text, options)
            if not submission.file:
                here = {"place": place, "source": submission.command.source}
                objects = objects._replace(jobs=tuple(replace(job, **here) for job in objects.jobs))
            outcome = _joined(outcome, objects)
        except InputError as error:
            outcome = outcome._replace(problems=(*outcome.problems, as_problem(error)))
    return outcome


_SUBMITTERS = ("kubectl", "oc", "runai")


def _embedded(source: Input, text: str, options: ReadOptions, *, prose: bool = False) -> Outcome:
    """The jobs of the manifests, compose files and scripts in a script's here-documents, or of
    those that a page shows: there a fault makes one an example."""
    from advisor.readers import embedded

    joined = Outcome()
    rest = embedded.without_batch_scripts(text) if prose else text
    for piece in (*(embedded.in_fences(text) if prose else ()), *embedded.in_here_documents(rest)):
        where, open_ = f"{source.file}:{piece.line}", frozenset[str]()
        if piece.filled:
            values = {**_values(source, text, options), **options.environment}
            piece, left = embedded.with_values(piece, values)
            as_template = piece.kind == "manifest" and all(map(_VARIABLE.fullmatch, left))
            if left:
                told = _TEMPLATE if as_template else _FILLED.format(piece.kind)
                note = f"{where}: {told.format(', '.join(left))}"
                joined = joined._replace(notes=(*joined.notes, note))
            if left and not as_template:
                continue
            open_ = frozenset(name.strip("${}") for name in left)
        try:
            outcome = READERS[piece.kind](source, piece.text, replace(options, left=open_))
            if piece.kind == "manifest":
                from advisor.readers.manifest.objects import with_places

                placed = with_places(outcome.jobs, piece.text, source.file)
                outcome = outcome._replace(jobs=placed)
        except InputError as error:
            outcome = Outcome(problems=(as_problem(error),))
        if prose and outcome.problems:
            notes = tuple(f"{at}: {_SHOWN}: {what}" for what, at, _ in outcome.problems)
            outcome = outcome._replace(problems=(), notes=(*outcome.notes, *notes))
        joined = _joined(joined, outcome)
    return joined


def _values(source: Input, text: str, options: ReadOptions) -> dict[str, str]:
    """The values of the variables that a script sets at one place only, and what it takes for those
    that its caller may give."""
    from advisor.readers.shell.commands import read_script

    script = read_script(text, file=source.file, known=_known(options, source))
    return {**script.defaults, **script.values}


_VARIABLE = re.compile(r"\$\{\w+\}", re.ASCII)
_FILLED = (
    "a {} that the shell fills in is not read, since {{}} is not known: give --set NAME=VALUE for"
    " each variable, or name what the script writes"
)
_TEMPLATE = (
    "a manifest that the shell fills in, read with {} left open: give --set NAME=VALUE for each"
)
_SHOWN = "an example that is not judged"


def _joined(outcome: Outcome, other: Outcome) -> Outcome:
    return outcome._replace(
        jobs=(*outcome.jobs, *other.jobs),
        problems=(*outcome.problems, *other.problems),
        notes=(*outcome.notes, *other.notes),
    )


def _directives(text: str) -> tuple[HpcOption, ...]:
    from advisor.readers.hpc.flags import directives_of

    return directives_of(text)


def _folder(source: Input, options: ReadOptions) -> str | None:
    """Where the files that it names are looked for, None where none of them may be read."""
    return os.path.dirname(source.file) if options.beside else None


def _known(options: ReadOptions, source: Input | None = None) -> Known:
    """What the user says; of a file on disk also what stands beside it, where that may be read."""
    folder = _folder(source, options) if source is not None and source.text is None else None
    known = Known(options.environment, options.directory)
    if folder is None or source is None or source.file == STANDARD_STREAM:
        return known

    def sourced(name: str) -> str | None:
        path = os.path.join(folder, name)
        if os.path.isabs(name) or is_foreign(name, folder, source.top) or not os.path.isfile(path):
            return None
        return read_beside(path, options.most_bytes)

    return known._replace(script=source.file, sourced=sourced)


def _read_pasted(source: Input, text: str, options: ReadOptions) -> Outcome:
    """A command given on the line or on standard input: prompts may be in front."""
    from advisor.readers.shell.commands import read_script
    from advisor.readers.sources.markdown import without_prompts

    source = source._replace(top=source.top or os.sep)  # whoever types a path means it
    typed = "\n".join(without_prompts(text.split("\n"), comments=source.file != COMMAND_LINE))
    script = read_script(typed, file=source.file, known=_known(options))
    outcome = _jobs(script, source, options, directives=_directives(text))
    written = _given(script, source, options)
    outcome = _joined(_without_read(outcome, written), written)
    return _with_submitted(outcome, script, source, options)


def _commands_by(
    module: str, function: str, may_hold_jobs: Callable[[str], bool] = mentions_tools
) -> Reader:
    """A reader of a file with commands in it, as a function of `readers.sources` finds them."""

    def read(source: Input, text: str, options: ReadOptions) -> Outcome:
        if not may_hold_jobs(text):
            return Outcome()
        find = getattr(import_module(f"advisor.readers.sources.{module}"), function)
        found = _jobs(find(text, source.file, _known(options)), source, options)
        return Outcome(notes=seen_in(text, source.file)) if found == Outcome() else found

    return read


def _runs_in_container(text: str) -> bool:
    """Whether a pipeline may hold jobs: one without a command may still name an image to run in."""
    return mentions_tools(text) or _IN_CONTAINER.search(text) is not None


_IN_CONTAINER = re.compile(r"^\s*(?:container|image)\s*:", re.MULTILINE)


def _read_markdown(source: Input, text: str, options: ReadOptions) -> Outcome:
    from advisor.readers.embedded import without_batch_scripts
    from advisor.readers.sources.markdown import read_markdown

    shown = _embedded(source, text, options, prose=True)
    if not mentions_tools(text):
        return _in_order(shown)
    script = read_markdown(without_batch_scripts(text), source.file, _known(options))
    outcome = _jobs(script, source, options, prose=True)
    shown = _joined(shown, _given(script, source, options, prose=True))
    return _in_order(_joined(_without_read(outcome, shown), shown))


def _read_devcontainer(source: Input, text: str, options: ReadOptions) -> Outcome:
    from advisor.readers.sources.devcontainer import opened, read_devcontainer

    script = read_devcontainer(text, source.file, _known(options))
    outcome = _jobs(script, source, options)
    return outcome._replace(jobs=opened(outcome.jobs, text, source.file))


def _read_tasks(source: Input, text: str, options: ReadOptions) -> Outcome:
    from advisor.readers.sources.tasks import read_tasks

    if not mentions_tools(text):
        return Outcome()
    # an editor runs them from the folder that holds its own
    whole = source._replace(file=os.path.join(os.path.dirname(os.path.dirname(source.file)), "."))
    return _jobs(read_tasks(text, source.file, _known(options)), whole, options)


def _read_python(source: Input, text: str, options: ReadOptions) -> Outcome:
    from advisor.readers.python.reader import read_python

    if not mentions_tools(text):
        return Outcome(notes=written_objects(text, source.file))
    joined = Outcome()
    try:
        scripts = read_python(text, source.file, _known(options, source))
    except InputError as error:
        notes = seen_in(text, source.file)
        return Outcome(notes=(f"{error.where}: {error.what}", *notes) if notes else ())
    for made in scripts:
        head = _directives(made.text)
        joined = _joined(joined, _jobs(made.script, source, options, directives=head))
    notes = tuple(dict.fromkeys(joined.notes))
    if not joined.jobs and not joined.problems:
        notes = (*notes, *(seen_in(text, source.file) or written_objects(text, source.file)))
    return joined._replace(notes=notes)


def _read_notebook(source: Input, text: str, options: ReadOptions) -> Outcome:
    from advisor.readers.sources.notebook import notebook_parts

    joined = Outcome()
    for part in notebook_parts(text, source.file) if mentions_tools(text) else ():
        joined = _joined(joined, READERS[part.kind](source, part.text, options))
    return _in_order(joined)


def _in_order(outcome: Outcome) -> Outcome:
    """With the jobs of one file by their lines."""
    jobs = sorted(outcome.jobs, key=lambda job: job.place.line if job.place else 0)
    return outcome._replace(jobs=tuple(jobs))


def _read_manifest(source: Input, text: str, options: ReadOptions) -> Outcome:
    """In a folder a file of something else is passed over, and a template is reported: nobody said
    that either is a manifest."""
    from advisor.readers.manifest.reader import NoObjectError, read_manifests
    from advisor.readers.yaml_documents import RENDER, is_template

    read = read_manifests(
        text,
        source.file,
        items=options.items,
        values=options.environment,
        left=options.left,
    )
    problems = [p for p in read.problems if source.named or not isinstance(p, NoObjectError)]
    if problems and not source.named and is_template(text):
        return Outcome(read.jobs, notes=(f"{source.file}: not read: {RENDER}",))
    left = f"{source.file}: not translated, apply it as it is: {', '.join(read.others)}"
    notes = (left,) if read.others and read.jobs and options.items else ()
    return Outcome(read.jobs, tuple(map(as_problem, problems)), (*notes, *read.unread))


def _read_compose(source: Input, text: str, options: ReadOptions) -> Outcome:
    from advisor.readers.compose.input import read_compose_file

    return read_compose_file(source, text, options)


COMMAND_LINE = "command line"
"""The file name of a command that was quoted."""

_read_pipeline = _commands_by("pipeline", "read_pipeline", _runs_in_container)

READERS: dict[Kind, Reader] = {
    "cmd": _read_shell("cmd"),
    "compose": _read_compose,
    "devcontainer": _read_devcontainer,
    "foreign": lambda source, text, _: Outcome(notes=(foreign_jobs(text, source.file),)),
    "justfile": _commands_by("tasks", "read_justfile"),
    "makefile": _commands_by("makefile", "read_makefile"),
    "manifest": _read_manifest,
    "markdown": _read_markdown,
    "notebook": _read_notebook,
    "pipeline": _read_pipeline,
    "python": _read_python,
    "powershell": _read_shell("powershell"),
    "shell": _read_shell("bash"),
    "tasks": _read_tasks,
    "unit": _commands_by("tasks", "read_unit"),
    "workflow": _read_pipeline,
}
PASTED: Reader = _read_pasted
