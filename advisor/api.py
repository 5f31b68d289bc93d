"""What the command line can do, as functions.

    from advisor import api

    snapshot = api.collect(api.CollectOptions(context="prod"))
    assessment = api.audit(snapshot)
    print(api.render(assessment, "markdown"))

Errors that a user can cause are advisor.errors.AdvisorError; its `line()` says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.checking.single_jobs import (
    check,
    read_container,
    read_jobs,
    text_checker,
    translate,
)
from advisor.collection.collect import (
    TIMEOUT_SECONDS,
    CollectOptions,
    ask_registries,
    collect,
    decode_recording,
    load_snapshots,
    utc_now,
)
from advisor.configuration.config_file import load_settings
from advisor.configuration.settings import Settings, parse_assumption
from advisor.errors import AdvisorError, ExitCode, InputError, ProbeError, suggestion
from advisor.facts.redaction import without_secrets
from advisor.facts.snapshot import Snapshot, merge
from advisor.facts.store import decode_snapshot, load_snapshot, save_snapshot
from advisor.files import input_name, read_bytes
from advisor.judging.assessment import Assessment
from advisor.judging.threshold import (
    FailOn,
    apply_baseline,
    check_exit_code,
    diff_exit_code,
    exit_code,
    load_baseline,
)
from advisor.output.formats import RenderOptions
from advisor.probes.registry.options import RegistryOptions

if TYPE_CHECKING:
    from advisor.jobs.spec import JobSpec
    from advisor.judging.check_report import CheckReport
    from advisor.judging.difference import Difference
    from advisor.planning.plan import Plan
    from advisor.planning.status import PlanProgress
    from advisor.probes.common import Progress
    from advisor.probes.kubernetes.preflight import Preflight
    from advisor.rulebook.authoring import RuleTest
    from advisor.rulebook.loaded import Rulebook

__all__ = [
    "AdvisorError",
    "Assessment",
    "CollectOptions",
    "ExitCode",
    "FailOn",
    "RegistryOptions",
    "RenderOptions",
    "Settings",
    "Snapshot",
    "ask_registries",
    "audit",
    "check",
    "check_exit_code",
    "check_rules",
    "cluster_role",
    "collect",
    "compare",
    "demo_snapshot",
    "diff_exit_code",
    "exit_code",
    "explain_rule",
    "for_owner",
    "host_script",
    "load_assessment",
    "load_baseline",
    "load_copies",
    "load_rulebook",
    "load_settings",
    "load_snapshot",
    "load_snapshots",
    "merge",
    "new_rule",
    "node_facts_role",
    "node_manifest",
    "node_namespace",
    "node_removal",
    "parse_assumption",
    "plan_progress",
    "preflight",
    "prepare",
    "read_again",
    "read_container",
    "read_hosts",
    "read_jobs",
    "render",
    "render_check",
    "render_diff",
    "rules_markdown",
    "save_snapshot",
    "text_checker",
    "translate",
    "utc_now",
    "write_plan",
]


def demo_snapshot() -> Snapshot:
    """The bundled snapshot of a small mixed cluster and two Docker hosts."""
    bundled = files("advisor.demo") / "demo-snapshot.json"
    return merge([decode_snapshot(bundled.read_bytes(), name="the demo snapshot")])


def known_release(name: str) -> str:
    """The name of a Run:ai release of the table, or `installed`; InputError for any other."""
    from advisor.judging.common import load_releases
    from advisor.views.readiness import named_release

    return name if name == "installed" else named_release(load_releases(), name).name


def load_rulebook(settings: Settings, rule_directories: Sequence[str] = ()) -> Rulebook:
    """The built-in rules and the user's, as the settings change them; RuleError, InputError."""
    from advisor.views.schema import load_rulebook as load

    return load(settings, rule_directories)


def audit(
    snapshot: Snapshot,
    settings: Settings | None = None,
    *,
    rulebook: Rulebook | None = None,
    baseline: frozenset[str] = frozenset(),
    jobs: Sequence[JobSpec] = (),
    translate: bool = True,
) -> Assessment:
    """Judge a snapshot; the same input gives the same assessment anywhere, at any time.

    Without a `rulebook` the built-in rules are used, as the settings change them. `baseline` holds
    fingerprints of findings that are known and shall not count. `jobs` are those of files, beside
    what the snapshot holds (`read_jobs`). Without `translate` the jobs of the plan come without
    their commands, flags and losses, which is half of the work: enough for the formats of
    `advisor.output.formats.WITHOUT_COMMANDS`.
    """
    from advisor.judging.judge import judge

    chosen = settings or Settings()
    book = load_rulebook(chosen) if rulebook is None else rulebook
    judged = judge(snapshot, settings=chosen, rulebook=book, jobs=jobs, translate=translate)
    return apply_baseline(judged, baseline)


def load_assessment(
    path: str,
    settings: Settings | None = None,
    *,
    rulebook: Rulebook | None = None,
    baseline: frozenset[str] = frozenset(),
) -> Assessment:
    """A JSON report as it was judged, or a snapshot judged now; `-` is standard input. InputError
    for a file that is neither."""
    from advisor.output.json import decode_report

    content, name = read_bytes(path), input_name(path)
    report = decode_report(content, name=name)
    if report is not None:
        return apply_baseline(report, baseline)
    snapshot = merge([decode_recording(content, name=name)])
    return audit(snapshot, settings, rulebook=rulebook, baseline=baseline)


def compare(old: Assessment, new: Assessment) -> Difference:
    """What got fixed, what is new, what changed, and how far the old one's plan is."""
    from advisor.judging import difference

    return difference.compare(old, new)


def render_diff(difference: Difference, format: str, options: RenderOptions | None = None) -> str:
    """The difference as text in one of `advisor.output.formats.DIFF_FORMATS`."""
    from advisor.output.formats import DIFF_FORMATS, format_of

    return format_of(format, DIFF_FORMATS)(difference, options or RenderOptions())


def for_owner(assessment: Assessment, owner: str) -> Assessment:
    """One person's part of it; InputError when nothing belongs to them."""
    from advisor.judging.assessment import for_owner as of_owner

    return of_owner(assessment, owner)


def read_hosts(path: str, limit: str = "") -> tuple[str, ...]:
    """The URLs of the Docker hosts in an Ansible inventory or a list, those that match `limit`;
    InputError for a file that cannot be read, and where nothing matches."""
    from advisor.probes.inventory import read_hosts as read

    return read(path, limit)


def render_check(report: CheckReport, format: str, options: RenderOptions | None = None) -> str:
    """The check as text in one of `advisor.output.formats.CHECK_FORMATS`."""
    from advisor.output.formats import CHECK_FORMATS, format_of

    return format_of(format, CHECK_FORMATS)(report, options or RenderOptions())


def prepare(formats: Iterable[str] = ()) -> None:
    """Import and compile what judging and the formats need: worth a thread while a probe waits."""
    import advisor.judging.judge  # noqa: F401
    from advisor.judging.common import load_catalogs

    load_catalogs()
    if "html" in formats:
        from advisor.output.html import compile_templates

        compile_templates()


def render(assessment: Assessment, format: str, options: RenderOptions | None = None) -> str:
    """The assessment as text in one of `advisor.output.formats.FORMATS`."""
    from advisor.output.formats import FORMATS, format_of

    return format_of(format, FORMATS)(assessment, options or RenderOptions())


def write_plan(assessment: Assessment, snapshot: Snapshot, folder: str) -> tuple[str, ...]:
    """Write the plan of an assessment of the snapshot as scripts, manifests and a README, and give
    their paths; OutputError for a folder that holds anything else, InputError without a plan."""
    from advisor.output.plan_folder import write_folder

    if assessment.plan is None:
        raise InputError("this assessment holds no plan", remedy="make it with audit")
    return write_folder(assessment.plan, snapshot, folder)


def read_again(
    plan: Plan,
    before: Snapshot,
    options: CollectOptions,
    registries: RegistryOptions,
    *,
    progress: Progress | None = None,
) -> Snapshot:
    """What the targets hold now, and what the registry answers for the names of the plan's images,
    compared with the contents that the snapshot `before` has; for `plan_progress`.

    What cannot be read is a failed source of it. InputError for an option that cannot be used.
    """
    from advisor.collection import reread as rereading

    return rereading.read_again(plan, before, options, registries, progress=progress)


def load_copies(folders: Iterable[str]) -> dict[str, str]:
    """What the copy scripts in folders of `write_plan` found complete, and when; InputError for a
    folder that holds no plan."""
    from advisor.output import plan_folder

    return plan_folder.load_copies(folders)


def plan_progress(
    old: Assessment, new: Assessment, *, copies: Mapping[str, str] | None = None
) -> PlanProgress:
    """What of the old one's plan is done by what the new one saw; InputError without a plan.

    `copies` is what copy scripts found complete (`load_copies`). `read_again` takes the snapshot
    that tells most: it asks the registry for the plan's own names.
    """
    from advisor.judging.difference import progress_since

    progress = progress_since(old, new, copies or {})
    if progress is None:
        raise InputError("this assessment holds no plan", remedy="make it with audit")
    return progress


def explain_rule(rulebook: Rulebook, rule_id: str) -> str:
    """The manual of one rule as plain text; InputError for an id that no rule has."""
    from advisor.rulebook.manual import explain

    known = rule_id.upper()
    if known not in rulebook:
        near = suggestion(known, rulebook, listing=False)
        raise InputError(
            f"there is no rule '{rule_id}'{near}", remedy="see them all with: advisor rules list"
        )
    return explain(rulebook[known].rule)


def rules_markdown(rulebook: Rulebook) -> str:
    """The page docs/rules.md: every built-in rule and every fact that a rule may name."""
    from advisor.rulebook import manual
    from advisor.views.schema import VARIABLES

    return manual.rules_markdown(rulebook, VARIABLES)


def check_rules(directories: Sequence[str] = ()) -> tuple[RuleTest, ...]:
    """Every check on every rule of the directories, or on the built-in rules without any."""
    from advisor.rulebook import authoring
    from advisor.views.schema import VARIABLES

    return authoring.test_rules([Path(directory) for directory in directories], variables=VARIABLES)


def new_rule(rule_id: str, scope: str = "image") -> str:
    """The text of a rule file to start from; it loads, and its examples pass."""
    from advisor.rulebook.authoring import new_rule as scaffold

    return scaffold(rule_id, scope)


def preflight(
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    timeout: float = TIMEOUT_SECONDS,
    node_facts: str | None = None,
) -> Preflight:
    """Which of the rights that an audit uses the credentials have; ProbeError when none could be
    asked for. Arguments as of CollectOptions."""
    from advisor.probes.kubernetes import preflight as cluster

    answer = without_secrets(
        cluster.preflight(
            context=context, kubeconfig=kubeconfig, timeout=timeout, node_facts=node_facts
        )
    )
    if answer.reason:
        raise ProbeError(answer.reason, where=answer.target)
    return answer


def node_namespace(name: str | None) -> str:
    """The namespace of the pods that tell of their nodes, the usual one without a name."""
    from advisor.probes.survey.script import NAMESPACE, check_namespace

    namespace = name or NAMESPACE
    check_namespace(namespace)
    return namespace


def node_manifest(
    image: str, namespace: str | None = None, *, reach: Sequence[str] = (), images: bool = False
) -> str:
    """The YAML of a DaemonSet whose pods print what their nodes say of themselves; InputError for
    a bad name. Each node tries the HOST:PORT of `reach`; `images` asks its runtime for all it has.
    """
    from advisor.probes.survey import script

    options = script.SurveyOptions(reach=tuple(reach), images=images)
    return script.node_manifest(image, node_namespace(namespace), options)


def node_facts_role(namespace: str | None = None) -> str:
    """The YAML of a Role with the right to read what those pods print."""
    from advisor.probes.survey import script

    return script.role_manifest(node_namespace(namespace))


def node_removal(namespace: str | None = None) -> str:
    """The command that removes those pods; it is the user's to run."""
    from advisor.probes.survey import script

    return script.removal(node_namespace(namespace))


def host_script(reach: Sequence[str] = ()) -> str:
    """A POSIX shell script that prints what a host says of itself, for `load_snapshots`."""
    from advisor.probes.survey import script

    return script.survey_script(script.SurveyOptions(reach=tuple(reach)))


def cluster_role() -> str:
    """The YAML of a ClusterRole with exactly the rights that an audit uses."""
    from advisor.probes.kubernetes import reads

    return reads.cluster_role()
