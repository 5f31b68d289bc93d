"""Both sides of a line: a container of a real docker, the pod of the manifest on a cluster."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from docker.errors import APIError

from advisor.jobs.translation import Translation
from tests.real.parts.cluster import Cluster
from tests.real.parts.kube_client import KubeRequestError
from tests.real.same_job.lines import SHELL
from tests.real.same_job.program import Report, read_report

AT_ONCE, PODS = 4, 12
"""Requests and pods at the same time: of many pods none has come to its end for minutes."""
RUN_SECONDS, POD_SECONDS = 300, 600

Json = Mapping[str, Any]


class Told(NamedTuple):
    """A report and the exit code; without a report what was said instead of it."""

    report: Report | None
    code: int | None
    said: str


def run_by_docker(cluster: Cluster, lines: Sequence[Sequence[str]]) -> list[Told]:
    """What each line's container tells, or why docker refuses it."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda words: _container(cluster, words), lines))


def _container(cluster: Cluster, words: Sequence[str]) -> Told:
    """Created by the docker command itself; `-d` and `--rm` only say how to come by the output."""
    if {"--rm", "--restart"} <= {*words}:
        return Told(None, None, "docker run refuses --rm with --restart")
    made = _created(cluster, words)
    if made.returncode:
        return Told(None, None, made.stderr)
    container = cluster.docker_host.client.containers.get(made.stdout.split()[-1])
    try:
        container.start()
        code = container.wait(timeout=RUN_SECONDS)["StatusCode"]
        printed = container.logs().decode(errors="replace")
        return Told(read_report(printed), code, printed)
    except APIError as error:
        return Told(None, None, str(error))
    finally:
        container.remove(force=True, v=True)


def _created(cluster: Cluster, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **SHELL, "DOCKER_HOST": cluster.docker_host.host}
    command = ["docker", "create", *(word for word in words[2:] if word not in ("-d", "--rm"))]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def stop_in_docker(cluster: Cluster, words: Sequence[str], waits: Path) -> None:
    """Start the container, and stop it once it has made the file by which it says that it waits."""
    container = cluster.docker_host.client.containers.get(_created(cluster, words).stdout.strip())
    try:
        container.start()
        cluster.wait(f"a container that makes {waits}", waits.exists)
        container.stop()
    finally:
        container.remove(force=True, v=True)


def stop_in_cluster(cluster: Cluster, namespace: str, job: Translation, waits: Path) -> None:
    """The same with the pod of a job: deleted with the job and with the grace it asks for, and
    gone at the end."""
    if refused := _start(cluster, namespace, job):
        raise AssertionError(refused)
    cluster.wait(f"a pod that makes {waits}", waits.exists)
    jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    pods = f"/api/v1/namespaces/{namespace}/pods"
    cluster.client.request("DELETE", jobs, {"propagationPolicy": "Background"})
    cluster.wait(f"no pod in {namespace}", lambda: not cluster.client.get(pods)["items"])


def run_by_cluster(cluster: Cluster, jobs: Mapping[str, Translation]) -> dict[str, Told]:
    """What the pod of each job tells, by the job's own namespace; some run at the same time."""
    told: dict[str, Told] = {}
    waiting, running = list(jobs), dict[str, float]()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while waiting or running:
            first, waiting = waiting[: PODS - len(running)], waiting[PODS - len(running) :]
            why = pool.map(lambda name: _start(cluster, name, jobs[name]), first)
            refused = {name: reason for name, reason in zip(first, why, strict=True) if reason}
            told |= {name: Told(None, None, reason) for name, reason in refused.items()}
            running |= {name: time.monotonic() for name in first if name not in refused}
            pods = cluster.client.get("/api/v1/pods")["items"]
            ended = {pod["metadata"]["namespace"]: pod for pod in pods if _code(pod) is not None}
            late = {name for name, at in running.items() if time.monotonic() - at > POD_SECONDS}
            for name in running.keys() & (ended.keys() | late):
                pod = ended.get(name)
                told[name] = _read(cluster, pod) if pod else Told(None, None, _why(cluster, name))
                _delete(cluster, name)
                del running[name]
            time.sleep(0.3)
    return told


def _start(cluster: Cluster, namespace: str, job: Translation) -> str:
    """Nothing, or why the cluster does not take it. What has to come first is done first."""
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    cluster.wait(account, lambda: _is_there(cluster, account))
    environment = {**os.environ, **SHELL, "KUBECONFIG": str(cluster.kubeconfig)}
    for step in job.before:
        if step.startswith("# copy "):  # "unless its data is there already", which it is
            continue
        command = ["bash", "-euc", step]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{step}: {done.stderr}"
    try:
        cluster.client.add(*job.documents)
    except KubeRequestError as error:
        return str(error)
    return ""


def _is_there(cluster: Cluster, path: str) -> bool:
    try:
        return bool(cluster.client.get(path))
    except KubeRequestError:
        return False


def _states(pod: Json) -> Iterator[Json]:
    for status in pod["status"].get("containerStatuses", ()):
        yield from (status["lastState"], status["state"])


def _code(pod: Json) -> int | None:
    """How its container ended first, as far as the cluster still knows it."""
    codes = [state["terminated"]["exitCode"] for state in _states(pod) if "terminated" in state]
    return codes[0] if codes else None


def _read(cluster: Cluster, pod: Json) -> Told:
    printed = cluster.log(pod, pod["spec"]["containers"][0]["name"])
    return Told(read_report(printed), _code(pod), f"{printed}{pod['status']}"[:4000])


def _delete(cluster: Cluster, namespace: str) -> None:
    """What would start the pod again."""
    for path in (
        f"/apis/apps/v1/namespaces/{namespace}/deployments",
        f"/apis/batch/v1/namespaces/{namespace}/jobs",
        f"/api/v1/namespaces/{namespace}/pods",
    ):
        cluster.client.delete(path)


def _why(cluster: Cluster, namespace: str) -> str:
    events = cluster.client.get(f"/api/v1/namespaces/{namespace}/events")["items"]
    return "; ".join(dict.fromkeys(str(event.get("message")) for event in events))
