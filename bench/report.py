"""The HTML report of a large site: rendered, and opened in a real chromium.

    python bench/report.py            5,000 nodes, 150,000 pods of 3,000 workloads, 2,000 images
    python bench/report.py --nodes N  another size

Rendering is a process of its own that is handed the judged assessment; its time and the memory it
needs at most are printed, then the size of the file, and how soon it can be searched once opened.
Nothing fails.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor import api  # noqa: E402
from advisor.facts.cluster import (  # noqa: E402
    Cluster,
    Node,
    NodeImage,
)
from advisor.facts.snapshot import Snapshot  # noqa: E402
from advisor.facts.source import Source  # noqa: E402
from advisor.facts.storage import Claim, PersistentVolume, StorageClass  # noqa: E402
from advisor.facts.workload import (  # noqa: E402
    PodContainer,
    PodTemplate,
    PodVolume,
    VolumeMount,
    Workload,
)
from advisor.judging.assessment import Assessment  # noqa: E402
from tests import demo_snapshot as parts  # noqa: E402
from tests.real.browser import started_browser  # noqa: E402

GOALS = {"seconds": 3.0, "MiB": 300.0, "MB of HTML": 5.0, "seconds until it can be used": 2.0}
IMAGES = 2000
WORKLOADS = 3000
PODS_OF_ONE = 50
TEAMS = 50
CLAIMS = 700


def site(nodes: int) -> Snapshot:
    """Most things are in order, a sixth of the data is not; the same site every time."""
    chance = random.Random(1)
    names = [f"n{number:04}.cluster.lab.example" for number in range(nodes)]
    cluster = Cluster(
        context="large",
        server="https://kube.lab.example:6443",
        version="v1.33.4",
        nodes=tuple(_node(number, name) for number, name in enumerate(names)),
        node_images=tuple(
            NodeImage(
                names=(f"{_image(number)}@{parts.digest(str(number))}", f"{_image(number)}:1"),
                size=10**9 + number,
                nodes=tuple(chance.sample(names, min(20, nodes))),
            )
            for number in range(IMAGES)
        ),
        workloads=tuple(_workload(number, names, chance) for number in range(WORKLOADS)),
        pods=WORKLOADS * PODS_OF_ONE,
        device_classes=(),
        resource_slices=(),
        storage_profiles=(),
        csi_drivers=(),
        **_storage(),  # type: ignore[arg-type]
    )
    source = Source(probe="kubernetes", target="large", status="ok")
    return Snapshot(
        advisor="bench", taken="2026-11-20T08:00:00Z", sources=(source,), cluster=cluster
    )


def _image(number: int) -> str:
    return f"registry.lab.example/team-{number % TEAMS}/project/image-{number}"


def _node(number: int, name: str) -> Node:
    cards = 8 if number % 3 == 0 else 0
    product = "NVIDIA-A100-SXM4-80GB" if number % 6 else "NVIDIA-H100-80GB-HBM3"
    labels = parts.gpu_labels(product, cards, "550.90.07") if cards else {}
    return parts.node(
        name,
        f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
        cpus=128,
        memory=1024 * parts.GIB,
        capacity={"nvidia.com/gpu": cards} if cards else {},
        labels={**labels, "zone": f"z{number % 4}"},
    )


def _workload(number: int, names: list[str], chance: random.Random) -> Workload:
    volumes = (
        PodVolume(name="d", kind="hostPath", source=f"/raid/projects/{number % 500}"),
        PodVolume(name="c", kind="persistentVolumeClaim", source=f"data-{number % CLAIMS}"),
    )
    cards = {"nvidia.com/gpu": 1 + number % 8} if number % 2 else {}
    container = PodContainer(
        name="main",
        image=f"{_image(number % IMAGES)}:1",
        requests={"cpu": 1000 * (1 + number % 16), **cards},
        mounts=tuple(VolumeMount(volume=one.name, path=f"/{one.name}") for one in volumes),
    )
    return Workload(
        namespace=f"team-{number % TEAMS}",
        kind="Job",
        name=f"job-{number}",
        api_version="batch/v1",
        template=PodTemplate(
            containers=(container,),
            volumes=volumes,
            node_selector={"zone": f"z{number % 4}"} if number % 5 == 0 else {},
        ),
        replicas=PODS_OF_ONE,
        phases={"Running": PODS_OF_ONE},
        nodes=dict.fromkeys(chance.sample(names, min(30, len(names))), 1),
        labels={"user": f"user-{number % 170}"},
    )


def _storage() -> dict[str, object]:
    numbers = range(CLAIMS * 5)
    return {
        "storage_classes": (StorageClass(name="nfs", provisioner="nfs.csi.k8s.io"),),
        "claims": tuple(_claim(number) for number in numbers),
        "persistent_volumes": tuple(
            PersistentVolume(
                name=f"pv{number}",
                source_kind="csi",
                driver="nfs.csi.k8s.io",
                storage_class="nfs",
                phase="Bound",
                claim_namespace=f"team-{number % TEAMS}",
                claim_name=f"data-{number % CLAIMS}",
                access_modes=("ReadWriteMany",),
            )
            for number in numbers
        ),
    }


def _claim(number: int) -> Claim:
    return Claim(
        namespace=f"team-{number % TEAMS}",
        name=f"data-{number % CLAIMS}",
        storage_class="nfs",
        volume=f"pv{number}",
        access_modes=("ReadWriteMany",),
        phase="Bound",
    )


def render(source: Path, target: Path) -> None:
    """What the process of its own does."""
    assessment = msgspec.msgpack.decode(source.read_bytes(), type=Assessment)
    started = time.perf_counter()
    text = api.render(assessment, "html")
    seconds = time.perf_counter() - started
    target.write_text(text, encoding="utf-8")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "MiB": peak, "MB of HTML": len(text.encode()) / 1e6}))


def opened(path: Path) -> float:
    """Seconds from asking for the file until a search in it is answered and drawn."""
    with started_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        started = time.perf_counter()
        page.goto(path.as_uri(), wait_until="commit")
        page.locator("#toolbar:not([hidden])").wait_for(state="attached")
        page.locator("#search").fill("image-77:")
        page.locator("#shown-count:not(:empty)").wait_for()
        return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--render", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.render:
        render(*options.render)
        return
    assessment = api.audit(site(options.nodes))
    found = {"images": len(assessment.images), "data": len(assessment.data)}
    print(f"{options.nodes:,} nodes, {found}, {len(assessment.findings):,} findings")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "assessment"), Path(folder, "report.html")
        source.write_bytes(msgspec.msgpack.encode(assessment))
        command = [sys.executable, __file__, "--render", str(source), str(target)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        measured = json.loads(printed)
        measured["seconds until it can be used"] = opened(target)
    for name, goal in GOALS.items():
        print(f"{name:<30} {measured[name]:8.2f}   goal {goal:g}")


if __name__ == "__main__":
    main()
