"""`advisor preflight`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from advisor.cli.options import cluster_options

if TYPE_CHECKING:
    from advisor.probes.kubernetes.preflight import Preflight


@click.command("preflight")
@cluster_options
@click.option(
    "--format",
    "chosen",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="json holds which facts hang on each right too.",
)
@click.option(
    "--cluster-role", is_flag=True, help="Print a ClusterRole with exactly these rights; ask none."
)
def command(
    context: str | None, kubeconfig: str | None, timeout: float, chosen: str, cluster_role: bool
) -> int:
    """Ask the cluster what your credentials may read, before anything is read.

    Exits 0 when all is allowed, 3 when something is not or could not be asked.

    \b
    Examples:
      advisor preflight --context prod
      advisor preflight --cluster-role | kubectl apply -f -
    """
    from advisor import api
    from advisor.cli.stream import print_result

    if cluster_role:
        print_result(api.cluster_role())
        return api.ExitCode.OK
    answer = api.preflight(context=context, kubeconfig=kubeconfig, timeout=timeout)
    print_result(_FORMATS[chosen](answer))
    complete = all(p.status in ("allowed", "not served") for p in answer.permissions)
    return api.ExitCode.OK if complete else api.ExitCode.INCOMPLETE


def _text(answer: Preflight) -> str:
    from advisor.errors import one_line

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
    lines += ["", f"{len(rows)} rights asked for, {missing} missing{advice}"]
    return "".join(f"{one_line(line)}\n" for line in lines)


def _json(answer: Preflight) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


_FORMATS: dict[str, Callable[[Preflight], str]] = {"text": _text, "json": _json}
