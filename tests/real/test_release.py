"""What is released, used where nothing else is: no network, no Python, no repository."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from advisor import __version__

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundle for this Python, the executable, the man pages and the SBOM."""
    folder = tmp_path_factory.mktemp("dist")
    _run("make", "--quiet", ".venv-release/.installed", cwd=ROOT)
    python = ROOT / ".venv-release" / "bin" / "python"
    things = ("bundle", "binary", "krew", "man", "sbom")
    _run(python, "packaging/release.py", "--here", "--output", folder, *things, cwd=ROOT)
    return folder


def test_the_bundle_installs_without_a_network(release: Path, tmp_path: Path) -> None:
    (bundle,) = release.glob("*.tar")
    with tarfile.open(bundle) as tar:
        tar.extractall(tmp_path, filter="data")
    install = tmp_path / "advisor-bundle" / "install.sh"
    _run("unshare", "--net", install, tmp_path / "installed")
    advisor = tmp_path / "installed" / "bin" / "advisor"
    report = _run("unshare", "--net", advisor, "audit", "--demo", "--exit-zero", "--format", "json")
    assert len(json.loads(report)["images"]) == 9


def test_a_wheel_that_was_changed_is_not_installed(release: Path, tmp_path: Path) -> None:
    (bundle,) = release.glob("*.tar")
    with tarfile.open(bundle) as tar:
        tar.extractall(tmp_path, filter="data")
    wheel = next((tmp_path / "advisor-bundle" / "wheels").glob("click-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"x")
    script = tmp_path / "advisor-bundle" / "install.sh"
    done = subprocess.run([script, tmp_path / "installed"], capture_output=True, text=True)
    assert (done.returncode, (tmp_path / "installed").exists()) == (1, False)
    assert "a wheel is not what SHA256SUMS says" in done.stderr


def test_the_executable_runs_where_there_is_no_python(release: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "tmp").mkdir(parents=True)
    shutil.copy(release / "advisor", root)
    # The C library is the system's: what the executable names, and what it unpacks needs.
    named = re.findall(r"/\S+", _run("ldd", release / "advisor"))
    c_library = Path(next(path for path in named if "libc.so" in path)).parent
    loaded = [str(c_library / f"lib{name}") for name in ("m.so.6", "rt.so.1", "util.so.1")]
    for library in {*named, *loaded}:
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])
    command = ("check", "docker run --gpus 1 lab/x:1", "--assume", "gpu-nodes=1", "--exit-zero")
    report = json.loads(_run("chroot", root, "/advisor", *command, "--format", "json"))
    assert [job["label"] for job in report["jobs"]] == ["lab/x:1"]


def test_the_other_things_name_what_is_inside(release: Path) -> None:
    pages = {page.name for page in (release / "man").iterdir()}
    assert {"advisor.1", "advisor-audit.1", "advisor-rules-explain.1"} <= pages
    sbom = json.loads((release / "advisor-sbom.cdx.json").read_text(encoding="utf-8"))
    locked = (ROOT / "requirements" / "install.txt").read_text(encoding="utf-8")
    parts = {f"{part['name']}=={part['version']}" for part in sbom["components"]}
    assert {part for part in parts if part not in locked} == set()
    assert len(parts) == len(re.findall(r"^\S+==", locked, flags=re.MULTILINE))


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    environment = {
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "HOME": os.environ.get("HOME", "/root"),
    }
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_krew_gets_what_its_manifest_says(release: Path) -> None:
    manifest = yaml.safe_load((release / "advisor.krew.yaml").read_text())
    (platform,) = manifest["spec"]["platforms"]
    archive = release / platform["uri"].rpartition("/")[2]
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == platform["sha256"]
    with tarfile.open(archive) as tar:
        assert tar.getnames() == [one["from"] for one in platform["files"]]
    assert (manifest["metadata"]["name"], platform["bin"]) == ("advisor", "kubectl-advisor")
    assert manifest["spec"]["version"] == f"v{__version__}"
    assert "@" not in (release / "advisor.krew.yaml").read_text().partition("apiVersion")[2]
