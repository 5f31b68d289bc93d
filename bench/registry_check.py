"""The registry probe against a real docker-registry on loopback.

    python bench/registry_check.py             1,000 images of 1,000 repositories
    python bench/registry_check.py --login     the same behind TLS and a password

Each image has a manifest and a config of its own. Every run is a process of its own; times and peak
memory are printed, nothing fails. For comparison the manifests alone are also read one after the
other over a single connection.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import urllib3

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.real.parts.docker_registry import DockerRegistry, PrivateDockerRegistry  # noqa: E402

GOAL_SECONDS = 5.0
RUNS = 3
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Pusher:
    """Fills a registry by its API; layers are named in manifests, and one tiny layer is all."""

    def __init__(self, registry: DockerRegistry) -> None:
        login = {}
        trust = {}
        if isinstance(registry, PrivateDockerRegistry):
            login = urllib3.make_headers(basic_auth=f"{registry.user}:{registry.password}")
            trust = {"ca_certs": str(registry.authority)}
        self._url = registry.url
        self._login = login
        self._pool = urllib3.PoolManager(maxsize=8, block=True, **trust)

    def push(self, repository: str, tag: str) -> None:
        config = {"architecture": "amd64", "os": "linux", "config": {"Labels": {"of": repository}}}
        blobs = [json.dumps(config).encode(), b"layer"]
        for blob in blobs:
            self._blob(repository, blob)
        descriptors = [{"digest": digest_of(blob), "size": len(blob)} for blob in blobs]
        kinds = (
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.oci.image.layer.v1.tar",
        )
        named = [{"mediaType": kind, **one} for kind, one in zip(kinds, descriptors, strict=True)]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": named[0],
            "layers": named[1:],
        }
        self._send("PUT", f"{repository}/manifests/{tag}", json.dumps(manifest).encode(), MANIFEST)

    def _blob(self, repository: str, blob: bytes) -> None:
        started = self._send("POST", f"{repository}/blobs/uploads/", b"", "")
        place = started.headers["Location"]
        joined = f"{place}{'&' if '?' in place else '?'}digest={digest_of(blob)}"
        self._send("PUT", joined, blob, "application/octet-stream")

    def _send(self, method: str, path: str, body: bytes, kind: str) -> urllib3.BaseHTTPResponse:
        url = path if "://" in path else f"{self._url}/v2/{path}"
        headers = {**self._login, **({"Content-Type": kind} if kind else {})}
        answer = self._pool.request(method, url, body=body, headers=headers)
        if answer.status >= 300:
            raise SystemExit(f"{method} {url}: {answer.status} {answer.data[:200]!r}")
        return answer


def measure(host: str, count: int, authority: str) -> None:
    """In a process of its own: ask, and print what it took."""
    from advisor.probes.registry.options import RegistryOptions
    from advisor.probes.registry.probe import probe_registries
    from advisor.probes.registry.questions import ask_for

    options = RegistryOptions(authority=authority, plain_http=() if authority else (host,))
    questions = ask_for(f"{host}/team-{number % 7}/image-{number}:1" for number in range(count))
    started = time.monotonic()
    (result,) = probe_registries(questions, options)
    seconds = time.monotonic() - started
    states = {one.status for one in result.registries}
    kinds = {one.architectures for one in result.registries}
    if len(result.registries) != count or states != {"verified"} or kinds != {("amd64",)}:
        raise SystemExit(f"unexpected answers: {states} {kinds} {result.source}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "memory": memory}))


def one_by_one(host: str, count: int, authority: str, login: dict[str, str]) -> float:
    trust = {"ca_certs": authority} if authority else {}
    pool = urllib3.PoolManager(**trust)
    scheme = "https" if authority else "http"
    started = time.monotonic()
    for number in range(count):
        url = f"{scheme}://{host}/v2/team-{number % 7}/image-{number}/manifests/1"
        pool.request("GET", url, headers={"Accept": MANIFEST, **login})
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--login", action="store_true")
    parser.add_argument("--measure", nargs=2, metavar=("HOST", "AUTHORITY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], options.images, options.measure[1])
        return
    with PrivateDockerRegistry() if options.login else DockerRegistry() as registry:
        pusher = Pusher(registry)
        with ThreadPoolExecutor(8) as threads:
            repositories = [f"team-{number % 7}/image-{number}" for number in range(options.images)]
            list(threads.map(lambda name: pusher.push(name, "1"), repositories))
        report(registry, options.images)


def report(registry: DockerRegistry, count: int) -> None:
    authority, login, environment = "", {}, dict(os.environ)
    if isinstance(registry, PrivateDockerRegistry):
        authority = str(registry.authority)
        login = urllib3.make_headers(basic_auth=f"{registry.user}:{registry.password}")
        environment["DOCKER_CONFIG"] = str(registry.docker_config())
    words = [
        sys.executable,
        __file__,
        "--images",
        str(count),
        "--measure",
        registry.host,
        authority,
    ]
    runs = []
    for _ in range(RUNS):
        done = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE)
        runs.append(json.loads(done.stdout))
    seconds = [run["seconds"] for run in runs]
    raw = one_by_one(registry.host, count, authority, login)
    print(f"| {count} images | seconds (median of {RUNS}) | best | MB | goal |")
    print("|---|---|---|---|---|")
    best, memory = min(seconds), max(run["memory"] for run in runs)
    print(
        f"| probe | {statistics.median(seconds):.2f} | {best:.2f} | {memory} | {GOAL_SECONDS:g} s |"
    )
    print(f"| manifests alone, one by one | {raw:.2f} | | | |")


if __name__ == "__main__":
    main()
