"""The same job, the same result: what a process sees in docker's container and in the pod that
advisor makes of the line, on a real cluster.

`ADVISOR_ORACLE_LINES=300` compares more lines than usual, `ADVISOR_ORACLE_SEED=7` others; `-s`
shows how much was compared, and how long each side took.
"""

from __future__ import annotations

import os
import shlex
import time
from collections import Counter
from pathlib import Path

from advisor import api
from advisor.configuration.settings import Assumption, Settings
from advisor.jobs.translation import ClaimMapping, Situation, Translation
from tests.real.parts.cluster import Cluster
from tests.real.parts.docker_daemon import REMOTE_REGISTRY
from tests.real.same_job.comparison import compare
from tests.real.same_job.compose import compose_file
from tests.real.same_job.lines import FILES, VOLUME, Line, make_lines
from tests.real.same_job.program import IMAGES, image_files, instructions
from tests.real.same_job.sides import (
    run_by_cluster,
    run_by_docker,
    stop_in_cluster,
    stop_in_docker,
)

COUNT = int(os.environ.get("ADVISOR_ORACLE_LINES", "40"))
SEED = int(os.environ.get("ADVISOR_ORACLE_SEED", "0"))
CLAIM = "shared-data"


def test_a_pod_sees_what_the_container_saw(cluster: Cluster) -> None:
    data = fill(cluster.shared_folder / "data")
    push_images(cluster, *IMAGES)
    options = {"type": "none", "o": "bind", "device": str(data / VOLUME)}
    cluster.docker_host.client.volumes.create(VOLUME, driver_opts=options)
    lines = make_lines(COUNT, REMOTE_REGISTRY, SEED)
    began = time.monotonic()
    old = run_by_docker(cluster, [line.within(str(data)) for line in lines])
    taken = {f"line-{n}": n for n, told in enumerate(old) if told.report is not None}
    for namespace in taken:
        make_room(cluster, namespace, data)
    jobs = {name: translated(lines[n], n, name, data) for name, n in taken.items()}
    before, began = began, time.monotonic()
    new = run_by_cluster(cluster, jobs)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for name, n in taken.items():
        written = data.parent / f"{name}.yaml"
        shown = shlex.join(lines[n].within(str(data)))
        shown += f"\n{written.read_text()}" if written.exists() else ""
        if new[name].report is None and jobs[name].missing:
            counts["wait for a value"] += 1
            continue
        if new[name].report is None:
            wrong.append(f"{name} {shown}\n  no report: {new[name].said}")
            continue
        counts["compared"] += 1
        for difference in compare(old[n], new[name], jobs[name].ledger):
            counts["told" if difference.told else "not told"] += 1
            if not difference.told:
                wrong.append(f"{name} {shown}\n  {difference}")
    refused = [told.said for told in old if told.report is None]
    took = f"docker {began - before:.0f} s, cluster {time.monotonic() - began:.0f} s"
    print(f"\n{len(lines)} lines, {len(refused)} refused by docker; {dict(counts)}; {took}")
    assert not wrong, "\n".join(wrong)
    assert counts["compared"] > COUNT / 2


STOPPED = (
    ("plain", (), "TERM"),
    ("health", (), "INT"),
    ("health", ("--stop-timeout", "3"), "INT"),
    ("plain", ("--stop-signal", "SIGINT"), "INT"),
)
"""An image, options, and the signal by which docker stops the container."""
WAITS = (
    'for s in INT TERM; do trap "echo $s >/data/$0; exit" $s; done; echo >/data/$0-waits;'
    " while :; do sleep 1; done"
)


def test_a_pod_is_stopped_by_the_signal_that_stops_its_container(cluster: Cluster) -> None:
    """But for a signal of the command's own, which the ledger calls `changed`."""
    data = cluster.shared_folder / "stopped"
    data.mkdir()
    data.chmod(0o777)
    push_images(cluster, "plain", "health")
    for number, (image, options, signal) in enumerate(STOPPED):
        name = f"stopped-{number}"
        words = ["docker", "run", *options, "-v", f"{data}:/data", "--entrypoint", "/bin/sh"]
        words += [f"{REMOTE_REGISTRY}/same/{image}:1", "-c", WAITS]
        stop_in_docker(cluster, [*words, f"{name}-docker"], data / f"{name}-docker-waits")
        make_room(cluster, name, data)
        claims = (ClaimMapping(claim=CLAIM, path=str(data)),)
        given = Situation(target="kubernetes", namespace=name, claims=claims)
        report = api.translate([shlex.join([*words, name])], "kubernetes", given=given)
        translation = report.jobs[0].translation
        stop_in_cluster(cluster, name, translation, data / f"{name}-waits")
        seen = [(data / side).read_text().strip() for side in (f"{name}-docker", name)]
        changed = {entry.item.name for entry in translation.ledger if entry.fate == "changed"}
        assert seen == [signal, "TERM" if "--stop-signal" in changed else signal]


def push_images(cluster: Cluster, *images: str) -> None:
    """Built on the Docker host, and put where the nodes pull."""
    for image in images:
        name = f"{REMOTE_REGISTRY}/same/{image}:1"
        cluster.docker_host.build_image(name, instructions(image), image_files())
        cluster.docker_host.push_image(name)


def translated(line: Line, number: int, namespace: str, data: Path) -> Translation:
    """Every other line for one node, where data may stay, or with a claim that holds the data;
    every third as a compose file, where it can be one."""
    one_node = Settings(assume=Assumption(gpu_nodes=1)) if number % 2 else None
    claims = [ClaimMapping(claim=VOLUME, path=VOLUME)]
    if not number % 2:
        claims.append(ClaimMapping(claim=CLAIM, path=str(data)))
    given = Situation(target="kubernetes", namespace=namespace, claims=tuple(claims))
    words = shlex.join(line.within(str(data)))
    if number % 3 == 2 and (text := compose_file(line, str(data))):
        words = str(data.parent / f"{namespace}.yaml")
        Path(words).write_text(text)
    report = api.translate([words], "kubernetes", settings=one_node, given=given)
    assert len(report.jobs) == 1, (words, report.problems)
    return report.jobs[0].translation


def fill(data: Path) -> Path:
    """The folder that a Docker host and the nodes share."""
    (data / "folder" / "below").mkdir(parents=True)
    (data / "folder" / "notes.txt").write_text("notes\n")
    (data / "folder" / "settings.yaml").write_text("a: 1\n")
    (data / "folder" / "below" / "deep").write_text("deep\n")
    for folder in (VOLUME, "with space", "with, comma"):
        (data / folder).mkdir()
    for folder in (data, *data.rglob("*")):
        folder.chmod(0o777)
    (data / VOLUME / "kept").write_text("in a volume\n")
    (data / "with, comma" / "inside").write_text("inside\n")
    for name, text in FILES.items():
        (data / name).write_text(text)
    return data


def make_room(cluster: Cluster, namespace: str, data: Path) -> None:
    """A namespace with a claim for the data, and one for the named volume."""
    for claim, folder in ((CLAIM, data), (VOLUME, data / VOLUME)):
        size = {"storage": "1Gi"}
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"{claim}-{namespace}"},
            "spec": {
                "capacity": size,
                "accessModes": ["ReadWriteMany"],
                "hostPath": {"path": str(folder)},
                "claimRef": {"namespace": namespace, "name": claim},
                "storageClassName": "by-hand",
            },
        }
        asked = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": namespace},
            "spec": {
                "accessModes": ["ReadWriteMany"],
                "storageClassName": "by-hand",
                "volumeName": f"{claim}-{namespace}",
                "resources": {"requests": size},
            },
        }
        cluster.client.add(volume, asked)
