"""URLs, the environment and docker contexts, as the docker command reads them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.probes.docker.endpoint import Endpoint, TlsFiles, parse_endpoint, resolve_endpoint

URLS = {
    "unix:///run/d.sock": Endpoint(
        url="unix:///run/d.sock", transport="unix", socket="/run/d.sock"
    ),
    "unix://run/d.sock": Endpoint(url="unix://run/d.sock", transport="unix", socket="/run/d.sock"),
    "/run/d.sock": Endpoint(url="unix:///run/d.sock", transport="unix", socket="/run/d.sock"),
    "gpu7:2375": Endpoint(url="tcp://gpu7:2375", transport="tcp", host="gpu7", port=2375),
    "tcp://gpu7": Endpoint(url="tcp://gpu7", transport="tcp", host="gpu7", port=2375),
    "tcp://[fd00::7]:1": Endpoint(url="tcp://[fd00::7]:1", transport="tcp", host="fd00::7", port=1),
    "https://gpu7": Endpoint(
        url="https://gpu7", transport="tcp", host="gpu7", port=2376, tls=TlsFiles()
    ),
    "ssh://ann@gpu7:22": Endpoint(
        url="ssh://ann@gpu7:22", transport="ssh", host="gpu7", port=22, user="ann"
    ),
    "ssh://gpu7/run/podman/podman.sock": Endpoint(
        url="ssh://gpu7/run/podman/podman.sock",
        transport="ssh",
        host="gpu7",
        socket="/run/podman/podman.sock",
    ),
    "tcp://ann:hunter2@gpu7:1": Endpoint(
        url="tcp://[redacted]@gpu7:1", transport="tcp", host="gpu7", port=1, user="ann"
    ),
}


@pytest.mark.parametrize(("url", "expected"), URLS.items())
def test_urls(url: str, expected: Endpoint) -> None:
    assert parse_endpoint(url, None) == expected


@pytest.mark.parametrize(
    "url", ["ftp://x", "ssh://", "tcp://:1", "tcp://h:99999", "ssh://-oProxyCommand=x", "tcp://[::"]
)
def test_what_is_no_url_of_an_engine(url: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_endpoint(url, None)
    assert caught.value.remedy == "give unix:///path/to/socket, tcp://host:2376 or ssh://user@host"


def resolve(environment: dict[str, str], *existing: str) -> Endpoint:
    return resolve_endpoint(None, environment, exists=lambda path: path in existing)


def test_the_first_socket_there_is_by_default(tmp_path: Path) -> None:
    rootless = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/7"}
    podman = "/run/podman/podman.sock"
    assert resolve(rootless, "/run/user/7/docker.sock", podman).socket == "/run/user/7/docker.sock"
    assert resolve(rootless, podman).socket == podman
    assert resolve(rootless).socket == "/var/run/docker.sock"


def test_docker_host_comes_before_any_context(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "DOCKER_HOST": "ssh://gpu7", "DOCKER_CONTEXT": "lab"}
    assert resolve(environment).url == "ssh://gpu7"


def test_tls_by_the_environment(tmp_path: Path) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    environment = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    files = TlsFiles(
        authority=f"{tmp_path}/ca.pem",
        certificate=f"{tmp_path}/cert.pem",
        key=f"{tmp_path}/key.pem",
    )
    expected = Endpoint(url="tcp://gpu7", transport="tcp", host="gpu7", port=2376, tls=files)
    assert resolve_endpoint("tcp://gpu7", environment) == expected


@pytest.fixture
def context(tmp_path: Path) -> dict[str, str]:
    """A home whose current docker context, `lab`, is a host with TLS files."""
    key = hashlib.sha256(b"lab").hexdigest()
    meta = tmp_path / ".docker" / "contexts" / "meta" / key / "meta.json"
    meta.parent.mkdir(parents=True)
    endpoint = {"Host": "tcp://gpu7:2376", "SkipTLSVerify": True}
    meta.write_text(json.dumps({"Name": "lab", "Endpoints": {"docker": endpoint}}))
    tls = tmp_path / ".docker" / "contexts" / "tls" / key / "docker"
    tls.mkdir(parents=True)
    (tls / "ca.pem").write_text("")
    (tmp_path / ".docker" / "config.json").write_text('{"currentContext": "lab"}')
    return {"HOME": str(tmp_path)}


def test_the_current_context(context: dict[str, str]) -> None:
    key = hashlib.sha256(b"lab").hexdigest()
    authority = f"{context['HOME']}/.docker/contexts/tls/{key}/docker/ca.pem"
    assert resolve(context) == Endpoint(
        url="tcp://gpu7:2376",
        transport="tcp",
        host="gpu7",
        port=2376,
        tls=TlsFiles(authority=authority, verify=False),
    )


def test_the_default_context_is_the_local_socket(context: dict[str, str]) -> None:
    assert resolve({**context, "DOCKER_CONTEXT": "default"}).url == "unix:///var/run/docker.sock"


def test_a_context_that_is_not_there(context: dict[str, str]) -> None:
    with pytest.raises(InputError, match="docker context 'other' names no engine"):
        resolve({**context, "DOCKER_CONTEXT": "other"})
