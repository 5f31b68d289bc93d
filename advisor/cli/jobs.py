"""What `check` and `translate` share: the cluster to judge against, what the user decided."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from advisor import api
from advisor.cli.options import refuse_contradictions
from advisor.cli.stream import progress_bars
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.jobs.spec import JobSpec
    from advisor.jobs.translation import Situation


_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


def read_target(options: Mapping[str, Any], *, default: bool) -> api.Snapshot:
    """The cluster that was named; with `default` the current context where none was. The Docker
    host of a container is read too, for its images and mounts."""
    from advisor.checking.checker import target_snapshot

    refuse_contradictions({**options, "no_docker": False, "docker_host": ()})
    host, container = options["docker_host"], options["container"]
    if host and not container:
        raise click.UsageError("--docker-host needs --container NAME here")
    asked = api.CollectOptions(
        cluster=not options["no_cluster"]
        and (default or bool(options["context"] or options["kubeconfig"] or options["snapshot"])),
        context=options["context"],
        kubeconfig=options["kubeconfig"],
        docker=bool(container),
        docker_hosts=(host,) if host else (),
        snapshots=tuple(options["snapshot"]),
        timeout=options["timeout"],
    )
    with progress_bars(quiet=options["quiet"]) as progress:
        return target_snapshot(asked, assumed=options["assume"] is not None, progress=progress)


def read_named_container(options: Mapping[str, Any], snapshot: api.Snapshot) -> JobSpec | None:
    """The container that was named, on the host that was read for it; ProbeError, InputError."""
    if not options["container"]:
        return None
    from msgspec.structs import replace

    job = api.read_container(
        options["container"], options["docker_host"], timeout=options["timeout"]
    )
    names = [host.name for host in snapshot.hosts]
    return replace(job, host=names[0]) if len(names) == 1 else job


def decided(options: Mapping[str, Any]) -> Situation:
    """What the user settled on the command line; InputError for what cannot be."""
    from advisor.jobs.translation import Situation
    from advisor.writers.options import parse_claim, parse_export, parse_values

    for name in ("project", "namespace"):
        if options[name] and not _LABEL.fullmatch(options[name]):
            what = f"'{options[name]}' is no name of a {name}"
            remedy = "lower-case letters, digits and dashes, as in: team-cv"
            raise InputError(what, where=f"--{name}", remedy=remedy)
    if options["cwd"] and not os.path.isabs(options["cwd"]):
        what = f"'{options['cwd']}' is no absolute path"
        raise InputError(what, where="--cwd", remedy="as in: --cwd /home/ada/project")
    return Situation(
        target="runai-v2",
        dialect=options["dialect"] or "",
        claims=tuple(parse_claim(text) for text in options["data_claims"]),
        exports=tuple(parse_export(text) for text in options["exports"]),
        values=parse_values(options["values"]),
        profiles=options["profiles"],
        exclude=options["exclude"],
        directory=options["cwd"] or "",
        project=options["project"] or "",
        namespace=options["namespace"] or "",
        lines=options["lines"],
    )


def require_specs(specs: tuple[str, ...], options: Mapping[str, Any], verb: str) -> None:
    """At least one thing to read."""
    if not specs and not options["container"]:
        raise click.UsageError(f"nothing to {verb}: name a file, a folder, -, or quote a command")
