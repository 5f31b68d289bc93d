"""From probe options to a snapshot, with progress on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from advisor import api
from advisor.cli.options import LIVE_TARGETS, refuse_contradictions, refuse_idle_registry_options
from advisor.cli.stream import print_note, progress_bars
from advisor.facts.source import Source, unread_lists

if TYPE_CHECKING:
    from advisor.jobs.spec import JobSpec


_LISTS = 40
"""Lines about one target."""


def read_snapshot(options: Mapping[str, Any], jobs: Iterable[JobSpec] = ()) -> api.Snapshot:
    """The demo, or what the probes and the saved snapshots give; with --check-registry the images
    of `jobs`, those of files, are asked for too."""
    if options["demo"]:
        return api.demo_snapshot()
    names = dict.fromkeys(image.reference for job in jobs for image in job.images)
    wanted = replace(collect_options(options), references=tuple(names))
    with progress_bars(quiet=options["quiet"]) as progress:
        return api.collect(wanted, progress=progress)


def check_probe_options(options: Mapping[str, Any]) -> None:
    """Refuse what contradicts itself, before anything is read."""
    if options["demo"]:
        # With a target beside the demo nobody could tell what was judged.
        for name in (*LIVE_TARGETS, "snapshot", "check_registry", "measure_data", "node_facts"):
            if options[name]:
                raise click.UsageError(f"--demo cannot be combined with --{name.replace('_', '-')}")
    refuse_contradictions(options)
    refuse_idle_registry_options(options)
    host = options["docker_host"] or options["hosts_from"] or not options["snapshot"]
    if options["measure_data"] and (options["no_docker"] or not host):
        raise click.UsageError("--measure-data needs a Docker host: name it with --docker-host")
    cluster = options["context"] or options["kubeconfig"] or not options["snapshot"]
    if options["node_facts_namespace"] and not options["node_facts"]:
        raise click.UsageError("--node-facts-namespace needs --node-facts")
    if options["node_facts"] and (options["no_cluster"] or not cluster):
        raise click.UsageError("--node-facts needs a cluster: name it with --context")


def collect_options(options: Mapping[str, Any]) -> api.CollectOptions:
    """The command line's probe options as the library takes them."""
    return api.CollectOptions(
        cluster=not options["no_cluster"],
        context=options["context"],
        kubeconfig=options["kubeconfig"],
        node_facts=_node_facts(options),
        docker=not options["no_docker"],
        docker_hosts=named_hosts(options),
        host_root=options["host_root"] or "",
        hosts_at_once=options["forks"],
        snapshots=tuple(options["snapshot"]),
        registries=asked_registries(options),
        timeout=options["timeout"],
        measure_seconds=options["measure_timeout"] if options["measure_data"] else None,
    )


def named_hosts(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The URLs of --docker-host, and of the hosts that --hosts-from lists."""
    limit = options["limit"] or ""
    listed = [url for path in options["hosts_from"] for url in api.read_hosts(path, limit)]
    return tuple(dict.fromkeys((*options["docker_host"], *listed)))


def _node_facts(options: Mapping[str, Any]) -> str | None:
    """The namespace of the pods that tell of their nodes; None where they are not to be asked."""
    if not options["node_facts"]:
        return None
    return api.node_namespace(options["node_facts_namespace"])


def asked_registries(options: Mapping[str, Any]) -> api.RegistryOptions | None:
    """How registries are asked, None where they are not to be."""
    return registry_options(options) if options["check_registry"] else None


def registry_options(options: Mapping[str, Any]) -> api.RegistryOptions:
    """The command line's registry options as the library takes them."""
    return api.RegistryOptions(
        authority=options["registry_ca"] or "",
        plain_http=tuple(options["plain_http"]),
        timeout=options["registry_timeout"],
    )


def read_job_files(
    options: Mapping[str, Any],
) -> tuple[tuple[JobSpec, ...], tuple[Source, ...]]:
    """The jobs of --jobs, and each input of it that could not be read as a source of its own.

    Raises InputError where nothing else could be read.
    """
    if not options["jobs"]:
        return (), ()
    result = api.read_jobs(options["jobs"])
    if result.problems and not result.jobs:
        raise result.problems[0]
    unread = tuple(
        Source(probe="jobs", target=problem.where, status="failed", reason=problem.what)
        for problem in result.problems
    )
    for note in result.notes:
        print_note(f"note: {note}", quiet=options["quiet"])
    return result.jobs, unread


def report_sources(sources: Iterable[Source], *, quiet: bool) -> None:
    """One line for each target, and each list of one, that was asked for and not read; a note for
    one that nobody asked for."""
    for source in sources:
        where = f"{source.probe}: {source.target}"
        if source.incomplete:
            lists = unread_lists(source)
            for name, reason in lists[:_LISTS]:
                print_note(": ".join(part for part in ("advisor", where, name, reason) if part))
            if len(lists) > _LISTS:
                print_note(f"advisor: {where}: {len(lists) - _LISTS} more were not read")
        elif source.status == "failed":
            reason = source.reason or "it could not be read"
            print_note(f"note: {where}: {reason}", quiet=quiet)


def report_counts(snapshot: api.Snapshot, *, quiet: bool) -> None:
    """For each host whose data was counted, how many places were, as a whole or in part."""
    for host in snapshot.hosts:
        if not host.measured:
            continue
        whole = sum(1 for measurement in host.measured if measurement.complete)
        part = sum(1 for measurement in host.measured if measurement.size is not None) - whole
        none = len(host.measured) - whole - part
        said = f"{whole} counted as a whole, {part} in part, {none} not at all"
        print_note(f"note: {host.name}: places of data: {said}", quiet=quiet)
