"""What can be asked of single jobs: to read them, to judge them, to write them anew. Each function
imports what it needs, so that commands that ask for none of it start fast."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from advisor.catalogs import load_catalog
from advisor.catalogs.storage import SystemPathCatalog
from advisor.checking.check import CheckSession
from advisor.checking.checker import Checker
from advisor.checking.job_examiner import Wishes
from advisor.checking.source_lines import located
from advisor.collection.collect import TIMEOUT_SECONDS
from advisor.configuration.settings import Settings
from advisor.errors import InputError
from advisor.facts.snapshot import Snapshot
from advisor.files import STANDARD_STREAM, input_name
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import ClaimMapping, NfsExport, Situation, Target
from advisor.jobs.word import word
from advisor.judging.check_report import CheckReport
from advisor.judging.coverage import folded
from advisor.judging.threshold import apply_check_baseline
from advisor.probes.registry.options import RegistryOptions
from advisor.readers.compose.input import referenced_files
from advisor.readers.file_kinds import kind_by_text
from advisor.readers.result import Input, ReadOptions
from advisor.readers.specs import collected, read_input
from advisor.writers.data import absolute_source, rest_below

if TYPE_CHECKING:
    from advisor.judging.check_report import TranslationReport
    from advisor.readers.result import ReadResult
    from advisor.rulebook.loaded import Rulebook


def read_jobs(specs: Sequence[str], values: Mapping[str, str] | None = None) -> ReadResult:
    """The jobs in files, folders, standard input and quoted commands, and what was no job.

    `values` are variables for compose files.
    """
    from advisor.checking.source_lines import located
    from advisor.readers.result import ReadOptions
    from advisor.readers.specs import read_specs

    return located(read_specs(specs, ReadOptions(environment=dict(values or {}))))


def read_container(
    name: str, docker_host: str | None = None, *, timeout: float = TIMEOUT_SECONDS
) -> JobSpec:
    """A container of a Docker host (without one the local daemon's) as a job.

    ProbeError for a host that does not answer or does not have it, InputError for a bad URL.
    """
    from advisor.jobs.withholding import withhold
    from advisor.probes.docker.endpoint import resolve_endpoint
    from advisor.probes.docker.probe import inspect_one_container
    from advisor.readers.docker_run.inspect import read_container as read

    endpoint = resolve_endpoint(docker_host, os.environ)
    return withhold(read(*inspect_one_container(name, endpoint, timeout, os.environ)))


def check(
    specs: Sequence[str],
    snapshot: Snapshot | None = None,
    settings: Settings | None = None,
    *,
    rulebook: Rulebook | None = None,
    baseline: frozenset[str] = frozenset(),
    targets: Sequence[Target] = (),
    given: Situation | None = None,
    places: int | None = None,
    container: JobSpec | None = None,
    registries: RegistryOptions | None = None,
    engine: str = "",
    rules: Sequence[str] = (),
) -> CheckReport:
    """Judge the jobs in files, folders, standard input (`-`) and quoted commands.

    Without a `snapshot` and assumed nodes in the settings, what depends on the cluster is unknown.
    `targets` are the forms to translate into (Run:ai 2 for what is no manifest); `given` holds what
    the user decided for them. Inputs that cannot be read are problems of the report. `places`
    bounds the jobs of manifests that get line numbers, which take most of the time. `container` is
    one more job, as `read_container` gives it. With `registries` those of the jobs' images are
    asked whether they have them. An `engine`, `dask://HOST:PORT`, has that scheduler's workers read
    and judge the files, which they have to see under the same absolute paths; `rules` are the
    folders that the rulebook is made of besides the built-in ones.
    """
    checker = _checker(snapshot, settings, rulebook, targets, given, places, registries)
    if engine:
        check_sent(engine, specs, container)
        checker = replace(checker, engine=engine, rules=tuple(map(os.path.abspath, rules)))
    return apply_check_baseline(_checked(checker, specs, container), baseline)


def check_sent(engine: str, specs: Sequence[str], container: JobSpec | None) -> None:
    """InputError for an engine that is none, and for what workers elsewhere cannot read."""
    from advisor.checking.processes import dask_address

    dask_address(engine)
    for spec in specs:
        if spec == STANDARD_STREAM or not os.path.isabs(spec):
            raise InputError(
                "with --engine only files and folders by their absolute paths are read",
                where=input_name(spec),
                remedy="name it so that every worker finds it: /srv/jobs",
            )
    if container is not None:
        raise InputError("--engine reads files, and --container is none", remedy="leave one out")


def text_checker(
    snapshot: Snapshot | None = None,
    settings: Settings | None = None,
    *,
    rulebook: Rulebook | None = None,
) -> TextChecker:
    """Judges pasted texts one after another, as `check` judges files, and opens no file for them;
    for a server. Without a `snapshot` and assumed nodes what depends on the cluster is unknown."""
    from advisor import __version__
    from advisor.views.schema import load_rulebook

    chosen = settings or Settings()
    return TextChecker(
        snapshot or Snapshot(advisor=__version__, taken=""),
        chosen,
        load_rulebook(chosen) if rulebook is None else rulebook,
    )


def translate(
    specs: Sequence[str],
    target: Target,
    snapshot: Snapshot | None = None,
    settings: Settings | None = None,
    *,
    rulebook: Rulebook | None = None,
    given: Situation | None = None,
    container: JobSpec | None = None,
) -> TranslationReport:
    """The jobs of the specs in another form, with what became of every flag and field."""
    from advisor.judging.check_report import translation_report

    checker = _checker(snapshot, settings, rulebook, (target,), given, None)
    return translation_report(_checked(checker, specs, container), target)


def _checked(checker: Checker, specs: Sequence[str], container: JobSpec | None) -> CheckReport:
    """The check, with a note for each place of data that was given in vain."""

    report = checker.check_specs(specs, () if container is None else (container,))
    idle = idle_places(report, checker.wishes.given)
    return replace(report, notes=(*report.notes, *idle)) if idle else report


def _checker(
    snapshot: Snapshot | None,
    settings: Settings | None,
    rulebook: Rulebook | None,
    targets: Sequence[Target],
    given: Situation | None,
    places: int | None,
    registries: RegistryOptions | None = None,
) -> Checker:
    from advisor import __version__
    from advisor.checking.checker import Checker
    from advisor.checking.job_examiner import Wishes
    from advisor.jobs.translation import Situation
    from advisor.readers.result import ReadOptions
    from advisor.views.schema import load_rulebook

    chosen = settings or Settings()
    decided = given or Situation(target="runai-v2")
    return Checker(
        snapshot=snapshot or Snapshot(advisor=__version__, taken=""),
        settings=chosen,
        rulebook=load_rulebook(chosen) if rulebook is None else rulebook,
        wishes=Wishes(targets=tuple(targets), given=decided),
        reading=ReadOptions(
            environment=decided.values,
            directory=decided.directory,
            profiles=decided.profiles,
            exclude=decided.exclude,
            items=bool(targets),
        ),
        places=places,
        registries=registries,
    )


_SHOWN = 5
_ROOTS = ("/", "$", "~", "`", "%")
"""What a path begins with that does not hang on the current folder, or whose shell knows it."""


def idle_places(report: CheckReport, given: Situation) -> tuple[str, ...]:
    """What `--nfs` and `--data-claim` name in vain, each in a line with the paths there are.

    Paths of the system are no data and are not known here: nothing is said of them.
    """
    places: tuple[NfsExport | ClaimMapping, ...] = (*given.exports, *given.claims)
    if not places or not report.jobs:
        return ()
    known = sorted(set(_known(report, given.directory)))
    idle = [place for place in places if not _serves(place.path, known)]
    return tuple(_without_job(place, known) for place in idle if not _is_system(place.path))


def _without_job(place: NfsExport | ClaimMapping, known: list[str]) -> str:
    at = f" at {place.path}" if place.path else ""
    return f"{_option(place)}: no job has data{at}{_there(known) if at else ''}"


def _is_system(path: str) -> bool:
    return bool(path) and load_catalog("system_paths", SystemPathCatalog).find(path) is not None


def _serves(path: str, known: Iterable[str]) -> bool:
    """Whether a given place is for the path; one without a path is for all data."""
    return any(not path or rest_below(source, path) is not None for source in known)


def _known(report: CheckReport, directory: str) -> Iterator[str]:
    """Paths and names of volumes, as `--nfs` and `--data-claim` have to name them."""
    for check in report.jobs:
        for decision in check.decisions:
            kind, _, source = decision.subject.id.removeprefix("data:").partition(":")
            if decision.topic == "data" and kind == "path":
                relative = not source.startswith(_ROOTS)
                yield absolute_source(word(source), directory).text if relative else source
            elif decision.topic == "data" and kind == "volume":
                yield source.rpartition("/")[2]


def _option(place: NfsExport | ClaimMapping) -> str:
    if isinstance(place, NfsExport):
        return f"--nfs {place.server}:{place.export}={place.path}"
    return f"--data-claim {place.claim}{f'={place.path}' if place.path else ''}"


def _there(known: list[str]) -> str:
    if not known:
        return "; there is none"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"; it is at {', '.join(known[:_SHOWN])}{more}"


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
