"""`advisor serve`."""

from __future__ import annotations

from typing import Any

import click

from advisor.cli.options import cluster_options, quiet_option, setting_options, snapshot_option


@click.command("serve")
@click.option(
    "--listen",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="HOST:PORT",
    help="The address of the page. One that others reach needs a token.",
)
@click.option(
    "--token",
    envvar="ADVISOR_TOKEN",
    show_envvar=True,
    metavar="TOKEN",
    help="What whoever uses the page has to give once; programs send it as a bearer token.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    show_default="one a core",
    metavar="N",
    help="Processes that judge, each one text at a time.",
)
@cluster_options
@snapshot_option
@click.option("--demo", is_flag=True, help="Use the bundled snapshot; needs no cluster.")
@setting_options
@quiet_option
def command(**options: Any) -> int:
    """Serve a page: paste a command, get what to type.

    It takes a docker run, a compose file, a manifest, a runai command or a Slurm script, and shows
    the verdict, the command for Run:ai 2 and 1, the manifest, and what became of every flag. With a
    cluster or a snapshot the report and the plan are further pages. It reads the cluster once, when
    it begins. Of a request it opens no file, runs nothing and keeps nothing.

    \b
    Examples:
      advisor serve --demo
      advisor serve --snapshot all.json.zst --registry registry.example.com/team
      advisor serve --assume gpu-nodes=4,gpus-per-node=8 --listen 127.0.0.1:9000
      ADVISOR_TOKEN=$(openssl rand -hex 24) advisor serve --context prod --listen 0.0.0.0:8080
    """
    from advisor import api
    from advisor.cli.judging import settings_of
    from advisor.readers.specs import cores

    try:
        from advisor.serving import worker
        from advisor.serving.server import check_token, parse_listen, serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn", "anyio", "h11"):
            raise
        raise click.UsageError(
            f"advisor serve needs {error.name}: pip install 'cluster-readiness-advisor[serve]'"
        ) from None
    listen = parse_listen(options["listen"])
    token = options["token"] or ""
    check_token(listen, token)
    settings = settings_of(options)
    snapshot = _snapshot(options)
    setup, further = worker.set_up(
        snapshot, settings, tuple(options["rules"]), open_to_all=not token
    )
    workers = options["workers"] or cores()
    serve(setup, further, listen, token, workers=workers, quiet=options["quiet"])
    return api.ExitCode.OK


def _snapshot(options: Any) -> Any:
    """The demo, or the cluster that was named."""
    from advisor import api
    from advisor.cli.jobs import read_target

    if not options["demo"]:
        return read_target(
            {**options, "no_cluster": False, "container": None, "docker_host": None}, default=False
        )
    if any(options[name] for name in ("context", "kubeconfig", "snapshot")):
        raise click.UsageError("--demo cannot be combined with a cluster or a snapshot")
    return api.demo_snapshot()
