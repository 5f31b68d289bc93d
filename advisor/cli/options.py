"""Options that several commands share, and what they become."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Decorator = Callable[[_Command], _Command]

SEVERITY_NAMES = ("error", "warning", "info")
FAIL_ON_NAMES = ("error", "warning", "unknown", "never")
TIMEOUT_SECONDS = 30.0
REGISTRY_TIMEOUT_SECONDS = 10.0
MEASURE_TIMEOUT_SECONDS = 300.0

HOSTS_AT_ONCE = 16

LIVE_TARGETS = ("context", "kubeconfig", "docker_host", "hosts_from")


def _complete_format(
    context: click.Context, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Those of the command, or a file after one; they are looked up only when a shell asks."""
    from click.shell_completion import CompletionItem

    from advisor.output.formats import CHECK_FORMATS, DIFF_FORMATS, FORMATS

    others: dict[str | None, tuple[str, ...]] = {
        "check": tuple(CHECK_FORMATS),
        "diff": tuple(DIFF_FORMATS),
    }
    names = others.get(context.info_name, tuple(FORMATS))
    if "=" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class Seconds(click.FloatRange):
    """A time within bounds; what is no number is within none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or what click raises for a bad value."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return number


def together(*decorators: _Decorator[Any]) -> _Decorator[Any]:
    """Several options as one decorator, shown in the help in the order given."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def repeatable(*names: str, metavar: str, help: str) -> _Decorator[Any]:
    """An option that may be given several times."""
    return click.option(*names, multiple=True, metavar=metavar, help=help)


def number_option(name: str, default: int, *, high: int, help: str) -> _Decorator[Any]:
    """A whole number from 1 to `high`."""
    return click.option(
        name,
        type=click.IntRange(1, high),
        default=default,
        show_default=True,
        metavar="N",
        help=help,
    )


def seconds_option(
    name: str, default: float, *, low: float = 0.1, high: float, help: str
) -> _Decorator[Any]:
    """A time within `low` and `high`."""
    return click.option(
        name,
        type=Seconds(min=low, max=high),
        default=default,
        show_default=True,
        metavar="SECONDS",
        help=help,
    )


def form_option(*names: str, help: str) -> _Decorator[Any]:
    """`--format` of a command with one output; the first name is what it is without."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help=help,
    )


kubeconfig_option = click.option(
    "--kubeconfig", metavar="FILE", help="The kubeconfig; else $KUBECONFIG or ~/.kube/config."
)

timeout_option = seconds_option(
    "--timeout", TIMEOUT_SECONDS, high=3600, help="Longest wait for one answer."
)

cluster_options = together(
    click.option("--context", metavar="NAME", help="The kubeconfig context to read."),
    kubeconfig_option,
    timeout_option,
)

registry_access_options = together(
    click.option(
        "--registry-ca", metavar="FILE", help="An authority that signs registries' certificates."
    ),
    repeatable(
        "--plain-http",
        metavar="HOST[:PORT]",
        help="A registry to be asked without TLS; repeatable. No other is, not even on localhost.",
    ),
    seconds_option(
        "--registry-timeout",
        REGISTRY_TIMEOUT_SECONDS,
        high=600,
        help="Longest wait for one answer of a registry.",
    ),
)

registry_options = together(
    click.option(
        "--check-registry",
        is_flag=True,
        help="Ask the registries of all images that were seen whether they have them.",
    ),
    registry_access_options,
)

target_options = together(
    cluster_options,
    click.option("--no-cluster", is_flag=True, help="Read no cluster."),
    repeatable(
        "--docker-host",
        metavar="URL",
        help="A Docker or podman host: unix://, tcp:// or ssh://; repeatable. Without it the local"
        " daemon.",
    ),
    repeatable(
        "--hosts-from",
        metavar="FILE",
        help="Docker hosts from an Ansible inventory or a list with one a line; repeatable.",
    ),
    click.option(
        "--limit",
        metavar="PATTERN",
        help="Of --hosts-from only these hosts and groups: gpu,!gpu07.",
    ),
    number_option("--forks", HOSTS_AT_ONCE, high=256, help="Docker hosts that are read at once."),
    click.option("--no-docker", is_flag=True, help="Read no Docker host."),
    click.option(
        "--host-root",
        metavar="DIR",
        help="Where a container sees the / of its machine: docker run -v /:/host:ro ... /host.",
    ),
)

node_facts_options = together(
    click.option(
        "--node-facts",
        is_flag=True,
        help="Read what the pods of `advisor nodes manifest` print of their nodes.",
    ),
    click.option(
        "--node-facts-namespace",
        metavar="NAME",
        help="Their namespace, where it is not advisor-nodes.",
    ),
)

reach_option = repeatable(
    "--reach",
    metavar="HOST:PORT",
    help="Try the name and the port from there, such as those of your registry; repeatable.",
)

measure_options = together(
    click.option(
        "--measure-data",
        is_flag=True,
        help="Count the files and bytes of every place of data that containers of a Docker host"
        " have, on that host: names and sizes are read, no contents.",
    ),
    seconds_option(
        "--measure-timeout",
        MEASURE_TIMEOUT_SECONDS,
        low=1,
        high=86_400,
        help="Longest count of one place; what it has until then is a lower bound.",
    ),
)

probe_options = together(
    target_options,
    repeatable(
        "--snapshot",
        metavar="FILE",
        help="A saved snapshot to merge in; repeatable. Then only targets that are named are"
        " probed.",
    ),
    node_facts_options,
    registry_options,
    measure_options,
    click.option("--demo", is_flag=True, help="Use the bundled snapshot; needs no cluster."),
)

owner_option = click.option(
    "--for",
    "owner",
    metavar="OWNER",
    help="Only what belongs to one person: their jobs, images and data, and what changes for them.",
)

rules_option = repeatable("--rules", "rules", metavar="DIR", help="Your own rules; repeatable.")

config_option = click.option(
    "--config",
    metavar="FILE",
    help="Configuration; else advisor.toml or [tool.advisor] in pyproject.toml, here.",
)

snapshot_option = repeatable(
    "--snapshot",
    metavar="FILE",
    help="A saved snapshot of the cluster and its Docker hosts; repeatable.",
)

job_options = together(
    click.option("--container", metavar="NAME", help="A container of a Docker host, as a job."),
    click.option("--docker-host", metavar="URL", help="Its host; else the local daemon."),
    click.option(
        "--dialect",
        type=click.Choice(("late", "early")),
        help="Of the commands of Run:ai 1: early is before 2.10. Else that of --runai, or late.",
    ),
    repeatable(
        "--data-claim",
        "data_claims",
        metavar="NAME[=PATH]",
        help="The claim that will hold the data of a local path, or all data; repeatable.",
    ),
    repeatable(
        "--nfs",
        "exports",
        metavar="SERVER:/EXPORT=PATH",
        help="The export that will hold the data of a local path; repeatable.",
    ),
    repeatable(
        "--set",
        "values",
        metavar="NAME=VALUE",
        help="A variable that only your shell knows; repeatable.",
    ),
    repeatable(
        "--profile",
        "profiles",
        metavar="NAME",
        help="A profile of compose files that is switched on, * for all; repeatable.",
    ),
    repeatable(
        "--exclude",
        "exclude",
        metavar="PATTERN",
        help="Files to leave out of folders, a pattern as in .gitignore; repeatable.",
    ),
    click.option("--cwd", metavar="DIR", help="What $PWD and $(pwd) stand for."),
    click.option("--project", "-p", metavar="NAME", help="The Run:ai project."),
    click.option("--namespace", metavar="NAME", help="The namespace of a manifest."),
    click.option("--lines", is_flag=True, help="One flag a line."),
)

setting_options = together(
    click.option(
        "--assume",
        metavar="SHAPE",
        help="Judge for a cluster that is not there yet, e.g. gpu-nodes=4,gpus-per-node=8.",
    ),
    click.option(
        "--exclude-nodes", metavar="SELECTOR", help="Leave out nodes with these labels, e.g. gpu=no"
    ),
    click.option(
        "--runai",
        metavar="RELEASE",
        help="The Run:ai release to be ready for, e.g. 2.25, or installed. Else the newest that"
        " the cluster meets.",
    ),
    click.option(
        "--registry", metavar="HOST/PATH", help="Where images shall go; used in the remedies."
    ),
    rules_option,
    config_option,
)

judging_options = together(
    setting_options,
    click.option(
        "--baseline", metavar="FILE", help="An earlier JSON report; what it found does not count."
    ),
)

fail_on_options = together(
    click.option(
        "--fail-on",
        type=click.Choice(FAIL_ON_NAMES),
        default="error",
        show_default=True,
        help="What makes the exit code 1; 'unknown' is 'warning', and 3 for anything unknown.",
    ),
    click.option("--exit-zero", "fail_on", flag_value="never", help="The same as --fail-on never."),
)


def _formats_option(names: str) -> _Decorator[Any]:
    return click.option(
        "--format",
        "formats",
        multiple=True,
        shell_complete=_complete_format,
        metavar="NAME[=PATH]",
        help=f"{names}, on standard output or to PATH; repeatable.",
    )


_shown_options = together(
    fail_on_options,
    click.option(
        "--min-severity",
        type=click.Choice(SEVERITY_NAMES),
        default="info",
        show_default=True,
        help="Leave lesser findings out of every format.",
    ),
    click.option("--verbose", "-v", is_flag=True, help="Cut no list short on the terminal."),
    click.option("--no-color", is_flag=True, help="No colours; NO_COLOR does the same."),
)

output_options = together(
    _formats_option("terminal, concise, html, markdown, json, sarif or junit"), _shown_options
)
diff_output_options = together(_formats_option("terminal, html, markdown or json"), _shown_options)

full_option = click.option(
    "--full", is_flag=True, help="Markdown with evidence, remedies and every job."
)

engine_option = click.option(
    "--engine",
    metavar="dask://HOST:PORT",
    help="Share the work among the workers of a Dask scheduler; they have to see the same files"
    " under the same paths.",
)

quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Nothing on standard error but errors."
)


def refuse_contradictions(options: Mapping[str, Any]) -> None:
    """A target that is both named and left out."""
    if options["no_cluster"] and (options["context"] or options["kubeconfig"]):
        raise click.UsageError("--no-cluster contradicts --context and --kubeconfig")
    for name in ("docker_host", "hosts_from"):
        if options["no_docker"] and options.get(name):
            raise click.UsageError(f"--no-docker contradicts --{name.replace('_', '-')}")
    if options.get("host_root") and (options["no_docker"] or options.get("measure_data")):
        other = "--no-docker" if options["no_docker"] else "--measure-data"
        raise click.UsageError(f"--host-root cannot be combined with {other}")
    if options.get("limit") and not options["hosts_from"]:
        raise click.UsageError("--limit needs --hosts-from")


def refuse_idle_registry_options(options: Mapping[str, Any]) -> None:
    """Settings for registries when none is asked."""
    for name in ("registry_ca", "plain_http"):
        if options[name] and not options["check_registry"]:
            raise click.UsageError(f"--{name.replace('_', '-')} needs --check-registry")
