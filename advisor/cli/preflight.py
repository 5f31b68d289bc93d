"""`advisor preflight`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from advisor.cli.options import cluster_options

if TYPE_CHECKING:
    from advisor.facts.source import Source
    from advisor.probes.kubernetes.preflight import Preflight


@click.command("preflight")
@cluster_options
@click.option(
    "--format",
    "chosen",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="json holds which facts depend on each right too.",
)
@click.option(
    "--cluster-role", is_flag=True, help="Print a ClusterRole with exactly these rights; ask none."
)
@click.option(
    "--docker-host", "hosts", multiple=True, metavar="URL", help="Ask this host too; repeatable."
)
@click.option("--no-cluster", is_flag=True, help="Ask no cluster.")
def command(
    context: str | None,
    kubeconfig: str | None,
    timeout: float,
    chosen: str,
    cluster_role: bool,
    hosts: tuple[str, ...],
    no_cluster: bool,
) -> int:
    """Ask what may be read, before anything is read.

    Of a cluster each right is asked for, of a Docker host its version. Exits 0 when all is allowed
    and each host answers, 3 when not.

    \b
    Examples:
      advisor preflight --context prod
      advisor preflight --context prod --docker-host ssh://admin@gpu-01
      advisor preflight --cluster-role | kubectl apply -f -
    """
    from advisor import api
    from advisor.cli.stream import print_result

    if cluster_role:
        print_result(api.cluster_role())
        return api.ExitCode.OK
    if no_cluster and not hosts:
        raise click.UsageError("--no-cluster without --docker-host leaves nothing to ask")
    answer = None
    if not no_cluster:
        answer = api.preflight(context=context, kubeconfig=kubeconfig, timeout=timeout)
    reached = api.preflight_hosts(hosts, timeout=timeout)
    print_result(_FORMATS[chosen](answer, reached))
    rights = answer.permissions if answer is not None else ()
    allowed = all(one.status in ("allowed", "not served") for one in rights)
    complete = allowed and all(one.status == "ok" for one in reached)
    return api.ExitCode.OK if complete else api.ExitCode.INCOMPLETE


def _text(answer: Preflight | None, hosts: Sequence[Source]) -> str:
    from advisor.errors import one_line

    lines = [*(_rights(answer) if answer is not None else ()), *([""] if answer and hosts else ())]
    lines += [
        f"{one.target}: answers, version {one.name or 'not known'}"
        if one.status == "ok"
        else f"{one.target}: {one.reason}"
        for one in hosts
    ]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _rights(answer: Preflight) -> list[str]:
    rows = [
        (p.status, p.verb, p.resource, p.why + (f" ({p.reason})" if p.reason else ""))
        for p in answer.permissions
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    version = f", Kubernetes {answer.version}" if answer.version else ""
    lines = [f"{answer.target} ({answer.server}){version}", ""]
    lines += ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
    missing = sum(p.status in ("denied", "unknown") for p in answer.permissions)
    advice = (
        "" if not missing else "; `advisor preflight --cluster-role` prints a role that has all"
    )
    return [*lines, "", f"{len(rows)} rights asked for, {missing} missing{advice}"]


def _json(answer: Preflight | None, hosts: Sequence[Source]) -> str:
    """With hosts an object of both; without, what the cluster answered."""
    import msgspec

    shown = {"cluster": answer, "docker_hosts": hosts} if hosts else answer
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode() + "\n"


_FORMATS: dict[str, Callable[[Preflight | None, Sequence[Source]], str]] = {
    "text": _text,
    "json": _json,
}
