"""Ranges in setup.cfg, locks with hashes, and a page that knows every package."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("install", "serve", "fleet", "develop")
PINNED = re.compile(r"^(?P<name>\S+)==(?P<version>\S+)(?P<marker> ; .+?)? \\$")


def _needed(lock: str) -> dict[str, Requirement]:
    """What setup.cfg and the build ask for."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [
        *setup["options"]["install_requires"].split("\n"),
        *project["build-system"]["requires"],
    ]
    extras = setup["options.extras_require"]
    optional = {"serve": ("serve",), "fleet": ("fleet", "dask")}
    every = tuple(extra for extras in optional.values() for extra in extras)
    wanted = {"install": (), **optional, "develop": (*every, "test", "dev")}
    lines += [line for extra in wanted[lock] for line in extras[extra].split("\n")]
    needed = [Requirement(line) for line in lines if line.strip()]
    return {canonicalize_name(requirement.name): requirement for requirement in needed}


def _locked(lock: str) -> dict[str, str]:
    """Each package's version; the lines of hashes and the header are no packages."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    found = [PINNED.match(line) for line in text.splitlines()]
    return {canonicalize_name(one["name"]): one["version"] for one in found if one}


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_fits_the_ranges(lock: str) -> None:
    """`make lock` after each change of setup.cfg."""
    locked = _locked(lock)
    misfits = {
        name: (str(requirement), locked.get(name))
        for name, requirement in _needed(lock).items()
        if not requirement.specifier.contains(locked.get(name, "0"))
    }
    assert misfits == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_hashes(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    header, *entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)
    assert "--only-binary :all:" in header
    odd = [
        entry
        for entry in entries
        if not re.fullmatch(r"\S+==\S+(?: ; .+?)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n", entry)
    ]
    assert odd == []


def test_users_get_what_developers_tested() -> None:
    install, serve, fleet, develop = map(_locked, LOCKS)
    assert install.items() <= serve.items() <= develop.items()
    assert install.items() <= fleet.items() <= develop.items()


def test_the_page_knows_every_package() -> None:
    """docs/dependencies.md: a row for each that users get, a word on each that developers get."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    users, developers = re.split("## (?:Platforms|For developers)", page)[::2]
    rows = re.findall(r"^\| ([\w-]+) \|", users, flags=re.MULTILINE)
    install = (_needed("serve").keys() | _needed("fleet").keys()) - {"setuptools"}
    assert sorted(canonicalize_name(row) for row in rows if row != "package") == sorted(install)
    named = {canonicalize_name(name) for name in re.findall(r"`([\w-]+)`", developers)}
    assert _needed("develop").keys() - install - named == set()


def test_the_first_command_of_the_readme_installs_the_lock() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert ".venv/bin/pip install -r requirements/install.txt" in readme
    assert ".venv/bin/pip install --no-deps --no-build-isolation ." in readme
