"""What can be asked of single jobs: to read them, to judge them, to write them anew. Each function
imports what it needs, so that commands that ask for none of it start fast."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from advisor.checking.processes import dask_address
from advisor.collection.collect import TIMEOUT_SECONDS
from advisor.configuration.settings import Settings
from advisor.errors import InputError
from advisor.facts.snapshot import Snapshot
from advisor.files import STANDARD_STREAM, input_name
from advisor.judging.threshold import apply_check_baseline
from advisor.probes.registry.options import RegistryOptions

if TYPE_CHECKING:
    from advisor.checking.checker import Checker
    from advisor.checking.text_checker import TextChecker
    from advisor.jobs.spec import JobSpec
    from advisor.jobs.translation import Situation, Target
    from advisor.judging.check_report import CheckReport, TranslationReport
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
    from advisor.checking.text_checker import TextChecker
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
    from advisor.checking.given_places import idle_places

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
    from advisor.checking.job_target import Wishes
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
            items=bool(targets),
        ),
        places=places,
        registries=registries,
    )
