"""What `check` and `translate` share: the cluster to judge against, what the user decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from advisor import api
from advisor.cli.options import refuse_contradictions
from advisor.cli.progress import progress_bars

if TYPE_CHECKING:
    from advisor.jobs.translation import Situation


def read_target(options: Mapping[str, Any], *, default: bool) -> api.Snapshot:
    """The cluster that was named; with `default` the current context where none was."""
    from advisor.checking import target_snapshot

    refuse_contradictions({**options, "no_docker": False, "docker_host": ()})
    asked = api.CollectOptions(
        cluster=not options["no_cluster"] and (default or _named(options)),
        context=options["context"],
        kubeconfig=options["kubeconfig"],
        snapshots=tuple(options["snapshot"]),
        timeout=options["timeout"],
    )
    with progress_bars(quiet=options["quiet"]) as progress:
        return target_snapshot(asked, assumed=options["assume"] is not None, progress=progress)


def decided(options: Mapping[str, Any]) -> Situation:
    """What the user settled on the command line; InputError for what cannot be."""
    from advisor.jobs.translation import Situation
    from advisor.translation_options import parse_claim, parse_export, parse_values

    return Situation(
        target="runai-v2",
        dialect=options["dialect"],
        claims=tuple(parse_claim(text) for text in options["data_claims"]),
        exports=tuple(parse_export(text) for text in options["exports"]),
        values=parse_values(options["values"]),
        directory=options["cwd"] or "",
        project=options["project"] or "",
        namespace=options["namespace"] or "",
        lines=options["lines"],
    )


def require_specs(specs: tuple[str, ...], verb: str) -> None:
    """At least one thing to read."""
    if not specs:
        raise click.UsageError(f"nothing to {verb}: name a file, a folder, -, or quote a command")
    if specs.count("-") > 1:
        raise click.UsageError("'-' is given twice; standard input can be read once")


def _named(options: Mapping[str, Any]) -> bool:
    return bool(options["context"] or options["kubeconfig"] or options["snapshot"])
