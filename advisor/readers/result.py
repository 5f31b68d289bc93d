"""What reading takes and what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from advisor.errors import InputError
from advisor.facts.record import Record
from advisor.jobs.inline_ignore import InlineIgnore
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word

if TYPE_CHECKING:
    from advisor.readers.hpc.flags import HpcOption

Kind = Literal[
    "cmd",
    "compose",
    "devcontainer",
    "foreign",
    "justfile",
    "makefile",
    "manifest",
    "markdown",
    "notebook",
    "pipeline",
    "powershell",
    "python",
    "shell",
    "tasks",
    "unit",
    "workflow",
]


class ReadOptions(Record, frozen=True, kw_only=True):
    """`environment` is what the user says of variables, `directory` of where they stand; `profiles`
    are for compose files. Files of a folder that a pattern of `exclude` fits are left out, as git
    leaves out what .gitignore names. A file of more than `most_bytes` is not read. Without `items`
    the jobs of manifests come without them, for those who only judge. Without `beside` no other
    file is looked for: none that the text names, and none that stands beside it. `left` are the
    variables of a manifest that a script fills in and nobody knows.
    """

    environment: dict[str, str] = {}
    directory: str = ""
    profiles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    most_bytes: int = 10 * 2**20
    items: bool = True
    beside: bool = True
    left: frozenset[str] = frozenset()


class ReadResult(Record, frozen=True, kw_only=True):
    """The jobs in the order of the inputs, then of path and line. `problems` are inputs and
    commands that could not be read, `notes` what was mended or guessed on the way, `ignores` the
    comments of each file that suppress findings.
    """

    jobs: tuple[JobSpec, ...] = ()
    problems: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()
    ignores: dict[str, tuple[InlineIgnore, ...]] = {}


class Input(NamedTuple):
    """One thing to read. `text` is None for a file; `kind` None is found out from the text.

    `more` are compose files that go over this one, `named` says that the user asked for this very
    file, `notes` are told with its jobs.
    `skipped` says why it is not read after all; that is told, and is no error. `top` is the folder
    that it was found in, out of which nothing is read.
    """

    file: str
    kind: Kind | None = None
    text: str | None = None
    more: tuple[str, ...] = ()
    named: bool = True
    notes: tuple[str, ...] = ()
    skipped: str = ""
    top: str = ""


class Outcome(NamedTuple):
    """What one input gave; plain values, so that it can come from another process."""

    jobs: tuple[JobSpec, ...] = ()
    problems: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    ignores: tuple[tuple[str, tuple[InlineIgnore, ...]], ...] = ()


def as_problem(error: InputError) -> tuple[str, str, str]:
    """An error as what, where and remedy."""
    return error.what, error.where, error.remedy


FOREIGN = "lies outside of the folder and is not read"
"""Said of a file that a text names (`is_foreign`)."""


class ScriptContext(NamedTuple):
    """What a reader of commands takes besides the command.

    `folder` is where its files are looked for (None: none is opened), `top` what they are not read
    out of. The rest is what the script
    said before: its head (`#SBATCH` lines), the images that it made, by file, the variables that it
    exported, the words of the launcher (`mpirun -np 8`) that starts the command, whether `srun`
    starts it, on each machine, and the folder that the script went to.
    """

    folder: str | None = "."
    top: str = ""
    directives: tuple[HpcOption, ...] = ()
    images: dict[str, str] = {}
    exported: dict[str, Word] = {}
    launcher: tuple[Word, ...] = ()
    spread: bool = False
    directory: Word | None = None
