"""What the user settled with `--set` and `--cwd` put into a job."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from advisor.jobs.run import Run
from advisor.jobs.translation import Situation
from advisor.jobs.word import Expansion, Word, joined

_DIRECTORY_SOURCES = frozenset(
    {"$PWD", "${PWD}", "$(pwd)", "`pwd`", "%CD%", "%cd%", "$(PWD)", "$(CURDIR)", "~+"}
)


def settled_run(run: Run, situation: Situation) -> Run:
    """The run with every word's known expansions replaced."""
    if not situation.values and not situation.directory:
        return run

    def settle(word: Word | None) -> Word | None:
        return None if word is None else settled_word(word, situation.values, situation.directory)

    def settle_all(words: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(settled_word(word, situation.values, situation.directory) for word in words)

    return msgspec.structs.replace(
        run,
        image=settle(run.image),
        name=settle(run.name),
        entrypoint=None if run.entrypoint is None else settle_all(run.entrypoint),
        arguments=settle_all(run.arguments),
        environment=tuple(
            msgspec.structs.replace(variable, value=settle(variable.value))
            for variable in run.environment
        ),
        environment_files=settle_all(run.environment_files),
        working_directory=settle(run.working_directory),
        user=settle(run.user),
        mounts=tuple(
            msgspec.structs.replace(mount, source=settle(mount.source), target=settle(mount.target))
            for mount in run.mounts
        ),
    )


def settled_word(word: Word, values: Mapping[str, str], directory: str) -> Word:
    """The word with the current directory and the given variables put in."""
    if directory:
        word = joined(
            directory if isinstance(part, Expansion) and part.source in _DIRECTORY_SOURCES else part
            for part in word.parts
        )
    return word.settled(values)
