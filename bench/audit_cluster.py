"""An audit against one client that pages through the same nodes and pods raw.

    python bench/audit_cluster.py            500 nodes and 10,000 pods
    python bench/audit_cluster.py diverse    as many; no two owners, no two nodes are alike
    python bench/audit_cluster.py big        5,000 nodes and 150,000 pods (filling takes minutes)
    python bench/audit_cluster.py diverse --part 20    a twentieth, once, to see that it runs

All read the same real API server, each run in a process of its own, by turns. `raw` asks for pages
of 500 and throws them away; `probe` reads the cluster as advisor does; `audit` is the whole
command as it is typed, `json` and `report` the same with JSON and HTML. Times and peak memory are
printed as a table; nothing fails.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIZES = {"small": (500, 10_000, 20), "diverse": (500, 10_000, 20), "big": (5_000, 150_000, 60)}
GOALS = {"small": (1.4, 120), "diverse": (2.0, 160), "big": (0.6, 200)}
RUNS = {"small": 5, "diverse": 3, "big": 3}
PODS_PER_OWNER = 20
OWNERS = 400
DAEMONS = 6
NAMES = 45
"""Of images; each node has a content of its own under each of them."""


def node(number: int) -> dict[str, Any]:
    """A GPU node with fifty images, as kubelets report them."""
    images = [
        {
            "names": [
                f"registry.example/team-{n % 7}/image-{n}@sha256:{number % 5:02d}{n:062d}",
                f"registry.example/team-{n % 7}/image-{n}:1.{n}",
            ],
            "sizeBytes": 10**9 + n,
        }
        for n in range(50)
    ]
    amounts = {"cpu": "128", "memory": "1056Gi", "nvidia.com/gpu": "8", "pods": "250"}
    name = f"node-{number:05d}"
    return {
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/arch": "amd64",
                "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
                "nvidia.com/gpu.count": "8",
                **{f"feature.node.kubernetes.io/cpu-cpuid.X{n}": "true" for n in range(40)},
            },
        },
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "images": images,
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": f"10.{number // 250}.0.1"}],
            "nodeInfo": {"architecture": "amd64", "operatingSystem": "linux"},
        },
    }


def pod(number: int, nodes: int) -> dict[str, Any]:
    """A training pod with the bulk that real ones have; twenty share an owner."""
    owner = number // PODS_PER_OWNER
    reference = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": f"train-{owner}-5d8f7c9b4",
        "uid": f"00000000-0000-0000-0000-{owner:012d}",
        "controller": True,
    }
    variables = [{"name": f"SETTING_{n}", "value": f"value-{n}" * 4} for n in range(30)]
    amounts = {"cpu": "8", "memory": "64Gi", "nvidia.com/gpu": "1"}
    container = {
        "name": "main",
        "image": f"registry.example/team/train:{owner % 40}",
        "command": ["python", "-m", "train", "--config", "/etc/train/config.yaml"],
        "env": variables,
        "resources": {"requests": amounts, "limits": amounts},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "readinessProbe": {"exec": {"command": ["cat", "/tmp/ready"]}, "periodSeconds": 10},
    }
    return {
        "metadata": {
            "name": f"train-{owner}-5d8f7c9b4-{number % PODS_PER_OWNER:05d}",
            "labels": {"app": "train", "pod-template-hash": "5d8f7c9b4", "project": "vision"},
            "annotations": {"notes.example/long": "x" * 600},
            "ownerReferences": [reference],
        },
        "spec": {
            "nodeName": f"node-{number % nodes:05d}",
            "containers": [container],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": f"d-{owner}"}}],
        },
    }


def diverse_node(number: int, nodes: int) -> dict[str, Any]:
    """A node like no other: its size, labels, and what it has under the same names of images."""
    found = node(number)
    found["status"]["images"] = [
        {
            "names": [
                f"registry.example/lab/image-{n}@sha256:{number:032x}{n:032x}",
                f"registry.example/lab/image-{n}:1",
                *([f"lab/only-on-{number}:1"] if n == number % NAMES else []),
            ],
            "sizeBytes": 10**9 + nodes * n + number,
        }
        for n in range(NAMES)
    ]
    amounts = {**found["status"]["capacity"], "memory": f"{512 + number}Gi"}
    found["status"] |= {"capacity": amounts, "allocatable": amounts}
    found["metadata"]["labels"]["rack"] = f"rack-{number % 40}"
    return found


def diverse_pod(number: int, nodes: int) -> dict[str, Any]:
    """Daemons run on every node; each other pod is of one of the owners, no two of them alike."""
    found = pod(number, nodes)
    container = found["spec"]["containers"][0]
    daemon, on = divmod(number, nodes)
    is_daemon = daemon < DAEMONS
    owner = f"daemon-{daemon}" if is_daemon else f"train-{number % OWNERS}"
    job = number % OWNERS
    found["metadata"]["name"] = f"{owner}-{number}"
    found["metadata"]["labels"] = {"app": owner}
    found["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "apps/v1" if is_daemon else "batch/v1",
            "kind": "DaemonSet" if is_daemon else "Job",
            "name": owner,
            "uid": f"00000000-0000-0000-0000-{daemon if is_daemon else 10**6 + job:012d}",
            "controller": True,
        }
    ]
    found["spec"]["nodeName"] = f"node-{on:05d}"
    if is_daemon:
        container |= {"image": f"registry.example/system/daemon-{daemon}:1", "resources": {}}
        found["spec"]["volumes"] = [{"name": "data", "hostPath": {"path": f"/var/lib/{owner}"}}]
        return found
    name = f"registry.example/lab/image-{job % NAMES}"
    amounts = {
        "cpu": f"{1 + job % 16}",
        "memory": f"{8 + job}Gi",
        "nvidia.com/gpu": f"{1 + job % 8}",
    }
    container |= {
        "image": f"{name}:1",
        "command": ["python", "train.py", f"--seed={job}"],
        "env": [{"name": f"SETTING_{job}_{n}", "value": "x" * 20} for n in range(30)],
        "resources": {"requests": amounts, "limits": amounts},
        "volumeMounts": [{"name": n, "mountPath": f"/{n}"} for n in ("data", "scratch")],
    }
    found["spec"]["volumes"] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": f"set-{job}"}},
        {"name": "scratch", "hostPath": {"path": f"/raid/team-{job % 50}/{job}"}},
    ]
    if job % 3 == 0:
        found["spec"]["nodeSelector"] = {"rack": f"rack-{job % 40}"}
    found["status"] = {
        "phase": "Running",
        "containerStatuses": [
            {
                "name": "main",
                "image": f"{name}:1",
                "imageID": f"{name}@sha256:{on:032x}{job % NAMES:032x}",
                "ready": True,
                "restartCount": 0,
            }
        ],
    }
    return found


def diverse_namespace(number: int, nodes: int, namespaces: int) -> int:
    """All pods of an owner are in one namespace, so that there are no more owners than that."""
    daemon = number // nodes
    return (daemon if daemon < DAEMONS else number % OWNERS) % namespaces


def fill(client: Any, size: str, part: int = 1) -> None:
    """Create everything; the owners of pods are spread evenly over the namespaces."""
    nodes, pods, namespaces = (max(1, number // part) for number in SIZES[size])
    diverse = size == "diverse"
    make_node = (lambda n: diverse_node(n, nodes)) if diverse else node
    make_pod = diverse_pod if diverse else pod
    client.bulk_create("/api/v1/nodes", (make_node(n) for n in range(nodes)))
    numbers: dict[int, list[int]] = {index: [] for index in range(namespaces)}
    for number in range(pods):
        even = number * namespaces // pods
        numbers[diverse_namespace(number, nodes, namespaces) if diverse else even].append(number)
    for index, of_namespace in numbers.items():
        name = f"team-{index:03d}"
        client.create("/api/v1/namespaces", {"metadata": {"name": name}})
        path = f"/api/v1/namespaces/{name}/pods"
        made = [make_pod(number, nodes) for number in of_namespace]
        client.bulk_create(path, made)
        states = {
            f"{path}/{one['metadata']['name']}": one["status"] for one in made if "status" in one
        }
        client.bulk_apply_status(states)


def page_raw(kubeconfig: str) -> int:
    """Page through nodes and pods with limit=500; only the continue token is looked at."""
    import re

    import urllib3

    document = json.loads(Path(kubeconfig).read_text())
    cluster = document["clusters"][0]["cluster"]
    token = document["users"][0]["user"]["token"]
    pool = urllib3.PoolManager(ca_certs=cluster["certificate-authority"])
    read = 0
    for resource_name in ("nodes", "pods"):
        following = ""
        while True:
            query = f"?limit=500&continue={following}" if following else "?limit=500"
            url = f"{cluster['server']}/api/v1/{resource_name}{query}"
            body = pool.request("GET", url, headers={"authorization": f"Bearer {token}"}).data
            read += len(body)
            match = re.search(rb'"continue":"([^"]+)"', body[:2000])
            if match is None:
                break
            following = match[1].decode()
    return read


def probe(kubeconfig: str) -> int:
    """What `advisor` does with the same server."""
    from advisor.probes.kubernetes.probe import probe_cluster

    result = probe_cluster(kubeconfig=kubeconfig)
    assert result.cluster is not None, result.source.reason
    assert result.source.status == "ok", result.source.refused
    assert result.cluster.pods is not None
    return result.cluster.pods


def audit(kubeconfig: str) -> int:
    """The whole command as it is typed: judged, and summed up as text."""
    return written("terminal", kubeconfig)


def whole(kubeconfig: str) -> int:
    """The whole command with all that was found, as JSON."""
    return written("json", kubeconfig)


def report(kubeconfig: str) -> int:
    """The whole command with the HTML report instead."""
    return written("html", kubeconfig)


def written(format_name: str, kubeconfig: str) -> int:
    """Run the command with one output; returns its size in bytes."""
    from advisor.cli.process import run

    with TemporaryDirectory() as folder:
        path = Path(folder) / "report"
        target = ("--kubeconfig", kubeconfig, "--no-docker")
        output = ("--format", f"{format_name}={path}")
        code = run(("audit", *target, "--exit-zero", "--quiet", *output))
        assert code == 0, code
        return path.stat().st_size


CONTENDERS: dict[str, Callable[[str], int]] = {
    "raw": page_raw,
    "probe": probe,
    "audit": audit,
    "json": whole,
    "report": report,
}


def measure(contender: str, kubeconfig: str) -> dict[str, float]:
    """Seconds and peak megabytes of one run in a process of its own."""
    command = [sys.executable, __file__, "--run", contender, "--kubeconfig", kubeconfig]
    started = time.monotonic()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds = time.monotonic() - started
    return {"seconds": seconds, **json.loads(output)}


def run_once(contender: str, kubeconfig: str) -> None:
    """The child: do the work and print what it took."""
    count = CONTENDERS[contender](kubeconfig)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"megabytes": peak, "count": count}))


def table(size: str, runs: dict[str, list[dict[str, float]]], part: int) -> Iterator[str]:
    """Medians, and the ratio that counts."""
    medians = {
        name: statistics.median(run["seconds"] for run in each) for name, each in runs.items()
    }
    peaks = {name: max(run["megabytes"] for run in each) for name, each in runs.items()}
    nodes, pods, _ = (number // part for number in SIZES[size])
    ratio_goal, memory_goal = GOALS[size]
    yield f"{size}: {nodes:,} nodes, {pods:,} pods; {len(runs['raw'])} runs each, by turns"
    yield f"{'':10}{'median s':>10}{'all runs':>34}{'peak MB':>10}"
    for name, each in runs.items():
        spread = " ".join(f"{run['seconds']:.2f}" for run in each)
        yield f"{name:10}{medians[name]:>10.2f}{spread:>34}{peaks[name]:>10.0f}"
    for name in ("probe", "audit", "json", "report"):
        yield (
            f"{name} / raw = {medians[name] / medians['raw']:.2f} (goal: at most {ratio_goal}); "
            f"peak {peaks[name]:.0f} MB (goal: at most {memory_goal})"
        )


def main() -> None:
    """Start a server, fill it, measure by turns, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("size", nargs="?", default="small", choices=sorted(SIZES))
    parser.add_argument("--part", type=int, default=1, help="1/PART of the load, one run each")
    parser.add_argument("--run", choices=sorted(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--kubeconfig", help="an existing, filled server instead of a new one")
    arguments = parser.parse_args()
    if arguments.run:
        run_once(arguments.run, arguments.kubeconfig)
        return
    if arguments.kubeconfig:
        compare(arguments.size, arguments.kubeconfig, arguments.part)
        return
    from tests.real.parts.kube_api_server import KubeApiServer

    with KubeApiServer() as server:
        started = time.monotonic()
        fill(server.client, arguments.size, arguments.part)
        print(f"filled in {time.monotonic() - started:.0f} s", file=sys.stderr)
        compare(arguments.size, str(server.kubeconfig()), arguments.part)


def compare(size: str, kubeconfig: str, part: int) -> None:
    """Each contender by turns, after one unmeasured run of all."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    for turn in range((RUNS[size] if part == 1 else 1) + 1):
        for name in CONTENDERS:
            measured = measure(name, kubeconfig)
            if turn:
                runs[name].append(measured)
    print("\n".join(table(size, runs, part)))


if __name__ == "__main__":
    main()
