"""`advisor preflight`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from advisor.cli.options import cluster_options, form_option, node_facts_options

if TYPE_CHECKING:
    from advisor.probes.kubernetes.preflight import Permission, Preflight


@click.command("preflight")
@cluster_options
@node_facts_options
@form_option("text", "json", help="json holds which facts hang on each right too.")
@click.option(
    "--cluster-role", is_flag=True, help="Print a ClusterRole with exactly these rights; ask none."
)
def command(
    context: str | None,
    kubeconfig: str | None,
    timeout: float,
    node_facts: bool,
    node_facts_namespace: str | None,
    form: str,
    cluster_role: bool,
) -> int:
    """Ask the cluster what your credentials may read.

    Nothing else is read.

    Exits 0 when all is allowed, 3 when something is not or could not be asked.

    \b
    Examples:
      advisor preflight --context prod
      advisor preflight --context prod --node-facts
      advisor preflight --cluster-role | kubectl apply -f -
    """
    from advisor import api
    from advisor.cli.stream import print_result

    if cluster_role:
        print_result(api.cluster_role())
        return api.ExitCode.OK
    if node_facts_namespace and not node_facts:
        raise click.UsageError("--node-facts-namespace needs --node-facts")
    answer = api.preflight(
        context=context,
        kubeconfig=kubeconfig,
        timeout=timeout,
        node_facts=api.node_namespace(node_facts_namespace) if node_facts else None,
    )
    print_result(_FORMATS[form](answer))
    complete = all(p.status in ("allowed", "not served") for p in answer.permissions)
    return api.ExitCode.OK if complete else api.ExitCode.INCOMPLETE


def _text(answer: Preflight) -> str:
    from advisor.errors import one_line

    rows = [
        (p.status, p.verb, _where(p), p.why + (f" ({p.reason})" if p.reason else ""))
        for p in answer.permissions
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    version = f", Kubernetes {answer.version}" if answer.version else ""
    lines = [f"{answer.target} ({answer.server}){version}", ""]
    lines += ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
    missing = [p for p in answer.permissions if p.status in ("denied", "unknown")]
    advice = ""
    if any(not p.namespace for p in missing):
        advice += "; `advisor preflight --cluster-role` prints a role that has all"
    if any(p.namespace for p in missing):
        advice += "; `advisor nodes role` prints one for the logs"
    lines += ["", f"{len(rows)} rights asked for, {len(missing)} missing{advice}"]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _where(permission: Permission) -> str:
    inside = f" in {permission.namespace}" if permission.namespace else ""
    return f"{permission.resource}{inside}"


def _json(answer: Preflight) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


_FORMATS: dict[str, Callable[[Preflight], str]] = {"text": _text, "json": _json}
