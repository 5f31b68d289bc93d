"""What is released, in dist/: `packaging/release.py wheel sdist bundle binary krew man sbom sums`.

Each word makes one thing; without a word all are made. The environment needs pip and what
requirements/release.txt pins (`make dist` brings it).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from advisor import __version__

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "install.txt"
# What a wheel is built from. A copy of it, since setuptools leaves and takes over a folder `build`.
SOURCES = ("advisor", "rules", "reports", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROCESSORS = ("x86_64", "aarch64")
# Where a release's files are; `--url` says otherwise.
RELEASES = "https://example.invalid/advisor/releases"
# Wheels are tagged by the oldest glibc that they run on.
GLIBC = ("2_28", "2_17", "2_12", "2_5")


def make_wheel(dist: Path) -> Path:
    """The wheel."""
    return _built(dist, "wheel")


def make_sdist(dist: Path) -> Path:
    """The source package."""
    return _built(dist, "sdist")


def make_bundle(dist: Path, *, here: bool = False) -> Path:
    """A tar that installs advisor without a network: locked wheels, their sums, install.sh.

    The wheels are for Python 3.11 to 3.14 on Linux x86-64 and arm64; with `here` only for this
    Python and processor.
    """
    this = (f"{sys.version_info.major}.{sys.version_info.minor}", platform.machine())
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "advisor-bundle"
        wheels = bundle / "wheels"
        wheel = make_wheel(wheels)
        for python, processor in [this] if here else [(p, c) for p in PYTHONS for c in PROCESSORS]:
            platforms = [f"--platform=manylinux_{glibc}_{processor}" for glibc in GLIBC]
            _pip(
                *("download", "--dest", str(wheels), "--only-binary", ":all:"),
                *(f"--python-version={python}", "--implementation=cp", *platforms),
                *(f"--platform=manylinux2014_{processor}", "--requirement", str(LOCK)),
            )
        shutil.copy(LOCK, bundle / "requirements.txt")
        shutil.copy(ROOT / "packaging" / "install.sh", bundle)
        (bundle / "SHA256SUMS").write_text(_sums(bundle, wheels), encoding="utf-8")
        target = dist / f"advisor-bundle-{wheel.name.split('-')[1]}.tar"
        with tarfile.open(target, "w") as tar:
            tar.add(bundle, bundle.name)
    return target


def make_binary(dist: Path) -> Path:
    """One executable with its Python, for this processor and this glibc or a later one."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        wheel = make_wheel(work / "wheel")
        # What it is made of is the lock's, as all of this environment, and the wheel's own content.
        _pip("install", "--no-deps", "--no-index", f"--target={work / 'site'}", str(wheel))
        start = work / "start.py"
        start.write_text(
            "import sys\nfrom advisor.cli import main\nsys.exit(main())\n", encoding="utf-8"
        )
        collected = [
            f"--collect-data={name}" for name in ("advisor", "advisor_rules", "advisor_reports")
        ]
        subprocess.run(
            [
                *(sys.executable, "-m", "PyInstaller", "--log-level=ERROR", "--onefile", "--strip"),
                *(
                    "--name=advisor",
                    f"--distpath={dist}",
                    f"--workpath={work}",
                    f"--specpath={work}",
                ),
                # Commands and formats are imported by name, which PyInstaller cannot see.
                *("--collect-submodules=advisor", *collected, str(start)),
            ],
            check=True,
            env={**os.environ, "PYTHONPATH": str(work / "site")},
        )
    return dist / "advisor"


def make_krew(dist: Path, *, url: str = RELEASES) -> Path:
    """The executable as a plugin of kubectl: an archive, and the manifest that krew installs it by.

    `url` is where the files of dist/ will be.
    """
    processor = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    binary = dist / "advisor"
    archive = dist / f"kubectl-advisor-linux-{processor}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(binary if binary.is_file() else make_binary(dist), "kubectl-advisor")
        tar.add(ROOT / "LICENSE", "LICENSE")
    target = dist / "advisor.krew.yaml"
    manifest = (ROOT / "packaging" / "krew.yaml").read_text(encoding="utf-8")
    for name, value in {
        "VERSION": __version__,
        "PROCESSOR": processor,
        "HOMEPAGE": url,
        "URL": f"{url}/{archive.name}",
        "SHA256": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }.items():
        manifest = manifest.replace(f"@{name}@", value)
    target.write_text(manifest, encoding="utf-8")
    return target


def make_man(dist: Path) -> Path:
    """The man pages, from the help of each command."""
    from advisor.cli.root import root

    target = dist / "man"
    target.mkdir(exist_ok=True)
    _write_man_pages(click.Context(root, info_name="advisor"), target)
    return target


def _write_man_pages(context: click.Context, target: Path) -> None:
    from click_man.core import generate_man_page

    page = target / f"{context.command_path.replace(' ', '-')}.1"
    page.write_text(generate_man_page(context, version=__version__), encoding="utf-8")
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None and not command.hidden:
                _write_man_pages(click.Context(command, info_name=name, parent=context), target)


def make_sbom(dist: Path) -> Path:
    """What is inside, as CycloneDX: every package of the lock with its hashes."""
    target = dist / "advisor-sbom.cdx.json"
    made = (_tool("cyclonedx-py"), "requirements", str(LOCK), "--output-file", str(target))
    subprocess.run([*made, "--output-reproducible"], check=True)
    return target


def make_sums(dist: Path) -> Path:
    """The SHA-256 sums of all that is in dist/."""
    target = dist / "SHA256SUMS"
    target.unlink(missing_ok=True)
    target.write_text(_sums(dist, dist), encoding="utf-8")
    return target


MAKERS: dict[str, Callable[[Path], Path]] = {
    "wheel": make_wheel,
    "sdist": make_sdist,
    "bundle": make_bundle,
    "binary": make_binary,
    "krew": make_krew,
    "man": make_man,
    "sbom": make_sbom,
    "sums": make_sums,
}


def _built(folder: Path, kind: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as copy:
        for name in SOURCES:
            take = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            take(ROOT / name, Path(copy) / name)
        arguments = ("--no-isolation", f"--{kind}", f"--outdir={folder}", copy)
        quiet = subprocess.DEVNULL
        subprocess.run([sys.executable, "-m", "build", *arguments], check=True, stdout=quiet)
    (made,) = folder.glob(
        "cluster_readiness_advisor-*" + {"wheel": ".whl", "sdist": ".tar.gz"}[kind]
    )
    return made


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _sums(above: Path, folder: Path) -> str:
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(above)}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def main() -> None:
    """Make what is asked for, and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "things", nargs="*", metavar="THING", choices=[*MAKERS, []], help=", ".join(MAKERS)
    )
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument("--url", default=RELEASES, help="where the files will be, for krew")
    parser.add_argument("--here", action="store_true", help="a bundle for this Python alone")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    makers = MAKERS | {
        "bundle": partial(make_bundle, here=given.here),
        "krew": partial(make_krew, url=given.url),
    }
    for thing in given.things or makers:
        print(makers[thing](given.output.resolve()))


if __name__ == "__main__":
    main()
