"""What `audit` and `report` do once there is a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from advisor import api
from advisor.cli.outputs import Output, named_inputs, parse_outputs, write_outputs
from advisor.cli.reading import report_sources
from advisor.cli.stream import print_note
from advisor.configuration.config_file import find_config
from advisor.configuration.settings import parse_assumption, parse_registry
from advisor.errors import AdvisorError, InputError
from advisor.facts.selector import parse_selector
from advisor.output.formats import FORMATS, WITHOUT_COMMANDS

if TYPE_CHECKING:
    from advisor.jobs.spec import JobSpec
    from advisor.rulebook.loaded import Rulebook


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be refused before a probe starts, parsed."""

    settings: api.Settings
    rulebook: Rulebook
    baseline: frozenset[str]
    outputs: tuple[Output, ...]


def plan_judging(
    options: Mapping[str, Any],
    formats: Iterable[str] = tuple(FORMATS),
    named: Iterable[str] = (),
) -> Plan:
    """Check outputs, configuration, rules and baseline; InputError, RuleError, OutputError. `named`
    are the files that the command reads besides those of its options."""
    outputs = parse_outputs(options["formats"], formats, named_inputs(options, named))
    settings = settings_of(options)
    return Plan(
        outputs=outputs,
        settings=settings,
        baseline=api.load_baseline(options["baseline"]) if options["baseline"] else frozenset(),
        rulebook=rulebook_of(settings, options),
    )


def prepare_meanwhile(plan: Plan) -> None:
    """Get judging and the formats ready in a thread, while the probes wait for answers.

    What fails there fails again, and is said, when it is needed.
    """
    formats = [output.format for output in plan.outputs]

    def prepare() -> None:
        with suppress(AdvisorError):
            api.prepare(formats)

    Thread(target=prepare, daemon=True).start()


def judge_and_write(
    snapshot: api.Snapshot,
    plan: Plan,
    options: Mapping[str, Any],
    jobs: Sequence[JobSpec] = (),
) -> int:
    """Write every output and give the exit code; `jobs` are those of files."""
    assessment = api.audit(
        snapshot,
        plan.settings,
        rulebook=plan.rulebook,
        baseline=plan.baseline,
        jobs=jobs,
        translate=not WITHOUT_COMMANDS.issuperset(output.format for output in plan.outputs),
    )
    if options["owner"] is not None:
        assessment = api.for_owner(assessment, options["owner"])
    write_outputs(partial(api.render, assessment), plan.outputs, options)
    report_sources(snapshot.sources, quiet=options["quiet"])
    report_unmatched(assessment.unmatched_ignores, quiet=options["quiet"])
    return api.exit_code(assessment, options["fail_on"])


def rulebook_of(settings: api.Settings, options: Mapping[str, Any]) -> Rulebook:
    """The rules as the settings change them; RuleError, InputError."""
    with _told_of_file(options):
        return api.load_rulebook(settings, options["rules"])


@contextmanager
def _told_of_file(options: Mapping[str, Any], key: str = "") -> Iterator[None]:
    """An error about what the configuration says names its file, and `key`."""
    try:
        yield
    except InputError as error:
        file = options["config"] or find_config(".")
        where = f"{file}: {key or error.where}" if file else error.where
        raise InputError(error.what, where=where, remedy=error.remedy) from None


def report_unmatched(ignores: Sequence[str], *, quiet: bool) -> None:
    """One line on the `[[ignore]]` of the configuration that matched nothing: a wrong rule or name
    is a finding that comes back."""
    if ignores:
        print_note(f"note: [[ignore]] that matched nothing: {'; '.join(ignores)}", quiet=quiet)


def settings_of(options: Mapping[str, Any]) -> api.Settings:
    """The configuration file's settings, with what the command line says over them."""
    settings = api.load_settings(options["config"])
    if settings.runai and options.get("runai") is None:
        with _told_of_file(options, "runai"):
            settings = replace(settings, runai=api.known_release(settings.runai))
    given: dict[str, Any] = {}
    if options["assume"] is not None:
        given["assume"] = parse_assumption(options["assume"])
    if options["exclude_nodes"] is not None:
        parse_selector(options["exclude_nodes"])
        given["exclude_nodes"] = options["exclude_nodes"]
    if options.get("runai") is not None:
        given["runai"] = api.known_release(options["runai"])
    if options["registry"] is not None:
        given["registry"] = parse_registry(options["registry"])
    return replace(settings, **given)
