"""Commands for tests of the reader: words, with what the shell decides between them."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.findings.finding import Place
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.docker_run.reader import read_docker_run

PLACE = Place(file="train.sh", line=7, column=3)


def variable(name: str, *, quoted: bool = False) -> Expansion:
    """`$NAME`."""
    return Expansion(source=f"${name}", kind="variable", name=name, quoted=quoted)


def command(source: str) -> Expansion:
    """`$(...)` or a backtick command."""
    return Expansion(source=source, kind="command")


HOME = Expansion(source="~", kind="home")


def words(*parts: str | Expansion | tuple[str | Expansion, ...]) -> list[Word]:
    """One word for each part; a tuple is one of several pieces."""
    return [
        joined(part)
        if isinstance(part, tuple)
        else word(part)
        if isinstance(part, str)
        else joined((part,))
        for part in parts
    ]


def read(
    *parts: str | Expansion | tuple[str | Expansion, ...], files: Mapping[str, str] | None = None
) -> JobSpec:
    """The job of `docker run` and the parts; of the parts alone where they start otherwise."""
    given = words(*parts)
    positions = [Place(file="train.sh", line=7, column=3 + number) for number in range(len(given))]
    return read_docker_run(given, place=PLACE, positions=positions, env_files=files)


def run_of(*parts: str | Expansion | tuple[str | Expansion, ...], **files: str) -> Run:
    """What `docker run PARTS` runs."""
    run = read("docker", "run", *parts, files=files or None).run
    assert run is not None
    return run
