"""The package as others install it."""

from __future__ import annotations

import configparser
import json
import os
import platform
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from advisor import __version__

ROOT = Path(__file__).parent.parent
MAPPED = {"advisor_reports": "reports", "advisor_rules": "rules"}


def test_every_data_file_is_matched_by_a_pattern() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = setup["options.package_data"]
    for package, folder in (*MAPPED.items(), ("advisor.demo", "advisor/demo")):
        matched = {
            path for pattern in patterns[package].split() for path in _files(folder, pattern)
        }
        assert {path for path in _files(folder, "**/*") if _is_data(path)} - matched == set()


def _files(folder: str, pattern: str) -> set[Path]:
    return {path for path in (ROOT / folder).glob(pattern) if path.is_file()}


def _is_data(path: Path) -> bool:
    return path.suffix not in (".py", ".pyc") and "samples" not in path.parts


@pytest.mark.real
def test_the_wheel_works_from_an_empty_folder(tmp_path: Path) -> None:
    wheels, home, empty = tmp_path / "wheels", tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    source = _copy_source(tmp_path / "source")
    build = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source))
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *build], check=True)
    (wheel,) = wheels.glob("*.whl")
    venv.create(home, with_pip=True)
    python, command = home / "bin" / "python", home / "bin" / "advisor"
    install = ("install", "--quiet", "--no-deps", "--no-index", str(wheel))
    subprocess.run([python, "-m", "pip", *install], check=True)
    _lend_dependencies(python)
    formats = ("--format", "html=r.html", "--format", "markdown=r.md", "--format", "json=r.json")
    environment = {"PATH": os.environ["PATH"], "HOME": str(empty)}
    subprocess.run(
        [command, "audit", "--demo", "--exit-zero", *formats],
        cwd=empty,
        env=environment,
        check=True,
    )
    assert sorted(path.name for path in empty.iterdir()) == ["r.html", "r.json", "r.md"]
    report = json.loads((empty / "r.json").read_text(encoding="utf-8"))
    assert {"move", "stay", "ok", "unknown"} <= {thing["outcome"] for thing in report["images"]}
    located = (
        "import advisor, advisor_rules, advisor_reports as r; print(advisor.__file__, r.__file__)"
    )
    places = subprocess.run(
        [python, "-c", located], cwd=empty, env=environment, capture_output=True, text=True
    )
    assert all(place.startswith(str(home)) for place in places.stdout.split())
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    plugin = subprocess.run(
        ["kubectl", "advisor", "--version"],
        cwd=empty,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
    )
    package = Path(places.stdout.split()[0]).parent
    where = f"from {package} (Python {platform.python_version()})"
    assert (plugin.returncode, plugin.stdout) == (0, f"advisor {__version__} {where}\n")


def _copy_source(target: Path) -> Path:
    """What a wheel is built from; elsewhere, so that no build folder is left or taken over."""
    for folder in ("advisor", "rules", "reports"):
        shutil.copytree(ROOT / folder, target / folder)
    for file in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, target)
    return target


def _lend_dependencies(python: Path) -> None:
    """The dependencies of this environment, behind the new one's own packages."""
    shown = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    lent = "\n".join(site.getsitepackages()) + "\n"
    (Path(shown.stdout.strip()) / "lent.pth").write_text(lent, encoding="utf-8")
