"""Texts that were pasted, judged one after another against one cluster; no file is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from advisor.checking.check import CheckSession
from advisor.checking.checker import Checker
from advisor.checking.job_target import Wishes
from advisor.checking.source_lines import located
from advisor.configuration.settings import Settings
from advisor.facts.snapshot import Snapshot
from advisor.files import STANDARD_STREAM
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target
from advisor.judging.check_report import CheckReport
from advisor.judging.coverage import folded
from advisor.readers.compose.siblings import referenced_files
from advisor.readers.file_kinds import kind_by_text
from advisor.readers.result import Input, ReadOptions
from advisor.readers.specs import collected, read_input

if TYPE_CHECKING:
    from advisor.rulebook.loaded import Rulebook

PASTED_NAME = "input"
"""What a pasted text is called where its lines are named."""

_FILED = (
    "{} is not read: no file is opened for a pasted text; give its variables one by one instead"
)
_INCLUDED = (
    "{} is not read: no file is opened for a pasted text; paste what `docker compose config` prints"
)


class TextChecker:
    """Judges pasted texts. What is known of the cluster is worked out once; a text leaves nothing
    behind for the next one."""

    def __init__(self, snapshot: Snapshot, settings: Settings, rulebook: Rulebook) -> None:
        self._snapshot, self._settings, self._rulebook = snapshot, settings, rulebook
        self._session = CheckSession(snapshot, settings, rulebook, Wishes())

    def check(
        self, text: str, targets: tuple[Target, ...], given: Situation | None = None
    ) -> CheckReport:
        """The jobs of a command, a script, a compose file or a manifest. `given` is what the user
        decided; a registry in it counts for the remedies too. What the text takes from files is a
        note; what cannot be read is a problem."""
        decided = given or Situation(target="runai-v2")
        wishes = Wishes(targets=targets, given=decided)
        reading = ReadOptions(
            environment=decided.values,
            directory=decided.directory,
            profiles=decided.profiles,
            beside=False,
        )
        checker = Checker(
            snapshot=self._snapshot,
            settings=self._settings,
            rulebook=self._rulebook,
            wishes=wishes,
            reading=reading,
        )
        kind = kind_by_text(text)
        source = Input(PASTED_NAME, kind, text=text)
        texts = {PASTED_NAME: text}
        result = located(collected([read_input(source, reading)]), texts)
        session = self._session.asked_by(wishes, decided.registry)
        report = checker.check_read(result, session, texts)
        notes = (*report.notes, *_files_left(text if kind == "compose" else "", result.jobs))
        return replace(report, notes=notes, not_assessed=folded(report.not_assessed))


def _files_left(compose: str, jobs: Iterable[JobSpec]) -> Iterator[str]:
    """The files that the text names and that somebody who has them would read."""
    for path in referenced_files(compose, PASTED_NAME):
        yield _INCLUDED.format(path)
    named = (file.text for job in jobs if job.run for file in job.run.environment_files)
    for name in dict.fromkeys(named):
        yield _FILED.format("standard input" if name == STANDARD_STREAM else name)
