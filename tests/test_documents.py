"""The pages for the next person name what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import advisor

ROOT = Path(__file__).parent.parent
PAGES = ["CONTRIBUTING.md", "README.md", "docs/architecture.md", "docs/dependencies.md"]
DECISIONS = [f"docs/decisions/{page.name}" for page in (ROOT / "docs/decisions").glob("*.md")]
FOLDERS = r"(?:advisor|rules|tests|docs|reports|bench|deploy|requirements|\.ci)"
PLACEHOLDER = re.compile(r"NAME|AREA|ID\.yaml|IMG099")


@pytest.mark.parametrize("page", PAGES)
def test_every_path_on_a_page_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(rf"`({FOLDERS}/[\w./-]*)`", text))
    linked = {
        str(Path(page).parent / target) for target in re.findall(r"\]\((?!http)([\w./-]+)\)", text)
    }
    paths = {path for path in named | linked if not PLACEHOLDER.search(path)}
    assert {path for path in paths if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS])
def test_every_module_on_a_page_exists(page: str) -> None:
    named = set(re.findall(r"`(\w+\.py)`", (ROOT / page).read_text(encoding="utf-8")))
    assert {name for name in named if not any(ROOT.glob(f"[a-z]*/**/{name}"))} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_test_on_a_page_exists(page: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / page).read_text(encoding="utf-8")))
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
    assert {name for name in named if f"def {name}(" not in source} == set()


def test_the_map_has_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"`advisor/(\w+)/`", text[text.index("## The rooms") :]))
    package = Path(advisor.__file__).parent
    assert {path.parent.name for path in package.glob("*/__init__.py")} - rows == set()


def test_the_rooms_stand_in_the_order_of_the_layers() -> None:
    """The table promises that a room imports downwards only: it is the import contract."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    position = {
        name.strip().removeprefix("advisor."): number
        for number, layer in enumerate(layers)
        for name in layer.split("|")
    }
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text[text.index("## The rooms") : text.index("Outside the package")]
    rows = [name for name in re.findall(r"advisor/(\w+)(?:/|\.py)`", table) if name in position]
    assert sorted(rows) == sorted(position)
    assert rows == sorted(rows, key=lambda name: position[name])


def test_commits_are_checked_by_what_ci_checks() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert "entry: make check\n" in hooks
